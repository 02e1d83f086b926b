//! Lines of arguments for ssh, as `ansible_ssh_common_args` holds them.
#![no_main]

use hostler_fuzz::targets::SSH_ARGUMENTS;

libfuzzer_sys::fuzz_target!(init: hostler_fuzz::prepare(&SSH_ARGUMENTS), |bytes: &[u8]| (SSH_ARGUMENTS.read)(bytes));

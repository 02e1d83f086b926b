//! `known_hosts` and `ssh_config`.
#![no_main]

use hostler_fuzz::targets::SSH_FILES;

libfuzzer_sys::fuzz_target!(init: hostler_fuzz::prepare(&SSH_FILES), |bytes: &[u8]| (SSH_FILES.read)(bytes));

//! Inventories in INI and TOML, and `ansible.cfg`.
#![no_main]

use hostler_fuzz::targets::INI;

libfuzzer_sys::fuzz_target!(init: hostler_fuzz::prepare(&INI), |bytes: &[u8]| (INI.read)(bytes));

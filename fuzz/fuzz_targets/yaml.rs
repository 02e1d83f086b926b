//! YAML, as the operator's files and vaulted ones are read.
#![no_main]

use hostler_fuzz::targets::YAML;

libfuzzer_sys::fuzz_target!(init: hostler_fuzz::prepare(&YAML), |bytes: &[u8]| (YAML.read)(bytes));

//! Vaulted texts.
#![no_main]

use hostler_fuzz::targets::VAULT;

libfuzzer_sys::fuzz_target!(init: hostler_fuzz::prepare(&VAULT), |bytes: &[u8]| (VAULT.read)(bytes));

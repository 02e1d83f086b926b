//! Templates in text, as expressions and as files; they are rendered where that is calm.
#![no_main]

use hostler_fuzz::targets::TEMPLATES;

libfuzzer_sys::fuzz_target!(init: hostler_fuzz::prepare(&TEMPLATES), |bytes: &[u8]| (TEMPLATES.read)(bytes));

//! Frames of the runner and of the engine, and the outcomes inside of them.
#![no_main]

use hostler_fuzz::targets::FRAMES;

libfuzzer_sys::fuzz_target!(init: hostler_fuzz::prepare(&FRAMES), |bytes: &[u8]| (FRAMES.read)(bytes));

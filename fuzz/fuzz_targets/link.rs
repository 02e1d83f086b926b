//! The link to a host that says and does what it likes: before the keys are agreed on, at the login, in place of the shell, of sudo, of
//! the runner and of every command.
#![no_main]

use hostler_fuzz::{call, stranger::Stranger};

libfuzzer_sys::fuzz_target!(init: call::prepare(), |stranger: Stranger| call::one(stranger));

//! The command: arguments in, exit code out.

use std::process::ExitCode;

// The built-in modules register themselves; naming the crate links them in.
use hostler_builtin as _;

fn main() -> ExitCode {
    ExitCode::from(hostler::cli::main(std::env::args_os()))
}

//! The command: arguments in, exit code out.

use std::process::ExitCode;

// The built-in modules register themselves; naming the crate links them in.
use hostler_builtin as _;

fn main() -> ExitCode {
    // A job that a task with `async` leaves running on this machine is this program too.
    if let Some(code) = hostler_sdk::serve::job::main() {
        return code;
    }
    ExitCode::from(hostler::cli::main(std::env::args_os()))
}

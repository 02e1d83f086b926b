//! The whole `main` of a program that serves frames on its standard streams.

use super::{panics, serve};
use crate::frame::stuffing::{self, Stuffed};
use rustix::fd::BorrowedFd;
use std::fs::File;
use std::io::{self, Read};
use std::process::ExitCode;

/// Serves calls on standard input and output until the input ends. The program of the runner and of plugins.
pub fn main() -> ExitCode {
    if let Some(code) = super::job::main() {
        return code;
    }
    panics::install_hook();
    let end = claim().map_err(|e| e.to_string()).and_then(|(input, output)| {
        let input: Box<dyn Read> = match std::env::args().nth(1).as_deref() {
            Some(stuffing::ARGUMENT) => Box::new(Stuffed::new(input)),
            _ => Box::new(input),
        };
        serve(io::BufReader::with_capacity(1 << 16, input), output).map_err(|e| e.to_string())
    });
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// Takes the standard streams for frames and leaves others in their place: what a module or a library prints goes to
/// standard error, and no child inherits the frames.
fn claim() -> io::Result<(File, File)> {
    let keep = |fd: BorrowedFd<'_>| rustix::io::fcntl_dupfd_cloexec(fd, 3).map(File::from);
    let (input, output) = (keep(rustix::stdio::stdin())?, keep(rustix::stdio::stdout())?);
    let nothing = File::open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok((input, output))
}

/// The `main` of a plugin: a program made of the author's modules that speaks the runner's frames.
///
/// ```
/// hostler_sdk::plugin_main!();
/// ```
#[macro_export]
macro_rules! plugin_main {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::serve::main()
        }
    };
}

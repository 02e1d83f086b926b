//! `hostler completion`: what shells need to complete its command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Flags of `hostler completion`.
#[derive(Args, Debug)]
pub struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    /// Prints and gives the exit code.
    pub fn run(&self) -> u8 {
        let mut command = super::Cli::command();
        clap_complete::generate(self.shell, &mut command, "hostler", &mut std::io::stdout());
        super::exit::OK
    }
}

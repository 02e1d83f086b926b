//! The command line: one file per subcommand. Started under the name `ansible-playbook`, the program is `hostler play`.

mod doc;
mod flags;
mod play;

use crate::diagnostic::{Diagnostic, render};
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;

/// Exit codes, as ansible-playbook's.
pub mod exit {
    /// All went well.
    pub const OK: u8 = 0;
    /// An error that is none of the others.
    pub const ERROR: u8 = 1;
    /// A host failed; also: wrong flags.
    pub const FAILED: u8 = 2;
    /// A host could not be reached; also: a playbook that cannot be read.
    pub const UNREACHABLE: u8 = 4;
    /// Stopped by the operator.
    pub const INTERRUPTED: u8 = 99;
}

/// Applies Ansible playbooks to hosts over SSH.
#[derive(Parser, Debug)]
#[command(name = "hostler", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Apply playbooks to hosts
    Play(Box<play::Play>),
    /// Show a module's documentation
    Doc(doc::Doc),
}

/// Reads the arguments, does what they say and gives the exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let name = args.first().map(Path::new).and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
    if name.as_deref() == Some("ansible-playbook") {
        // `ansible-playbook --version` asks about the program, not about the subcommand.
        args[0] = "hostler".into();
        if args.get(1).is_none_or(|a| a != "--version") {
            args.insert(1, "play".into());
        }
    }
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(e) => {
            // Nothing more can be done when even that cannot be printed.
            let _ = e.print();
            return if e.use_stderr() { exit::FAILED } else { exit::OK };
        }
    };
    match cli.command {
        Command::Play(play) => play.run(),
        Command::Doc(doc) => doc.run(&crate::actions::specs()),
    }
}

/// Prints an error or warning on standard error.
pub(crate) fn complain(diagnostic: &Diagnostic) {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    eprintln!("{}", render(diagnostic, colour));
}

/// The whole command line, for completion scripts and the manual.
pub fn command() -> clap::Command {
    Cli::command()
}

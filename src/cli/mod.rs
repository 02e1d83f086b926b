//! The command line: one file per subcommand.

mod completion;
mod config;
mod doc;
mod flags;
mod inventory;
mod layout;
mod listing;
mod log_file;
mod password;
mod play;
mod profile;
mod reporting;
mod run;
mod running;
mod session;
mod settings;
mod survey;
mod vars;
mod vault;
mod vault_passwords;

use crate::diagnostic::{Diagnostic, render};
use clap::{Parser, Subcommand};
use hostler_sdk::ModuleSpec;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;

/// Exit codes, as ansible's programs have them.
pub mod exit {
    /// All went well.
    pub const OK: u8 = 0;
    /// An error that is none of the others.
    pub const ERROR: u8 = 1;
    /// Wrong flags.
    pub const USAGE: u8 = 2;
    /// A playbook that cannot be loaded.
    pub const PARSER: u8 = 4;
    /// Flags that do not go together, or that ask for what cannot be done.
    pub const OPTIONS: u8 = 5;
    /// The operator interrupted the run.
    pub const INTERRUPTED: u8 = 99;
}

/// Applies Ansible playbooks to hosts over SSH.
#[derive(Parser, Debug)]
#[command(name = "hostler", version, about, max_term_width = 100, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Apply playbooks to hosts
    Play(Box<play::Play>),
    /// Run one module on hosts
    Run(Box<run::Run>),
    /// Show hosts, groups and their variables
    Inventory(Box<inventory::Inventory>),
    /// Tell where variables come from
    Vars(Box<vars::Vars>),
    /// Encrypt and decrypt files and strings
    Vault(vault::Vault),
    /// Tell how much of playbooks and roles is supported
    Survey(survey::SurveyCommand),
    /// Show a module's documentation
    Doc(doc::Doc),
    /// Show every setting, its value and where that came from
    Config(config::Config),
    /// Print what a shell needs to complete this program's command line
    Completion(completion::Completion),
}

/// Reads the arguments, does what they say and gives the exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(renamed(args)) {
        Ok(cli) => cli,
        Err(e) => {
            // Nothing more can be done when even that cannot be printed.
            let _ = e.print();
            return if e.use_stderr() { exit::USAGE } else { exit::OK };
        }
    };
    match cli.command {
        Command::Play(play) => play.run(),
        Command::Run(run) => run.run(),
        Command::Inventory(inventory) => inventory.run(),
        Command::Vars(vars) => vars.run(),
        Command::Vault(vault) => vault.run(),
        Command::Survey(survey) => survey.run(),
        Command::Doc(doc) => doc.run(&specs()),
        Command::Config(config) => config.run(),
        Command::Completion(completion) => completion.run(),
    }
}

/// The names of ansible's programs and the subcommands they are.
const NAMES: [(&str, &str); 6] = [
    ("ansible", "run"),
    ("ansible-config", "config"),
    ("ansible-doc", "doc"),
    ("ansible-inventory", "inventory"),
    ("ansible-playbook", "play"),
    ("ansible-vault", "vault"),
];

/// Started under the name of one of ansible's programs, the program is the subcommand that does the same.
fn renamed(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let name = args.first().map(Path::new).and_then(Path::file_name);
    if let Some((_, subcommand)) = NAMES.iter().find(|(known, _)| name == Some(known.as_ref())) {
        args.insert(1, subcommand.into());
    }
    args
}

/// The declarations of all actions and modules; where the controller has an action, it stands for the module of that name.
fn specs() -> Vec<&'static ModuleSpec> {
    let mut specs: Vec<&'static ModuleSpec> = crate::actions::actions().iter().map(|a| a.spec).collect();
    for module in hostler_sdk::modules() {
        if !specs.iter().any(|s| s.name == module.spec.name && s.collection == module.spec.collection) {
            specs.push(module.spec);
        }
    }
    specs
}

/// Prints an error or warning on standard error.
pub(crate) fn complain(diagnostic: &Diagnostic) {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    eprintln!("{}", render(diagnostic, colour));
}

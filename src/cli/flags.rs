//! The flags, in groups that several subcommands share. Names and meanings are those of ansible-playbook 2.19, plus a
//! few of our own under the heading "Hostler".

use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use clap::{ArgAction, Args, ValueEnum};
use std::path::PathBuf;

/// Which hosts.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Inventory")]
pub struct InventoryFlags {
    /// Inventory file, directory, executable, or comma-separated list of hosts
    #[arg(short, long = "inventory", visible_alias = "inventory-file", value_name = "INVENTORY")]
    pub inventory: Vec<String>,
    /// Further limit the selected hosts to a pattern, or `@file`
    #[arg(short, long = "limit", value_name = "PATTERN")]
    pub limit: Option<String>,
    /// Set variables as key=value, or YAML/JSON; `@file` reads a file
    #[arg(short, long = "extra-vars", value_name = "VARS")]
    pub extra_vars: Vec<String>,
    /// Clear the fact cache for every host of the inventory
    #[arg(long)]
    pub flush_cache: bool,
}

/// How to get to a host.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionFlags {
    /// Connect as this user
    #[arg(short = 'u', long = "user", value_name = "USER")]
    pub remote_user: Option<String>,
    /// Ask for the connection password
    #[arg(short = 'k', long)]
    pub ask_pass: bool,
    /// File with the connection password
    #[arg(long, visible_alias = "conn-pass-file", value_name = "FILE", conflicts_with = "ask_pass")]
    pub connection_password_file: Option<PathBuf>,
    /// Private key to authenticate with
    #[arg(long, visible_alias = "key-file", value_name = "FILE")]
    pub private_key: Option<PathBuf>,
    /// Connection type: `ssh` or `local`
    #[arg(short = 'c', long, value_name = "TYPE")]
    pub connection: Option<String>,
    /// Seconds to wait for a connection
    #[arg(short = 'T', long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Options as for ssh (those with a meaning here; others are refused with a reason)
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub ssh_common_args: Option<String>,
    /// The same as --ssh-common-args
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub ssh_extra_args: Option<String>,
    /// Hosts worked on at the same time
    #[arg(short, long, value_name = "N")]
    pub forks: Option<usize>,
}

/// How to become another user.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Privilege escalation")]
pub struct BecomeFlags {
    /// Run as another user (root unless said otherwise)
    #[arg(short = 'b', long = "become")]
    pub r#become: bool,
    /// How: `sudo`, `su`
    #[arg(long, value_name = "METHOD")]
    pub become_method: Option<String>,
    /// As whom
    #[arg(long, value_name = "USER")]
    pub become_user: Option<String>,
    /// Ask for the privilege escalation password
    #[arg(short = 'K', long)]
    pub ask_become_pass: bool,
    /// File with the privilege escalation password
    #[arg(long, visible_alias = "become-pass-file", value_name = "FILE", conflicts_with = "ask_become_pass")]
    pub become_password_file: Option<PathBuf>,
}

/// Where vault passwords come from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Vault")]
pub struct VaultFlags {
    /// Vault identity: `label@source`, where source is a file, a script or `prompt`
    #[arg(long = "vault-id", value_name = "ID")]
    pub vault_ids: Vec<String>,
    /// File (or script) with the vault password
    #[arg(long = "vault-password-file", visible_alias = "vault-pass-file", value_name = "FILE")]
    pub vault_password_files: Vec<PathBuf>,
    /// Ask for the vault password
    #[arg(short = 'J', long, visible_alias = "ask-vault-password")]
    pub ask_vault_pass: bool,
}

/// What is printed.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputFlags {
    /// More detail; repeat for more still
    #[arg(short = 'v', long, action = ArgAction::Count)]
    pub verbose: u8,
    /// How the run is shown: for a terminal, as ansible-core prints, or one JSON event per line
    #[arg(long, value_enum, value_name = "FORM")]
    pub output: Option<Output>,
}

impl OutputFlags {
    /// The `-v` count of the command line or the settings, whichever is more.
    pub fn verbosity(&self, settings: &Settings) -> u8 {
        self.verbose.max(u8::try_from(settings.verbosity.min(9)).unwrap_or(9))
    }
}

/// The forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Live progress, equal results folded; the default at a terminal.
    Terminal,
    /// ansible-core's default layout; the default elsewhere.
    Plain,
    /// One event per line.
    Json,
}

/// How modules run on hosts.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Hostler")]
pub struct LinkFlags {
    /// `auto` pushes the runner and falls back to the shell; `runner` and `shell` force one
    #[arg(long, value_enum, value_name = "BACKEND")]
    pub backend: Option<Backend>,
    /// Host keys: `strict` refuses unknown ones, `accept-new` records them, `off` accepts any
    #[arg(long, value_enum, value_name = "POLICY")]
    pub host_keys: Option<HostKeys>,
    /// Leave no runner behind on hosts
    #[arg(long)]
    pub no_cache: bool,
}

/// Ways to run modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Backend {
    Auto,
    Runner,
    Shell,
}

/// Host key policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum HostKeys {
    Strict,
    AcceptNew,
    Off,
}

/// Which tasks.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Tasks")]
pub struct TaskFlags {
    /// Only tasks with these tags
    #[arg(short, long = "tags", value_name = "TAGS", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// No tasks with these tags
    #[arg(long = "skip-tags", value_name = "TAGS", value_delimiter = ',')]
    pub skip_tags: Vec<String>,
    /// Start at the task with this name
    #[arg(long, value_name = "NAME")]
    pub start_at_task: Option<String>,
    /// Confirm each task before it is run
    #[arg(long)]
    pub step: bool,
    /// Ask hosts about each task, and send each change, only when its turn comes
    #[arg(long)]
    pub no_check_ahead: bool,
    /// Run notified handlers even of hosts that failed
    #[arg(long)]
    pub force_handlers: bool,
}

/// Whether things are changed and shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Changes")]
pub struct CheckFlags {
    /// Change nothing; say what would change
    #[arg(short = 'C', long)]
    pub check: bool,
    /// Show differences of what changes
    #[arg(short = 'D', long)]
    pub diff: bool,
}

/// Flags of ansible's programs that would do nothing here. They are known so that they can be refused with the reason.
#[derive(Args, Clone, Debug, Default)]
pub struct RefusedFlags {
    /// Refused: modules written in Python are not run
    #[arg(short = 'M', long, value_name = "PATH", hide = true)]
    pub module_path: Vec<String>,
    /// Refused: files travel in the same connection as everything else
    #[arg(long, value_name = "ARGS", hide = true, allow_hyphen_values = true)]
    pub sftp_extra_args: Option<String>,
    /// Refused: files travel in the same connection as everything else
    #[arg(long, value_name = "ARGS", hide = true, allow_hyphen_values = true)]
    pub scp_extra_args: Option<String>,
}

impl RefusedFlags {
    /// Says no when any is there.
    ///
    /// # Errors
    /// With the reason.
    pub fn check(&self) -> Result<()> {
        let refuse = |flag: &str, cause: &str, hint: &str| {
            Err(Diagnostic::error(format!("`{flag}` is not supported")).cause(cause).hint(hint).boxed())
        };
        if !self.module_path.is_empty() {
            let hint = "leave it out; `hostler doc --list` shows the modules there are";
            return refuse("--module-path", "modules written in Python are not run", hint);
        }
        let no_copier = "files travel in the same connection as everything else, without scp or sftp";
        let hint = "put what concerns the connection into `--ssh-common-args`";
        for (flag, given) in [("--sftp-extra-args", &self.sftp_extra_args), ("--scp-extra-args", &self.scp_extra_args)]
        {
            if given.as_ref().is_some_and(|args| !args.is_empty()) {
                return refuse(flag, no_copier, hint);
            }
        }
        Ok(())
    }
}

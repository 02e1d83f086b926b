//! `hostler vault`: encrypts and decrypts files and strings. Under the name `ansible-vault` the program is this subcommand.

mod editing;
mod strings;

use super::exit;
use super::flags::VaultFlags;
use super::vault_passwords::{self, Purpose};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::vault::file::{self, Keep};
use crate::vault::{Keyring, Opened, Password, is_vaulted};
use clap::{ArgAction, Args, Subcommand};
use std::io::{IsTerminal, Write, stdin, stdout};
use std::process::{Command, Stdio};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Flags of `hostler vault`.
#[derive(Args, Debug)]
pub struct Vault {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Write a new encrypted file in an editor
    Create {
        file: String,
        /// Open the editor even without a terminal
        #[arg(long)]
        skip_tty_check: bool,
        #[command(flatten)]
        sealing: Sealing,
        #[command(flatten)]
        common: Common,
    },
    /// Decrypt files
    Decrypt {
        /// Files; standard input for `-` or none
        files: Vec<String>,
        #[command(flatten)]
        output: OutputFile,
        #[command(flatten)]
        common: Common,
    },
    /// Change encrypted files in an editor
    Edit {
        #[arg(required = true)]
        files: Vec<String>,
        #[command(flatten)]
        sealing: Sealing,
        #[command(flatten)]
        common: Common,
    },
    /// Show what is in encrypted files
    View {
        #[arg(required = true)]
        files: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Encrypt files
    Encrypt {
        /// Files; standard input for `-` or none
        files: Vec<String>,
        #[command(flatten)]
        output: OutputFile,
        #[command(flatten)]
        sealing: Sealing,
        #[command(flatten)]
        common: Common,
    },
    /// Encrypt strings to YAML that can be put into a playbook
    #[command(visible_alias = "encrypt_string")]
    EncryptString {
        #[command(flatten)]
        strings: strings::Strings,
        #[command(flatten)]
        output: OutputFile,
        #[command(flatten)]
        sealing: Sealing,
        #[command(flatten)]
        common: Common,
    },
    /// Encrypt files again with another password
    Rekey {
        #[arg(required = true)]
        files: Vec<String>,
        /// File (or script) with the new password
        #[arg(long, value_name = "FILE", conflicts_with = "new_vault_id")]
        new_vault_password_file: Option<String>,
        /// The new vault identity: `label@source`
        #[arg(long, value_name = "ID")]
        new_vault_id: Option<String>,
        #[command(flatten)]
        sealing: Sealing,
        #[command(flatten)]
        common: Common,
    },
}

/// Flags of all actions.
#[derive(Args, Clone, Debug)]
struct Common {
    #[command(flatten)]
    vault: VaultFlags,
    /// More detail (there is none to give)
    #[arg(short = 'v', long, action = ArgAction::Count)]
    verbose: u8,
}

/// Flags of actions that encrypt.
#[derive(Args, Clone, Debug)]
struct Sealing {
    /// The vault id to encrypt for, when there are several
    #[arg(long, value_name = "LABEL")]
    encrypt_vault_id: Option<String>,
}

/// Where a result goes.
#[derive(Args, Clone, Debug)]
struct OutputFile {
    /// File the result goes to; `-` is standard output
    #[arg(long = "output", value_name = "FILE")]
    file: Option<String>,
}

/// An error of flags, or any other.
enum Stop {
    Options(Box<Diagnostic>),
    Error(Box<Diagnostic>),
}

impl From<Box<Diagnostic>> for Stop {
    fn from(error: Box<Diagnostic>) -> Self {
        Stop::Error(error)
    }
}

/// A mistake in flags.
fn options(what: impl Into<String>) -> Stop {
    Stop::Options(Diagnostic::error(what).boxed())
}

impl Vault {
    /// Does it and gives the exit code.
    pub fn run(&self) -> u8 {
        match self.action.run() {
            Ok(()) => exit::OK,
            Err(Stop::Options(e)) => {
                super::complain(&e);
                exit::OPTIONS
            }
            Err(Stop::Error(e)) => {
                super::complain(&e);
                exit::ERROR
            }
        }
    }
}

impl Action {
    fn run(&self) -> Result<(), Stop> {
        match self {
            Action::Create { file, skip_tty_check, sealing, common } => {
                let settings = common.settings()?;
                let seal = Seal::new(sealing, &settings)?;
                if !skip_tty_check && !stdout().is_terminal() {
                    return Err(options("not a tty, editor cannot be opened"));
                }
                Ok(editing::create(file, &seal, &settings)?)
            }
            Action::Decrypt { files, output, common } => {
                let keyring = common.opening()?;
                for file in or_stdin(files, output, "ciphertext")? {
                    let vault = file::read(file)?;
                    let opened = open(&keyring, file, &vault)?;
                    file::write(output.file.as_deref().unwrap_or(file), &opened.plain, Keep::Nothing, false)?;
                }
                done("Decryption");
                Ok(())
            }
            Action::Edit { files, sealing, common } => {
                if sealing.encrypt_vault_id.is_some() {
                    return Err(options("edit keeps the vault id of a file; rekey gives it another"));
                }
                let settings = common.settings()?;
                let keyring = common.keyring(&settings)?;
                files.iter().try_for_each(|file| Ok(editing::edit(file, &keyring, &settings)?))
            }
            Action::View { files, common } => {
                let settings = common.settings()?;
                let keyring = common.keyring(&settings)?;
                for file in files {
                    let vault = file::read(file)?;
                    show(&open(&keyring, file, &vault)?.plain, &settings)?;
                }
                Ok(())
            }
            Action::Encrypt { files, output, sealing, common } => {
                let seal = Seal::new(sealing, &common.settings()?)?;
                for file in or_stdin(files, output, "plaintext")? {
                    let plain = file::read(file)?;
                    if text_of(&plain).is_some_and(is_vaulted) {
                        return Err(Diagnostic::error(format!("input is already encrypted: `{file}`")).boxed().into());
                    }
                    let vault = seal.seal(&plain)?;
                    file::write(output.file.as_deref().unwrap_or(file), vault.as_bytes(), Keep::Nothing, true)?;
                }
                done("Encryption");
                Ok(())
            }
            Action::EncryptString { strings, output, sealing, common } => {
                strings.check()?;
                let seal = Seal::new(sealing, &common.settings()?)?;
                let text = strings.encrypt(&seal)?;
                file::write(output.file.as_deref().unwrap_or("-"), text.as_bytes(), Keep::Nothing, true)?;
                done("Encryption");
                Ok(())
            }
            Action::Rekey { files, new_vault_password_file, new_vault_id, sealing, common } => {
                let settings = common.settings()?;
                let keyring = common.keyring(&settings)?;
                let wanted = sealing.wanted(&settings);
                let mut sources = Vec::new();
                if wanted.is_some() {
                    sources.extend(settings.vault_identity_list.iter().cloned());
                }
                sources.extend(new_vault_id.iter().chain(new_vault_password_file).cloned());
                if sources.is_empty() {
                    sources.push("prompt_ask_vault_pass".to_owned());
                }
                let seal =
                    Seal::of(vault_passwords::of_sources(&sources, &settings, Purpose::Sealing)?, wanted.as_deref())?;
                for file in files {
                    let vault = file::read(file)?;
                    let opened = open(&keyring, file, &vault)?;
                    file::write(file, seal.seal(&opened.plain)?.as_bytes(), Keep::ModeAndOwner, false)?;
                }
                done("Rekey");
                Ok(())
            }
        }
    }
}

impl Common {
    fn settings(&self) -> Result<Settings, Stop> {
        if let Some(bad) = self.vault.vault_ids.iter().find(|id| id.contains(';')) {
            let what = format!("'{bad}' is not a valid vault id. The character ';' is not allowed in vault ids");
            return Err(options(what));
        }
        let mut settings = super::session::loaded()?;
        self.vault.apply(&mut settings);
        Ok(settings)
    }

    fn keyring(&self, settings: &Settings) -> Result<Keyring> {
        let passwords = vault_passwords::of_settings(settings, Purpose::Opening, true)?;
        Ok(Keyring::new(passwords).strict(*settings.vault_id_match))
    }

    fn opening(&self) -> Result<Keyring, Stop> {
        Ok(self.keyring(&self.settings()?)?)
    }
}

impl Sealing {
    fn wanted(&self, settings: &Settings) -> Option<String> {
        self.encrypt_vault_id.clone().or_else(|| (*settings.vault_encrypt_identity).clone())
    }
}

/// A password to encrypt with, and the vault id it is for.
struct Seal {
    password: Password,
}

impl Seal {
    fn new(flags: &Sealing, settings: &Settings) -> Result<Self, Stop> {
        let passwords = vault_passwords::of_settings(settings, Purpose::Sealing, true)?;
        let wanted = flags.wanted(settings);
        if passwords.len() > 1 && wanted.is_none() {
            let ids: Vec<&str> = passwords.iter().map(|p| p.id.as_str()).collect();
            return Err(options(format!(
                "The vault-ids {} are available to encrypt. Specify the vault-id to encrypt with --encrypt-vault-id",
                ids.join(",")
            )));
        }
        Ok(Seal::of(passwords, wanted.as_deref())?)
    }

    fn of(passwords: Vec<Password>, wanted: Option<&str>) -> Result<Self> {
        let known: Vec<String> = passwords.iter().map(|p| p.id.clone()).collect();
        let found = passwords.into_iter().find(|password| wanted.is_none_or(|id| password.id == id));
        let password = found.ok_or_else(|| {
            let id = wanted.unwrap_or_default();
            let what = format!("Did not find a match for --encrypt-vault-id={id} in the known vault-ids {known:?}");
            Diagnostic::error(what).nearest(id, known.iter().map(String::as_str)).boxed()
        })?;
        Ok(Seal { password })
    }

    fn seal(&self, plain: &[u8]) -> Result<String> {
        self.password.seal(plain, Some(&self.password.id))
    }
}

/// The vault in a file, opened.
fn open<'k>(keyring: &'k Keyring, name: &str, bytes: &[u8]) -> Result<Opened<'k>> {
    let text = text_of(bytes).filter(|text| is_vaulted(text)).ok_or_else(|| {
        Diagnostic::error(format!("could not decrypt `{name}`")).cause("Input is not vault encrypted data.").boxed()
    })?;
    let source = Arc::new(Source { path: name.into(), text: text.to_owned() });
    let header = text.lines().next().map_or(0, str::len);
    keyring.open_bytes(text, &Place::new(&source, 0, header))
}

fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// The files to work on; standard input when none is given.
fn or_stdin<'f>(files: &'f [String], output: &OutputFile, what: &str) -> Result<Vec<&'f str>, Stop> {
    if output.file.is_some() && files.len() > 1 {
        return Err(options("At most one input file may be used with the --output option"));
    }
    if !files.is_empty() {
        return Ok(files.iter().map(String::as_str).collect());
    }
    if stdin().is_terminal() {
        eprintln!("Reading {what} input from stdin");
    }
    Ok(vec!["-"])
}

/// Tells an operator that it worked; pipes want nothing but the result.
fn done(what: &str) {
    if stdout().is_terminal() {
        eprintln!("{what} successful");
    }
}

/// Shows a plain text: in the pager at a terminal, as it is elsewhere.
fn show(plain: &Zeroizing<Vec<u8>>, settings: &Settings) -> Result<()> {
    let words = shell_words::split(&settings.pager).unwrap_or_default();
    if let ([program, args @ ..], true) = (words.as_slice(), stdout().is_terminal()) {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", "RSX");
        }
        if let Ok(mut child) = command.spawn() {
            // A pager that was left early has seen enough.
            let _ = child.stdin.take().map(|mut pipe| pipe.write_all(plain));
            let _ = child.wait();
            return Ok(());
        }
    }
    file::write("-", plain, Keep::Nothing, false)?;
    if !plain.ends_with(b"\n") {
        println!();
    }
    Ok(())
}

//! Vault passwords from where the settings and flags say: files, programs, the operator. A source that gives none is told about and
//! left out as long as another gives one.

use super::password;
use crate::config::{Settings, absolute};
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::vault::{Keyring, Password};

/// What passwords are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To open what is encrypted.
    Opening,
    /// To encrypt: a password that is typed is asked for twice.
    Sealing,
}

/// The keyring of a run.
///
/// # Errors
/// There are sources of passwords and none gives one.
pub fn keyring(settings: &Settings) -> Result<Keyring> {
    let passwords = of_settings(settings, Purpose::Opening, false)?;
    Ok(Keyring::new(passwords).strict(*settings.vault_id_match))
}

/// The passwords of the settings (flags are laid over them), in order; when none is named, the operator is asked if `must` says so.
///
/// # Errors
/// As [`keyring`].
pub fn of_settings(settings: &Settings, purpose: Purpose, must: bool) -> Result<Vec<Password>> {
    let mut sources: Vec<String> = (*settings.vault_identity_list).clone();
    sources.extend(settings.vault_password_file.iter().map(|file| file.display().to_string()));
    if *settings.ask_vault_pass || must && sources.is_empty() {
        sources.push("prompt_ask_vault_pass".to_owned());
    }
    of_sources(&sources, settings, purpose)
}

/// The passwords of `label@source` texts.
///
/// # Errors
/// As [`keyring`].
pub fn of_sources(sources: &[String], settings: &Settings, purpose: Purpose) -> Result<Vec<Password>> {
    let mut passwords = Vec::new();
    let mut failures: Vec<Diagnostic> = Vec::new();
    for source in sources {
        let (label, source) = source.split_once('@').unwrap_or((&settings.vault_identity, source));
        match source {
            "prompt" => passwords.push(typed(label, &format!("vault password ({label})"), purpose)?),
            // Asked in these words since before there were labels; programs wait for them.
            "prompt_ask_vault_pass" => passwords.push(typed(label, "Vault password", purpose)?),
            file => {
                let path = absolute(file, &settings.around.cwd, &settings.around);
                match Password::from_file(label, &path) {
                    Ok(password) => passwords.push(password),
                    Err(e) => failures.push(*e),
                }
            }
        }
    }
    if passwords.is_empty() && !failures.is_empty() {
        return Err(failures.swap_remove(0).boxed());
    }
    for mut failure in failures {
        failure.severity = Severity::Warning;
        super::complain(&failure);
    }
    Ok(passwords)
}

fn typed(label: &str, what: &str, purpose: Purpose) -> Result<Password> {
    let text = match purpose {
        Purpose::Opening => password::ask(&what.replacen("vault", "Vault", 1))?,
        Purpose::Sealing => {
            let new = if what.starts_with('V') { "New" } else { "new" };
            let first = password::ask(&format!("New {what}"))?;
            if password::ask(&format!("Confirm {new} {what}"))? != first {
                return Err(Diagnostic::error("Passwords do not match").boxed());
            }
            first
        }
    };
    if text.trim().is_empty() {
        return Err(Diagnostic::error("an empty vault password is none").boxed());
    }
    Ok(Password::new(label, &text))
}

//! The passwords of a run, and what they have opened: keys are made once per password and salt.

use super::armour::Armour;
use super::cipher::{self, Keys};
use crate::diagnostic::{Diagnostic, Place, Result};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// A password and the vault id it is for.
pub struct Password {
    /// `default` when none was given.
    pub id: String,
    secret: Zeroizing<Vec<u8>>,
}

impl Password {
    /// A password as it was typed or read; white space around it is no part of it.
    pub fn new(id: impl Into<String>, text: &str) -> Self {
        Password { id: id.into(), secret: Zeroizing::new(text.trim().as_bytes().to_vec()) }
    }

    /// A password file; an executable one is run, and what it prints is the password. Scripts called `...-client` are told the
    /// vault id with `--vault-id`.
    pub fn from_file(id: &str, path: &Path) -> Result<Self> {
        let failed = |cause: String| {
            Diagnostic::error(format!("could not read the vault password from `{}`", path.display()))
                .cause(cause)
                .boxed()
        };
        let text = if is_executable(path) {
            let path = path.canonicalize().map_err(|e| failed(e.to_string()))?;
            let mut command = Command::new(&path);
            if path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("-client")) {
                command.args(["--vault-id", id]);
            }
            let output = command.stdin(std::process::Stdio::inherit()).output().map_err(|e| failed(e.to_string()))?;
            if !output.status.success() {
                return Err(failed(format!("the script ended with {}", output.status)));
            }
            Zeroizing::new(output.stdout)
        } else {
            Zeroizing::new(std::fs::read(path).map_err(|e| failed(e.to_string()))?)
        };
        let secret = Zeroizing::new(text.trim_ascii().to_vec());
        if secret.is_empty() {
            return Err(failed("it is empty".to_owned()));
        }
        Ok(Password { id: id.to_owned(), secret })
    }
}

impl Password {
    /// Encrypts for a vault id, in format 1.1 for none (or `default`) and 1.2 otherwise.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal(&self, text: &[u8], id: Option<&str>) -> Result<String> {
        let failed = |cause: &str| Diagnostic::error("could not encrypt").cause(cause).boxed();
        let mut salt = vec![0; 32];
        getrandom::fill(&mut salt).map_err(|e| failed(&e.to_string()))?;
        let label = id.filter(|id| *id != "default").map(str::to_owned);
        let armour = cipher::seal(text, &self.secret, salt, label);
        Ok(armour.ok_or_else(|| failed("the cipher refused its keys"))?.write())
    }
}

/// A vault that was opened.
pub struct Opened<'k> {
    /// What is inside, which may be no text.
    pub plain: Zeroizing<Vec<u8>>,
    /// The password that opened it.
    pub password: &'k Password,
    /// The vault id in its header.
    pub id: Option<String>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Password({})", self.id)
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// All passwords of a run.
#[derive(Default)]
pub struct Keyring {
    passwords: Vec<Password>,
    /// Whether only passwords for a vault's own id are tried.
    strict: bool,
    /// By digest of password and salt, so that no password is kept a second time.
    keys: Mutex<HashMap<[u8; 32], Keys>>,
}

impl Keyring {
    /// A keyring of these passwords, tried in order.
    pub fn new(passwords: Vec<Password>) -> Self {
        Keyring { passwords, ..Keyring::default() }
    }

    /// The same, trying only passwords for a vault's own id when `strict` (the setting `vault_id_match`).
    #[must_use]
    pub fn strict(self, strict: bool) -> Self {
        Keyring { strict, ..self }
    }

    /// The passwords, in the order they are tried.
    pub fn passwords(&self) -> &[Password] {
        &self.passwords
    }

    /// Whether there is no password at all.
    pub fn is_empty(&self) -> bool {
        self.passwords.is_empty()
    }

    /// Opens a vaulted text. The password with the text's vault id is tried first, then all others, as Ansible does.
    pub fn open(&self, armour: &str, place: &Place) -> Result<Zeroizing<String>> {
        let opened = self.open_bytes(armour, place)?;
        match std::str::from_utf8(&opened.plain) {
            Ok(text) => Ok(Zeroizing::new(text.to_owned())),
            Err(_) => Err(undecrypted(place).cause("what is inside is not UTF-8 text").boxed()),
        }
    }

    /// The same for what may be no text.
    ///
    /// # Errors
    /// It is no vault, or no password opens it.
    pub fn open_bytes(&self, armour: &str, place: &Place) -> Result<Opened<'_>> {
        let failed = || undecrypted(place);
        let armour = Armour::read(armour).map_err(|wrong| failed().cause(wrong).boxed())?;
        if self.passwords.is_empty() {
            let path = place.path().display();
            let error = failed().cause(format!("A vault password or secret must be specified to decrypt {path}"));
            return Err(error
                .hint("give one with `--vault-password-file`, `--vault-id` or `--ask-vault-pass`")
                .boxed());
        }
        let same = |password: &&Password| Some(&password.id) == armour.id.as_ref();
        let first = self.passwords.iter().filter(same);
        let rest = self.passwords.iter().filter(|password| !self.strict && !same(password));
        let mut tried = Vec::new();
        for password in first.chain(rest) {
            if let Some(plain) = cipher::open(&armour, &self.keys(password, &armour.salt)) {
                return Ok(Opened { plain, password, id: armour.id });
            }
            tried.push(format!("`{}`", password.id));
        }
        let mut error = failed().cause("no vault password opens it");
        if !tried.is_empty() {
            error = error.note(format!("tried those for {}", tried.join(", ")));
        }
        if let Some(id) = &armour.id {
            error = error.note(format!("it was encrypted for the vault id `{id}`"));
        }
        if self.strict {
            error =
                error.note("only passwords for its own vault id are tried, because of the setting `vault_id_match`");
        }
        Err(error.boxed())
    }

    fn keys(&self, password: &Password, salt: &[u8]) -> Keys {
        let mut digest = Sha256::new();
        digest.update((password.secret.len() as u64).to_le_bytes());
        digest.update(&password.secret);
        digest.update(salt);
        let name: [u8; 32] = digest.finalize().into();
        let known = || self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = known().get(&name) {
            return keys.clone();
        }
        let keys = cipher::keys(&password.secret, salt);
        known().insert(name, keys.clone());
        keys
    }
}

fn undecrypted(place: &Place) -> Diagnostic {
    Diagnostic::error("could not decrypt the vaulted value").at(place, "")
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("passwords", &self.passwords).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = include_str!("../../tests/cases/vault/plain.vault");
    const PROD: &str = include_str!("../../tests/cases/vault/prod.vault");

    fn place() -> Place {
        Place::named("test", "x")
    }

    #[test]
    fn opens_what_ansible_vault_encrypted() {
        let ring = Keyring::new(vec![Password::new("default", "sesame\n"), Password::new("prod", "other")]);
        assert_eq!(*ring.open(PLAIN, &place()).expect("opened"), "hunter2");
        assert_eq!(*ring.open(PROD, &place()).expect("opened"), "db: {password: geheim}\n");
        // The label is no more than a hint.
        let ring = Keyring::new(vec![Password::new("elsewhere", "other")]);
        assert!(ring.open(PROD, &place()).is_ok());
    }

    #[test]
    fn seals_what_it_can_open() {
        let ring = Keyring::new(vec![Password::new("prod", "pw")]);
        for text in ["", "a", "0123456789abcdef", "grün\n"] {
            let armour = ring.passwords()[0].seal(text.as_bytes(), Some("prod")).expect("sealed");
            assert!(armour.starts_with("$ANSIBLE_VAULT;1.2;AES256;prod\n"), "{armour}");
            assert_eq!(*ring.open(&armour, &place()).expect("opened"), text);
        }
        let bytes = [0, 159, 146, 150, 255];
        let armour = ring.passwords()[0].seal(&bytes, None).expect("sealed");
        assert!(armour.starts_with("$ANSIBLE_VAULT;1.1;AES256\n"), "{armour}");
        assert_eq!(ring.open_bytes(&armour, &place()).expect("opened").plain.as_slice(), bytes);
        assert!(ring.open(&armour, &place()).is_err());
    }

    #[test]
    fn a_strict_keyring_tries_only_the_own_password() {
        let ring = |strict| Keyring::new(vec![Password::new("elsewhere", "other")]).strict(strict);
        assert!(ring(false).open(PROD, &place()).is_ok());
        assert!(ring(true).open(PROD, &place()).is_err());
    }

    #[test]
    fn refuses_wrong_passwords_and_changed_texts_without_telling_secrets() {
        let wrong = Keyring::new(vec![Password::new("default", "guess")]);
        let error = wrong.open(PLAIN, &place()).expect_err("wrong password");
        let shown = format!("{error:?} {wrong:?}");
        assert!(shown.contains("no vault password opens it") && !shown.contains("guess"), "{shown}");
        let right = Keyring::new(vec![Password::new("default", "sesame")]);
        let mut armour = Armour::read(PLAIN).expect("a vault");
        armour.ciphertext[0] ^= 1;
        assert!(right.open(&armour.write(), &place()).is_err());
        let error = Keyring::default().open(PLAIN, &place()).expect_err("no password");
        assert!(error.to_string().contains("A vault password or secret must be specified"), "{error}");
    }

    #[test]
    fn reads_password_files_and_runs_scripts() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a directory");
        let file = folder.path().join("pw");
        std::fs::write(&file, "sesame\n").expect("a file");
        let ring = Keyring::new(vec![Password::from_file("default", &file).expect("a password")]);
        assert!(ring.open(PLAIN, &place()).is_ok());
        let script = folder.path().join("pw-client.sh");
        std::fs::write(&script, "#!/bin/sh\n[ \"$1 $2\" = '--vault-id prod' ] && echo other\n").expect("a file");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        let ring = Keyring::new(vec![Password::from_file("prod", &script).expect("a password")]);
        assert!(ring.open(PROD, &place()).is_ok());
        std::fs::write(&file, "\n").expect("a file");
        assert!(Password::from_file("default", &file).is_err());
    }
}

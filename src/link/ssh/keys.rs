//! Private keys of the operator: read once per run, passphrases asked for at the terminal, once each, one at a time.

use crate::link::Password;
use russh::keys::{Error as KeyError, PrivateKey, decode_secret_key};
use std::collections::HashMap;
use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A key, or why there is none.
pub type Loaded = Result<Arc<PrivateKey>, String>;

/// The keys of a run.
#[derive(Default)]
pub struct KeyRing {
    /// The lock is held while a passphrase is asked for, so that questions do not mix.
    loaded: Mutex<HashMap<PathBuf, Loaded>>,
}

impl KeyRing {
    /// The key in a file; `None` when the file is not there. Blocks, perhaps for an answer at the terminal.
    pub fn file(&self, path: &Path, passphrase: Option<&Password>, ask: bool) -> Option<Loaded> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(path) {
            return Some(known.clone());
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => zeroize::Zeroizing::new(text),
            Err(e) if e.kind() == ErrorKind::NotFound => return None,
            Err(e) => return Some(Err(e.to_string())),
        };
        let key = open_to_others(path).map_or_else(|| decode(&text, passphrase, ask, &path.display().to_string()), Err);
        loaded.insert(path.to_owned(), key.clone());
        Some(key)
    }

    /// A key given as text.
    pub fn text(&self, text: &Password, passphrase: Option<&Password>) -> Loaded {
        // Editors and vaults lose the last newline, which the format wants.
        decode(&format!("{}\n", text.reveal().trim_end()), passphrase, false, "ansible_private_key")
    }
}

/// A private key that others can read is not used, as in OpenSSH.
fn open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(path).ok()?;
    let bits = meta.mode() & 0o777;
    let ours = meta.uid() == rustix::process::getuid().as_raw();
    (ours && bits & 0o077 != 0).then(|| format!("its permissions {bits:04o} are too open: `chmod 600` it"))
}

fn decode(text: &str, passphrase: Option<&Password>, ask: bool, name: &str) -> Loaded {
    match decode_secret_key(text, passphrase.map(Password::reveal)) {
        Ok(key) => Ok(Arc::new(key)),
        Err(KeyError::KeyIsEncrypted) if passphrase.is_none() => {
            if !ask || !std::io::stdin().is_terminal() {
                return Err("it needs a passphrase: add it to ssh-agent".into());
            }
            let entered = rpassword::prompt_password(format!("Enter passphrase for key '{name}': "))
                .map_err(|e| format!("its passphrase could not be read: {e}"))?;
            let entered = Password::new(entered);
            decode_secret_key(text, Some(entered.reveal())).map(Arc::new).map_err(|_| "wrong passphrase".to_owned())
        }
        Err(_) if passphrase.is_some() => Err("it cannot be read with the passphrase given".into()),
        Err(e) => Err(e.to_string()),
    }
}

/// The keys that are tried when none is named, as in OpenSSH.
pub fn usual_files() -> Vec<PathBuf> {
    let home = std::env::home_dir().unwrap_or_default();
    ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"]
        .iter()
        .map(|name| home.join(".ssh").join(name))
        .collect()
}

//! Secrets of connections: passwords and passphrases. They have no printable form and are wiped from memory when the
//! last holder lets go of them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A password or passphrase.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Arc<Zeroizing<String>>);

impl Password {
    /// Takes a secret over.
    pub fn new(secret: impl Into<String>) -> Self {
        Password(Arc::new(Zeroizing::new(secret.into())))
    }
    /// Hands the secret out, on purpose.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Hash for Password {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.reveal().hash(state);
    }
}

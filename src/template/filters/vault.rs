//! `vault` and `unvault`: texts encrypted by a password that the template gives.

use super::Filter;
use crate::template::engine::{Bound, Fault, Val};
use crate::vault;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("vault", |_, v, a| {
        let [secret, salt, id, wrap, vaultid] =
            a.bind("vault", ["secret", "salt", "vault_id", "wrap_object", "vaultid"])?;
        let secret = secret.required("vault", "secret")?;
        let (Some(secret), Some(text)) = (secret.as_str(), v.as_str()) else {
            return Err(Fault::new("vault: the text and the secret must be strings"));
        };
        if hostler_sdk::bytes::has_strays(text) {
            return Err(Fault::new("vault: the text holds bytes that are no text"));
        }
        // `wrap_object` is about types of Python that no playbook sees.
        wrap.flag(false)?;
        let id = id.or(vaultid).string()?.unwrap_or_else(|| "filter_default".into());
        let sealed = vault::seal_with(text, secret, salt.string()?.as_deref(), &id);
        sealed.map(Val::from).map_err(|e| Fault::new(format!("Unable to encrypt: {e}")))
    }),
    Filter::new("unvault", |_, v, a| {
        let [secret, _id, _vaultid] = a.bind("unvault", ["secret", "vault_id", "vaultid"])?;
        let secret = secret.required("unvault", "secret")?;
        let (Some(secret), Some(text)) = (secret.as_str(), v.as_str()) else {
            return Err(Fault::new("unvault: the vault and the secret must be strings"));
        };
        let opened = vault::open_with(text, secret);
        opened.map(Val::from).map_err(|e| Fault::new(format!("Unable to decrypt: Decryption failed ({e}).")))
    }),
];

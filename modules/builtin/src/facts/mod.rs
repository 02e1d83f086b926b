//! What `setup` tells of a host, one family of facts a file. Facts are read from `/proc`, `/sys` and `/etc`; the few
//! processes that are started are named where they are.

mod addresses;
mod block;
mod capabilities;
mod date_time;
mod distribution;
mod dmi;
mod filter;
mod fqdn;
mod interfaces;
mod kernel;
mod local;
mod lsb;
pub(crate) mod managers;
mod memory;
mod mounts;
mod network;
mod os_release;
mod platform;
mod processor;
mod python;
mod resolver;
mod routes;
pub(crate) mod security;
mod setup;
mod ssh_keys;
mod storage;
mod subset;
mod user;
mod virtualization;

use hostler_sdk::Look;

/// The trimmed content of a file; `None` when it cannot be read or is empty.
pub(crate) fn text(look: &Look, path: &str) -> Option<String> {
    let content = look.read_text(path).ok()?;
    let trimmed = content.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// Whether anything is at `path`, links followed.
pub(crate) fn exists(look: &Look, path: &str) -> bool {
    matches!(look.stat(path), Ok(Some(_)))
}

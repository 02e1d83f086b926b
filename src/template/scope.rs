//! How a template reaches variables: by asking for a name when it is read, never by copying them all.

use super::{Said, Templated};
use crate::diagnostic::Diagnostic;
use hostler_sdk::Value;
use std::sync::Arc;

/// What a variable's name leads to.
#[derive(Clone, Debug)]
pub enum Binding {
    /// A value, or something still to be rendered (in this same scope).
    Templated(Templated),
    /// A lazily filled mapping of scopes (`hostvars`): asked by host name.
    Hosts(Arc<dyn Hosts>),
}

/// `hostvars`: the variables of each host, each rendered in that host's own scope when read.
pub trait Hosts: Send + Sync + std::fmt::Debug {
    /// The scope of a host; `None` when there is no such host.
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>>;
    /// All host names.
    fn names(&self) -> Vec<String>;
}

/// The variables a template may read. Implemented by `vars` for hosts and by small overlays (loop items, task vars).
pub trait Scope: Send + Sync + std::fmt::Debug {
    /// The variable called `name`, not rendered; `None` when it is undefined.
    fn get(&self, name: &str) -> Option<Binding>;
    /// All names, for `vars`, `varnames` and near-name hints.
    fn names(&self) -> Vec<Arc<str>>;
    /// A rendered value of this variable remembered from before, while its inputs stand, and whether a host had a say in it.
    fn cached(&self, name: &str) -> Option<(Value, Said)> {
        let _ = name;
        None
    }
    /// Remembers a rendered value.
    fn remember(&self, name: &str, value: &Value, said: Said) {
        let _ = (name, value, said);
    }
    /// Whether what is rendered is a guess ahead of its turn: templates must then do nothing but read.
    fn is_guess(&self) -> bool {
        false
    }
    /// Where `name` was set, in words with a place: for errors.
    fn origin(&self, name: &str) -> Option<String>;
    /// Directories in which lookups and relative template paths search, most specific first (role's, play's).
    fn search_path(&self) -> Vec<std::path::PathBuf>;
    /// Directories that belong to the project: files below them may be chosen by what hosts say.
    fn project(&self) -> Vec<std::path::PathBuf> {
        self.search_path()
    }
}

/// Why rendering failed.
pub type ScopeError = Box<Diagnostic>;

//! A host as the inventory knows it.

use super::GroupName;
use crate::template::Variables;
use std::sync::Arc;

/// A host's name in the inventory.
pub type HostName = Arc<str>;

/// Names that mean this machine even when no inventory has them.
pub const LOCALHOST: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

/// A host.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name.
    pub name: HostName,
    /// Variables set for it in inventory sources (not `host_vars/`).
    pub vars: Variables,
    /// Groups it is a direct member of.
    pub(super) groups: Vec<GroupName>,
    /// The inventory source it was first seen in (`inventory_file`); `None` for hosts added by a play.
    pub source: Option<Arc<str>>,
    /// Whether it is the localhost that needs no inventory: it is in no group and its connection is `local`.
    pub implicit: bool,
}

impl Host {
    /// A host that is known by its name alone, as `delegate_to` may name one: no groups, no variables.
    pub fn stranger(name: &str) -> Self {
        Host { name: name.into(), vars: Variables::default(), groups: Vec::new(), source: None, implicit: false }
    }

    /// `inventory_hostname_short`: the name up to its first dot, unless it is an address.
    pub fn short_name(&self) -> &str {
        if super::address::is_address(&self.name) {
            return &self.name;
        }
        self.name.split('.').next().unwrap_or(&self.name)
    }
}

//! `hostvars`: the variables of any host, each read in that host's own scope, without play and task, as Ansible gives them.

use super::store::VarStore;
use crate::inventory::Inventory;
use crate::template::{Hosts, Scope};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// `hostvars` as one scope sees it.
pub(super) struct HostVars {
    store: Arc<VarStore>,
    inventory: Arc<Inventory>,
    dir: Arc<PathBuf>,
}

impl HostVars {
    pub fn new(store: &Arc<VarStore>, inventory: &Arc<Inventory>, dir: &Arc<PathBuf>) -> Self {
        HostVars { store: store.clone(), inventory: inventory.clone(), dir: dir.clone() }
    }
}

impl Hosts for HostVars {
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        let host = self.inventory.host(host)?;
        match self.store.bare_scope(&host, &self.dir) {
            Ok(scope) => Some(scope),
            Err(error) => {
                // There is no way to fail from here; the variable will be undefined, and this says why.
                self.store.warn(*error);
                None
            }
        }
    }

    fn names(&self) -> Vec<String> {
        self.inventory.hosts().map(|host| host.name.to_string()).collect()
    }
}

impl fmt::Debug for HostVars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hostvars")
    }
}

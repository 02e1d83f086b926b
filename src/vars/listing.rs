//! Variables as `hostler inventory` prints them: as written, without what only a run has.

use super::beside::Kind;
use super::store::VarStore;
use crate::diagnostic::Result;
use crate::inventory::{Group, Host, merged};
use crate::template::{Binding, Scope, Templated, Variables};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What ansible-core's `INTERNAL_STATIC_VARS` keeps out of lists of variables, and our own of that kind.
const INTERNAL: [&str; 11] = [
    "ansible_facts",
    "ansible_managed",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "omit",
    "playbook_dir",
];

impl VarStore {
    /// All variables of a host outside of any play; `dir` stands for the playbook's directory.
    ///
    /// # Errors
    /// Files of variables that cannot be read.
    pub fn listed(self: &Arc<Self>, host: &Arc<Host>, dir: &Arc<PathBuf>) -> Result<Variables> {
        let scope = self.bare_scope(host, dir)?;
        let mut out = Variables::default();
        for name in scope.names() {
            if INTERNAL.contains(&&*name) || self.run_facts().contains_key(&*name) {
                continue;
            }
            if let Some(Binding::Templated(value)) = scope.get(&name) {
                out.set(name, value, None);
            }
        }
        Ok(out)
    }

    /// The variables set for a host itself: in inventories and in the `host_vars/` beside them, and in those of `dir`.
    ///
    /// # Errors
    /// As [`VarStore::listed`].
    pub fn listed_of_host(&self, host: &Host, dir: Option<&Path>) -> Result<Variables> {
        self.own(&host.vars, Kind::Host, &host.name, dir)
    }

    /// The same of a group, its priority included where it has one.
    ///
    /// # Errors
    /// As [`VarStore::listed`].
    pub fn listed_of_group(&self, group: &Group, dir: Option<&Path>) -> Result<Variables> {
        let mut out = self.own(&group.vars, Kind::Group, &group.name, dir)?;
        if group.priority != 1 {
            out.set("ansible_group_priority", group.priority, None);
        }
        Ok(out)
    }

    fn own(&self, vars: &Variables, kind: Kind, name: &str, dir: Option<&Path>) -> Result<Variables> {
        let mut out = vars.clone();
        let mut warnings = Vec::new();
        for base in self.sources.iter().map(PathBuf::as_path).chain(dir) {
            for file in self.beside.vars(base, kind, name, self.texts().as_ref(), &mut warnings)?.iter() {
                for (name, variable) in &file.0 {
                    let value: Templated = match out.get(name) {
                        Some(under) if self.merges() => merged(&under.value, &variable.value),
                        _ => variable.value.clone(),
                    };
                    out.set(name.clone(), value, variable.place.clone());
                }
            }
        }
        warnings.into_iter().for_each(|warning| self.warn(warning));
        Ok(out)
    }
}

//! What plays do to the inventory: `add_host` and `group_by`. Each looks at nothing but the host and the groups it is about, so
//! that thousands of them cost what they add; what is refused is refused before anything is changed.

use super::graph::{nameless, set};
use super::group::safe_name;
use super::{GroupName, HostName, Inventory};
use crate::config::HashBehaviour;
use crate::diagnostic::{Diagnostic, Result};
use crate::template::Variables;
use std::sync::Arc;

impl Inventory {
    /// Adds a host at run time (`add_host`) with its groups and variables; whether anything changed.
    ///
    /// # Errors
    /// Empty names; nothing is changed then.
    pub fn add_dynamic_host(&mut self, name: &str, groups: &[String], vars: &Variables) -> Result<bool> {
        if groups.iter().any(String::is_empty) {
            return Err(nameless("group"));
        }
        let warnings = &mut Vec::new();
        let mut changed = !self.hosts.contains_key(name);
        let host = self.add_host(name, changed.then_some("all"), None, None)?;
        let merge = self.hash_behaviour == HashBehaviour::Merge;
        for (key, variable) in &vars.0 {
            let known = self.hosts.get(&host).and_then(|h| h.vars.get(key)).and_then(|v| v.value.as_value());
            changed |= known.is_none() || known != variable.value.as_value();
            if let Some(host) = self.hosts.get_mut(&host) {
                set(&mut Arc::make_mut(host).vars, key, variable.value.clone(), variable.place.clone(), merge);
            }
        }
        let mut joined = Vec::new();
        for group in groups {
            changed |= !self.groups.contains_key(group.as_str());
            let group = self.add_group(group, warnings)?;
            changed |= self.join(&host, &group);
            joined.push(group);
        }
        if changed {
            self.reconcile_one(&host, &joined);
        }
        Ok(changed)
    }

    /// Puts a host into a group at run time (`group_by`), and the group below others; whether anything changed.
    ///
    /// # Errors
    /// Empty names, groups that would contain themselves; nothing is changed then. The implicit localhost can be in no group.
    pub fn add_dynamic_group(&mut self, host: &str, group: &str, parents: &[String]) -> Result<bool> {
        let warnings = &mut Vec::new();
        let Some(host) = self.hosts.get(host).map(|h| h.name.clone()) else {
            return Err(Diagnostic::error(format!("`{host}` is not in the inventory")).boxed());
        };
        if group.is_empty() || parents.iter().any(String::is_empty) {
            return Err(nameless("group"));
        }
        for parent in parents {
            self.no_loop(&self.name_of(parent), &self.name_of(group))?;
        }
        let mut changed = false;
        let group = self.add_group(group, warnings)?;
        let mut touched = vec![group.clone()];
        for parent in parents {
            changed |= !self.groups.contains_key(parent.as_str());
            let parent = self.add_group(parent, warnings)?;
            changed |= self.add_child(&parent, &group)?;
            touched.push(parent);
        }
        if !self.is_in(&host, &group) {
            changed |= self.join(&host, &group);
        }
        if changed {
            self.reconcile_one(&host, &touched);
        }
        Ok(changed)
    }

    /// The name a group has, or would have if it were added.
    fn name_of(&self, group: &str) -> String {
        match self.groups.contains_key(group) {
            true => group.to_owned(),
            false => safe_name(group, self.names, &mut Vec::new()),
        }
    }

    /// Whether a host is a member of a group or of one below it.
    fn is_in(&self, host: &str, group: &str) -> bool {
        let Some(host) = self.hosts.get(host) else { return false };
        host.groups.iter().any(|own| &**own == group || self.is_below(own, group))
    }

    /// As [`Inventory::reconcile`], where nothing but one host and some groups changed since.
    fn reconcile_one(&mut self, host: &HostName, groups: &[GroupName]) {
        for group in groups {
            if &**group != "all" && self.groups.get(group).is_some_and(|group| group.parents.is_empty()) {
                self.link("all", group);
            }
        }
        let Some(known) = self.hosts.get_mut(host) else { return };
        let grouped = known.groups.iter().any(|g| !matches!(&**g, "all" | "ungrouped"));
        let ungrouped = known.groups.iter().any(|g| &**g == "ungrouped");
        if grouped && ungrouped {
            Arc::make_mut(known).groups.retain(|group| &**group != "ungrouped");
            if let Some(group) = self.groups.get_mut("ungrouped") {
                Arc::make_mut(group).hosts.shift_remove(host);
            }
        } else if !grouped && !ungrouped {
            self.join(host, "ungrouped");
        }
        self.derived = Default::default();
    }
}

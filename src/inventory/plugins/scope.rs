//! Variables as expressions of inventory plugins see them: what sources have set so far, and nothing that only a run has.

use crate::inventory::{HostName, Inventory};
use crate::template::{Binding, Scope, Variables};
use std::path::PathBuf;
use std::sync::Arc;

/// The variables of one host in an inventory that is still being read.
#[derive(Debug)]
pub(super) struct HostVariables(Variables);

impl HostVariables {
    /// Those of a host, its groups' included.
    pub fn of(inventory: &Inventory, host: &HostName) -> Arc<dyn Scope> {
        let mut all = Variables::default();
        let mut add = |vars: &Variables| {
            vars.0.iter().for_each(|(name, v)| all.set(name.as_ref(), v.value.clone(), v.place.clone()));
        };
        if let Some(top) = inventory.group("all").filter(|_| inventory.is_in_all(host)) {
            add(&top.vars);
        }
        inventory.groups_of(host).iter().for_each(|group| add(&group.vars));
        if let Some(host) = inventory.host(host) {
            add(&host.vars);
            all.set("inventory_hostname", hostler_sdk::Value::Str(host.name.clone()), None);
            all.set("inventory_hostname_short", host.short_name(), None);
            let names = inventory.group_names(&host.name).into_iter().map(hostler_sdk::Value::Str);
            all.set("group_names", names.collect::<hostler_sdk::Value>(), None);
            all.set("inventory_file", hostler_sdk::Value::from(host.source.clone()), None);
        }
        Arc::new(HostVariables(all))
    }

    /// Just these.
    pub fn alone(variables: Variables) -> Arc<dyn Scope> {
        Arc::new(HostVariables(variables))
    }
}

impl Scope for HostVariables {
    fn get(&self, name: &str) -> Option<Binding> {
        self.0.get(name).map(|variable| Binding::Templated(variable.value.clone()))
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.0.0.keys().cloned().collect()
    }
    fn origin(&self, name: &str) -> Option<String> {
        self.0.get(name)?.place.as_ref().map(|place| format!("set at {place}"))
    }
    fn search_path(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

//! Variables as expressions of inventory plugins see them: what sources have set so far, and nothing that only a run has.

use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::{Beyond, HostName, Inventory, Whose};
use crate::template::{Binding, Scope, Variables};
use std::path::PathBuf;
use std::sync::Arc;

/// What a source asked to see beyond those before it.
pub(super) struct Sight<'a> {
    pub beyond: &'a dyn Beyond,
    /// Directories of the sources before, where files beside them are wanted.
    pub beside: &'a [PathBuf],
    /// Whether the command line's variables are wanted.
    pub extra: bool,
}

impl Sight<'_> {
    /// Adds what the files beside the sources say.
    fn add_files(
        &self,
        whose: &[Whose<'_>],
        add: &mut dyn FnMut(&Variables),
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        for directory in self.beside {
            for whose in whose {
                self.beyond.beside(directory, *whose, warnings)?.iter().for_each(|vars| add(vars));
            }
        }
        Ok(())
    }
}

/// The variables of one host in an inventory that is still being read.
#[derive(Debug)]
pub(super) struct HostVariables(Variables);

impl HostVariables {
    /// Those of a host, its groups' included.
    ///
    /// # Errors
    /// Files beside the sources that cannot be read.
    pub fn of(
        inventory: &Inventory,
        host: &HostName,
        sight: &Sight<'_>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Arc<dyn Scope>> {
        let mut all = Variables::default();
        let mut add = |vars: &Variables| {
            vars.0.iter().for_each(|(name, v)| all.set(name.as_ref(), v.value.clone(), v.place.clone()));
        };
        let top = inventory.group("all").filter(|_| inventory.is_in_all(host)).cloned();
        let groups: Vec<_> = top.into_iter().chain(inventory.groups_of(host)).collect();
        groups.iter().for_each(|group| add(&group.vars));
        let whose: Vec<Whose<'_>> = groups.iter().map(|group| Whose::Group(&group.name)).collect();
        sight.add_files(&whose, &mut add, warnings)?;
        if let Some(host) = inventory.host(host) {
            add(&host.vars);
            sight.add_files(&[Whose::Host(&host.name)], &mut add, warnings)?;
            all.set("inventory_hostname", hostler_sdk::Value::Str(host.name.clone()), None);
            all.set("inventory_hostname_short", host.short_name(), None);
            let names = inventory.group_names(&host.name).into_iter().map(hostler_sdk::Value::Str);
            all.set("group_names", names.collect::<hostler_sdk::Value>(), None);
            all.set("inventory_file", hostler_sdk::Value::from(host.source.clone()), None);
        }
        if sight.extra {
            sight.beyond.extra().0.into_iter().for_each(|(name, v)| all.set(name.as_ref(), v.value, v.place));
        }
        Ok(Arc::new(HostVariables(all)))
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

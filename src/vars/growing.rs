//! The inventory of a run as its plays change it. What they add is there for all that comes after, and is added again when
//! the sources are read anew.

use super::beside::lock;
use super::beyond::read_inventory;
use super::store::VarStore;
use crate::diagnostic::Result;
use crate::inventory::Inventory;
use crate::template::Variables;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// An inventory that plays add to.
pub(super) struct Growing {
    /// The inventory now, and how often it changed.
    now: RwLock<(Arc<Inventory>, u64)>,
    added: Mutex<Vec<Added>>,
}

/// A change of the inventory by a play.
enum Added {
    Host(String, Vec<String>, Variables),
    Group(String, String, Vec<String>),
}

impl Growing {
    pub fn new(inventory: Inventory) -> Self {
        Growing { now: RwLock::new((Arc::new(inventory), 0)), added: Mutex::default() }
    }

    /// Changes the inventory; whether that made a difference. Whoever holds it keeps what he has. While what a task added is
    /// kept nobody does, so that only the first addition may have to copy it.
    fn change(&self, change: impl FnOnce(&mut Inventory) -> Result<bool>) -> Result<bool> {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(Arc::make_mut(&mut now.0))?;
        now.1 += u64::from(changed);
        Ok(changed)
    }
}

impl VarStore {
    /// The inventory as it is now.
    pub fn inventory(&self) -> Arc<Inventory> {
        self.snapshot().0
    }

    /// The same, and how often it changed.
    pub(super) fn snapshot(&self) -> (Arc<Inventory>, u64) {
        self.growing.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `add_host`; whether anything changed. The values are rendered: nothing in them is a template.
    ///
    /// # Errors
    /// Empty names.
    pub fn add_host(&self, name: &str, groups: &[String], vars: &Variables) -> Result<bool> {
        let changed = self.growing.change(|inventory| inventory.add_dynamic_host(name, groups, vars))?;
        lock(&self.growing.added).push(Added::Host(name.to_owned(), groups.to_vec(), vars.clone()));
        Ok(changed)
    }

    /// `group_by`; whether anything changed.
    ///
    /// # Errors
    /// Hosts that are not in the inventory, empty names, groups that would contain themselves.
    pub fn join_group(&self, host: &str, group: &str, parents: &[String]) -> Result<bool> {
        let changed = self.growing.change(|inventory| inventory.add_dynamic_group(host, group, parents))?;
        lock(&self.growing.added).push(Added::Group(host.to_owned(), group.to_owned(), parents.to_vec()));
        Ok(changed)
    }

    /// `meta: refresh_inventory`: reads the sources again and adds what plays added.
    ///
    /// # Errors
    /// As [`Inventory::load`].
    pub fn refresh(&self) -> Result<()> {
        let mut warnings = Vec::new();
        let sources = &self.inventory().sources;
        let mut next = read_inventory(sources, self.settings(), self.texts().as_ref(), self.extra(), &mut warnings)?;
        for added in lock(&self.growing.added).iter() {
            match added {
                Added::Host(name, groups, vars) => next.add_dynamic_host(name, groups, vars).map(|_| ())?,
                // A host that is gone from the sources joins nothing any more.
                Added::Group(host, group, parents) if next.host(host).is_some_and(|h| !h.implicit) => {
                    next.add_dynamic_group(host, group, parents).map(|_| ())?;
                }
                Added::Group(..) => {}
            }
        }
        warnings.into_iter().for_each(|warning| self.warn(warning));
        self.beside.forget();
        self.growing.change(|inventory| {
            *inventory = next;
            Ok(true)
        })?;
        Ok(())
    }
}

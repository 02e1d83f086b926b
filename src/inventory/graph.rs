//! The hosts and groups of a run and how they hang together. Members are shared (`Arc`), so that a copy for `add_host` or
//! `group_by` costs little; what can be derived is derived once and forgotten at each change.

use super::group::safe_name;
use super::{Group, GroupName, Host, HostName, LOCALHOST};
use crate::config::{GroupNames, HashBehaviour, OnProblem, Settings};
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::template::{Templated, Variables};
use hostler_sdk::{Map, Value};
use indexmap::{IndexMap, IndexSet};
use std::sync::{Arc, OnceLock};

/// Hosts and groups.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub(super) hosts: IndexMap<HostName, Arc<Host>>,
    pub(super) groups: IndexMap<GroupName, Arc<Group>>,
    /// The sources it was read from, as given.
    pub sources: Vec<String>,
    /// The first host of the inventory that means this machine.
    localhost: Option<HostName>,
    pub(super) mismatch: OnProblem,
    pub(super) names: GroupNames,
    pub(super) hash_behaviour: HashBehaviour,
    pub(super) derived: Derived,
}

/// What follows from the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Derived {
    members: OnceLock<IndexMap<GroupName, Arc<[HostName]>>>,
    groups_value: OnceLock<Value>,
}

impl Inventory {
    /// An inventory with nothing but the groups `all` and `ungrouped`.
    pub fn empty(settings: &Settings) -> Self {
        let mut inventory = Inventory {
            hosts: IndexMap::new(),
            groups: IndexMap::new(),
            sources: Vec::new(),
            localhost: None,
            mismatch: *settings.host_pattern_mismatch,
            names: *settings.force_valid_group_names,
            hash_behaviour: *settings.hash_behaviour,
            derived: Derived::default(),
        };
        for name in ["all", "ungrouped"] {
            inventory.groups.insert(name.into(), Arc::new(Group::new(name)));
        }
        inventory.link("all", "ungrouped");
        inventory
    }

    /// A host. The names of this machine always lead somewhere: to the inventory's own, otherwise to the implicit one.
    pub fn host(&self, name: &str) -> Option<Arc<Host>> {
        if let Some(host) = self.hosts.get(name) {
            return Some(host.clone());
        }
        if !LOCALHOST.contains(&name) {
            return None;
        }
        if let Some(host) = self.localhost.as_ref().and_then(|known| self.hosts.get(known)) {
            return Some(host.clone());
        }
        let mut vars = Variables::default();
        vars.set("ansible_connection", "local", None);
        Some(Arc::new(Host { name: name.into(), vars, groups: Vec::new(), source: None, implicit: true }))
    }

    /// All hosts in the order they were first seen, without the implicit localhost.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = &Arc<Host>> {
        self.hosts.values()
    }

    /// A group.
    pub fn group(&self, name: &str) -> Option<&Arc<Group>> {
        self.groups.get(name)
    }

    /// All groups, `all` and `ungrouped` first.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Arc<Group>> {
        self.groups.values()
    }

    /// The hosts of a group and of those below it: its own, then its children's, then theirs.
    pub fn hosts_in(&self, group: &str) -> &[HostName] {
        self.members().get(group).map_or(&[], |hosts| hosts)
    }

    /// All groups a host is in, `all` left out, the weakest variables first.
    pub fn groups_of(&self, host: &str) -> Vec<Arc<Group>> {
        let Some(host) = self.hosts.get(host) else { return Vec::new() };
        let mut found: IndexSet<&GroupName> = host.groups.iter().collect();
        let mut next = 0;
        while let Some(group) = found.get_index(next).and_then(|name| self.groups.get(*name)) {
            found.extend(&group.parents);
            next += 1;
        }
        let mut groups: Vec<Arc<Group>> = found
            .into_iter()
            .filter(|name| &***name != "all")
            .filter_map(|name| self.groups.get(name).cloned())
            .collect();
        groups.sort_by(|a, b| (a.depth, a.priority, &a.name).cmp(&(b.depth, b.priority, &b.name)));
        groups
    }

    /// `group_names` of a host: sorted, without `all`.
    pub fn group_names(&self, host: &str) -> Vec<GroupName> {
        let mut names: Vec<GroupName> = self.groups_of(host).iter().map(|group| group.name.clone()).collect();
        names.sort();
        names
    }

    /// The variable `groups`: each group's hosts.
    pub fn groups_value(&self) -> Value {
        let make = || {
            let list = |hosts: &Arc<[HostName]>| hosts.iter().map(|h| Value::Str(h.clone())).collect::<Value>();
            self.members().iter().map(|(name, hosts)| (name.clone(), list(hosts))).collect::<Map>().into()
        };
        self.derived.groups_value.get_or_init(make).clone()
    }

    fn members(&self) -> &IndexMap<GroupName, Arc<[HostName]>> {
        self.derived.members.get_or_init(|| {
            let hosts_of = |name: &GroupName| {
                let mut groups: IndexSet<&GroupName> = IndexSet::from([name]);
                let mut hosts: IndexSet<&HostName> = IndexSet::new();
                let mut next = 0;
                while let Some(group) = groups.get_index(next).and_then(|name| self.groups.get(*name)) {
                    hosts.extend(&group.hosts);
                    groups.extend(&group.children);
                    next += 1;
                }
                hosts.into_iter().cloned().collect()
            };
            self.groups.keys().map(|name| (name.clone(), hosts_of(name))).collect()
        })
    }

    /// Adds a group when it is not there; the name it has now comes back.
    pub(super) fn add_group(&mut self, name: &str, warnings: &mut Vec<Diagnostic>) -> Result<GroupName> {
        if name.is_empty() {
            return Err(nameless("group"));
        }
        if let Some((known, _)) = self.groups.get_key_value(name) {
            return Ok(known.clone());
        }
        let name = safe_name(name, self.names, warnings);
        self.derived = Derived::default();
        Ok(self.groups.entry(name.as_str().into()).or_insert_with(|| Arc::new(Group::new(&name))).name.clone())
    }

    /// Adds a host when it is not there, and adds it to a group that is.
    pub(super) fn add_host(
        &mut self,
        name: &str,
        group: Option<&str>,
        port: Option<u32>,
        source: Option<&Arc<str>>,
    ) -> Result<HostName> {
        if name.is_empty() {
            return Err(nameless("host"));
        }
        self.derived = Derived::default();
        let name: HostName = match self.hosts.get_key_value(name) {
            Some((known, _)) => known.clone(),
            None => {
                let mut vars = Variables::default();
                if let Some(port) = port {
                    vars.set("ansible_port", port, None);
                }
                let name: HostName = name.into();
                let host =
                    Host { name: name.clone(), vars, groups: Vec::new(), source: source.cloned(), implicit: false };
                self.hosts.insert(name.clone(), Arc::new(host));
                if self.localhost.is_none() && LOCALHOST.contains(&&*name) {
                    self.localhost = Some(name.clone());
                }
                name
            }
        };
        if let Some(group) = group {
            self.join(&name, group);
        }
        Ok(name)
    }

    /// Makes a host a member of a group; whether it was not before.
    pub(super) fn join(&mut self, host: &HostName, group: &str) -> bool {
        let (Some(host), Some(group)) = (self.hosts.get_mut(host), self.groups.get_mut(group)) else { return false };
        if group.hosts.contains(&host.name) {
            return false;
        }
        Arc::make_mut(group).hosts.insert(host.name.clone());
        Arc::make_mut(host).groups.push(group.name.clone());
        self.derived = Derived::default();
        true
    }

    /// Puts a group or a host below a group; whether it was not before.
    pub(super) fn add_child(&mut self, group: &str, child: &str) -> Result<bool> {
        if let Some((host, _)) = self.hosts.get_key_value(child).filter(|_| !self.groups.contains_key(child)) {
            let host = host.clone();
            return Ok(self.join(&host, group));
        }
        self.no_loop(group, child)?;
        Ok(self.link(group, child))
    }

    /// Whether `child` may become a child of `group`.
    pub(super) fn no_loop(&self, group: &str, child: &str) -> Result<()> {
        if group == child || self.is_below(group, child) {
            let what = format!("adding the group `{child}` as a child of `{group}` makes a loop");
            return Err(Diagnostic::error(what).boxed());
        }
        Ok(())
    }

    /// Whether `group` is somewhere below `above`.
    pub(super) fn is_below(&self, group: &str, above: &str) -> bool {
        let mut seen: IndexSet<&str> = IndexSet::from([group]);
        let mut next = 0;
        while let Some(name) = seen.get_index(next).copied() {
            if let Some(group) = self.groups.get(name) {
                seen.extend(group.parents.iter().map(|p| &**p));
            }
            next += 1;
        }
        seen.contains(above)
    }

    /// Whether a host is in `all` by what sources have said so far; before [`Inventory::reconcile`] it need not be.
    pub(super) fn is_in_all(&self, host: &str) -> bool {
        let Some(host) = self.hosts.get(host) else { return false };
        host.groups.iter().any(|group| &**group == "all" || self.is_below(group, "all"))
    }

    pub(super) fn link(&mut self, parent: &str, child: &str) -> bool {
        let (Some((parent, _)), Some((child, _))) =
            (self.groups.get_key_value(parent), self.groups.get_key_value(child))
        else {
            return false;
        };
        let (parent, child) = (parent.clone(), child.clone());
        let mut depth = 0;
        let mut added = false;
        if let Some(group) = self.groups.get_mut(&parent) {
            depth = group.depth + 1;
            added = Arc::make_mut(group).children.insert(child.clone());
        }
        if added {
            if let Some(group) = self.groups.get_mut(&child) {
                Arc::make_mut(group).parents.insert(parent);
            }
            self.deepen(&child, depth);
            self.derived = Derived::default();
        }
        added
    }

    /// Sets the least depth of a group and of those below. There are no loops, so it ends.
    fn deepen(&mut self, group: &GroupName, depth: usize) {
        let mut waiting = vec![(group.clone(), depth)];
        while let Some((name, depth)) = waiting.pop() {
            if let Some(group) = self.groups.get_mut(&name).filter(|group| group.depth < depth) {
                let group = Arc::make_mut(group);
                group.depth = depth;
                waiting.extend(group.children.iter().map(|child| (child.clone(), depth + 1)));
            }
        }
    }

    /// Sets a variable of a group or, when there is no such group, of a host.
    pub(super) fn set_variable(
        &mut self,
        entity: &str,
        name: &str,
        value: Templated,
        place: Option<Place>,
    ) -> Result<()> {
        let merge = self.hash_behaviour == HashBehaviour::Merge;
        if let Some(group) = self.groups.get_mut(entity) {
            let group = Arc::make_mut(group);
            if name == "ansible_group_priority" {
                group.priority = priority(&value).ok_or_else(|| {
                    let error = Diagnostic::error(format!(
                        "`ansible_group_priority` of the group `{entity}` is not a whole number"
                    ));
                    place.iter().fold(error, |error, place| error.at(place, "set here")).boxed()
                })?;
            } else {
                set(&mut group.vars, name, value, place, merge);
            }
        } else if let Some(host) = self.hosts.get_mut(entity) {
            set(&mut Arc::make_mut(host).vars, name, value, place, merge);
        }
        Ok(())
    }

    /// Restores the rules after changes: every group is below `all`, and a host is in `ungrouped` when it is in no other group.
    pub(super) fn reconcile(&mut self, warnings: &mut Vec<Diagnostic>) {
        let tops: Vec<GroupName> = self
            .groups
            .values()
            .filter(|g| &*g.name != "all" && g.parents.is_empty())
            .map(|g| g.name.clone())
            .collect();
        for group in tops {
            self.link("all", &group);
        }
        let hosts: Vec<Arc<Host>> = self.hosts.values().cloned().collect();
        let mut leaving: IndexSet<HostName> = IndexSet::new();
        for host in hosts {
            let grouped = host.groups.iter().any(|g| !matches!(&**g, "all" | "ungrouped"));
            let ungrouped = host.groups.iter().any(|g| &**g == "ungrouped");
            if grouped && ungrouped {
                leaving.insert(host.name.clone());
            } else if !grouped && !ungrouped {
                self.join(&host.name, "ungrouped");
            }
        }
        if !leaving.is_empty() {
            if let Some(group) = self.groups.get_mut("ungrouped") {
                Arc::make_mut(group).hosts.retain(|host| !leaving.contains(host));
            }
            for host in &leaving {
                if let Some(host) = self.hosts.get_mut(host) {
                    Arc::make_mut(host).groups.retain(|group| &**group != "ungrouped");
                }
            }
        }
        for name in self.groups.keys().filter(|name| self.hosts.contains_key(*name)) {
            let what = format!("there are both a group and a host called `{name}`");
            if !warnings.iter().any(|w| w.what == what) {
                warnings.push(Diagnostic::warning(what));
            }
        }
        self.derived = Derived::default();
    }
}

/// The error about a host or a group without a name.
pub(super) fn nameless(kind: &str) -> Box<Diagnostic> {
    Diagnostic::error(format!("a {kind} without a name")).boxed()
}

fn priority(value: &Templated) -> Option<i64> {
    match value.as_value()? {
        Value::Int(n) => i64::try_from(*n).ok(),
        Value::Str(text) => text.trim().parse().ok(),
        Value::Bool(b) => Some((*b).into()),
        Value::Float(x) => Some(*x as i64),
        _ => None,
    }
}

/// Sets a variable, merging mappings where the settings say so.
pub(super) fn set(vars: &mut Variables, name: &str, value: Templated, place: Option<Place>, merge: bool) {
    let value = match vars.get(name) {
        Some(known) if merge => super::merge::merged(&known.value, &value),
        _ => value,
    };
    vars.set(name, value, place);
}

//! `--list`: the whole inventory as one value, in the shapes that JSON, YAML and TOML inventories have.

use super::View;
use crate::diagnostic::Result;
use crate::inventory::{Group, GroupName, Host, HostName, Inventory};
use hostler_sdk::{Key, Map, Value};
use std::collections::HashSet;
use std::sync::Arc;

fn names(names: impl Iterator<Item = Arc<str>>) -> Value {
    names.map(Value::Str).collect()
}

/// The hosts of a group that are within the limit.
fn hosts<'a>(group: &'a Group, view: &'a View) -> impl Iterator<Item = &'a HostName> {
    group.hosts.iter().filter(|host| view.hosts.contains(*host))
}

/// Sets what is not empty.
fn set(map: &mut Map, name: &str, value: Value) {
    if value.truthy() {
        map.set(name, value);
    }
}

/// Groups side by side and hosts' variables in `_meta`: what inventory scripts print.
pub fn flat(inventory: &Inventory, view: &View) -> Result<Value> {
    let mut out = Map::new();
    for group in inventory.groups() {
        let mut shown = Map::new();
        if &*group.name != "all" {
            set(&mut shown, "hosts", names(hosts(group, view).cloned()));
        }
        set(&mut shown, "children", names(group.children.iter().cloned()));
        if view.export {
            set(&mut shown, "vars", view.group(group)?.into());
        }
        if !shown.is_empty() {
            out.set(Key::Str(group.name.clone()), shown);
        }
    }
    let mut known = Map::new();
    for host in view.order.iter().filter_map(|name| inventory.host(name)) {
        let vars = view.host(&host)?;
        if !vars.is_empty() {
            known.set(Key::Str(host.name.clone()), vars);
        }
    }
    let meta = Map::from_iter([("hostvars", Value::from(known)), ("profile", "inventory_legacy".into())]);
    out.set("_meta", meta);
    Ok(out.into())
}

/// Groups inside of groups; what is in several is written where it comes first.
pub fn nested(inventory: &Inventory, view: &View) -> Result<Value> {
    let mut nesting = Nesting { inventory, view, groups: HashSet::new(), hosts: HashSet::new() };
    let mut out = Map::new();
    if let Some(all) = inventory.group("all")
        && let Some(shown) = nesting.group(all)?
    {
        out.set("all", shown);
    }
    Ok(out.into())
}

struct Nesting<'a> {
    inventory: &'a Inventory,
    view: &'a View,
    groups: HashSet<GroupName>,
    hosts: HashSet<HostName>,
}

impl Nesting<'_> {
    /// A group, unless there is nothing in it.
    fn group(&mut self, group: &Group) -> Result<Option<Map>> {
        let mut children = Map::new();
        for child in group.children.iter().filter_map(|name| self.inventory.group(name)) {
            let key = Key::Str(child.name.clone());
            if self.groups.contains(&child.name) {
                children.set(key, Map::new());
            } else if let Some(shown) = self.group(child)? {
                children.set(key, shown);
            }
            self.groups.insert(child.name.clone());
        }
        let mut members = Map::new();
        if &*group.name != "all" {
            for name in hosts(group, self.view) {
                let vars = if self.hosts.insert(name.clone()) { self.host(name)? } else { Map::new() };
                members.set(Key::Str(name.clone()), vars);
            }
        }
        let mut shown = Map::new();
        set(&mut shown, "children", children.into());
        set(&mut shown, "hosts", members.into());
        if self.view.export {
            set(&mut shown, "vars", self.view.group(group)?.into());
        }
        Ok((!shown.is_empty()).then_some(shown))
    }

    fn host(&self, name: &HostName) -> Result<Map> {
        self.inventory.host(name).map_or_else(|| Ok(Map::new()), |host: Arc<Host>| self.view.host(&host))
    }
}

/// Groups side by side with the variables of hosts where they come first: what TOML inventories have.
pub fn tables(inventory: &Inventory, view: &View) -> Result<Value> {
    let mut nesting = Nesting { inventory, view, groups: HashSet::new(), hosts: HashSet::new() };
    let mut out = Map::new();
    if let Some(all) = inventory.group("all") {
        nesting.table(all, &mut out)?;
    }
    Ok(out.into())
}

impl Nesting<'_> {
    fn table(&mut self, group: &Group, out: &mut Map) -> Result<()> {
        let mut shown = Map::new();
        let mut children = Vec::new();
        for child in group.children.iter().filter_map(|name| self.inventory.group(name)) {
            if &*child.name == "ungrouped" && child.hosts.is_empty() {
                continue;
            }
            if &*group.name != "all" {
                children.push(Value::Str(child.name.clone()));
            }
            if self.groups.insert(child.name.clone()) {
                self.table(child, out)?;
            }
        }
        set(&mut shown, "children", children.into());
        let mut members = Map::new();
        if &*group.name != "all" {
            for name in hosts(group, self.view) {
                let vars = if self.hosts.insert(name.clone()) { self.host(name)? } else { Map::new() };
                members.set(Key::Str(name.clone()), vars);
            }
        }
        set(&mut shown, "hosts", members.into());
        if self.view.export {
            set(&mut shown, "vars", self.view.group(group)?.into());
        }
        if !shown.is_empty() {
            out.set(Key::Str(group.name.clone()), shown);
        }
        Ok(())
    }
}

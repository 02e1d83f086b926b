//! YAML (and JSON) inventories as Ansible's `yaml` plugin reads them: groups with `hosts`, `vars` and `children`.

use super::{GroupName, Inventory, Texts, address};
use crate::diagnostic::{Diagnostic, Result};
use crate::yaml::Node;
use std::path::Path;
use std::sync::Arc;

/// Reads a file into the inventory.
pub(super) fn read(
    path: &Path,
    origin: &Arc<str>,
    inventory: &mut Inventory,
    texts: &dyn Texts,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    let documents = texts.file(path, warnings)?;
    let [root] = documents.as_slice() else {
        let what = if documents.is_empty() { "the file is empty" } else { "the file has more than one document" };
        return Err(Diagnostic::error(what).boxed());
    };
    let Some(groups) = root.as_map() else {
        let error = Diagnostic::error(format!("an inventory is a mapping of groups, this is {}", root.kind()));
        return Err(error.at(&root.place, "").boxed());
    };
    if let Some(plugin) = root.get("plugin").filter(|p| !p.is_null()) {
        let error = Diagnostic::error("Plugin configuration YAML file, not YAML inventory").at(&plugin.place, "");
        return Err(error.boxed());
    }
    if groups.is_empty() {
        return Err(Diagnostic::error("the file is empty").boxed());
    }
    let mut reader = Reader { inventory, origin, texts, warnings };
    for (name, data) in groups {
        reader.group(name, data)?;
    }
    Ok(())
}

struct Reader<'a> {
    inventory: &'a mut Inventory,
    origin: &'a Arc<str>,
    texts: &'a dyn Texts,
    warnings: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn warn(&mut self, what: String, node: &Node) {
        self.warnings.push(Diagnostic::warning(what).at(&node.place, ""));
    }

    /// Reads a group; its name as used comes back, or nothing when it was passed over.
    fn group(&mut self, name: &Node, data: &Node) -> Result<Option<GroupName>> {
        let Some(written) = name.as_str() else {
            let error = Diagnostic::error(format!("a group's name must be text, this is {}", name.kind()));
            return Err(error.at(&name.place, "").hint("put it in quotes").boxed());
        };
        if data.as_map().is_none() && !data.is_null() {
            self.warn(format!("skipping `{written}`, it is no group definition but {}", data.kind()), data);
            return Ok(None);
        }
        let group = self.inventory.add_group(written, self.warnings)?;
        for (key, value) in data.as_map().unwrap_or_default() {
            let section = key.as_str().unwrap_or_default();
            let known = matches!(section, "hosts" | "vars" | "children");
            // `hosts: web1` is one host without variables.
            if known && value.as_str().is_some() {
                let empty = Node::scalar(hostler_sdk::Value::Null, value.place.clone());
                self.entry(section, &group, value, &empty)?;
            } else if let Some(entries) = value.as_map() {
                if !known {
                    let place =
                        Diagnostic::warning(format!("skipping the unexpected key `{section}` in the group `{group}`"));
                    self.warnings.push(place.at(&key.place, "").nearest(section, ["hosts", "vars", "children"]));
                    continue;
                }
                for (name, data) in entries {
                    self.entry(section, &group, name, data)?;
                }
            } else if known && !value.is_null() {
                let error = Diagnostic::error(format!(
                    "`{section}` of the group `{group}` must be a mapping, this is {}",
                    value.kind()
                ));
                return Err(error.at(&value.place, "").boxed());
            } else if !value.is_null() {
                self.warn(
                    format!(
                        "skipping the key `{section}` in the group `{group}`, it is no mapping but {}",
                        value.kind()
                    ),
                    value,
                );
            }
        }
        Ok(Some(group))
    }

    /// One entry of a section.
    fn entry(&mut self, section: &str, group: &GroupName, name: &Node, data: &Node) -> Result<()> {
        match section {
            "vars" => {
                let value = self.texts.node(data)?;
                self.inventory.set_variable(group, &name.to_key().to_string(), value, Some(data.place.clone()))
            }
            "children" => match self.group(name, data)? {
                Some(child) => {
                    self.inventory.add_child(group, &child).map(|_| ()).map_err(|e| e.at(&name.place, "").boxed())
                }
                None => Ok(()),
            },
            _ => self.hosts(group, name, data),
        }
    }

    fn hosts(&mut self, group: &GroupName, pattern: &Node, data: &Node) -> Result<()> {
        let Some(text) = pattern.as_str() else {
            let error = Diagnostic::error(format!("Host pattern {} must be a string", pattern.to_key()));
            let error = error.cause(format!("this is {}", pattern.kind()));
            return Err(error.at(&pattern.place, "").hint("put it in quotes").boxed());
        };
        let (names, port) = address::expand(text).map_err(|e| e.at(&pattern.place, "").boxed())?;
        if !data.is_null() && data.as_map().is_none() {
            let error =
                Diagnostic::error(format!("variables of the host `{text}` must be a mapping, this is {}", data.kind()));
            return Err(error.at(&data.place, "").boxed());
        }
        let mut vars = Vec::new();
        for (key, value) in data.as_map().unwrap_or_default() {
            vars.push((key.to_key().to_string(), self.texts.node(value)?, &value.place));
        }
        for name in names {
            let host = self.inventory.add_host(&name, Some(group), port, Some(self.origin))?;
            for (key, value, place) in &vars {
                self.inventory.set_variable(&host, key, value.clone(), Some((*place).clone()))?;
            }
        }
        Ok(())
    }
}

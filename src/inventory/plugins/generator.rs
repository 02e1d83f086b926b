//! The inventory plugin `generator`: a host for each combination of the values of several layers, with groups named by the same
//! templates.

use super::options::{Options, wrong};
use super::scope::HostVariables;
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::{Inventory, Texts};
use crate::template::{Scope, Variables};
use crate::yaml::Node;
use hostler_sdk::Value;
use std::sync::Arc;

/// Applies a source to the inventory so far.
pub(super) fn read(
    options: &Options<'_>,
    origin: &Arc<str>,
    inventory: &mut Inventory,
    texts: &dyn Texts,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    options.known(&["plugin", "hosts", "layers"])?;
    let mut layers: Vec<(String, Vec<Value>)> = Vec::new();
    for (name, values) in options.mapping("layers")? {
        let Some(values) = values.as_list() else {
            return Err(wrong(format!("a layer must be a list, this is {}", values.kind()), values).boxed());
        };
        let values = values.iter().map(Node::to_value).collect::<Result<_>>()?;
        layers.push((name.to_key().to_string(), values));
    }
    let Some(hosts) = options.get("hosts") else {
        return Err(wrong("`hosts` is missing", options.root).boxed());
    };
    let hosts = Options::of(hosts, "`hosts`")?;
    hosts.known(&["name", "parents"])?;
    let Some(name) = hosts.get("name") else { return Err(wrong("`name` is missing", hosts.root).boxed()) };
    let mut generator = Generator { inventory, texts, warnings };
    for combination in combinations(&layers) {
        let scope = HostVariables::alone(combination);
        let host = generator.text(name, &scope)?;
        generator.inventory.add_host(&host, None, None, Some(origin))?;
        generator.parents(&host, hosts.list("parents")?, &scope)?;
    }
    Ok(())
}

/// Every combination of one value a layer; the last layer changes first.
fn combinations(layers: &[(String, Vec<Value>)]) -> Vec<Variables> {
    let mut all = vec![Variables::default()];
    for (name, values) in layers {
        let with = |value: &Value, vars: &Variables| {
            let mut vars = vars.clone();
            vars.set(name.as_str(), value.clone(), None);
            vars
        };
        all = all.iter().flat_map(|vars| values.iter().map(|value| with(value, vars)).collect::<Vec<_>>()).collect();
    }
    all
}

struct Generator<'a> {
    inventory: &'a mut Inventory,
    texts: &'a dyn Texts,
    warnings: &'a mut Vec<Diagnostic>,
}

impl Generator<'_> {
    fn text(&self, node: &Node, scope: &Arc<dyn Scope>) -> Result<String> {
        Ok(self.texts.render(&self.texts.node(node)?, scope)?.to_string())
    }

    /// Puts a host or group below its parents, and those below theirs.
    fn parents(&mut self, child: &str, parents: &[Node], scope: &Arc<dyn Scope>) -> Result<()> {
        for node in parents {
            let parent = Options::of(node, "a parent")?;
            parent.known(&["name", "vars", "parents"])?;
            let name = match parent.get("name") {
                Some(name) => self.text(name, scope)?,
                None => String::new(),
            };
            if name.is_empty() {
                return Err(wrong(format!("Element {child} has a parent with no name."), node).boxed());
            }
            let group = self.inventory.add_group(&name, self.warnings)?;
            for (key, value) in parent.mapping("vars")? {
                let mut made = self.texts.node(value)?;
                // As in Ansible: texts are made now, templates within lists and mappings when they are used.
                if value.as_map().is_none() && value.as_list().is_none() {
                    made = self.texts.render(&made, scope)?.into();
                }
                let (key, place) = (key.to_key().to_string(), value.place.clone());
                self.inventory.set_variable(&group, &key, made, Some(place))?;
            }
            self.inventory.add_child(&group, child).map_err(|e| e.at(&node.place, "").boxed())?;
            self.parents(&group, parent.list("parents")?, scope)?;
        }
        Ok(())
    }
}

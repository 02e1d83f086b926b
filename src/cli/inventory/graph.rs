//! `--graph`: groups, hosts and, when asked for, their variables as a tree.

use super::View;
use crate::diagnostic::Result;
use crate::inventory::{Group, Inventory};
use hostler_sdk::{Key, Map, Value};

/// The tree below a group.
pub fn text(inventory: &Inventory, group: &Group, view: &View, vars: bool) -> Result<String> {
    let mut lines = Vec::new();
    Tree { inventory, view, vars, lines: &mut lines }.group(group, 0)?;
    Ok(lines.join("\n"))
}

struct Tree<'a> {
    inventory: &'a Inventory,
    view: &'a View,
    vars: bool,
    lines: &'a mut Vec<String>,
}

impl Tree<'_> {
    fn line(&mut self, text: &str, depth: usize) {
        let lead = if depth > 0 { format!("{}--", "  |".repeat(depth)) } else { String::new() };
        self.lines.push(lead + text);
    }

    fn group(&mut self, group: &Group, depth: usize) -> Result<()> {
        self.line(&format!("@{}:", group.name), depth);
        let depth = depth + 1;
        for child in group.children.iter().filter_map(|name| self.inventory.group(name)) {
            self.group(child, depth)?;
        }
        if &*group.name != "all" {
            for name in &group.hosts {
                self.line(name, depth);
                if let Some(host) = self.inventory.host(name).filter(|_| self.vars) {
                    let vars = self.view.host(&host)?;
                    self.variables(&vars, depth + 1);
                }
            }
        }
        if self.vars {
            let vars = self.view.group(group)?;
            self.variables(&vars, depth);
        }
        Ok(())
    }

    fn variables(&mut self, vars: &Map, depth: usize) {
        let line = |name: &Key, value: &Value| match value.as_str() {
            Some(text) if text.starts_with("$ANSIBLE_VAULT;") => format!("{{{name} = (encrypted)}}"),
            _ => format!("{{{name} = {value}}}"),
        };
        let mut lines: Vec<(String, String)> =
            vars.iter().map(|(name, value)| (name.to_string(), line(name, value))).collect();
        lines.sort();
        lines.iter().for_each(|(_, line)| self.line(line, depth));
    }
}

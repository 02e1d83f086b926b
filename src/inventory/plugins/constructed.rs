//! The inventory plugin `constructed`: variables and groups from expressions over what earlier sources gave each host, and over files
//! of variables beside them and the command line's variables where that is asked for. An expression that cannot be evaluated is passed
//! over unless `strict` says otherwise, as in Ansible.

use super::Sources;
use super::options::{Options, wrong};
use super::scope::{HostVariables, Sight};
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::{HostName, Inventory, Texts};
use crate::template::{Scope, Templated};
use crate::yaml::Node;
use hostler_sdk::Value;
use std::sync::Arc;

const KNOWN: [&str; 8] = [
    "plugin",
    "strict",
    "compose",
    "groups",
    "keyed_groups",
    "use_extra_vars",
    "leading_separator",
    "use_vars_plugins",
];

/// One source of this kind.
struct Constructed<'a> {
    options: &'a Options<'a>,
    texts: &'a dyn Texts,
    strict: bool,
    leading_separator: bool,
}

/// Applies a source to the inventory so far.
pub(super) fn read(
    options: &Options<'_>,
    inventory: &mut Inventory,
    texts: &dyn Texts,
    before: &Sources<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    options.known(&KNOWN)?;
    let beside = if options.flag("use_vars_plugins", false)? { before.directories } else { &[] };
    let sight = Sight { beyond: before.beyond, beside, extra: options.flag("use_extra_vars", false)? };
    let plugin = Constructed {
        options,
        texts,
        strict: options.flag("strict", false)?,
        leading_separator: options.flag("leading_separator", true)?,
    };
    let hosts: Vec<HostName> = inventory.hosts().map(|host| host.name.clone()).collect();
    for host in hosts {
        plugin.compose(&host, &sight, inventory, warnings)?;
        // The variables just made count for the groups.
        let scope = HostVariables::of(inventory, &host, &sight, warnings)?;
        plugin.groups(&host, &scope, inventory, warnings)?;
        plugin.keyed_groups(&host, &scope, inventory, warnings)?;
    }
    Ok(())
}

impl Constructed<'_> {
    /// The value of an expression; nothing when it cannot be had and that does not matter.
    fn value(&self, node: &Node, scope: &Arc<dyn Scope>, what: &str) -> Result<Option<Value>> {
        let evaluate = || -> Result<Value> {
            let Some(text) = node.as_str() else {
                return Err(wrong(format!("an expression must be text, this is {}", node.kind()), node).boxed());
            };
            self.texts.render(&self.texts.expression(text, &node.place)?, scope)
        };
        match evaluate() {
            Ok(value) => Ok(Some(value)),
            Err(_) if !self.strict => Ok(None),
            Err(e) => Err(Diagnostic::error(format!("{what}: {}", e.what)).at(&node.place, "").boxed()),
        }
    }

    fn compose(
        &self,
        host: &HostName,
        sight: &Sight<'_>,
        inventory: &mut Inventory,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        let scope = HostVariables::of(inventory, host, sight, warnings)?;
        for (name, expression) in self.options.mapping("compose")? {
            let name = name.to_key().to_string();
            let what = format!("Could not set {name} for host {host}");
            if let Some(value) = self.value(expression, &scope, &what)? {
                inventory.set_variable(host, &name, value.into(), Some(expression.place.clone()))?;
            }
        }
        Ok(())
    }

    fn groups(
        &self,
        host: &HostName,
        scope: &Arc<dyn Scope>,
        inventory: &mut Inventory,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        for (name, condition) in self.options.mapping("groups")? {
            let name = name.to_key().to_string();
            let what = format!("Could not add host {host} to group {name}");
            let holds = match condition.as_bool() {
                Some(holds) => Some(Value::Bool(holds)),
                None => self.value(condition, scope, &what)?,
            };
            match holds {
                Some(Value::Bool(true)) => {
                    let group = inventory.add_group(&name, warnings)?;
                    inventory.add_host(host, Some(&group), None, None)?;
                }
                Some(Value::Bool(false)) | None => {}
                Some(other) if self.strict => {
                    let cause = format!("a condition must be true or false, this is a {}", other.type_name());
                    return Err(wrong(what, condition).cause(cause).boxed());
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn keyed_groups(
        &self,
        host: &HostName,
        scope: &Arc<dyn Scope>,
        inventory: &mut Inventory,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        for entry in self.options.list("keyed_groups")? {
            let keyed = Options::of(entry, "an entry of `keyed_groups`")?;
            keyed.known(&["key", "prefix", "separator", "parent_group", "default_value", "trailing_separator"])?;
            let default = keyed.text("default_value");
            if default.is_some() && keyed.get("trailing_separator").is_some() {
                let what = "parameters are mutually exclusive for keyed groups: default_value|trailing_separator";
                return Err(wrong(what, entry).boxed());
            }
            let Some(expression) = keyed.get("key") else {
                return Err(wrong("a keyed group needs a `key`", entry).boxed());
            };
            let what = format!("Could not generate group for host {host}");
            let Some(key) = self.value(expression, scope, &what)? else { continue };
            let separator = keyed.text("separator").unwrap_or_else(|| "_".into());
            let names = self.names(&key, &keyed, default.as_deref(), &separator, expression, host)?;
            let prefix = keyed.text("prefix").unwrap_or_default();
            let parent = self.parent(&keyed, scope)?;
            let Some(parent) = parent else { continue };
            for name in names {
                let separator = if prefix.is_empty() && !self.leading_separator { "" } else { &separator };
                let group = inventory.add_group(&format!("{prefix}{separator}{name}"), warnings)?;
                inventory.add_host(host, Some(&group), None, None)?;
                if let Some(parent) = &parent {
                    let parent = inventory.add_group(parent, warnings)?;
                    inventory.add_child(&parent, &group)?;
                }
            }
        }
        Ok(())
    }

    /// The parts of group names that a key stands for.
    fn names(
        &self,
        key: &Value,
        keyed: &Options<'_>,
        default: Option<&str>,
        separator: &str,
        node: &Node,
        host: &HostName,
    ) -> Result<Vec<String>> {
        let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
        let or_default = |value: &Value| match default {
            Some(default) if empty(value) => default.to_owned(),
            _ => value.to_string(),
        };
        if empty(key) && default.is_some() {
            return Ok(vec![or_default(key)]);
        }
        if !key.truthy() {
            let nothing = matches!(key, Value::List(_) | Value::Map(_));
            if self.strict && !nothing {
                let what = format!("No key or key resulted empty in host {host}, invalid entry");
                return Err(wrong(what, node).boxed());
            }
            return Ok(Vec::new());
        }
        let trailing = keyed.flag("trailing_separator", true)?;
        match key {
            Value::Str(text) => Ok(vec![text.to_string()]),
            Value::List(items) => Ok(items.iter().map(or_default).collect()),
            Value::Map(map) => Ok(map
                .iter()
                .map(|(name, value)| match default {
                    Some(default) if empty(value) => format!("{name}{separator}{default}"),
                    None if empty(value) && !trailing => name.to_string(),
                    _ => format!("{name}{separator}{value}"),
                })
                .collect()),
            other => {
                let what = format!(
                    "Invalid group name format, expected a string or a list of them or dictionary, got: {}",
                    other.type_name()
                );
                Err(wrong(what, node).boxed())
            }
        }
    }

    /// `parent_group`, rendered: nothing inside when there is none, nothing at all when it cannot be rendered.
    fn parent(&self, keyed: &Options<'_>, scope: &Arc<dyn Scope>) -> Result<Option<Option<String>>> {
        let Some(node) = keyed.get("parent_group").filter(|node| !node.is_null()) else { return Ok(Some(None)) };
        let written: Templated = self.texts.node(node)?;
        match self.texts.render(&written, scope) {
            Ok(value) if value.truthy() => Ok(Some(Some(value.to_string()))),
            Ok(_) => Ok(Some(None)),
            Err(_) if !self.strict => Ok(None),
            Err(e) => Err(e.at(&node.place, "").boxed()),
        }
    }
}

//! Executable inventories: `--list` gives groups as JSON; host variables come from `_meta` or, when it is missing, from one
//! `--host` call each. A script is the operator's own program, so text in its variables may hold templates, as in Ansible;
//! `__ansible_unsafe` marks text that does not.

use super::texts::templated;
use super::{Inventory, Texts};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::template::{Templated, TemplatedKey};
use hostler_sdk::{Map, Value};
use indexmap::IndexSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Runs a script and reads what it says.
pub(super) fn read(
    path: &Path,
    origin: &Arc<str>,
    inventory: &mut Inventory,
    texts: &dyn Texts,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    let (listed, place) = run(path, &["--list"], warnings)?;
    let Value::Map(groups) = listed else {
        return Err(
            Diagnostic::error(format!("the script printed a {}, not a mapping of groups", listed.type_name())).boxed()
        );
    };
    let mut reader = Reader { inventory, origin, texts, warnings, place, hosts: IndexSet::new() };
    let mut known: Option<Arc<Map>> = None;
    for (name, data) in groups.iter() {
        let name = name.to_string();
        if name != "_meta" {
            reader.group(&name, data)?;
        } else if let Some(vars) = data.get("hostvars") {
            let Value::Map(vars) = vars else { return Err(expected("_meta.hostvars", "mapping", vars)) };
            known = Some(vars.clone());
        }
    }
    for host in reader.hosts.clone() {
        match &known {
            Some(known) => match known.get(host.as_str()) {
                Some(Value::Map(vars)) => reader.vars(&host, vars)?,
                Some(Value::Null) | None => {}
                Some(other) => return Err(expected(&format!("_meta.hostvars.{host}"), "mapping", other)),
            },
            None => match run(path, &["--host", &host], reader.warnings)? {
                (Value::Map(vars), place) => {
                    reader.place = place;
                    reader.vars(&host, &vars)?;
                }
                (Value::Null, _) => {}
                (other, _) => return Err(expected(&host, "mapping", &other)),
            },
        }
    }
    Ok(())
}

fn expected(what: &str, kind: &str, found: &Value) -> Box<Diagnostic> {
    Diagnostic::error(format!("`{what}` in the script's output is a {}, not a {kind}", found.type_name())).boxed()
}

/// What a call printed as JSON; nothing printed is null. The place stands for the whole output.
fn run(path: &Path, args: &[&str], warnings: &mut Vec<Diagnostic>) -> Result<(Value, Place)> {
    let shown = format!("{} {}", path.display(), args.join(" "));
    let wrong = |cause: String| Diagnostic::error(format!("could not use the inventory script `{shown}`")).cause(cause);
    let output =
        Command::new(path).args(args).stdin(Stdio::null()).output().map_err(|e| wrong(e.to_string()).boxed())?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let noted = |error: Diagnostic| if said.is_empty() { error } else { error.note(format!("it said: {said}")) };
    if !output.status.success() {
        return Err(noted(wrong(format!("it ended with {}", output.status))).boxed());
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| noted(wrong("it printed what is no UTF-8 text".into())).boxed())?;
    let value = if text.trim().is_empty() && args.first() == Some(&"--host") {
        Value::Null
    } else {
        Value::from_json(&text).map_err(|e| noted(wrong(format!("it did not print JSON: {e}"))).boxed())?
    };
    if !said.is_empty() {
        warnings.push(Diagnostic::warning(format!("the inventory script `{shown}` said: {said}")));
    }
    let source = Arc::new(Source { path: format!("<output of {shown}>").into(), text: String::new() });
    Ok((value, Place::new(&source, 0, 0)))
}

struct Reader<'a> {
    inventory: &'a mut Inventory,
    origin: &'a Arc<str>,
    texts: &'a dyn Texts,
    warnings: &'a mut Vec<Diagnostic>,
    place: Place,
    hosts: IndexSet<String>,
}

impl Reader<'_> {
    /// `{hosts, vars, children}`; of old also a bare list of hosts, or the variables of the one host called like the group.
    fn group(&mut self, name: &str, data: &Value) -> Result<()> {
        let group = self.inventory.add_group(name, self.warnings)?;
        let name_alone = || Value::from(vec![Value::Str(group.clone())]);
        let (hosts, vars, children) = match data {
            Value::Map(map) if ["hosts", "vars", "children"].iter().any(|k| map.contains_key(*k)) => {
                (map.get("hosts").cloned(), map.get("vars").cloned(), map.get("children").cloned())
            }
            Value::Map(_) => (Some(name_alone()), Some(data.clone()), None),
            other => (Some(other.clone()), None, None),
        };
        if let Some(hosts) = hosts {
            let Value::List(hosts) = hosts else { return Err(expected(&format!("{name}.hosts"), "list", &hosts)) };
            for host in hosts.iter() {
                let Value::Str(host) = host else {
                    return Err(expected(&format!("{name}.hosts"), "list of names", host));
                };
                self.hosts.insert(host.to_string());
                self.inventory.add_host(host, Some(&group), None, Some(self.origin))?;
            }
        }
        if let Some(vars) = vars {
            let Value::Map(vars) = vars else { return Err(expected(&format!("{name}.vars"), "mapping", &vars)) };
            self.vars(&group, &vars)?;
        }
        for child in children.as_ref().and_then(Value::as_list).unwrap_or_default() {
            let Value::Str(child) = child else {
                return Err(expected(&format!("{name}.children"), "list of names", child));
            };
            let child = self.inventory.add_group(child, self.warnings)?;
            self.inventory.add_child(&group, &child)?;
        }
        Ok(())
    }

    fn vars(&mut self, entity: &str, vars: &Map) -> Result<()> {
        for (key, value) in vars {
            let value = trusted(value, &self.place, self.texts)?;
            self.inventory.set_variable(entity, &key.to_string(), value, Some(self.place.clone()))?;
        }
        Ok(())
    }
}

/// Templates in text, but not in what is marked as unsafe.
fn trusted(value: &Value, place: &Place, texts: &dyn Texts) -> Result<Templated> {
    match value {
        Value::Map(map) if map.len() == 1 && map.contains_key("__ansible_unsafe") => {
            Ok(Templated::Value(map.get("__ansible_unsafe").cloned().unwrap_or_default()))
        }
        Value::Map(map) if marked(value) => {
            let entry =
                |(k, v): (&hostler_sdk::Key, &Value)| Ok((TemplatedKey::Key(k.clone()), trusted(v, place, texts)?));
            Ok(Templated::Map(Arc::new(map.iter().map(entry).collect::<Result<_>>()?)))
        }
        Value::List(items) if marked(value) => {
            Ok(Templated::List(Arc::new(items.iter().map(|v| trusted(v, place, texts)).collect::<Result<_>>()?)))
        }
        other => templated(other.clone(), place, texts),
    }
}

/// Whether anything inside is marked as unsafe.
fn marked(value: &Value) -> bool {
    match value {
        Value::Map(map) => map.contains_key("__ansible_unsafe") || map.values().any(marked),
        Value::List(items) => items.iter().any(marked),
        _ => false,
    }
}

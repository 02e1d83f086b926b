//! Inventories in TOML as Ansible's `toml` plugin reads them: groups with `hosts`, `vars` and `children`.

use super::texts::templated;
use super::{GroupName, Inventory, Texts, address};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use hostler_sdk::{Map, Value};
use std::path::Path;
use std::sync::Arc;
use toml::Value as Toml;

/// Reads a file into the inventory.
pub(super) fn read(
    path: &Path,
    origin: &Arc<str>,
    inventory: &mut Inventory,
    texts: &dyn Texts,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    let source = crate::yaml::read(path)?;
    let table: toml::Table = source.text.parse().map_err(|e: toml::de::Error| {
        let error = Diagnostic::error("the file is not TOML").cause(e.message());
        e.span().map_or(error.clone(), |span| error.at(&Place::new(&source, span.start, span.end), "")).boxed()
    })?;
    if table.is_empty() {
        return Err(Diagnostic::error("Parsed empty TOML file").boxed());
    }
    if table.contains_key("plugin") {
        return Err(Diagnostic::error("Plugin configuration TOML file, not TOML inventory").boxed());
    }
    let mut reader = Reader { inventory, origin, texts, warnings, source: &source };
    table.iter().try_for_each(|(name, data)| reader.group(name, data).map(drop))
}

struct Reader<'a> {
    inventory: &'a mut Inventory,
    origin: &'a Arc<str>,
    texts: &'a dyn Texts,
    warnings: &'a mut Vec<Diagnostic>,
    source: &'a Arc<Source>,
}

impl Reader<'_> {
    fn group(&mut self, name: &str, data: &Toml) -> Result<Option<GroupName>> {
        let Some(data) = data.as_table() else {
            let what = format!("Skipping '{name}' as this is not a valid group definition");
            self.warnings.push(Diagnostic::warning(what));
            return Ok(None);
        };
        let group = self.inventory.add_group(name, self.warnings)?;
        for (key, value) in data {
            match key.as_str() {
                "vars" => {
                    for (name, value) in self.table(key, &group, value)? {
                        let place = self.place();
                        let value = templated(plain(value), &place, self.texts)?;
                        self.inventory.set_variable(&group, name, value, Some(place))?;
                    }
                }
                "children" => {
                    let Some(children) = value.as_array() else { return Err(self.wrong(key, &group, "list", value)) };
                    for child in children {
                        let Some(child) = child.as_str() else { return Err(self.wrong(key, &group, "text", child)) };
                        let child = self.inventory.add_group(child, self.warnings)?;
                        self.inventory.add_child(&group, &child)?;
                    }
                }
                "hosts" => {
                    for (pattern, vars) in self.table(key, &group, value)? {
                        self.hosts(&group, pattern, vars)?;
                    }
                }
                other => {
                    let what = format!(
                        "Skipping unexpected key \"{other}\" in group \"{group}\", only \"vars\", \"children\" and \"hosts\" are valid"
                    );
                    self.warnings.push(Diagnostic::warning(what));
                }
            }
        }
        Ok(Some(group))
    }

    fn hosts(&mut self, group: &GroupName, pattern: &str, vars: &Toml) -> Result<()> {
        let (names, port) = address::expand(pattern)?;
        let Some(vars) = vars.as_table() else { return Err(self.wrong(pattern, group, "mapping", vars)) };
        let place = self.place();
        for name in names {
            let host = self.inventory.add_host(&name, Some(group), port, Some(self.origin))?;
            for (key, value) in vars {
                let value = templated(plain(value), &place, self.texts)?;
                self.inventory.set_variable(&host, key, value, Some(place.clone()))?;
            }
        }
        Ok(())
    }

    fn table<'t>(&self, key: &str, group: &str, value: &'t Toml) -> Result<&'t toml::Table> {
        value.as_table().ok_or_else(|| self.wrong(key, group, "mapping", value))
    }

    fn wrong(&self, key: &str, group: &str, want: &str, found: &Toml) -> Box<Diagnostic> {
        let kind = found.type_str();
        Diagnostic::error(format!(
            "Invalid \"{key}\" entry for \"{group}\" group, requires a {want}, found \"{kind}\" instead."
        ))
        .boxed()
    }

    /// Values of TOML know no place of their own.
    fn place(&self) -> Place {
        Place::new(self.source, 0, 0)
    }
}

/// A value without templates; dates are text.
fn plain(value: &Toml) -> Value {
    match value {
        Toml::String(text) => text.as_str().into(),
        Toml::Integer(n) => (*n).into(),
        Toml::Float(x) => (*x).into(),
        Toml::Boolean(b) => (*b).into(),
        Toml::Datetime(when) => when.to_string().into(),
        Toml::Array(items) => items.iter().map(plain).collect(),
        Toml::Table(table) => table.iter().map(|(k, v)| (k.as_str(), plain(v))).collect::<Map>().into(),
    }
}

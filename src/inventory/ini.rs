//! INI inventories as Ansible's `ini` plugin reads them: hosts with ranges and variables, `[group]`, `[group:children]`,
//! `[group:vars]`, groups named before they are there. Values are Python literals or text, and text may hold templates.

use super::texts::templated;
use super::{GroupName, Inventory, Texts, address, literal, shlex};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::template::Templated;
use hostler_sdk::Value;
use indexmap::IndexMap;
use std::sync::Arc;

/// What a section holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hosts,
    Children,
    Vars,
}

/// A group that was named but not declared so far.
struct Pending {
    place: Place,
    /// Groups it is to be put under; empty when only its variables were given.
    parents: Vec<GroupName>,
}

/// Reads a text into the inventory.
pub(super) fn read(
    source: &Arc<Source>,
    origin: &Arc<str>,
    inventory: &mut Inventory,
    texts: &dyn Texts,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    let mut reader = Reader {
        inventory,
        origin,
        texts,
        warnings,
        pending: IndexMap::new(),
        group: "ungrouped".into(),
        kind: Kind::Hosts,
    };
    let mut start = 0;
    for whole in source.text.split_inclusive('\n') {
        let offset = start;
        start += whole.len();
        let line = whole.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        let indent = whole.len() - whole.trim_start().len();
        let place = Place::new(source, offset + indent, offset + indent + line.len());
        reader
            .line(line, &place)
            .map_err(|error| if error.places.is_empty() { error.at(&place, "").boxed() } else { error })?;
    }
    reader.finish()
}

struct Reader<'a> {
    inventory: &'a mut Inventory,
    origin: &'a Arc<str>,
    texts: &'a dyn Texts,
    warnings: &'a mut Vec<Diagnostic>,
    pending: IndexMap<GroupName, Pending>,
    group: GroupName,
    kind: Kind,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, place: &Place) -> Result<()> {
        if let Some((name, kind)) = section(line) {
            return self.section(name, kind, place);
        }
        if line.starts_with('[') && line.ends_with(']') {
            let error = Diagnostic::error(format!("invalid section `{line}`"));
            return Err(error.cause("there must be no spaces and no `:` or `]` in a group's name").boxed());
        }
        match self.kind {
            Kind::Hosts => self.host(line, place),
            Kind::Vars => {
                let Some((name, value)) = line.split_once('=') else {
                    return Err(Diagnostic::error(format!("expected `name=value`, found `{line}`")).boxed());
                };
                let value = self.value(value.trim(), place)?;
                let group = self.group.clone();
                self.inventory.set_variable(&group, name.trim(), value, Some(place.clone()))
            }
            Kind::Children => self.child(line, place),
        }
    }

    fn section(&mut self, name: &str, kind: Option<&str>, place: &Place) -> Result<()> {
        self.kind = match kind {
            None | Some("hosts") => Kind::Hosts,
            Some("children") => Kind::Children,
            Some("vars") => Kind::Vars,
            Some(other) => {
                let error = Diagnostic::error(format!("section `[{name}:{other}]` has an unknown type"));
                return Err(error.nearest(other, ["hosts", "children", "vars"]).boxed());
            }
        };
        let name = super::group::safe_name(name, self.inventory.names, self.warnings);
        let known = self.inventory.group(&name).is_some();
        self.group = self.inventory.add_group(&name, self.warnings)?;
        if self.kind == Kind::Vars {
            if !known && !self.pending.contains_key(name.as_str()) {
                self.pending.insert(self.group.clone(), Pending { place: place.clone(), parents: Vec::new() });
            }
        } else if let Some(pending) = self.pending.shift_remove(name.as_str()) {
            for parent in pending.parents {
                self.inventory.add_child(&parent, &name)?;
            }
        }
        Ok(())
    }

    fn child(&mut self, line: &str, place: &Place) -> Result<()> {
        let Some(name) = group_name(line) else {
            return Err(Diagnostic::error(format!("expected a group's name, found `{line}`")).boxed());
        };
        if self.inventory.group(name).is_some() {
            return self.inventory.add_child(&self.group.clone(), name).map(|_| ());
        }
        let pending =
            self.pending.entry(name.into()).or_insert_with(|| Pending { place: place.clone(), parents: Vec::new() });
        pending.parents.push(self.group.clone());
        Ok(())
    }

    fn host(&mut self, line: &str, place: &Place) -> Result<()> {
        let wrong = |cause: String| {
            Diagnostic::error(format!("could not read the host definition `{line}`")).cause(cause).boxed()
        };
        let words = shlex::split(line).map_err(|cause| wrong(cause.to_lowercase()))?;
        let Some((pattern, assignments)) = words.split_first() else { return Ok(()) };
        let (names, port) = address::expand(pattern)?;
        if pattern.ends_with(':') && port.is_none() {
            return Err(wrong("`:` at the end of a name needs a port behind it".into()));
        }
        if names.iter().any(|name| name == "---") {
            return Err(wrong("`---` looks like the beginning of a YAML file".into())
                .hint("name the file `.yml` or `.yaml`")
                .boxed());
        }
        let mut vars: Vec<(&str, Templated)> = Vec::new();
        for word in assignments {
            let Some((name, value)) = word.split_once('=') else {
                return Err(wrong(format!("expected `name=value`, found `{word}`"))
                    .hint("quote values with spaces: `name='a b'`")
                    .boxed());
            };
            vars.push((name, self.value(value, place)?));
        }
        for name in names {
            let group = self.group.clone();
            let name = self.inventory.add_host(&name, Some(&group), port, Some(self.origin))?;
            for (key, value) in &vars {
                self.inventory.set_variable(&name, key, value.clone(), Some(place.clone()))?;
            }
        }
        Ok(())
    }

    fn value(&self, text: &str, place: &Place) -> Result<Templated> {
        templated(literal(text).unwrap_or_else(|| Value::from(text)), place, self.texts)
    }

    /// Whatever is still pending was never declared.
    fn finish(self) -> Result<()> {
        match self.pending.into_iter().next() {
            None => Ok(()),
            Some((name, Pending { place, parents })) => Err(match parents.last() {
                Some(parent) => {
                    let known = self.inventory.groups().map(|g| &*g.name).filter(|known| *known != &*name);
                    Diagnostic::error(format!("section `[{parent}:children]` includes the undefined group `{name}`"))
                        .at(&place, format!("there is no section `[{name}]`"))
                        .nearest(&name, known)
                        .boxed()
                }
                None => {
                    let known = self.inventory.groups().map(|g| &*g.name).filter(|known| *known != &*name);
                    Diagnostic::error(format!("section `[{name}:vars]` is for the undefined group `{name}`"))
                        .at(&place, format!("there is no section `[{name}]`"))
                        .nearest(&name, known)
                        .boxed()
                }
            }),
        }
    }
}

/// `[name]`, `[name:kind]`, a comment may follow.
fn section(line: &str) -> Option<(&str, Option<&str>)> {
    let (inside, after) = line.strip_prefix('[')?.split_once(']')?;
    let after = after.trim_start();
    let (name, kind) = inside.split_once(':').map_or((inside, None), |(name, kind)| (name, Some(kind)));
    let word = |t: &str| !t.is_empty() && t.chars().all(|c| c == '_' || c.is_alphanumeric());
    let fine = !name.is_empty() && !name.contains(char::is_whitespace) && kind.is_none_or(word);
    (fine && (after.is_empty() || after.starts_with('#'))).then_some((name, kind))
}

/// A group's name, a comment may follow.
fn group_name(line: &str) -> Option<&str> {
    let end = line.find(|c: char| c.is_whitespace() || matches!(c, ':' | ']' | '#')).unwrap_or(line.len());
    let after = line[end..].trim_start();
    let name = &line[..end];
    (!name.is_empty() && (after.is_empty() || after.starts_with('#'))).then_some(name)
}

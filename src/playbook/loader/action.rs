//! Which module a task calls, and with which arguments: `copy: src=a`, `copy: {src: a}`, `action: copy src=a`, `args:`.

use super::reading::Reading;
use super::vocabulary::Object;
use crate::diagnostic::{Diagnostic, Place};
use crate::playbook::Site;
use crate::template::words as split;
use crate::template::{TemplateKind, Templated, TemplatedKey};
use crate::yaml::{Data, Node};
use hostler_sdk::{Key, Map, ModuleSpec};
use std::sync::Arc;

/// An action as written: where its name stands and what was given to it.
pub(super) struct Written<'n> {
    pub name: String,
    pub key: &'n Node,
    /// What stands under the name.
    pub value: &'n Node,
    /// The text after the name, for `action: copy src=a`.
    pub text: Option<String>,
    /// Whether it is a `local_action`.
    pub local: bool,
}

/// Arguments as they were collected.
#[derive(Default)]
pub(super) struct Arguments {
    pub entries: Vec<(TemplatedKey, Templated)>,
    pub places: Vec<(String, Place)>,
    /// Free-form text, not yet under its argument.
    pub free: Option<Templated>,
    /// `args:` when the whole of it is a template.
    pub template: Option<Templated>,
}

impl Arguments {
    fn put(&mut self, key: TemplatedKey, value: Templated, place: &Place) {
        if let TemplatedKey::Key(name) = &key {
            let same = |k: &TemplatedKey| matches!(k, TemplatedKey::Key(k) if k == name);
            self.entries.retain(|(k, _)| !same(k));
            self.places.retain(|(n, _)| Some(n.as_str()) != name.as_str());
            self.places.push((name.to_string(), place.clone()));
        }
        self.entries.push((key, value));
    }

    /// Sets an argument by name.
    pub fn set(&mut self, name: &str, value: Templated, place: &Place) {
        self.put(TemplatedKey::Key(Key::from(name)), value, place);
    }

    /// An argument.
    pub fn get(&self, name: &str) -> Option<&Templated> {
        let same = |key: &TemplatedKey| matches!(key, TemplatedKey::Key(key) if key.as_str() == Some(name));
        self.entries.iter().find(|(key, _)| same(key)).map(|(_, value)| value)
    }

    /// An argument that was given in a text, as a node.
    pub fn written(&self, name: &str) -> Option<Node> {
        let value = self.get(name)?;
        let (_, place) = self.places.iter().find(|(known, _)| known == name)?;
        // The place is that of `name=value`.
        let start = place.start + if place.excerpt().starts_with(&format!("{name}=")) { name.len() + 1 } else { 0 };
        let place = Place::new(&place.source, start, place.end);
        Some(Node::scalar(value.as_written().to_string(), place))
    }

    /// The plain mapping, when nothing in it is a template.
    pub fn literal(&self) -> Option<Map> {
        let entry = |(key, value): &(TemplatedKey, Templated)| match (key, value) {
            (TemplatedKey::Key(key), Templated::Value(value)) => Some((key.clone(), value.clone())),
            _ => None,
        };
        self.entries.iter().map(entry).collect()
    }

    /// As a task holds them.
    pub fn finish(self) -> Templated {
        match self.literal() {
            Some(map) => Templated::Value(map.into()),
            None => Templated::Map(Arc::new(self.entries)),
        }
    }
}

/// `command`, `shell`, `raw`, `script`: only their options are `name=value` in free-form text.
fn takes_commands(name: &str) -> bool {
    let short = name.strip_prefix("ansible.builtin.").or(name.strip_prefix("ansible.legacy.")).unwrap_or(name);
    matches!(short, "command" | "shell" | "raw" | "script")
}

/// Whether a module's name is the fact that names the host's package manager.
fn is_package_manager(name: &str) -> bool {
    let inner = name.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let known = ["ansible_pkg_mgr", "ansible_facts.pkg_mgr", "ansible_facts['pkg_mgr']", "ansible_facts[\"pkg_mgr\"]"];
    inner.is_some_and(|fact| known.contains(&fact.trim()))
}

impl Reading<'_> {
    /// The name a task's module was found by, and its declaration: as it is, then in each of `collections:`.
    pub fn module(&self, name: &str, site: &Site, own: &[String]) -> Option<(String, &'static ModuleSpec)> {
        let collections = if own.is_empty() { &site.keywords.collections } else { own };
        let qualified = collections.iter().filter(|_| !name.contains('.')).map(|c| format!("{c}.{name}"));
        qualified.chain([name.to_owned()]).find_map(|name| self.loader.catalogue.find(&name).map(|spec| (name, spec)))
    }

    /// Finds the one action of a task. Wrong ones are errors.
    pub fn written<'n>(&mut self, node: &'n Node, entries: &'n [(Node, Node)], site: &Site) -> Option<Written<'n>> {
        let mut found: Vec<Written<'n>> = Vec::new();
        let mut unknown: Vec<&Node> = Vec::new();
        for (key, value) in entries {
            let Some(name) = key.as_str() else { continue };
            match name {
                "action" | "local_action" => found.extend(self.old_style(key, value, name == "local_action", site)),
                _ if Object::Handler.shape(name).is_some() || name.starts_with("with_") => {}
                _ if is_static(name).is_some() || self.module(name, site, &[]).is_some() => {
                    found.push(Written { name: name.to_owned(), key, value, text: None, local: false });
                }
                _ if self.module(name, site, &own_collections(entries)).is_some() => {
                    found.push(Written { name: name.to_owned(), key, value, text: None, local: false });
                }
                _ => unknown.push(key),
            }
        }
        let tried_old_style = entries.iter().any(|(k, _)| matches!(k.as_str(), Some("action" | "local_action")));
        if found.is_empty() && unknown.is_empty() && !tried_old_style {
            let error =
                Diagnostic::error("no module/action detected in task").at(&node.place, "this task does nothing");
            self.errors.push(error);
        }
        for key in &unknown {
            let kept = self.unknown(key, !found.is_empty());
            if kept
                && let ([_], Some((_, value))) =
                    (unknown.as_slice(), entries.iter().find(|(k, _)| std::ptr::eq(k, *key)))
            {
                let name = key.as_str().unwrap_or_default().to_owned();
                found.push(Written { name, key, value, text: None, local: false });
            }
        }
        if let [first, second, ..] = found.as_slice() {
            let error = Diagnostic::error(format!("conflicting action statements: {}, {}", first.name, second.name))
                .at(&second.key.place, "a second action")
                .at(&first.key.place, "the first one")
                .hint("make two tasks of it");
            self.errors.push(error);
        }
        found.into_iter().next()
    }

    /// A key of a task that is neither a keyword nor a module; whether it is taken for a module that is not there.
    fn unknown(&mut self, key: &Node, has_action: bool) -> bool {
        let name = key.as_str().unwrap_or_default();
        if has_action {
            let error = Diagnostic::error(format!("'{name}' is not a valid attribute for a Task"))
                .at(&key.place, "")
                .nearest(name, Object::Task.words());
            self.errors.push(error);
            return false;
        }
        self.no_module(name, &key.place)
    }

    /// Tells that there is no module of a name; whether the task is kept, to fail when it is run.
    pub fn no_module(&mut self, name: &str, place: &Place) -> bool {
        let mistake = Diagnostic::error(format!("couldn't resolve module/action `{name}`")).at(place, "no such module");
        let alike = self.loader.alike(name, || {
            let modules = self.loader.catalogue.names();
            let known = modules.iter().map(String::as_str).chain(Object::Task.words().map(|word| -> &str { word }));
            mistake.clone().nearest(name, known).hint
        });
        let usual = "`hostler doc --list` shows the modules there are";
        let mistake = mistake.hint(alike.unwrap_or_else(|| usual.to_owned()));
        self.late(mistake)
    }

    /// `action: copy src=a` and `action: {module: copy, src: a}`. The name may be a template, as long as no host is asked: a host that
    /// chose the module would choose what is done to others.
    fn old_style<'n>(&mut self, key: &'n Node, value: &'n Node, local: bool, site: &Site) -> Option<Written<'n>> {
        let text_node = if value.as_map().is_some() { value.get("module") } else { Some(value) };
        let Some(text) = text_node.and_then(Node::as_str) else {
            self.error("an action names a module: `copy src=a dest=b`", &value.place, "no module is named here");
            return None;
        };
        match split::first(text) {
            // Which package manager a host has is for `package` to find out there; no fact is believed.
            Ok((name, rest)) if is_package_manager(&name) => {
                Some(Written { name: "package".to_owned(), key, value, text: Some(rest), local })
            }
            Ok((name, rest)) if name.contains("{{") => {
                let template = self.text(&name, value.place.clone())?;
                let name = self.early(&template, &value.place, site, None, "the name of a module")?;
                Some(Written { name: name.trim().to_owned(), key, value, text: Some(rest), local })
            }
            Ok((name, rest)) => Some(Written { name, key, value, text: Some(rest), local }),
            Err(cause) => {
                self.errors.push(Diagnostic::error("could not read the action").cause(cause).at(&value.place, ""));
                None
            }
        }
    }

    /// Collects the arguments of an action: `args:` first, then what stands under the name.
    pub fn arguments(&mut self, written: &Written<'_>, args: Option<&Node>) -> Option<Arguments> {
        let mut out = Arguments::default();
        match args.map(|node| (node, node.content())) {
            None => {}
            Some((node, Data::Map(_))) => self.mapping(&mut out, node, &[])?,
            Some((node, _)) if node.is_null() => {}
            Some((node, _)) => match self.templated(node)? {
                template @ Templated::Template(_) => out.template = Some(template),
                _ => self.error(format!("`args` must be a mapping, this is {}", node.kind()), &node.place, ""),
            },
        }
        let command = takes_commands(&written.name);
        if let Some(text) = &written.text {
            if written.value.as_map().is_some() {
                self.mapping(&mut out, written.value, &["module", "args"])?;
                match written.value.get("args") {
                    Some(inner) if inner.as_map().is_some() => self.mapping(&mut out, inner, &[])?,
                    Some(inner) => self.words(&mut out, inner.as_str().unwrap_or_default(), false, &inner.place)?,
                    None => {}
                }
            }
            self.words(&mut out, text, command, &written.value.place)?;
            return Some(out);
        }
        match written.value.content() {
            Data::Map(_) => self.mapping(&mut out, written.value, &[])?,
            Data::Vault(_) => out.free = self.templated(written.value),
            Data::Scalar { value, .. } if value.is_null() => {}
            Data::Scalar { value, .. } if value.as_str().is_some() => {
                let text = value.as_str().unwrap_or_default();
                self.words(&mut out, text, command, &written.value.place)?;
            }
            _ => {
                let what = format!("arguments must be a mapping or text, this is {}", written.value.kind());
                self.error(what, &written.value.place, "");
                return None;
            }
        }
        Some(out)
    }

    fn mapping(&mut self, out: &mut Arguments, node: &Node, without: &[&str]) -> Option<()> {
        for (key, value) in node.as_map().unwrap_or_default() {
            if key.as_str().is_some_and(|name| without.contains(&name)) {
                continue;
            }
            let value = self.templated(value)?;
            let key_text = self.templated(key)?;
            let compiled = match key_text {
                Templated::Template(template) => TemplatedKey::Template(template),
                _ => TemplatedKey::Key(key.to_key()),
            };
            out.put(compiled, value, &key.place);
        }
        Some(())
    }

    fn words(&mut self, out: &mut Arguments, text: &str, command: bool, place: &Place) -> Option<()> {
        let words = match split::arguments(text, command) {
            Ok(words) => words,
            Err(cause) => {
                let mistake = Diagnostic::error("could not split the arguments").cause(cause).at(place, "");
                out.free = self.broken(text, TemplateKind::Text, place.clone(), mistake).map(Templated::Template);
                return out.free.is_some().then_some(());
            }
        };
        for (name, value) in words.pairs {
            let at = within(place, &format!("{name}="));
            let compiled = self.text(&value, at.clone())?;
            let key = match self.text(&name, at.clone())? {
                Templated::Template(template) => TemplatedKey::Template(template),
                _ => TemplatedKey::Key(Key::from(name.as_str())),
            };
            out.put(key, compiled, &at);
        }
        if let Some(free) = words.free {
            out.free = Some(self.text(&free, place.clone())?);
        }
        Some(())
    }
}

/// The stretch of `place` that reads `text`, when it is there once as written; otherwise all of it.
fn within(place: &Place, text: &str) -> Place {
    let excerpt = place.excerpt();
    match excerpt.find(text).filter(|_| excerpt.matches(text).count() == 1) {
        Some(at) => Place::new(&place.source, place.start + at, place.start + at + text.len()),
        None => place.clone(),
    }
}

/// `collections:` of the task itself.
pub(super) fn own_collections(entries: &[(Node, Node)]) -> Vec<String> {
    let node = entries.iter().find(|(key, _)| key.as_str() == Some("collections")).map(|(_, value)| value);
    let items = node.and_then(Node::as_list).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Actions the loader resolves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Static {
    Tasks,
    Role,
}

/// Whether `name` is an import that is resolved while loading.
pub(super) fn is_static(name: &str) -> Option<Static> {
    match short(name) {
        "import_tasks" => Some(Static::Tasks),
        "import_role" => Some(Static::Role),
        _ => None,
    }
}

/// The name without the collection of built-ins.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("ansible.builtin.").or(name.strip_prefix("ansible.legacy.")).unwrap_or(name)
}

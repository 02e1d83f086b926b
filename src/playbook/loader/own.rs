//! Keywords that are inherited, as one object writes them.

use super::reading::Reading;
use super::vocabulary::{Object, Shape};
use crate::diagnostic::Diagnostic;
use crate::playbook::{Keywords, OwnKeywords};
use crate::template::Templated;
use crate::yaml::Node;
use hostler_sdk::Value;

/// Ansible's sentence, which people search for.
fn not_valid(name: &str, object: Object) -> String {
    match object.class() {
        Some(class) => format!("'{name}' is not a valid attribute for a {class}"),
        None => format!("`{name}` is no keyword of {}", object.what()),
    }
}

impl Reading<'_> {
    /// Reads the inheritable keywords of an object. Keys for which `known` holds are left to the caller; all others that are no
    /// keywords of the object are errors.
    pub fn own(&mut self, entries: &[(Node, Node)], object: Object, known: impl Fn(&str) -> bool) -> OwnKeywords {
        let mut own = OwnKeywords::default();
        for (key, node) in entries {
            let Some(name) = key.as_str() else { continue };
            let Some(shape) = object.shape(name) else {
                if !known(name) {
                    let error = Diagnostic::error(not_valid(name, object));
                    let error = error.at(&key.place, "").nearest(name, object.words());
                    let is_module = object == Object::Play && self.loader.catalogue.find(name).is_some();
                    self.errors.push(match is_module {
                        true => error.hint("it is a module: tasks stand below `tasks` of a play"),
                        false => error,
                    });
                }
                continue;
            };
            self.own_keyword(&mut own, name, shape, key, node, object);
        }
        own
    }

    fn own_keyword(
        &mut self,
        own: &mut OwnKeywords,
        name: &str,
        shape: Shape,
        key: &Node,
        node: &Node,
        object: Object,
    ) {
        let words = &mut own.keywords;
        let slot = match name {
            "when" => return words.when = self.when(node),
            "tags" => return words.tags = self.tags(key, node),
            "collections" => return words.collections = self.collections(node),
            "environment" => return words.environment = self.mappings(name, node),
            "module_defaults" => return words.module_defaults = self.mappings(name, node),
            "vars" => return own.vars = Some(self.variables(node, &format!("`vars` of {}", object.what()))),
            "notify" => return own.notify = (!node.is_null()).then(|| self.each(key, node)),
            "delegate_to" => &mut own.delegate_to,
            "delegate_facts" => &mut own.delegate_facts,
            "debugger" => {
                words.debugger = self.keyword(key, node, shape);
                let choices = ["always", "never", "on_failed", "on_unreachable", "on_skipped"];
                if let Some(Templated::Value(Value::Str(s))) = &words.debugger
                    && !choices.contains(&&**s)
                {
                    let error = Diagnostic::error(format!("`{s}` is no value of `debugger`")).at(&node.place, "");
                    self.errors.push(error.nearest(s, choices));
                }
                return;
            }
            _ => match slot(words, name) {
                Some(slot) => slot,
                None => return,
            },
        };
        *slot = self.keyword(key, node, shape);
    }

    /// Tags: one text, split at commas, or a list.
    fn tags(&mut self, key: &Node, node: &Node) -> Vec<Templated> {
        let split = |tag: Templated| match &tag {
            Templated::Value(Value::Str(text)) => {
                text.split(',').map(|t| Templated::from(t.trim())).collect::<Vec<_>>()
            }
            _ => vec![tag],
        };
        if node.as_list().is_some() {
            return self.each(key, node);
        }
        self.keyword(key, node, Shape::Text).map(split).unwrap_or_default()
    }

    /// `collections:`: plain names.
    pub fn collections(&mut self, node: &Node) -> Vec<String> {
        let items = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        let mut names = Vec::new();
        for item in items.iter().filter(|item| !item.is_null()) {
            match item.as_str() {
                Some(name) => names.push(name.to_owned()),
                None => {
                    self.error(format!("a collection's name must be text, this is {}", item.kind()), &item.place, "")
                }
            }
        }
        names
    }

    /// `environment` and `module_defaults`: a mapping, a list of them, or templates of either.
    fn mappings(&mut self, name: &str, node: &Node) -> Vec<Templated> {
        let items = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        let mut out = Vec::new();
        for item in items.iter().filter(|item| !item.is_null()) {
            match self.templated(item) {
                Some(Templated::Template(_)) if name == "module_defaults" => {
                    let error =
                        Diagnostic::error("`module_defaults` must be a mapping, not a template").at(&item.place, "");
                    self.errors
                        .push(error.hint("only the values below the names of modules and groups may be templates"));
                }
                Some(Templated::Value(value)) if value.as_map().is_none() => {
                    self.error(format!("`{name}` must be a mapping, this is {}", item.kind()), &item.place, "");
                }
                Some(value) => out.push(value),
                None => {}
            }
        }
        out
    }
}

/// The field of a keyword that is one value.
fn slot<'k>(words: &'k mut Keywords, name: &str) -> Option<&'k mut Option<Templated>> {
    Some(match name {
        "become" => &mut words.r#become,
        "become_user" => &mut words.become_user,
        "become_method" => &mut words.become_method,
        "become_flags" => &mut words.become_flags,
        "become_exe" => &mut words.become_exe,
        "connection" => &mut words.connection,
        "remote_user" | "user" => &mut words.remote_user,
        "port" => &mut words.port,
        "check_mode" => &mut words.check_mode,
        "diff" => &mut words.diff,
        "no_log" => &mut words.no_log,
        "ignore_errors" => &mut words.ignore_errors,
        "ignore_unreachable" => &mut words.ignore_unreachable,
        "any_errors_fatal" => &mut words.any_errors_fatal,
        "run_once" => &mut words.run_once,
        "throttle" => &mut words.throttle,
        "timeout" => &mut words.timeout,
        _ => return None,
    })
}

//! The arguments of a task, rendered: `module_defaults` below what the task says, `omit` left out.

use super::rendering::{Rendering, prefixed};
use crate::actions::SaidArgs;
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::full_group_name;
use crate::template::{Said, Template, TemplateKind, Templated, TemplatedKey};
use hostler_sdk::{Key, Map, ModuleSpec, Value};
use indexmap::IndexMap;

impl Rendering<'_> {
    /// All arguments, and in which of them a host had a say. Those called `expressions` come as they were written.
    pub fn arguments(&self, expressions: &[&str]) -> Result<(Map, SaidArgs)> {
        let action = &self.task.action;
        let mut said = SaidArgs::default();
        let mut args = match &action.base {
            Some(base) => self.whole(base, &mut said)?,
            None => Map::new(),
        };
        match &action.args {
            Templated::Value(Value::Map(map)) => {
                args.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())))
            }
            Templated::Value(Value::Null) => {}
            Templated::Map(pairs) => {
                for (key, value) in pairs.iter() {
                    self.argument((&mut args, &mut said), key, value, expressions)?;
                }
            }
            whole => args = self.whole(whole, &mut said)?,
        }
        let spec = self.task.action.spec;
        self.defaults(spec, &mut args, &mut said)?;
        // What is said of `setup` holds for those who have it called.
        if spec.name == "gather_facts"
            && let Some(setup) = hostler_sdk::find("setup")
        {
            self.defaults(setup.spec, &mut args, &mut said)?;
        }
        Ok((args, said))
    }

    /// Arguments that are one template as a whole.
    fn whole(&self, template: &Templated, said: &mut SaidArgs) -> Result<Map> {
        let (whole, by_host) = self.jinja.render_said(template, self.scope).map_err(|e| self.finalization(*e))?;
        match whole {
            Some(Value::Map(map)) => {
                said.add_all(&map, by_host);
                Ok((*map).clone())
            }
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Str(_)) => {
                let what = format!("Action '{}' does not support raw params.", self.task.action.written);
                Err(self.finalization(Diagnostic::error(what)))
            }
            Some(other) => {
                let what = format!("args must be a dictionary, received {other} ({})", other.type_name());
                Err(self.finalization(Diagnostic::error(what)))
            }
        }
    }

    fn argument(
        &self,
        (out, said): (&mut Map, &mut SaidArgs),
        key: &TemplatedKey,
        value: &Templated,
        expressions: &[&str],
    ) -> Result<()> {
        let key = match key {
            TemplatedKey::Key(key) => key.clone(),
            TemplatedKey::Template(_) => {
                let key = self.jinja.render_key(key, self.scope).map_err(|e| self.finalization(*e))?;
                // Names of variables must be texts, those of arguments become texts.
                if self.task.action.spec.any_args { key } else { Key::Str(key.to_string().into()) }
            }
        };
        let found = self.task.action.expressions.iter().find(|(name, _)| key.as_str() == Some(name));
        // One that is a template says by its value what is meant.
        let indirect = |list: &[std::sync::Arc<Template>]| matches!(list, [one] if one.kind == TemplateKind::Text && key.as_str() == Some("var"));
        if let (true, Some((_, list))) = (expressions.iter().any(|name| key.as_str() == Some(name)), found)
            && !indirect(list)
        {
            // Booleans are conditions, too.
            let plain = |value: &Templated| value.as_value().filter(|value| value.as_bool().is_some()).cloned();
            let written = match (list.as_slice(), value) {
                ([one], value) => plain(value).unwrap_or_else(|| (&*one.source).into()),
                (many, _) => many.iter().map(|template| &*template.source).collect(),
            };
            out.insert(key, written);
            return Ok(());
        }
        let failed =
            |e: Box<Diagnostic>| self.finalization(prefixed(&format!("Error while resolving value for '{key}': "), *e));
        // Arguments that become variables: of each part it stays known.
        if self.task.action.spec.any_args && matches!(value, Templated::List(_) | Templated::Map(_)) {
            let parts = self.jinja.render_parts(value, self.scope).map_err(failed)?;
            out.insert(key.clone(), parts.as_written());
            said.add(key, parts);
            return Ok(());
        }
        let (rendered, by_host) = self.jinja.render_said(value, self.scope).map_err(failed)?;
        if let Some(rendered) = rendered {
            if by_host.is_any() {
                said.add(key.clone(), Templated::of(rendered.clone(), by_host));
            }
            out.insert(key, rendered);
        }
        Ok(())
    }

    fn finalization(&self, inner: Diagnostic) -> Box<Diagnostic> {
        let words = format!("Finalization of task args for '{}' failed: ", self.task.action.spec.full_name());
        prefixed(&words, inner).at(&self.task.place, "in this task").boxed()
    }

    /// Lays arguments over the `module_defaults` of a module, the innermost of which win.
    fn defaults(&self, spec: &ModuleSpec, args: &mut Map, said: &mut SaidArgs) -> Result<()> {
        if self.task.keywords.module_defaults.is_empty() {
            return Ok(());
        }
        // What an inner one says of a module or a group takes the place of all that outer ones say.
        let mut groups: IndexMap<String, Value> = IndexMap::new();
        let mut own = Value::Null;
        let mut by_hosts = Said::Nothing;
        for (key, values) in self.task.keywords.module_defaults.iter().flat_map(entries) {
            let group = key.strip_prefix("group/").map(full_group_name);
            let concerns = match &group {
                Some(group) => self.task.keywords.groups.contains(group),
                None => spec.answers_to(&key),
            };
            if !concerns {
                continue;
            }
            let (values, by_host) = self.jinja.render_said(&values, self.scope).map_err(|e| {
                let words = "Error processing keyword 'module_defaults': ";
                prefixed(words, *e).at(&self.task.place, "in this task").boxed()
            })?;
            let values = values.unwrap_or_default();
            if by_host.is_any() {
                by_hosts = Said::ALL;
            }
            match group {
                Some(group) => drop(groups.insert(group, values)),
                None => own = values,
            }
        }
        let mut merged = Map::new();
        for values in groups.values().chain([&own]).filter_map(Value::as_map) {
            merged.extend(values.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        for (key, value) in merged {
            let name = key.to_string();
            let given = match spec.arg(&name) {
                Some(arg) => std::iter::once(&arg.name).chain(arg.aliases).any(|n| args.contains_key(*n)),
                None => args.contains_key(&key),
            };
            if !given {
                said.add(key.clone(), Templated::of(value.clone(), by_hosts));
                args.insert(key, value);
            }
        }
        Ok(())
    }
}

/// The members of one `module_defaults`, not rendered.
fn entries(layer: &Templated) -> Vec<(String, Templated)> {
    match layer {
        Templated::Map(pairs) => pairs
            .iter()
            .filter_map(|(key, value)| match key {
                TemplatedKey::Key(key) => Some((key.to_string(), value.clone())),
                TemplatedKey::Template(_) => None,
            })
            .collect(),
        Templated::Value(Value::Map(map)) => {
            map.iter().map(|(key, value)| (key.to_string(), value.clone().into())).collect()
        }
        _ => Vec::new(),
    }
}

//! The arguments of a task, rendered: `module_defaults` below what the task says, `omit` left out.

use super::rendering::{Rendering, prefixed};
use crate::diagnostic::{Diagnostic, Result};
use crate::template::{Template, TemplateKind, Templated, TemplatedKey};
use hostler_sdk::{Key, Map, ModuleSpec, Value};

impl Rendering<'_> {
    /// All arguments. Those called `expressions` come as they were written.
    pub fn arguments(&self, expressions: &[&str]) -> Result<Map> {
        let action = &self.task.action;
        let mut args = match &action.base {
            Some(base) => self.whole(base)?,
            None => Map::new(),
        };
        match &action.args {
            Templated::Value(Value::Map(map)) => {
                args.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())))
            }
            Templated::Value(Value::Null) => {}
            Templated::Map(pairs) => {
                for (key, value) in pairs.iter() {
                    self.argument(&mut args, key, value, expressions)?;
                }
            }
            whole => args = self.whole(whole)?,
        }
        self.defaults(&mut args)?;
        Ok(args)
    }

    /// Arguments that are one template as a whole.
    fn whole(&self, template: &Templated) -> Result<Map> {
        match self.jinja.render_opt(template, self.scope).map_err(|e| self.finalization(*e))? {
            Some(Value::Map(map)) => Ok((*map).clone()),
            None | Some(Value::Null) => Ok(Map::new()),
            Some(other) => {
                let what = format!("args must be a dictionary, received {other} ({})", other.type_name());
                Err(self.finalization(Diagnostic::error(what)))
            }
        }
    }

    fn argument(&self, out: &mut Map, key: &TemplatedKey, value: &Templated, expressions: &[&str]) -> Result<()> {
        let key = match key {
            TemplatedKey::Key(key) => key.clone(),
            TemplatedKey::Template(template) => {
                let text = self
                    .jinja
                    .render(&Templated::Template(template.clone()), self.scope)
                    .map_err(|e| self.finalization(*e))?;
                Key::Str(text.to_string().into())
            }
        };
        let found = self.task.action.expressions.iter().find(|(name, _)| key.as_str() == Some(name));
        // One that is a template says by its value what is meant.
        let indirect = |list: &[std::sync::Arc<Template>]| matches!(list, [one] if one.kind == TemplateKind::Text && key.as_str() == Some("var"));
        if let (true, Some((_, list))) = (expressions.iter().any(|name| key.as_str() == Some(name)), found)
            && !indirect(list)
        {
            let texts: Vec<&str> = list.iter().map(|t| &*t.source).collect();
            let text = match texts.as_slice() {
                [one] => Value::from(*one),
                many => many.iter().copied().collect(),
            };
            out.insert(key, text);
            return Ok(());
        }
        let rendered = self
            .jinja
            .render_opt(value, self.scope)
            .map_err(|e| self.finalization(prefixed(&format!("Error while resolving value for '{key}': "), *e)))?;
        if let Some(rendered) = rendered {
            out.insert(key, rendered);
        }
        Ok(())
    }

    fn finalization(&self, inner: Diagnostic) -> Box<Diagnostic> {
        let words = format!("Finalization of task args for '{}' failed: ", self.task.action.spec.full_name());
        prefixed(&words, inner).at(&self.task.place, "in this task").boxed()
    }

    /// Lays arguments over `module_defaults`, the innermost of which win.
    fn defaults(&self, args: &mut Map) -> Result<()> {
        if self.task.keywords.module_defaults.is_empty() {
            return Ok(());
        }
        let spec = self.task.action.spec;
        let mut merged = Map::new();
        for layer in &self.task.keywords.module_defaults {
            let Templated::Map(pairs) = layer else {
                if let Some(map) = layer.as_value().and_then(Value::as_map) {
                    for (_, value) in map.iter().filter(|(key, _)| concerns(&key.to_string(), spec)) {
                        overlay(&mut merged, value);
                    }
                }
                continue;
            };
            for (key, value) in pairs.iter() {
                if let TemplatedKey::Key(key) = key
                    && concerns(&key.to_string(), spec)
                {
                    let value = self.jinja.render(value, self.scope).map_err(|e| {
                        prefixed("Error processing keyword 'module_defaults': ", *e)
                            .at(&self.task.place, "in this task")
                            .boxed()
                    })?;
                    overlay(&mut merged, &value);
                }
            }
        }
        for (key, value) in merged {
            let name = key.to_string();
            let given = match spec.arg(&name) {
                Some(arg) => std::iter::once(&arg.name).chain(arg.aliases).any(|n| args.contains_key(*n)),
                None => args.contains_key(&key),
            };
            if !given {
                args.insert(key, value);
            }
        }
        Ok(())
    }
}

fn overlay(merged: &mut Map, values: &Value) {
    if let Some(values) = values.as_map() {
        merged.extend(values.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
}

/// Whether a key of `module_defaults` is about a module. Groups (`group/aws`) concern modules that are not built in.
fn concerns(key: &str, spec: &ModuleSpec) -> bool {
    !key.starts_with("group/") && spec.answers_to(key)
}

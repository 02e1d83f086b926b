//! The arguments of a task, rendered: `module_defaults` below what the task says, `omit` left out.

use super::rendering::{Rendering, prefixed};
use crate::diagnostic::{Diagnostic, Result};
use crate::template::{Templated, TemplatedKey};
use hostler_sdk::{Key, Map, ModuleSpec, Value};

impl Rendering<'_> {
    /// All arguments. Those called `expressions` come as they were written.
    pub fn arguments(&self, expressions: &[&str]) -> Result<Map> {
        let action = &self.task.action;
        let mut args = match &action.args {
            Templated::Value(Value::Map(map)) => (**map).clone(),
            Templated::Value(Value::Null) => Map::new(),
            Templated::Map(pairs) => {
                let mut out = Map::new();
                for (key, value) in pairs.iter() {
                    self.argument(&mut out, key, value, expressions)?;
                }
                out
            }
            whole => match self.jinja.render(whole, self.scope).map_err(|e| self.finalization(*e))? {
                Value::Map(map) => (*map).clone(),
                Value::Null => Map::new(),
                other => {
                    let what = format!("args must be a dictionary, received {other} ({})", other.type_name());
                    return Err(Diagnostic::error(what).at(&action.place, "arguments of this").boxed());
                }
            },
        };
        self.defaults(&mut args)?;
        Ok(args)
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
        if expressions.iter().any(|name| key.as_str() == Some(name)) {
            let found = self.task.action.expressions.iter().find(|(name, _)| key.as_str() == Some(name));
            let texts: Vec<&str> = found.iter().flat_map(|(_, list)| list.iter().map(|t| &*t.source)).collect();
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

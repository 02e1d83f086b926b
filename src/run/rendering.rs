//! Renders what a task says for one host: keywords to their types, conditions, names. Complaints begin as Ansible's do.

use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::Task;
use crate::template::{Binding, Jinja, Said, Scope, Template, Templated};
use hostler_sdk::args::FromValue;
use hostler_sdk::{Map, Value};
use std::sync::Arc;

/// One task's templates in one scope.
#[derive(Clone, Copy)]
pub(super) struct Rendering<'a> {
    pub jinja: &'a Jinja,
    pub scope: &'a Arc<dyn Scope>,
    pub task: &'a Task,
}

impl Rendering<'_> {
    /// A keyword's value; `None` when it is not set, `omit` or null.
    pub fn keyword<T: FromValue>(&self, name: &str, value: Option<&Templated>) -> Result<Option<T>> {
        Ok(self.keyword_said(name, value)?.0)
    }

    /// The same, and whether a host had a say in it.
    fn keyword_said<T: FromValue>(&self, name: &str, value: Option<&Templated>) -> Result<(Option<T>, Said)> {
        let Some(value) = value else { return Ok((None, Said::Nothing)) };
        let (mut rendered, mut said) = self.opt(name, value)?;
        // `omit` is as if it had not been said here.
        let mut outer = self.task.keywords.outer_of(name);
        while rendered.is_none()
            && let Some(value) = outer.next()
        {
            (rendered, said) = self.opt(name, value)?;
        }
        match rendered {
            None | Some(Value::Null) => Ok((None, said)),
            Some(rendered) => T::from_value(&rendered).map(|value| (Some(value), said)).map_err(|why| {
                let of = format!("The value '{rendered}' could not be converted to '{}'", T::TYPE.name());
                self.keyword_failed(name, Diagnostic::error(of).note(why))
            }),
        }
    }

    fn opt(&self, name: &str, value: &Templated) -> Result<(Option<Value>, Said)> {
        self.jinja.render_said(value, self.scope).map_err(|e| self.keyword_failed(name, *e))
    }

    fn keyword_failed(&self, name: &str, inner: Diagnostic) -> Box<Diagnostic> {
        prefixed(&format!("Error processing keyword '{name}': "), inner).at(&self.task.place, "in this task").boxed()
    }

    /// A keyword that is a text and may be anything else printed.
    pub fn text(&self, name: &str, value: Option<&Templated>) -> Result<Option<String>> {
        Ok(self.keyword::<Value>(name, value)?.map(|v| v.to_string()))
    }

    /// `throttle:`; 0 is no limit.
    pub fn throttle(&self) -> Result<usize> {
        let wrong = |cause: String, inner: Diagnostic| {
            let mut wrong = inner;
            wrong.what = "Failed to convert the throttle value to an integer".to_owned();
            wrong.cause = Some(cause);
            wrong
        };
        let value = self.task.keywords.throttle.as_ref();
        let value: Option<Value> = self.keyword("throttle", value).map_err(|e| {
            let said = phrase(&e);
            let cause = said.strip_prefix("Error processing keyword 'throttle': ").unwrap_or(&said).to_owned();
            wrong(cause, *e).boxed()
        })?;
        let Some(value) = value else { return Ok(0) };
        usize::from_value(&value).map_err(|why| {
            let cause = match i64::from_value(&value) {
                Ok(_) => why,
                Err(_) => format!("invalid literal for int() with base 10: {}", value.repr()),
            };
            wrong(cause, Diagnostic::error("")).at(&self.task.place, "in this task").boxed()
        })
    }

    /// Whether a condition holds.
    pub fn holds(&self, condition: &Arc<Template>) -> Result<bool> {
        self.jinja.test(condition, self.scope).map_err(|e| {
            prefixed("Error while evaluating conditional: ", *e).at(&self.task.place, "in this task").boxed()
        })
    }

    /// The first of some conditions that does not hold.
    pub fn first_false<'c>(&self, conditions: &'c [Arc<Template>]) -> Result<Option<&'c Arc<Template>>> {
        for condition in conditions {
            if !self.holds(condition)? {
                return Ok(Some(condition));
            }
        }
        Ok(None)
    }

    /// Whether all of some conditions hold.
    pub fn all_hold(&self, conditions: &[Arc<Template>]) -> Result<bool> {
        Ok(self.first_false(conditions)?.is_none())
    }

    /// A variable by its name, rendered; `None` when it is undefined.
    pub fn variable(&self, name: &str) -> Result<Option<Value>> {
        match self.scope.get(name) {
            Some(Binding::Templated(value)) => self.jinja.render_opt(&value, self.scope),
            Some(Binding::Hosts(_)) | None => Ok(None),
        }
    }

    /// `environment:`, outermost first, later ones win; and whether a host had a say in any of it.
    pub fn environment(&self) -> Result<(Vec<(String, String)>, Said)> {
        let mut heard = Said::Nothing;
        let gathers = matches!(self.task.action.spec.name, "gather_facts" | "setup");
        let mut merged = Map::new();
        for part in &self.task.keywords.environment {
            // What is to be gathered cannot be there before.
            let early = |e: &Diagnostic| gathers && phrase(e).contains("ansible_env");
            if let (true, Templated::Map(pairs)) = (gathers, part) {
                for (key, value) in pairs.iter() {
                    match self.keyword_said::<Value>("environment", Some(value)) {
                        Ok((Some(value), said)) => {
                            heard = heard.or(said);
                            merged.insert(self.jinja.render_key(key, self.scope)?, value);
                        }
                        Ok((None, _)) => {}
                        Err(e) if early(&e) => {}
                        Err(e) => return Err(e),
                    }
                }
                continue;
            }
            let (value, said): (Option<Value>, Said) = match self.keyword_said("environment", Some(part)) {
                Err(e) if early(&e) => continue,
                value => value?,
            };
            heard = heard.or(said);
            let maps = match &value {
                None => continue,
                Some(Value::List(list)) => list.to_vec(),
                Some(other) => vec![other.clone()],
            };
            for map in maps {
                match map {
                    Value::Map(map) => merged.extend(map.iter().map(|(k, v)| (k.clone(), v.clone()))),
                    Value::Null => {}
                    other => {
                        let what =
                            format!("environment must be a dictionary, received {other} ({})", other.type_name());
                        return Err(Diagnostic::error(what).at(&self.task.place, "in this task").boxed());
                    }
                }
            }
        }
        Ok((merged.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(), heard))
    }
}

/// Puts words in front of what a diagnostic says, as Ansible chains its messages into one line.
pub(super) fn prefixed(words: &str, mut inner: Diagnostic) -> Diagnostic {
    let said = if is_general(&inner) { inner.cause.take() } else { None };
    inner.what = format!("{words}{}", said.as_ref().unwrap_or(&inner.what));
    inner
}

/// Whether only the cause says something: that a template failed is what the words around it say.
fn is_general(diagnostic: &Diagnostic) -> bool {
    diagnostic.cause.is_some()
        && matches!(diagnostic.what.as_str(), "could not render the template" | "could not evaluate the expression")
}

/// A diagnostic in one line, as `msg` of a result holds it: no place, which the report shows by itself.
pub(super) fn phrase(diagnostic: &Diagnostic) -> String {
    match &diagnostic.cause {
        Some(cause) if is_general(diagnostic) => cause.clone(),
        Some(cause) => format!("{}: {cause}", diagnostic.what),
        None => diagnostic.what.clone(),
    }
}

//! One session of the debugger: the operator's commands, one after another, over one outcome of one task on one host.

use super::Debugged;
use super::command::{COMMANDS, Command, Target};
use crate::actions;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::playbook::Task;
use crate::run::ask;
use crate::run::engine::{Engine, broken};
use crate::run::executed::{Executed, shown};
use crate::run::rendering::phrase;
use crate::run::world::{Host, World};
use crate::template::{Templated, TemplatedKey, Variables, over, pretty};
use hostler_sdk::{Key, Map, Value};
use std::sync::Arc;

struct Session<'a> {
    engine: &'a Engine,
    host: &'a Host,
    /// The task as it is to be done again.
    task: Task,
    written: &'a Task,
    result: Map,
    /// Names the operator gave values.
    names: Variables,
}

/// Has the operator decide about an outcome.
///
/// # Errors
/// Standard input cannot be read.
pub(in crate::run) async fn debug(engine: &Engine, done: &Executed) -> Result<Debugged> {
    let _held = ask::hold(&engine.events).await;
    let mut session = Session {
        engine,
        host: &done.host,
        task: (*done.task).clone(),
        written: &done.task,
        result: shown(&done.result, done.no_log, false),
        names: Variables::default(),
    };
    let label = format!("[{}] {} (debug)> ", done.host, session.title());
    let mut last = String::new();
    loop {
        let prompt = label.clone();
        let line = tokio::task::spawn_blocking(move || ask::prompt(&prompt)).await;
        let line = line.map_err(|e| broken("could not ask", e))?.map_err(|e| broken("could not ask", e))?;
        let line = match line {
            // As Python's command loops do, an empty line is the last one again.
            Some(line) if line.trim().is_empty() => last.clone(),
            Some(line) => line,
            None => "EOF".to_owned(),
        };
        if let Some(decided) = session.command(&line) {
            return Ok(decided);
        }
        last = line;
    }
}

impl Session<'_> {
    fn title(&self) -> String {
        format!("TASK: {}", self.engine.title(self.host, &Arc::new(self.task.clone())))
    }

    fn command(&mut self, line: &str) -> Option<Debugged> {
        if line.trim().is_empty() {
            return None;
        }
        let done = match Command::parse(line) {
            Command::Continue => return Some(Debugged::Continue),
            Command::Redo => return Some(Debugged::Redo(Arc::new(self.task.clone()))),
            Command::Quit => {
                ask::say("User interrupted execution");
                return Some(Debugged::Quit);
            }
            Command::Print("task") | Command::Show("task") => told(&self.title()),
            Command::Print("host") | Command::Show("host") => told(self.host),
            Command::Print(text) => self.evaluate(text).map(|value| ask::say(&pretty(&value))),
            Command::Show(text) => self.evaluate(text).map(|value| {
                if !value.is_null() {
                    ask::say(&value.repr());
                }
            }),
            Command::Set(target, text) => self.set(&target, text),
            Command::Delete(target) => self.delete(&target),
            Command::Update => {
                self.task.action = self.written.action.clone();
                Ok(())
            }
            Command::Help(topic) => told(&help(topic)),
        };
        if let Err(e) = done {
            ask::say(&format!("***{}", phrase(&e)));
        }
        None
    }

    /// The value of a typed expression, which sees the task, the result, the host and its variables.
    fn evaluate(&self, text: &str) -> Result<Value> {
        let jinja = &self.engine.ctx.language.jinja;
        let expression = jinja.expression(text, Place::named("debugger", text))?;
        let task = Arc::new(self.task.clone());
        let base = self.engine.scope(self.host, Some(&task), Variables::default())?;
        let mut names = self.names.clone();
        let shown = Map::from_iter([
            ("name", task.name.as_ref().map(Templated::as_written).unwrap_or_default()),
            ("action", task.action.written.as_str().into()),
            ("args", task.action.args.as_written()),
        ]);
        names.set("task", Value::from(shown), None);
        names.set("host", Value::from(self.host.clone()), None);
        let result = Value::from(self.result.clone());
        let all = ["_result", "_return_data", "result"].map(|name| (name, result.clone()));
        names.set("result", Value::from(Map::from_iter(all)), None);
        // Rendering all there is takes its time.
        if text.contains("task_vars") {
            let mut vars = Map::new();
            for name in base.names() {
                let value = jinja.expression(&name, Place::named("debugger", text));
                if let Ok(value) = value.and_then(|name| jinja.render(&Templated::Template(name), &base)) {
                    vars.set(name.to_string(), value);
                }
            }
            names.set("task_vars", Value::from(vars), None);
        }
        jinja.render(&Templated::Template(expression), &over(&base, names))
    }

    fn keys(&self, target: &Target<'_>) -> Result<Vec<Value>> {
        target.path.iter().map(|text| self.evaluate(text)).collect()
    }

    fn set(&mut self, target: &Target<'_>, text: &str) -> Result<()> {
        let value = self.evaluate(text)?;
        let keys = self.keys(target)?;
        match (target.name, keys.as_slice()) {
            ("task.args", []) => match value {
                Value::Map(_) => {
                    self.task.action.expressions.clear();
                    self.task.action.base = None;
                    self.task.action.args = value.into();
                    Ok(())
                }
                other => Err(wrong(format!("arguments must be a dictionary, not {}", other.type_name()))),
            },
            ("task.args", [key, inner @ ..]) => self.set_argument(key, inner, value, text),
            ("task_vars", [Value::Str(name)]) => {
                let mut more = Variables::default();
                more.set(name.clone(), value, None);
                self.task.include_params.push(Arc::new(more));
                Ok(())
            }
            (name, []) if !name.contains('.') && !matches!(name, "task" | "task_vars" | "host" | "result") => {
                self.names.set(name, value, None);
                Ok(())
            }
            _ => Err(wrong("only `task.args`, `task_vars[NAME]` and names of your own can be given a value".into())),
        }
    }

    fn set_argument(&mut self, key: &Value, inner: &[Value], value: Value, text: &str) -> Result<()> {
        let name = key.to_string();
        if actions::of(&self.task).is_some_and(|action| action.expressions.contains(&name.as_str())) {
            return self.set_condition(name, value, text);
        }
        let value = match inner {
            [] => value,
            path => {
                let old = self.task.action.args.as_written().get(&name).cloned().unwrap_or_default();
                within(old, path, value)?
            }
        };
        self.put(&name, Some(value.into()))
    }

    /// An argument that is a condition: only what was typed as such becomes one, never a value that came from elsewhere.
    fn set_condition(&mut self, name: String, value: Value, text: &str) -> Result<()> {
        let quoted = text.strip_prefix(['\'', '"']).and_then(|rest| rest.strip_suffix(text.chars().next()?));
        let source = match (&value, quoted) {
            (Value::Str(_), Some(inner)) if !inner.contains(['\\', '\'', '"']) => Some(inner.to_owned()),
            (Value::Bool(holds), _) => Some(holds.to_string()),
            (Value::List(list), _) if list.is_empty() => None,
            _ => return Err(wrong("a condition is typed as one quoted text, `True`, `False` or `[]`".into())),
        };
        let jinja = &self.engine.ctx.language.jinja;
        let compiled = source.map(|source| jinja.expression(&source, Place::named("debugger", text))).transpose()?;
        self.put(&name, Some(value.into()))?;
        self.task.action.expressions.push((name, compiled.into_iter().collect()));
        Ok(())
    }

    fn delete(&mut self, target: &Target<'_>) -> Result<()> {
        match (target.name, self.keys(target)?.as_slice()) {
            ("task.args", [key]) => self.put(&key.to_string(), None),
            (name, []) => match self.names.0.shift_remove(name) {
                Some(_) => Ok(()),
                None => Err(wrong(format!("name '{name}' is not defined"))),
            },
            _ => Err(wrong("only members of `task.args` and names of your own can be deleted".into())),
        }
    }

    /// Puts an argument in place of what it was, or takes it away.
    fn put(&mut self, name: &str, value: Option<Templated>) -> Result<()> {
        let action = &mut self.task.action;
        action.expressions.retain(|(of, _)| of != name);
        let mut pairs: Vec<(TemplatedKey, Templated)> = match &action.args {
            Templated::Map(pairs) => pairs.to_vec(),
            Templated::Value(Value::Map(map)) => {
                map.iter().map(|(key, value)| (TemplatedKey::Key(key.clone()), value.clone().into())).collect()
            }
            Templated::Value(Value::Null) => Vec::new(),
            _ => return Err(wrong("the arguments as a whole are a template; assign all of `task.args`".into())),
        };
        let is = |key: &TemplatedKey| matches!(key, TemplatedKey::Key(key) if key.as_str() == Some(name));
        let at = pairs.iter().position(|(key, _)| is(key));
        match (at, value) {
            (Some(at), Some(value)) => pairs[at].1 = value,
            (None, Some(value)) => pairs.push((TemplatedKey::Key(Key::from(name)), value)),
            (Some(at), None) => drop(pairs.remove(at)),
            (None, None) => return Err(wrong(format!("there is no argument '{name}'"))),
        }
        action.args = Templated::Map(Arc::new(pairs));
        Ok(())
    }
}

/// `old` with a value put at a path inside.
fn within(old: Value, path: &[Value], value: Value) -> Result<Value> {
    let [key, rest @ ..] = path else { return Ok(value) };
    match old {
        Value::Map(map) => {
            let mut map = (*map).clone();
            let name = key.to_string();
            let inner = map.get(name.as_str()).cloned().unwrap_or_default();
            map.set(name, within(inner, rest, value)?);
            Ok(map.into())
        }
        Value::List(list) => {
            let mut list = list.to_vec();
            let index = key.as_int().and_then(|i| usize::try_from(i).ok()).filter(|i| *i < list.len());
            let Some(index) = index else { return Err(wrong("list assignment index out of range".into())) };
            list[index] = within(list[index].clone(), rest, value)?;
            Ok(list.into())
        }
        other => Err(wrong(format!("'{}' object does not support item assignment", other.type_name()))),
    }
}

fn told(text: &str) -> Result<()> {
    ask::say(text);
    Ok(())
}

fn wrong(what: String) -> Box<Diagnostic> {
    Diagnostic::error(what).boxed()
}

fn help(topic: &str) -> String {
    match COMMANDS.iter().find(|(name, _)| *name == topic || (*name == "u" && topic == "update_task")) {
        Some((_, what)) => (*what).to_owned(),
        None if topic.is_empty() => {
            let names: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).chain(["update_task"]).collect();
            format!("\nDocumented commands (type help <topic>):\n{}\n{}\n", "=".repeat(40), names.join("  "))
        }
        None => format!("*** No help on {topic}"),
    }
}

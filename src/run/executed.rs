//! What a task came to on one host, before its meaning for the play (failed hosts, notified handlers, registered variables).

use super::world::Host;
use crate::actions::{Effect, SaidArgs};
use crate::diagnostic::Diagnostic;
use crate::playbook::Task;
use crate::report::Status;
use crate::template::{Said, Templated, Variables};
use hostler_sdk::{Key, Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// A task that ran (or was skipped, or failed) on a host.
#[derive(Debug)]
pub(super) struct Executed {
    /// The host it was for.
    pub host: Host,
    /// The task.
    pub task: Arc<Task>,
    /// How it ended.
    pub status: Status,
    /// The result as registered, nothing hidden.
    pub result: Map,
    /// Whether `ignore_errors` (or `ignore_unreachable`) lets the host go on.
    pub ignored: bool,
    /// What each item left behind; one for a task without a loop.
    pub items: Vec<ItemTrace>,
    /// Whether there was a loop.
    pub looped: bool,
    /// Whether the result must not be shown.
    pub no_log: bool,
    /// Whether it is shown whatever the verbosity.
    pub verbose: bool,
    /// The host it was delegated to.
    pub delegated_to: Option<Host>,
    /// Name the result is registered under.
    pub register: Option<Arc<str>>,
    /// What went wrong, with places.
    pub error: Option<Box<Diagnostic>>,
    /// How long it took.
    pub took: Duration,
    /// Whether the operator is to look at it in the debugger.
    pub debugger: bool,
    /// Whether it was reported already.
    pub told: bool,
}

/// What one item of a task leaves behind besides its result.
#[derive(Debug, Default)]
pub(super) struct ItemTrace {
    /// What the run has to remember.
    pub effects: Vec<Effect>,
    /// Whether a host had a say in its result.
    pub said: Said,
    /// Members of the result that are the controller's all the same.
    pub own: &'static [&'static str],
    /// The item itself, under the name it has in the result.
    pub item: Option<(Arc<str>, Templated)>,
    /// Facts a module found.
    pub facts: Option<Arc<Map>>,
    /// Whose facts they are, when not the host's own.
    pub facts_of: Option<Host>,
    /// Handlers to notify.
    pub notify: Vec<Arc<str>>,
    /// A file or role to be included.
    pub include: Option<IncludeRequest>,
}

impl ItemTrace {
    /// A result of this item as a variable, of which it stays known in what the host had a say.
    pub fn registered(&self, result: &Map) -> Templated {
        let item = self.item.as_ref().filter(|(_, item)| item.said().is_any() || self.said.is_any());
        if item.is_none() && (!self.said.is_any() || self.own.is_empty()) {
            return Templated::of(Value::from(result.clone()), self.said);
        }
        let part = |(key, value): (&Key, &Value)| {
            let name = key.as_str().unwrap_or_default();
            let part = match item {
                Some((of_item, item)) if &**of_item == name => item.clone(),
                _ if self.own.contains(&name) => value.clone().into(),
                _ => Templated::of(value.clone(), self.said),
            };
            (key.clone(), part)
        };
        Templated::map(result.iter().map(part).collect())
    }
}

impl Executed {
    /// What is registered.
    pub fn registered(&self) -> Templated {
        let hidden = |key: &Key| key.as_str().is_some_and(|k| k.starts_with("_ansible_") || k == "invocation");
        let mut result = self.result.clone();
        result.retain(|key, _| !hidden(key));
        if !self.looped {
            return match self.items.first() {
                Some(item) => item.registered(&result),
                None => Value::from(result).into(),
            };
        }
        let said = match self.items.iter().any(|item| item.said.is_any()) {
            true => Said::ALL,
            false => Said::Nothing,
        };
        let results = result.get("results").and_then(Value::as_list).unwrap_or_default();
        let parts = results.iter().enumerate().map(|(n, result)| match (self.items.get(n), result) {
            (Some(item), Value::Map(result)) => item.registered(result),
            (_, other) => Templated::of(other.clone(), said),
        });
        let parts = Templated::list(parts.collect());
        if let Templated::Value(_) = parts {
            return Templated::of(Value::from(result), said);
        }
        let part = |(key, value): (&Key, &Value)| match key.as_str() {
            Some("results") => (key.clone(), parts.clone()),
            _ => (key.clone(), Templated::of(value.clone(), said)),
        };
        Templated::map(result.iter().map(part).collect())
    }
}

/// A file or role a task wants included. Equal requests of several hosts are loaded once.
#[derive(Clone, Debug)]
pub(super) struct IncludeRequest {
    /// The task that includes.
    pub task: Arc<Task>,
    /// Its rendered arguments.
    pub args: Map,
    /// In which of them a host had a say.
    pub said: SaidArgs,
    /// Loop variables of the item it is for, handed on to what is included.
    pub vars: Arc<Variables>,
    /// The item's label, in a loop.
    pub label: Option<String>,
}

impl IncludeRequest {
    /// Whether both would bring the same.
    pub fn same(&self, other: &Self) -> bool {
        let plain = |v: &Variables| -> Vec<(Arc<str>, Value)> {
            v.0.iter().map(|(name, variable)| (name.clone(), variable.value.as_written())).collect()
        };
        let said = self.said.any() == other.said.any();
        said && self.task.id == other.task.id && self.args == other.args && plain(&self.vars) == plain(&other.vars)
    }
}

/// What is left of a result that must not be shown.
pub(super) fn censored(result: &Map) -> Map {
    let mut out = Map::new();
    out.set("censored", "the output has been hidden due to the fact that 'no_log: true' was specified for this result");
    for key in ["changed", "attempts", "retries"] {
        out.set_some(key, result.get(key).cloned());
    }
    out
}

/// What reports are given of a result: nothing internal, nothing hidden.
pub(super) fn shown(result: &Map, no_log: bool, invocation: bool) -> Map {
    if no_log {
        return censored(result);
    }
    result.iter().filter(|(key, _)| keep(key, invocation)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn keep(key: &Key, invocation: bool) -> bool {
    let name = key.as_str().unwrap_or_default();
    !name.starts_with("_ansible_") && name != "exception" && (invocation || name != "invocation")
}

//! What a task came to on one host, before its meaning for the play (failed hosts, notified handlers, registered variables).

use super::world::Host;
use crate::actions::Effect;
use crate::diagnostic::Diagnostic;
use crate::playbook::Task;
use crate::report::Status;
use crate::template::Variables;
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
    /// Facts a module found.
    pub facts: Option<Arc<Map>>,
    /// Whose facts they are, when not the host's own.
    pub facts_of: Option<Host>,
    /// Handlers to notify.
    pub notify: Vec<Arc<str>>,
    /// A file or role to be included.
    pub include: Option<IncludeRequest>,
}

/// A file or role a task wants included. Equal requests of several hosts are loaded once.
#[derive(Clone, Debug)]
pub(super) struct IncludeRequest {
    /// The task that includes.
    pub task: Arc<Task>,
    /// Its rendered arguments.
    pub args: Map,
    /// Loop variables of the item it is for, handed on to what is included.
    pub vars: Arc<Variables>,
    /// The item's label, in a loop.
    pub label: Option<String>,
}

impl IncludeRequest {
    /// Whether both would bring the same.
    pub fn same(&self, other: &Self) -> bool {
        let plain = |v: &Variables| -> Vec<(Arc<str>, Option<Value>)> {
            v.0.iter().map(|(name, variable)| (name.clone(), variable.value.as_value().cloned())).collect()
        };
        self.task.id == other.task.id && self.args == other.args && plain(&self.vars) == plain(&other.vars)
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

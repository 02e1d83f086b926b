//! What an action is to its author: a declared struct that does its work for one task on one host.

use super::{ActionError, TaskRun};
use crate::template::Variables;
use hostler_sdk::{ArgError, Map, Module, Outcome};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The refusal of arguments that an action does not have, as ansible-core words it for actions that name their arguments themselves.
pub(super) fn invalid_options(action: &str, mut refusal: ArgError) -> ArgError {
    let prefix = format!("Unsupported parameters for ({action}) module: ");
    let unknown = refusal.msg.strip_prefix(&prefix).and_then(|rest| rest.split_once(". Supported"));
    if let Some((unknown, _)) = unknown {
        refusal.msg = format!("Invalid options for {action}: {}", unknown.replace(", ", ","));
    }
    refusal
}

/// A boxed future, as traits that are used as objects return it.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What an action comes to.
pub type ActionResult = Result<Done, ActionError>;

/// An action that ran to its end (a failed outcome included).
#[derive(Debug, Default)]
pub struct Done {
    /// The result.
    pub outcome: Outcome,
    /// What the run itself has to remember; applied only when the task did not fail.
    pub effects: Vec<Effect>,
    /// Whether the result is shown whatever the verbosity (`debug`).
    pub verbose: bool,
    /// Whether it must not be shown, as with `no_log`.
    pub hidden: bool,
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        Done { outcome, ..Done::default() }
    }
}

impl Done {
    /// The same with something to remember.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

/// What an action changes in the run rather than on the host. Modules on hosts cannot: they only have results.
#[derive(Clone, Debug)]
pub enum Effect {
    /// `set_fact`: plain values for this host.
    SetFacts {
        /// The values.
        facts: Variables,
        /// Whether they also go to the fact cache.
        cacheable: bool,
    },
    /// `include_vars`: variables as the operator wrote them, templates included.
    IncludeVars(Arc<Variables>),
    /// `add_host`: a host for this run.
    AddHost {
        /// Its name.
        name: String,
        /// The groups it joins.
        groups: Vec<String>,
        /// Its variables.
        vars: Variables,
    },
    /// `group_by`: this host joins a group.
    JoinGroup {
        /// The group.
        group: String,
        /// Groups the group itself joins.
        parents: Vec<String>,
    },
    /// `set_stats`.
    Stats {
        /// The values.
        data: Map,
        /// Whether they are this host's or the run's.
        per_host: bool,
        /// Whether they are added to what is there.
        aggregate: bool,
    },
}

/// An action as its author writes it.
pub trait Act: Module + Send + 'static {
    /// Whether the task runs once for all hosts of the play (`add_host`, `pause`), as Ansible's actions that bypass the host loop.
    const ONCE: bool = false;
    /// Whether a host may be asked ahead what the task would change: on the controller the action only reads, and all it does to a
    /// host is done by modules.
    const AHEAD: bool = false;
    /// Arguments that are bare expressions (`that`, `var`): compiled when the playbook is read, evaluated by the action.
    const EXPRESSIONS: &'static [&'static str] = &[];

    /// Members of its result that the controller says, whatever host it works on.
    const OWN: &'static [&'static str] = &[];

    /// A refusal of its arguments in the action's own words.
    fn refused(refusal: ArgError) -> ArgError {
        refusal
    }

    /// Does the task.
    fn act(self, task: &TaskRun<'_>) -> impl Future<Output = ActionResult> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::Args;

    #[test]
    fn unknown_arguments_are_invalid_options() {
        let args = Map::from_iter([("msgg", "x"), ("a", "y")]);
        let refusal = super::super::fail::Fail::parse(&Args::new(&args)).err().unwrap();
        assert_eq!(invalid_options("fail", refusal).msg, "Invalid options for fail: a,msgg");
    }
}

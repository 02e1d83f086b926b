//! What a strategy needs of everything else: it decides who runs what and when, the world does it. The engine is the real one;
//! tests have a scripted one.

use super::debugger::Debugged;
use super::executed::{Executed, IncludeRequest};
use crate::actions::{Doing, Effect};
use crate::diagnostic;
use crate::playbook::{Step, Task};
use crate::report::Event;
use crate::template::{Said, Templated};
use hostler_sdk::{Map, Value};
use std::sync::Arc;

/// A host's name in the inventory.
pub(super) type Host = Arc<str>;

/// Keywords of a task that concern more than one host, rendered for the first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    /// `run_once:`, or an action that runs once for all hosts.
    pub run_once: bool,
    /// `any_errors_fatal:`.
    pub any_errors_fatal: bool,
    /// `ignore_errors:`.
    pub ignore_errors: bool,
    /// `throttle:`; 0 is no limit.
    pub throttle: usize,
}

/// What an include brought.
#[derive(Debug)]
pub(super) struct Included {
    /// The file or role, as the report names it.
    pub path: String,
    /// Steps to run next; for an include among handlers its tasks are handlers.
    pub steps: Vec<Step>,
    /// Handlers that came with a role.
    pub handlers: Vec<Arc<Task>>,
}

/// Everything outside of a strategy.
pub(super) trait World: Send + Sync + 'static {
    /// Runs a task on a host to its end, loop and repetitions included. Reports items as they are done.
    fn execute(self: Arc<Self>, host: Host, task: Arc<Task>) -> Doing<'static, Executed>;

    /// Whether asking a host ahead about a task could tell anything new.
    fn worth_asking(&self, host: &Host, task: &Arc<Task>) -> bool;

    /// Asks a host ahead what tasks would change there.
    fn ask_ahead(self: Arc<Self>, host: Host, tasks: Vec<Arc<Task>>) -> Doing<'static, ()>;

    /// How many tasks were sent to a host whose turn is still to come.
    fn sent_along(&self, host: &Host) -> usize;

    /// Sends tasks to a host, which does them one after the other until one fails. They are executed in their turn all the same.
    fn send_in_line(self: Arc<Self>, host: Host, tasks: Vec<Arc<Task>>) -> Doing<'static, ()>;

    /// Whether all conditions of a task hold for a host (`meta`).
    fn holds(&self, host: &Host, task: &Arc<Task>) -> diagnostic::Result<bool>;

    /// Keywords of a task that concern more than one host.
    fn flags(&self, host: &Host, task: &Arc<Task>) -> diagnostic::Result<Flags>;

    /// The task's name for its header, as far as it can be rendered for this host.
    fn title(&self, host: &Host, task: &Arc<Task>) -> String;

    /// A task as `ansible_failed_task` shows it.
    fn describe(&self, host: &Host, task: &Arc<Task>) -> Value;

    /// The names a handler answers to, none when it has no name (or one that cannot be rendered without a host).
    fn handler_names(&self, handler: &Arc<Task>) -> Vec<String>;

    /// Loads what a task includes.
    fn include(&self, request: &IncludeRequest, host: &Host) -> diagnostic::Result<Included>;

    /// Applies what an action left to remember; whether anything is different from before.
    ///
    /// # Errors
    /// Names the inventory cannot take.
    fn keep(&self, host: &Host, effect: &Effect) -> diagnostic::Result<bool>;

    /// Stores facts a module found.
    fn facts(&self, host: &Host, facts: &Arc<Map>, said: Said);

    /// Stores the result of a task under a name.
    fn register(&self, host: &Host, name: &str, value: Templated);

    /// Does what `meta: refresh_inventory`, `clear_facts`, `reset_connection` ask of things outside of a strategy.
    fn housekeeping<'a>(
        &'a self,
        what: Housekeeping,
        host: &'a Host,
        task: &'a Arc<Task>,
    ) -> Doing<'a, diagnostic::Result<()>>;

    /// Tells who still takes part (`ansible_play_hosts`, `ansible_play_batch`): hosts that failed or ended do not.
    fn removed(&self, gone: &[Host]);

    /// Sends an event.
    fn emit(&self, event: Event);

    /// Asks whether to perform a task (`--step`).
    fn ask_step(&self, title: &str, host: Option<&Host>) -> StepAnswer;

    /// Has the operator look at an outcome in the debugger.
    fn debug<'a>(&'a self, done: &'a Executed) -> Doing<'a, diagnostic::Result<Debugged>>;
}

/// `meta` actions that reach beyond the strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Housekeeping {
    /// Reads the inventory sources again.
    RefreshInventory,
    /// Forgets facts of the host.
    ClearFacts,
    /// Closes the host's connection.
    ResetConnection,
}

/// What the operator said to a `--step` question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepAnswer {
    /// Do this task.
    Yes,
    /// Leave it out.
    No,
    /// Do it and ask no more.
    Continue,
    /// There is nobody who could answer.
    Nobody,
}

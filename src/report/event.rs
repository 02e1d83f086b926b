//! The one event type: a terminal line, a JSON line, a JUnit case and a trace span are views of the same thing.

use super::hold::Hold;
use crate::diagnostic::Diagnostic;
use hostler_sdk::Map;
use serde::Serialize;

/// A task as events name it.
#[derive(Clone, Debug, Serialize)]
pub struct TaskRef {
    /// Unique within the run.
    pub id: u64,
    /// Header as Ansible prints it: `role : name`, or the module when the task has no name.
    pub name: String,
    /// Module as written.
    pub action: String,
    /// `file:line`.
    pub path: String,
    /// Whether it is a handler.
    pub handler: bool,
}

/// How a task ended on a host, or for one item of its loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing had to be done.
    Ok,
    /// Something was changed (in check mode: would be).
    Changed,
    /// `when` was false, or there was nothing to loop over.
    Skipped,
    /// It failed.
    Failed,
    /// The host could not be reached.
    Unreachable,
}

/// What became of a job in the background (`async` with `poll`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// It was asked after, and goes on.
    Running,
    /// It is over.
    Ok,
    /// It failed, or took longer than it may.
    Failed,
}

/// Counts of the recap, as ansible-core counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct HostStats {
    /// Includes those changed.
    pub ok: u32,
    pub changed: u32,
    pub unreachable: u32,
    pub failed: u32,
    pub skipped: u32,
    pub rescued: u32,
    pub ignored: u32,
}

/// What happens during a run. Results are already masked: no secret is in an event.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run begins.
    RunStart {
        /// Files given on the command line.
        playbooks: Vec<String>,
        /// Whether it is a check.
        check: bool,
        /// The settings file in use.
        config: Option<String>,
    },
    /// A playbook begins.
    PlaybookStart {
        /// The file.
        path: String,
        /// How many plays it has, with those it imports.
        plays: usize,
    },
    /// A play begins.
    PlayStart {
        /// Its name, or the host pattern.
        name: String,
        /// Its hosts, in order.
        hosts: Vec<String>,
        /// Whether hosts go on without waiting for each other (`free`, `host_pinned`): results of several tasks mix.
        free: bool,
    },
    /// A play's pattern matched no host.
    NoHostsMatched {
        /// The play's name.
        name: String,
    },
    /// All hosts failed: nothing more of this play is run.
    NoHostsRemaining,
    /// A task begins on its first host.
    TaskStart {
        /// The task.
        task: TaskRef,
    },
    /// A task begins on a host.
    HostStart {
        /// The task's id.
        task: u64,
        /// The host.
        host: String,
    },
    /// One item of a loop is done.
    ItemDone {
        /// The task's id.
        task: u64,
        /// The host.
        host: String,
        /// How.
        status: Status,
        /// The item's label as printed after `=>`.
        label: String,
        /// The item's result.
        result: Map,
        /// Whether a failure is ignored.
        ignored: bool,
        /// The host it was delegated to, when it was.
        delegated_to: Option<String>,
        /// Whether the result is shown whatever the verbosity (`debug`).
        verbose: bool,
        /// What went wrong, with places, when it failed.
        error: Option<Box<Diagnostic>>,
    },
    /// A failed attempt that is repeated (`until`).
    Retry {
        /// The task's id.
        task: u64,
        /// The host.
        host: String,
        /// Attempts left.
        left: u32,
        /// The attempt's result.
        result: Map,
    },
    /// A host was asked after a job in the background.
    Job {
        /// The task's id.
        task: u64,
        /// The host.
        host: String,
        /// The job's name.
        jid: String,
        /// What became of it.
        state: JobState,
    },
    /// A task is done on a host.
    HostDone {
        /// The task's id.
        task: u64,
        /// The host.
        host: String,
        /// How.
        status: Status,
        /// The result as registered (with `results` for a loop).
        result: Map,
        /// Whether it was a loop, whose items were reported one by one.
        looped: bool,
        /// Whether a failure is ignored.
        ignored: bool,
        /// The host it was delegated to, when it was.
        delegated_to: Option<String>,
        /// Whether the result is shown whatever the verbosity (`debug`).
        verbose: bool,
        /// What went wrong, with places, when it failed.
        error: Option<Box<Diagnostic>>,
        /// Seconds from the task's start on this host.
        seconds: f64,
    },
    /// A handler will run because of this host's change.
    Notified {
        /// The handler's name.
        handler: String,
        /// The host.
        host: String,
    },
    /// What a written `meta` task came to.
    Meta {
        /// In words: `ending play for web1`.
        text: String,
    },
    /// Files included for some hosts.
    Included {
        /// The file or role.
        path: String,
        /// The hosts.
        hosts: Vec<String>,
        /// The item's label, in a loop.
        label: Option<String>,
    },
    /// The operator is about to be asked something: the report stops until there is an answer.
    Asking {
        /// Where it stops.
        #[serde(skip)]
        hold: Hold,
    },
    /// Something the operator should know.
    Warning {
        /// Ready-made text, one or more lines.
        text: String,
    },
    /// An error that belongs to no task's result.
    Error {
        /// Ready-made text (a rendered diagnostic).
        text: String,
    },
    /// The run is over.
    Recap {
        /// Counts per host, in the order of appearance.
        hosts: Vec<(String, HostStats)>,
        /// `set_stats` without a host, when there are any.
        custom: Map,
        /// Seconds of the whole run.
        seconds: f64,
    },
}

impl Event {
    /// A task without a loop is done on a host, and there is nothing to say of it but how and its result.
    pub fn done(task: u64, host: &str, status: Status, result: Map) -> Self {
        Event::HostDone {
            task,
            host: host.to_owned(),
            status,
            result,
            looped: false,
            ignored: false,
            delegated_to: None,
            verbose: false,
            error: None,
            seconds: 0.0,
        }
    }
}

/// Where events go. Reporters are called in order, from one task at a time.
pub trait Reporter: Send {
    /// Takes one event.
    fn event(&mut self, event: &Event);
    /// Whether facts that were gathered are shown, so that those that nothing of the run reads are wanted, too.
    fn shows_facts(&self) -> bool {
        false
    }
}

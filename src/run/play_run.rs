//! A play (or one `serial` batch of it) under way: its lanes, its handlers, who failed. Strategies move it on.

use super::handlers::Handlers;
use super::lane::{Gate, Group, Lane};
use super::roles::RoleLedger;
use super::steps::{RoleEnd, Work};
use super::tally::Tally;
use super::view::View;
use super::world::{Host, StepAnswer, World};
use crate::diagnostic::{self, Diagnostic};
use crate::inventory::Glob;
use crate::playbook::Task;
use crate::report::{Event, TaskRef};
use indexmap::{IndexMap, IndexSet};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// What lasts from play to play.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    /// Hosts that failed and are out of the run.
    pub failed: IndexSet<Host>,
    /// Hosts that could not be reached.
    pub unreachable: IndexSet<Host>,
    /// Counts.
    pub tally: Tally,
}

/// How a play is run, everything rendered.
pub(super) struct PlayPlan {
    /// Hosts of this batch, in order.
    pub hosts: Vec<Host>,
    /// All tasks.
    pub steps: Arc<Group<Work>>,
    /// Fact gathering, when it is due for a host.
    pub gather: HashMap<Host, Work>,
    /// Handlers, in order of definition.
    pub handlers: Vec<Work>,
    /// `max_fail_percentage` as a share of 1.
    pub max_fail: Option<f64>,
    /// Limit of hosts at work at the same time.
    pub forks: usize,
    /// `--step`.
    pub step: bool,
    /// Whether hosts are asked ahead.
    pub ahead: bool,
    /// `error_on_missing_handler`: whether a handler that is not there ends the run; else it is warned of.
    pub handlers_must_be: bool,
    /// Whether results are reported with the arguments of their calls.
    pub invocation: bool,
    /// Picks tasks of what is included.
    pub chosen: Arc<dyn Fn(&Work) -> bool + Send + Sync>,
    /// Makes the step that ends a role.
    pub role_end: RoleEnd,
}

/// How a play ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PlayEnd {
    /// ansible-playbook's code: 0, 2 (failed hosts), 4 (unreachable hosts).
    pub code: u8,
    /// `max_fail_percentage` was exceeded: no further batch and no further play.
    pub stop: bool,
    /// `meta: end_play`: no further batch.
    pub ended: bool,
}

/// Why a run stops before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// An error that is no host's.
    Error(Box<Diagnostic>),
    /// The operator interrupted it; the works in flight.
    Interrupted(Vec<String>),
    /// The operator ended it in the debugger.
    Quit,
}

impl From<Box<Diagnostic>> for Stop {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Stop::Error(diagnostic)
    }
}

/// A play under way.
pub(super) struct PlayRun<'a, W: World> {
    pub world: Arc<W>,
    pub fleet: &'a mut Fleet,
    pub plan: &'a PlayPlan,
    pub lanes: IndexMap<Host, Lane<Work>>,
    pub handlers: Handlers,
    pub roles: RoleLedger,
    /// Hosts out of the play: failed, unreachable or ended. A host rescued is taken out once.
    pub gone: Vec<Host>,
    pub forks: Arc<Semaphore>,
    pub throttles: HashMap<u64, Arc<Semaphore>>,
    pub announced: IndexSet<u64>,
    pub step: bool,
    pub view: View,
    pub ended: bool,
    pub interrupt: watch::Receiver<bool>,
}

/// What a lane asks about tasks, for one host.
pub(super) struct HostGate<'a> {
    pub host: &'a Host,
    pub handlers: &'a Handlers,
    pub roles: &'a RoleLedger,
    /// Whether the lane has notifications that are not yet handlers.
    pub notified: bool,
}

impl Gate<Work> for HostGate<'_> {
    fn admits(&self, task: &Work) -> bool {
        if task.implicit && super::meta::Meta::of(task) == Some(super::meta::Meta::FlushHandlers) {
            return self.notified || self.handlers.any_due();
        }
        !self.roles.is_over(task, self.host)
    }
    fn due(&self, handler: &Work) -> bool {
        self.handlers.is_due(handler, self.host)
    }
}

impl<'a, W: World> PlayRun<'a, W> {
    /// At the start of a play. Hosts that failed earlier are in it, at their end.
    pub fn new(world: Arc<W>, fleet: &'a mut Fleet, plan: &'a PlayPlan, interrupt: watch::Receiver<bool>) -> Self {
        let lane = |host: &Host| Lane::new(plan.steps.clone(), plan.gather.get(host).cloned());
        let mut run = PlayRun {
            world,
            lanes: plan.hosts.iter().map(|host| (host.clone(), lane(host))).collect(),
            handlers: Handlers::new(plan.handlers.clone()),
            roles: RoleLedger::default(),
            gone: Vec::new(),
            forks: Arc::new(Semaphore::new(plan.forks.max(1))),
            throttles: HashMap::new(),
            announced: IndexSet::new(),
            step: plan.step,
            view: View::new(plan.ahead),
            ended: false,
            interrupt,
            fleet,
            plan,
        };
        let failed = std::mem::take(&mut run.fleet.failed);
        for host in failed {
            match run.lanes.get_mut(&host) {
                Some(lane) => lane.fail_for_good(),
                None => {
                    let mut lane = Lane::new(Arc::new(Group::plain(Vec::new())), None);
                    lane.fail_for_good();
                    run.lanes.insert(host.clone(), lane);
                }
            }
            run.gone.push(host);
        }
        run.gone.extend(run.fleet.unreachable.iter().cloned());
        run.world.removed(&run.gone);
        run
    }

    /// What the lane of `host` asks.
    pub fn gate<'g>(&'g self, host: &'g Host) -> HostGate<'g> {
        let notified = self.lanes.get(host).is_some_and(|lane| !lane.notifications.is_empty());
        HostGate { host, handlers: &self.handlers, roles: &self.roles, notified }
    }

    /// The next task of a host and its lane after it; nothing is moved. This is how work is looked at ahead of its turn.
    pub fn peek(&self, host: &Host) -> Option<(Lane<Work>, Work)> {
        self.lanes.get(host).and_then(|lane| lane.peek(&self.gate(host)))
    }

    /// Hosts of the batch that can be reached, in order.
    pub fn hosts_left(&self) -> Vec<Host> {
        self.plan.hosts.iter().filter(|host| !self.fleet.unreachable.contains(*host)).cloned().collect()
    }

    /// Moves all lanes to the first task called `wanted` (a name or a shell pattern); `false` when no host has one.
    pub fn start_at(&mut self, wanted: &str) -> bool {
        let glob = Glob::new(wanted);
        let mut found = false;
        for host in self.hosts_left() {
            let Some(mut lane) = self.lanes.get(&host).cloned() else { continue };
            let named = |task: &Work| {
                let title = self.world.title(&host, task);
                let short = title.split_once(" : ").map_or(title.as_str(), |(_, name)| name);
                !task.implicit && (title == wanted || short == wanted || glob.matches(&title) || glob.matches(short))
            };
            found |= lane.start_at(&self.gate(&host), &named);
            self.lanes.insert(host, lane);
        }
        found
    }

    /// Fails a host in its lane.
    pub fn fail_host(&mut self, host: &Host) {
        if let Some(lane) = self.lanes.get_mut(host) {
            lane.fail();
        }
        self.leave(host);
    }

    /// A host no longer takes part.
    pub fn leave(&mut self, host: &Host) {
        self.gone.push(host.clone());
        self.world.removed(&self.gone);
    }

    /// A host that had left is back (its failure is rescued).
    pub fn come_back(&mut self, host: &Host) {
        if let Some(index) = self.gone.iter().position(|gone| gone == host) {
            self.gone.remove(index);
        }
        self.world.removed(&self.gone);
    }

    /// Tells that a task begins.
    pub fn announce(&mut self, host: &Host, task: &Arc<Task>, handler: bool) {
        self.world.emit(Event::TaskStart { task: self.reference(host, task, handler) });
    }

    fn reference(&self, host: &Host, task: &Arc<Task>, handler: bool) -> TaskRef {
        TaskRef {
            id: task.id,
            name: self.world.title(host, task),
            action: task.action.written.clone(),
            path: format!("{}:{}", task.place.path().display(), task.place.line()),
            handler,
        }
    }

    /// Whether a lane is at its handlers, so that the task it took is one.
    pub fn is_handler(&self, host: &Host) -> bool {
        self.lanes.get(host).is_some_and(Lane::is_flushing)
    }

    /// `--step`: whether the task is to be done.
    pub fn agreed(&mut self, task: &Arc<Task>, host: &Host, name_host: bool) -> Result<bool, Stop> {
        if !self.step {
            return Ok(true);
        }
        let title = self.world.title(host, task);
        match self.world.ask_step(&title, name_host.then_some(host)) {
            StepAnswer::Yes => Ok(true),
            StepAnswer::No => Ok(false),
            StepAnswer::Continue => {
                self.step = false;
                Ok(true)
            }
            StepAnswer::Nobody => Err(Diagnostic::error("`--step` got no answer")
                .cause("standard input is at its end")
                .hint("run it at a terminal, where it asks before each task")
                .boxed()
                .into()),
        }
    }

    /// The code this play ends with, and who failed for the plays to come.
    pub fn finish(self, stop: bool) -> PlayEnd {
        let failed: Vec<Host> =
            self.lanes.iter().filter(|(_, lane)| lane.is_failed()).map(|(host, _)| host.clone()).collect();
        for host in &self.plan.hosts {
            let owed = self.handlers.owed(host);
            let saved = self.lanes.get(host).map(|lane| lane.notifications.as_slice()).unwrap_or_default();
            let names: Vec<&str> = owed.iter().map(String::as_str).chain(saved.iter().map(AsRef::as_ref)).collect();
            if !names.is_empty() && (failed.contains(host) || self.fleet.unreachable.contains(host)) {
                self.world.emit(Event::Warning { text: owed_text(host, &names) });
            }
        }
        let code = match (stop, self.fleet.unreachable.is_empty(), failed.is_empty()) {
            (true, _, _) => 2,
            (_, false, _) => 4,
            (_, _, false) => 2,
            _ => 0,
        };
        self.fleet.failed.extend(failed);
        PlayEnd { code, stop, ended: self.ended }
    }
}

fn owed_text(host: &str, names: &[&str]) -> String {
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{host}: the play ended before notified handlers were run: {}", list.join(", "))
}

/// The strategies, as `strategy:` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// All hosts do a task before any goes on.
    Linear,
    /// Each host goes on by itself.
    Free,
    /// Each host goes on by itself, and is done with the play before another takes its place.
    HostPinned,
}

impl Strategy {
    /// The strategy of that name.
    pub fn named(name: &str) -> diagnostic::Result<Self> {
        match name.strip_prefix("ansible.builtin.").unwrap_or(name) {
            "linear" | "debug" => Ok(Strategy::Linear),
            "free" => Ok(Strategy::Free),
            "host_pinned" => Ok(Strategy::HostPinned),
            // Mitogen's strategies are the same orders over another transport.
            "mitogen_linear" => Ok(Strategy::Linear),
            "mitogen_free" => Ok(Strategy::Free),
            "mitogen_host_pinned" => Ok(Strategy::HostPinned),
            other => Err(Diagnostic::error(format!("Invalid play strategy specified: {other}"))
                .hint("strategies are `linear`, `free` and `host_pinned`")
                .boxed()),
        }
    }
}

#[cfg(test)]
mod tests;

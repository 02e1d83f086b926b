//! The `linear` strategy: no host begins a task before all hosts are done with the one before it. Hosts whose ways differ (blocks
//! rescued on some, includes for some) meet again at the next task they share, in the order of the play.

use super::dispatch::Flights;
use super::executed::Executed;
use super::lane::Lane;
use super::meta::Meta;
use super::play_run::{PlayEnd, PlayRun, Stop};
use super::steps::{Work, flat};
use super::world::{Flags, Host, World};
use crate::diagnostic::Diagnostic;
use crate::report::{Event, Status};
use std::collections::HashMap;

/// The order of all tasks of the play, and where in it the hosts are.
struct Order {
    tasks: Vec<u64>,
    cursor: usize,
}

impl Order {
    /// The first task from here on (once around) that some host is at.
    fn next(&mut self, wanted: &HashMap<Host, (Lane<Work>, Work)>) -> Option<u64> {
        let ids: std::collections::HashSet<u64> = wanted.values().map(|(_, task)| task.id).collect();
        for _ in 0..2 {
            while let Some(id) = self.tasks.get(self.cursor).copied() {
                self.cursor += 1;
                if ids.contains(&id) {
                    return Some(id);
                }
            }
            self.cursor = 0;
        }
        None
    }

    fn insert(&mut self, ids: Vec<u64>) {
        self.tasks.splice(self.cursor..self.cursor, ids);
    }
}

impl<W: World> PlayRun<'_, W> {
    /// Runs the play.
    pub(super) async fn linear(mut self) -> Result<PlayEnd, Stop> {
        let mut order = Order { tasks: flat(&self.plan.steps.main), cursor: 0 };
        if let Some(gather) = self.plan.gather.values().next() {
            order.tasks.insert(0, gather.id);
        }
        loop {
            let left = self.hosts_left();
            let mut ahead: HashMap<Host, (Lane<Work>, Work)> =
                left.iter().filter_map(|host| self.peek(host).map(|next| (host.clone(), next))).collect();
            if ahead.is_empty() {
                break;
            }
            let alone = ahead.len() == 1;
            let Some(id) = order.next(&ahead) else {
                return Err(Diagnostic::error("the order of tasks was lost")
                    .cause("a host is at a task that is not in its play")
                    .boxed()
                    .into());
            };
            let mut turn: Vec<(Host, Work)> = Vec::new();
            for host in &left {
                let (lane, task) = match ahead.remove(host) {
                    Some(next) if next.1.id == id => next,
                    _ => continue,
                };
                self.lanes.insert(host.clone(), lane);
                turn.push((host.clone(), task));
            }
            let Some(task) = turn.first().map(|(_, task)| task.clone()) else { continue };
            let landed = match Meta::of(&task) {
                Some(meta) => {
                    for (host, task) in &turn {
                        self.meta(host, task).await?;
                        if !meta.per_host() {
                            break;
                        }
                    }
                    if meta == Meta::FlushHandlers {
                        order.insert(self.handlers.all().iter().map(|h| h.id).collect());
                    }
                    continue;
                }
                None => self.together(&turn, alone).await?,
            };
            let Some((results, flags)) = landed else { continue };
            let brought = self.bring_in(&results)?;
            order.insert(brought.added);
            if self.after(&left, &results, brought.failed, flags) {
                return Ok(self.finish(true));
            }
        }
        Ok(self.finish(false))
    }

    /// Runs one task on all hosts that are at it, to the last. `alone`: no other host has anything left to do. `None` when the operator left it out.
    async fn together(&mut self, turn: &[(Host, Work)], alone: bool) -> Result<Option<(Vec<Executed>, Flags)>, Stop> {
        let mut flights = Flights::default();
        let mut flags = Flags::default();
        for (index, (host, task)) in turn.iter().enumerate() {
            if index == 0 {
                flags = self.world.flags(host, task)?;
                if !self.agreed(task, host, false)? {
                    return Ok(None);
                }
                let handler = self.is_handler(host);
                self.announce(host, task, handler);
            }
            if self.is_handler(host) {
                self.handlers.started(task, host, flags.run_once);
            }
            self.launch(&mut flights, host, task, flags, alone);
            if flags.run_once {
                break;
            }
        }
        self.view.turn();
        let mut results = Vec::with_capacity(flights.len());
        while let Some((mut executed, flags)) = self.land(&mut flights).await? {
            if self.debugged(&mut flights, &mut executed, flags).await? {
                continue;
            }
            self.settle(&mut executed, flags)?;
            results.push(executed);
        }
        Ok(Some((results, flags)))
    }

    /// `any_errors_fatal` and `max_fail_percentage`; `true` ends the play.
    fn after(&mut self, left: &[Host], results: &[Executed], not_included: Vec<Host>, flags: Flags) -> bool {
        let is = |status: Status| {
            move |done: &&Executed| done.status == status && (!done.ignored || status == Status::Failed)
        };
        let mut failed: Vec<Host> = results.iter().filter(is(Status::Failed)).map(|done| done.host.clone()).collect();
        failed.extend(not_included);
        let unreachable = results.iter().any(|done| done.status == Status::Unreachable);
        let fatal = (flags.any_errors_fatal || flags.run_once) && !flags.ignore_errors;
        if fatal && (!failed.is_empty() || unreachable) {
            self.fail_others(left, &failed);
        }
        if let Some(share) = self.plan.max_fail
            && !results.is_empty()
            && self.fleet.failed.len() as f64 / self.plan.hosts.len().max(1) as f64 > share
        {
            self.fail_others(left, &failed);
            self.world.emit(Event::NoHostsRemaining);
            return self.fleet.failed.len() >= left.len();
        }
        false
    }

    fn fail_others(&mut self, left: &[Host], failed: &[Host]) {
        for host in left.iter().filter(|host| !failed.contains(host)) {
            self.fleet.failed.insert(host.clone());
            self.fail_host(host);
        }
    }
}

//! What a task's outcome means for the play: who is out, what is counted, remembered, registered and notified.

use super::executed::{Executed, ItemTrace, shown};
use super::play_run::{PlayRun, Stop};
use super::steps::Work;
use super::world::{Flags, Host, World};
use crate::actions::Effect;
use crate::diagnostic::Diagnostic;
use crate::report::{Event, Status};
use crate::template::{Said, Templated};
use hostler_sdk::{Map, Value};
use std::sync::Arc;

impl<W: World> PlayRun<'_, W> {
    /// Applies an outcome. Included files are left to the caller, which groups them.
    pub(super) fn settle(&mut self, done: &mut Executed, flags: Flags) -> Result<(), Stop> {
        if matches!(done.status, Status::Ok | Status::Changed) {
            self.change_inventory(done);
        }
        let done = &*done;
        let host = &done.host;
        self.view.saw(!matches!(done.status, Status::Ok | Status::Skipped));
        let includes = done.items.iter().any(|item| item.include.is_some());
        match done.status {
            Status::Failed if !done.ignored => self.failed(done, flags),
            Status::Failed => {
                let changed = truthy(&done.result, "changed");
                let stats = self.fleet.tally.of(host);
                stats.ok += 1;
                stats.ignored += 1;
                stats.changed += u32::from(changed);
            }
            Status::Unreachable if !done.ignored => {
                let along = self.world.sent_along(host);
                if along > 0 {
                    let text =
                        format!("{host}: {along} more tasks had been sent along; whether they were done is not known");
                    self.world.emit(Event::Warning { text });
                }
                self.fleet.unreachable.insert(host.clone());
                self.leave(host);
                self.fleet.tally.of(host).unreachable += 1;
            }
            Status::Unreachable => {
                let stats = self.fleet.tally.of(host);
                stats.ok += 1;
                stats.ignored += 1;
            }
            Status::Skipped => self.fleet.tally.of(host).skipped += 1,
            Status::Ok | Status::Changed => {
                if !includes {
                    let stats = self.fleet.tally.of(host);
                    stats.ok += 1;
                    stats.changed += u32::from(done.status == Status::Changed);
                }
                if let Err(stop) = self.remember(done, flags) {
                    // What was done is told, also when the run ends with it.
                    if !done.told {
                        self.report(done);
                    }
                    return Err(stop);
                }
            }
        }
        if matches!(done.status, Status::Ok | Status::Changed | Status::Failed) {
            self.roles.ran(&done.task, host);
        }
        if let Some(name) = &done.register {
            let value = done.registered();
            for host in self.hosts_of(host, flags) {
                self.world.register(&host, name, value.clone());
            }
        }
        if !includes && !done.told {
            self.report(done);
        }
        Ok(())
    }

    /// Sends the event of an outcome.
    pub(super) fn report(&self, done: &Executed) {
        self.world.emit(Event::HostDone {
            task: done.task.id,
            host: done.host.to_string(),
            status: done.status,
            result: shown(&done.result, done.no_log, self.plan.invocation),
            looped: done.looped,
            ignored: done.ignored,
            delegated_to: done.delegated_to.as_ref().map(ToString::to_string),
            verbose: done.verbose,
            error: done.error.clone().filter(|_| !done.no_log),
            seconds: done.took.as_secs_f64(),
        });
    }

    fn failed(&mut self, done: &Executed, flags: Flags) {
        let host = &done.host;
        let rescued = self.lanes.get(host).is_some_and(|lane| lane.would_be_rescued());
        if flags.run_once {
            for host in self.hosts_left() {
                self.fail_host(&host);
            }
        } else {
            self.fail_host(host);
        }
        if self.lanes.get(host).is_some_and(|lane| lane.is_failed()) && self.peek(host).is_none() {
            self.fleet.failed.insert(host.clone());
        }
        if rescued {
            self.fleet.tally.of(host).rescued += 1;
            self.come_back(host);
            // A name may be made of anything.
            let task = Templated::of(self.world.describe(host, &done.task), Said::ALL);
            let said = done.items.iter().any(|item| item.said.is_any());
            let result = Templated::of(done.result.clone().into(), if said { Said::ALL } else { Said::Nothing });
            self.world.register(host, "ansible_failed_task", task);
            self.world.register(host, "ansible_failed_result", result);
        } else {
            self.fleet.tally.of(host).failed += 1;
        }
    }

    fn remember(&mut self, done: &Executed, flags: Flags) -> Result<(), Stop> {
        for item in &done.items {
            if done.status == Status::Changed {
                self.take_notifications(done, item)?;
            }
            for effect in &item.effects {
                self.keep(&done.host, item.facts_of.as_ref(), effect, flags)?;
            }
            if let Some(facts) = &item.facts {
                match &item.facts_of {
                    Some(other) => self.world.facts(other, facts, item.said),
                    None => {
                        self.hosts_of(&done.host, flags)
                            .iter()
                            .for_each(|host| self.world.facts(host, facts, item.said));
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps what an action left; `facts_of` is the host of a delegated task that has its facts (`delegate_facts`).
    fn keep(&mut self, host: &Host, facts_of: Option<&Host>, effect: &Effect, flags: Flags) -> Result<(), Stop> {
        match effect {
            Effect::Stats { data, per_host: false, aggregate } => self.fleet.tally.custom(data, *aggregate),
            Effect::Stats { data, per_host: true, aggregate } => {
                for host in self.hosts_of(host, flags) {
                    self.fleet.tally.custom_of(&host, data, *aggregate);
                }
            }
            Effect::SetFacts { .. } | Effect::IncludeVars(_) => {
                let hosts = match facts_of {
                    Some(other) => vec![other.clone()],
                    None => self.hosts_of(host, flags),
                };
                for host in hosts {
                    self.world.keep(&host, effect)?;
                }
            }
            Effect::AddHost { .. } | Effect::JoinGroup { .. } => {}
        }
        Ok(())
    }

    /// `add_host` and `group_by`: only the inventory knows whether they change anything, and an item sees what those before it did.
    fn change_inventory(&mut self, done: &mut Executed) {
        let mut changed = None;
        let own = done.task.changed_when.is_none();
        for (index, item) in done.items.iter().enumerate() {
            let mut by_item = None;
            for effect in &item.effects {
                if matches!(effect, Effect::AddHost { .. } | Effect::JoinGroup { .. }) {
                    match self.world.keep(&done.host, effect) {
                        Ok(new) => by_item = Some(by_item.unwrap_or(false) | new),
                        Err(e) => {
                            done.status = Status::Failed;
                            done.result.set("failed", true);
                            done.result.set("msg", e.what.clone());
                            done.error = Some(e);
                            return;
                        }
                    }
                }
            }
            if let (Some(new), true, true) = (by_item, done.looped, own) {
                set_in_results(&mut done.result, index, new);
            }
            changed = by_item.map(|new| changed.unwrap_or(false) | new).or(changed);
        }
        if let Some(changed) = changed.filter(|_| own) {
            done.result.set("changed", changed);
            done.status = if changed { Status::Changed } else { Status::Ok };
        }
    }

    /// Notes who was notified. Between flushes only the names are kept, so that the handlers defined last are run; among handlers
    /// they are due at once.
    fn take_notifications(&mut self, done: &Executed, item: &ItemTrace) -> Result<(), Stop> {
        let host = &done.host;
        for topic in &item.notify {
            let found: Vec<Work> = self.handlers.find(topic, &*self.world);
            if found.is_empty() && !self.plan.handlers_must_be {
                self.world.emit(Event::Warning { text: missing(topic, done).what });
                continue;
            }
            if found.is_empty() {
                let names = self.handlers.known(&*self.world);
                return Err(missing(topic, done).nearest(topic, names.iter().map(String::as_str)).boxed().into());
            }
            let Some(lane) = self.lanes.get_mut(host) else { continue };
            if lane.is_flushing() {
                for handler in &found {
                    self.notify(handler, host);
                }
            } else if !lane.notifications.contains(topic) {
                lane.notifications.push(topic.clone());
            }
        }
        Ok(())
    }

    /// The hosts an outcome is for: all that can be reached when the task ran once for all.
    fn hosts_of(&self, host: &Host, flags: Flags) -> Vec<Host> {
        if flags.run_once { self.hosts_left() } else { vec![host.clone()] }
    }
}

/// Says in the result of an item whether it changed anything.
fn set_in_results(result: &mut Map, index: usize, changed: bool) {
    if let Some(Value::List(results)) = result.get_mut("results")
        && let Some(Value::Map(item)) = Arc::make_mut(results).get_mut(index)
    {
        Arc::make_mut(item).set("changed", changed);
    }
}

fn missing(topic: &str, done: &Executed) -> Diagnostic {
    Diagnostic::error(format!(
        "The requested handler '{topic}' was not found in either the main handlers list nor in the listening handlers list"
    ))
    .at(&done.task.place, "notified by this task")
    .note(format!("host: {}", done.host))
}

fn truthy(result: &Map, key: &str) -> bool {
    result.get(key).is_some_and(Value::truthy)
}

//! Sends tasks to hosts, as many at a time as `forks` and `throttle` allow, and waits for what they come to.

use super::executed::Executed;
use super::play_run::{PlayRun, Stop};
use super::steps::Work;
use super::world::{Flags, Host, World};
use crate::diagnostic::Diagnostic;
use crate::report::Event;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};

/// Work in flight.
#[derive(Default)]
pub(super) struct Flights {
    set: JoinSet<Executed>,
    by_id: HashMap<Id, (Host, Work, Flags)>,
}

impl Flights {
    /// How much is in flight.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// What is in flight, for the operator.
    fn describe(&self, along: &dyn Fn(&Host) -> String) -> Vec<String> {
        let mut list: Vec<String> = self
            .by_id
            .values()
            .map(|(host, task, _)| format!("{host}: {} ({}){}", task.action.written, task.place, along(host)))
            .collect();
        list.sort();
        list
    }
}

impl<W: World> PlayRun<'_, W> {
    /// Starts a task on a host. `alone`: it waits for no other host, so that more tasks can be sent along.
    pub(super) fn launch(&mut self, flights: &mut Flights, host: &Host, task: &Work, flags: Flags, alone: bool) {
        let world = self.world.clone();
        let forks = self.forks.clone();
        let throttle = (flags.throttle > 0 && flags.throttle < self.plan.forks).then(|| {
            let fresh = || Arc::new(Semaphore::new(flags.throttle));
            self.throttles.entry(task.id).or_insert_with(fresh).clone()
        });
        let (name, work) = (host.clone(), task.clone());
        let line = if alone { self.in_one_go(host, task) } else { Vec::new() };
        let ahead = if flags.run_once { Vec::new() } else { self.upcoming(host) };
        let handle = flights.set.spawn(async move {
            // The semaphores are never closed: an error here cannot come, and would only lift the limit.
            let _turn = match &throttle {
                Some(throttle) => throttle.acquire().await.ok(),
                None => None,
            };
            let _fork = forks.acquire().await.ok();
            world.emit(Event::HostStart { task: work.id, host: name.to_string() });
            if !ahead.is_empty() {
                // Nobody waits for it: an answer that is not there yet is waited for when it is needed.
                tokio::spawn(world.clone().ask_ahead(name.clone(), ahead));
            }
            if !line.is_empty() {
                world.clone().send_in_line(name.clone(), line).await;
            }
            world.clone().execute(name, work).await
        });
        flights.by_id.insert(handle.id(), (host.clone(), task.clone(), flags));
    }

    /// The next outcome; `None` when nothing is in flight.
    pub(super) async fn land(&mut self, flights: &mut Flights) -> Result<Option<(Executed, Flags)>, Stop> {
        let landed = tokio::select! {
            biased;
            () = interrupted(&mut self.interrupt) => {
                let along = |host: &Host| match self.world.sent_along(host) {
                    0 => String::new(),
                    count => format!(", and {count} more that were sent along"),
                };
                let list = flights.describe(&along);
                flights.set.shutdown().await;
                return Err(Stop::Interrupted(list));
            }
            landed = flights.set.join_next_with_id() => landed,
        };
        match landed {
            None => Ok(None),
            Some(Ok((id, executed))) => {
                let flags = flights.by_id.remove(&id).map(|(_, _, flags)| flags).unwrap_or_default();
                Ok(Some((executed, flags)))
            }
            Some(Err(e)) => {
                let whose = flights.by_id.remove(&e.id());
                let what =
                    whose.map(|(host, task, _)| format!("{} on {host}", task.action.written)).unwrap_or_default();
                Err(Diagnostic::error(format!("{what} stopped inside of Hostler")).cause(e.to_string()).boxed().into())
            }
        }
    }
}

/// Waits until the operator interrupts the run.
pub(super) async fn interrupted(interrupt: &mut tokio::sync::watch::Receiver<bool>) {
    if interrupt.wait_for(|stop| *stop).await.is_err() {
        // Nobody can interrupt any more.
        std::future::pending::<()>().await;
    }
}

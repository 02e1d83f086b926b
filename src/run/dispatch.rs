//! Sends tasks to hosts, as many at a time as `forks` and `throttle` allow, and waits for what they come to.

use super::executed::Executed;
use super::play_run::{PlayRun, Stop};
use super::steps::Work;
use super::world::{Flags, Host, World};
use crate::diagnostic::Diagnostic;
use crate::report::Event;
use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{Id, JoinSet, unconstrained};

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
        // Turns are taken here and not in what is spawned, which begins in any order: hosts go in the order of the play.
        let first = turn(throttle.as_ref().unwrap_or(&forks).clone());
        let handle = flights.set.spawn(async move {
            let _first = first.await;
            let _fork = match throttle {
                Some(_) => turn(forks).await,
                None => None,
            };
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

/// A place in the line for a limit, taken at once; what comes back waits until it is its turn. The limits are never closed: `None`
/// cannot come, and would only lift the limit.
fn turn(limit: Arc<Semaphore>) -> impl Future<Output = Option<OwnedSemaphorePermit>> + Send {
    // Unconstrained: where many hosts are begun at once, tokio would otherwise answer without a place in the line.
    let mut place = Box::pin(unconstrained(limit.acquire_owned()));
    let at_once = place.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    async move {
        match at_once {
            Poll::Ready(permit) => permit.ok(),
            Poll::Pending => place.await.ok(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_come_in_the_order_they_were_asked_for() {
        let limit = Arc::new(Semaphore::new(1));
        let running = turn(limit.clone());
        let waiting: Vec<_> = (0..3).map(|_| turn(limit.clone())).collect();
        let permit = running.await;
        let (told, mut hear) = tokio::sync::mpsc::unbounded_channel();
        // The last is waited for first.
        let tasks: Vec<_> = waiting.into_iter().enumerate().rev().collect();
        let mut set = JoinSet::new();
        for (index, place) in tasks {
            let told = told.clone();
            set.spawn(async move {
                let _permit = place.await;
                told.send(index).unwrap();
            });
        }
        tokio::task::yield_now().await;
        drop(permit);
        set.join_all().await;
        drop(told);
        let mut order = Vec::new();
        while let Some(index) = hear.recv().await {
            order.push(index);
        }
        assert_eq!(order, [0, 1, 2]);
    }

    /// More than tokio lets one task do at a time.
    #[tokio::test]
    async fn many_places_are_taken_at_once() {
        let limit = Arc::new(Semaphore::new(1));
        let mut waiting: std::collections::VecDeque<_> = (0..1000).map(|_| turn(limit.clone())).collect();
        let first = waiting.pop_front().unwrap().await;
        let last = tokio::spawn(waiting.pop_back().unwrap());
        tokio::task::yield_now().await;
        drop(first);
        while let Some(place) = waiting.pop_front() {
            drop(place.await);
        }
        assert!(last.await.unwrap().is_some());
    }
}

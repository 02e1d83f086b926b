//! The `free` and `host_pinned` strategies: each host goes on as soon as it is done, whatever the others do. With `host_pinned` a
//! host is done with the play before another takes its place among those at work.

use super::dispatch::Flights;
use super::meta::Meta;
use super::play_run::{PlayEnd, PlayRun, Stop};
use super::world::{Flags, Host, World};
use crate::report::Event;
use std::collections::VecDeque;

impl<W: World> PlayRun<'_, W> {
    /// Runs the play; `pinned` for `host_pinned`.
    pub(super) async fn free(mut self, pinned: bool) -> Result<PlayEnd, Stop> {
        if self.plan.max_fail.is_some() {
            let text = "Using max_fail_percentage with the free strategy is not supported, as tasks are executed independently on each host";
            self.world.emit(Event::Warning { text: text.to_owned() });
        }
        let mut waiting: VecDeque<Host> = self.hosts_left().into();
        let mut flights = Flights::default();
        let places = if pinned { self.plan.forks } else { usize::MAX };
        loop {
            while flights.len() < places {
                let Some(host) = waiting.pop_front() else { break };
                self.go_on(&mut flights, &host).await?;
            }
            let Some((mut done, flags)) = self.land(&mut flights).await? else { break };
            if self.debugged(&mut flights, &mut done, flags).await? {
                continue;
            }
            self.view.turn();
            self.settle(&mut done, flags)?;
            self.bring_in(std::slice::from_ref(&done))?;
            self.go_on(&mut flights, &done.host).await?;
        }
        Ok(self.finish(false))
    }

    /// Starts the next task of a host, when there is one. `meta` tasks on the way are done at once.
    async fn go_on(&mut self, flights: &mut Flights, host: &Host) -> Result<(), Stop> {
        while !self.fleet.unreachable.contains(host) {
            let Some((lane, task)) = self.peek(host) else { break };
            self.lanes.insert(host.clone(), lane);
            if Meta::of(&task).is_some() {
                self.meta(host, &task).await?;
                continue;
            }
            let handler = self.is_handler(host);
            if handler {
                self.handlers.started(&task, host, false);
            }
            if !self.agreed(&task, host, true)? {
                continue;
            }
            let flags = self.world.flags(host, &task)?;
            if self.announced.insert(task.id) {
                self.warn_of(flags);
                self.announce(host, &task, handler);
            }
            self.launch(flights, host, &task, Flags { run_once: false, ..flags }, true);
            break;
        }
        Ok(())
    }

    fn warn_of(&self, flags: Flags) {
        if flags.run_once {
            let text = "Using run_once with the free strategy is not currently supported. This task will still be executed for every host in the inventory list.";
            self.world.emit(Event::Warning { text: text.to_owned() });
        }
        if flags.any_errors_fatal {
            let text = "Using any_errors_fatal with the free strategy is not supported, as tasks are executed independently on each host";
            self.world.emit(Event::Warning { text: text.to_owned() });
        }
    }
}

//! How far a play looks ahead. While a host is at a task, it is asked what the tasks after it would change; where things change and no
//! other host is waited for, it is sent several to do. The order in which tasks are done and everything the operator sees stay as
//! they are; only the waiting is done once for many tasks.

use super::in_line::{TOGETHER, may_be_followed, may_be_sent};
use super::meta::Meta;
use super::play_run::{HostGate, PlayRun};
use super::steps::Work;
use super::world::{Host, World};
use hostler_sdk::Value;

/// Tasks that are looked at, at most.
const FURTHEST: usize = 100;

/// How far ahead hosts are asked. A converged play is asked far ahead; where things change, answers would not hold, so after a
/// change the view grows slowly again.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// Tasks ahead; 0 while things change, and always when it is not wanted.
    reach: usize,
    on: bool,
}

impl View {
    /// The view at the start of a play.
    pub fn new(on: bool) -> Self {
        View { reach: if on { FURTHEST } else { 0 }, on }
    }

    /// A task is done on a host; whether anything was changed or failed.
    pub fn saw(&mut self, changed: bool) {
        if changed {
            self.reach = 0;
        }
    }

    /// Whether the task before changed something, so that the next ones probably do too.
    fn is_changing(self) -> bool {
        self.on && self.reach == 0
    }

    /// All hosts are done with a task.
    pub fn turn(&mut self) {
        if self.on {
            self.reach = (self.reach * 2).clamp(1, FURTHEST);
        }
    }
}

impl<W: World> PlayRun<'_, W> {
    /// The task a host is about to start with those after it, when it may do them in one go: none waits for other hosts, and each
    /// follows the one before unless that one fails. Empty when there is nothing to win.
    pub(super) fn in_one_go(&mut self, host: &Host, task: &Work) -> Vec<Work> {
        let mut list = Vec::new();
        if !self.view.is_changing() || self.is_handler(host) || self.world.sent_along(host) > 0 {
            return list;
        }
        let Some(mut lane) = self.lanes.get(host).cloned() else { return list };
        let mut next = Some(task.clone());
        while let Some(task) = next.take().filter(|task| Meta::of(task).is_none() && may_be_sent(task)) {
            let last = !may_be_followed(&task) || !self.knows_handlers_of(&task) || list.len() + 1 >= TOGETHER;
            list.push(task);
            if last {
                break;
            }
            // Handlers may come to be due on the way: no further than where they would be run.
            next = lane.advance(&HostGate { notified: true, ..self.gate(host) });
        }
        if list.len() < 2 { Vec::new() } else { list }
    }

    /// Whether all that a task notifies is there: if it is not, the run ends with this task.
    fn knows_handlers_of(&mut self, task: &Work) -> bool {
        task.notify.iter().all(|topic| {
            let names = match topic.as_value() {
                Some(Value::List(names)) => names.to_vec(),
                Some(name) => vec![name.clone()],
                None => return false,
            };
            names.iter().all(|name| !self.handlers.find(&name.to_string(), &*self.world).is_empty())
        })
    }

    /// The tasks after the one a host is about to start that are worth asking about now.
    pub(super) fn upcoming(&self, host: &Host) -> Vec<Work> {
        let mut list = Vec::new();
        if self.view.reach == 0 {
            return list;
        }
        let Some(mut lane) = self.lanes.get(host).cloned() else { return list };
        for _ in 0..self.view.reach {
            let Some(task) = lane.advance(&self.gate(host)) else { break };
            match Meta::of(&task) {
                Some(Meta::Noop | Meta::FlushHandlers | Meta::RoleComplete) => {}
                // What comes after it is done in another state of things, if at all.
                Some(_) => break,
                None if self.world.worth_asking(host, &task) => list.push(task),
                None => {}
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_closes_the_view_and_calm_opens_it() {
        let mut view = View::new(true);
        assert_eq!(view.reach, FURTHEST);
        view.saw(false);
        view.turn();
        assert_eq!(view.reach, FURTHEST);
        view.saw(true);
        assert_eq!(view.reach, 0);
        let seen: Vec<usize> = (0..9)
            .map(|_| {
                view.turn();
                view.reach
            })
            .collect();
        assert_eq!(seen, [1, 2, 4, 8, 16, 32, 64, 100, 100]);
        let mut off = View::new(false);
        off.turn();
        assert_eq!(off.reach, 0);
    }
}

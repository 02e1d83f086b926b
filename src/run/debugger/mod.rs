//! The task debugger (`debugger:`, the strategy `debug`): when a task has come out as asked for, the operator may look at it, change
//! its arguments and variables, and have it done again. The commands are ansible-core's.

mod command;
mod session;

use super::dispatch::Flights;
use super::engine::Engine;
use super::executed::Executed;
use super::play_run::{PlayRun, Stop};
use super::rendering::Rendering;
use super::world::{Flags, World};
use crate::playbook::Task;
use crate::report::Status;
use crate::template::Scope;
pub(super) use session::debug;
use std::sync::Arc;

/// What the operator decided.
#[derive(Debug)]
pub(super) enum Debugged {
    /// The result stands.
    Continue,
    /// The task is done again, as it was left.
    Redo(Arc<Task>),
    /// The run ends.
    Quit,
}

impl<W: World> PlayRun<'_, W> {
    /// Has the operator look at an outcome that is to be debugged; `true` when the task was sent again, so that this outcome is none.
    pub(super) async fn debugged(
        &mut self,
        flights: &mut Flights,
        done: &mut Executed,
        flags: Flags,
    ) -> Result<bool, Stop> {
        if !done.debugger {
            return Ok(false);
        }
        self.report(done);
        done.told = true;
        let world = self.world.clone();
        let decided = tokio::select! {
            biased;
            () = super::dispatch::interrupted(&mut self.interrupt) => Debugged::Quit,
            decided = world.debug(done) => decided?,
        };
        match decided {
            Debugged::Continue => Ok(false),
            Debugged::Redo(task) => {
                self.launch(flights, &done.host, &task, flags, false);
                Ok(true)
            }
            Debugged::Quit => Err(Stop::Quit),
        }
    }
}

/// Whether an outcome is one that the task (or a setting) wants debugged.
pub(super) fn is_wanted(engine: &Engine, done: &Executed, scope: &Arc<dyn Scope>) -> bool {
    let word = done.task.keywords.debugger.as_ref();
    if word.is_none() && !engine.debugging {
        return false;
    }
    let rendering = Rendering { jinja: &engine.ctx.language.jinja, scope, task: &done.task };
    let when = rendering.text("debugger", word).ok().flatten();
    let awaited = done.ignored && *engine.ctx.settings.task_debugger_ignore_errors;
    let failed = done.status == Status::Failed && !awaited;
    let unreachable = done.status == Status::Unreachable;
    match when.as_deref() {
        Some("always") => true,
        Some("never") => false,
        Some("on_failed") if failed => true,
        Some("on_unreachable") if unreachable => true,
        Some("on_skipped") if done.status == Status::Skipped => true,
        _ => engine.debugging && (failed || unreachable),
    }
}

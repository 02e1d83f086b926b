//! Asks a host ahead what a task would change there. What is asked is a guess: the task is rendered with what is known now, and its
//! calls are sent in check mode. When the task's turn comes it is rendered again, and only an answer to the very same call counts.

use super::engine::Engine;
use super::item::Item;
use super::on_host::OnHost;
use super::prepared::Prepared;
use super::world::Host;
use crate::actions;
use crate::diagnostic::Result;
use crate::playbook::Task;
use crate::template::{Binding, Said, Scope, Variables};
use futures_util::future::join_all;
use hostler_sdk::{CheckSupport, Value};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Items of a loop that are asked about at most.
const ITEMS: usize = 500;

/// What was asked of whom in this play.
#[derive(Default)]
pub(super) struct Asked(Mutex<HashMap<Host, HashMap<u64, State>>>);

/// The state of things when a task was asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    /// Changes in the run.
    changes: u64,
    /// What was known of the host, when that was not enough to ask; `None` when the task was asked about.
    lacking: Option<u64>,
}

impl Asked {
    fn of(&self) -> MutexGuard<'_, HashMap<Host, HashMap<u64, State>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Whether asking about a task now could tell anything new.
    pub(super) fn is_worth_asking(&self, host: &Host, task: &Arc<Task>) -> bool {
        if !may_be_asked(task) {
            return false;
        }
        let changes = self.ctx.answers.changes();
        match self.asked.of().get(host).and_then(|tasks| tasks.get(&task.id)) {
            None => true,
            Some(state) if state.changes != changes => true,
            Some(State { lacking: Some(known), .. }) => *known != self.ctx.vars.epoch(host),
            Some(_) => false,
        }
    }

    /// Asks about tasks, all at once.
    pub(super) async fn ask_about(self: Arc<Self>, host: Host, tasks: Vec<Arc<Task>>) {
        join_all(tasks.into_iter().map(|task| self.clone().ask_about_one(host.clone(), task))).await;
    }

    async fn ask_about_one(self: Arc<Self>, host: Host, task: Arc<Task>) {
        let changes = self.ctx.answers.changes();
        let known = self.ctx.vars.epoch(&host);
        let note = |lacking: Option<u64>| {
            let mut asked = self.asked.of();
            asked.entry(host.clone()).or_default().insert(task.id, State { changes, lacking });
        };
        note(None);
        let on_host = OnHost { engine: self.clone(), host: host.clone(), task: task.clone() };
        if guess(&on_host).await.is_none() {
            note(Some(known));
        }
    }
}

/// Renders the task for each of its items and sends its calls. `None` when too little is known to do so.
async fn guess(on_host: &OnHost) -> Option<()> {
    let OnHost { engine, host, task } = on_host;
    let scope = guessing(engine.scope(host, Some(task), Variables::default()).ok()?);
    let overlays = match on_host.items(&scope).ok()? {
        None => vec![Variables::default()],
        Some(items) => {
            let control = on_host.control(&scope).ok()?;
            items.iter().take(ITEMS).enumerate().map(|(index, _)| control.overlay(&items, index)).collect()
        }
    };
    // All items are rendered before the first is sent, so that nothing is half asked.
    let mut items = Vec::new();
    for overlay in overlays {
        let item = Item { engine, host, task, overlay: overlay.clone() };
        let scope = guessing(engine.scope(host, Some(task), overlay).ok()?);
        if let Some(prepared) = item.guess(&scope).ok()? {
            items.push((item, scope, prepared));
        }
    }
    join_all(items.iter().map(|(item, scope, prepared)| item.ask_ahead(prepared, scope))).await;
    Some(())
}

impl Item<'_> {
    /// The task as it would be sent now; `None` when its conditions do not hold.
    fn guess(&self, scope: &Arc<dyn Scope>) -> Result<Option<Prepared>> {
        if self.rendering(scope).first_false(&self.task.keywords.when)?.is_some() {
            return Ok(None);
        }
        self.prepare(scope).map(Some)
    }
}

/// Whether a task may be asked about: it only looks when it is told to, at its own host, and asks for nothing unusual.
fn may_be_asked(task: &Task) -> bool {
    let spec = task.action.spec;
    let looks = match actions::of(task) {
        Some(action) => action.ahead,
        None => spec.check != CheckSupport::None && !spec.looks_beyond,
    };
    let words = &task.keywords;
    looks && is_plain(task) && words.run_once.is_none() && words.throttle.is_none() && words.check_mode.is_none()
}

/// Whether a task is done on its own host, once, and waited for.
pub(super) fn is_plain(task: &Task) -> bool {
    task.delegate_to.is_none() && task.r#async.is_none() && task.until.is_empty() && task.retries.is_none()
}

/// A scope for guesses: what would act (`pipe`, `password`) is not run in it.
pub(super) fn guessing(base: Arc<dyn Scope>) -> Arc<dyn Scope> {
    Arc::new(Ahead(base))
}

#[derive(Debug)]
struct Ahead(Arc<dyn Scope>);

impl Scope for Ahead {
    fn get(&self, name: &str) -> Option<Binding> {
        self.0.get(name)
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.0.names()
    }
    fn cached(&self, name: &str) -> Option<(Value, Said)> {
        self.0.cached(name)
    }
    fn remember(&self, name: &str, value: &Value, said: Said) {
        self.0.remember(name, value, said);
    }
    fn origin(&self, name: &str) -> Option<String> {
        self.0.origin(name)
    }
    fn search_path(&self) -> Vec<PathBuf> {
        self.0.search_path()
    }
    fn project(&self) -> Vec<PathBuf> {
        self.0.project()
    }
    fn is_guess(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;

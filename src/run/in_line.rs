//! What is left of a loop, sent together: once one item had to be done, the others are rendered and their calls sent in one go, and
//! the host does them one after the other. Only where no item can see what an earlier one left; results are judged and told in
//! their turn, as if each had been sent then.

use super::ahead::{self, is_plain};
use super::engine::Engine;
use super::hands::Manner;
use super::item::Item;
use super::prepared::Prepared;
use super::world::Host;
use crate::actions::{self, ActionResult, Doing};
use crate::link::{Become, Body, InOrder, LinkError, Target};
use crate::playbook::Task;
use crate::template::{Binding, Scope, Variables};
use futures_util::future::poll_immediate;
use hostler_sdk::{Call, Outcome, Value};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Items that are sent together at most: what they carry is held until they are done.
const TOGETHER: usize = 100;

/// Calls that are to be sent together, in order.
pub(super) struct Line {
    queue: Mutex<Vec<Queued>>,
    /// When the line was made, or the last answer taken.
    last: Mutex<Instant>,
}

struct Queued {
    target: Target,
    who: Option<Become>,
    call: InOrder,
}

impl Line {
    fn new() -> Self {
        Line { queue: Mutex::default(), last: Mutex::new(Instant::now()) }
    }

    /// Puts a call at the end. Its outcome comes when the line was sent.
    pub fn queue(
        &self,
        target: Target,
        who: Option<Become>,
        call: Call,
        bodies: Vec<Body>,
    ) -> oneshot::Receiver<Result<Outcome, LinkError>> {
        let (answer, outcome) = oneshot::channel();
        let queued = Queued { target, who, call: InOrder { call, bodies, answer } };
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push(queued);
        outcome
    }

    /// An answer was taken: since when it was the one waited for, and for how long.
    pub fn since_last(&self) -> (Instant, Duration) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, now) = (*last, Instant::now());
        *last = now;
        (begun, now - begun)
    }

    fn take(&self) -> Vec<Queued> {
        std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Items under way.
#[derive(Default)]
pub(super) struct InLine {
    items: VecDeque<Next>,
    /// Sends the calls; what is not answered is called off when this is dropped.
    _sending: JoinSet<()>,
}

/// An item whose turn will come.
pub(super) enum Next {
    /// Its conditions do not hold: there was nothing to send.
    Left,
    /// It was sent.
    Sent(Sent),
}

/// An item that was sent before its turn.
pub(super) struct Sent {
    /// As it was sent.
    pub prepared: Arc<Prepared>,
    /// What the host has done.
    pub result: Doing<'static, ActionResult>,
}

impl InLine {
    /// The next item; `None` when it was not sent.
    pub fn next(&mut self) -> Option<Next> {
        self.items.pop_front()
    }

    /// Whether no item is left that was sent.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Sends as many of the items that come next as can be known now. None, when even the first cannot.
    pub async fn send(
        engine: &Arc<Engine>,
        host: &Host,
        task: &Arc<Task>,
        items: impl Iterator<Item = Variables>,
    ) -> InLine {
        let line = Arc::new(Line::new());
        let mut out = InLine::default();
        let mut calls: Vec<Queued> = Vec::new();
        for overlay in items.take(TOGETHER) {
            let Some(next) = stage(engine, host, task, overlay, &line).await else { break };
            let queued = line.take();
            let same = |a: &Queued, b: &Queued| a.target == b.target && a.who == b.who;
            if queued.len() > 1 || queued.first().zip(calls.first()).is_some_and(|(new, first)| !same(new, first)) {
                break;
            }
            out.items.push_back(next);
            calls.extend(queued);
        }
        let Some(first) = calls.first() else { return InLine::default() };
        let (target, who) = (first.target.clone(), first.who.clone());
        // The connection is there: an item before these was done over it. If it is lost, each finds out in its turn.
        let Ok(link) = engine.ctx.links.to(&target).await else { return InLine::default() };
        let calls: Vec<InOrder> = calls.into_iter().map(|queued| queued.call).collect();
        out._sending.spawn(async move { link.call_in_order(who.as_ref(), calls).await });
        out
    }
}

/// Whether the items of a task may be sent together: each is one call, and nothing is to be done between them.
pub(super) fn may_be_sent(task: &Task) -> bool {
    let one_call = actions::of(task).is_none_or(|action| action.ahead);
    let looping = task.r#loop.as_ref().is_some_and(|l| l.control.pause.is_none() && l.control.break_when.is_empty());
    one_call && looping && is_plain(task) && task.keywords.timeout.is_none()
}

/// Renders an item up to its call, which is then in the line. `None`: it has to wait for its turn.
async fn stage(
    engine: &Arc<Engine>,
    host: &Host,
    task: &Arc<Task>,
    overlay: Variables,
    line: &Arc<Line>,
) -> Option<Next> {
    let item = Item { engine, host, task, overlay: overlay.clone() };
    let watched = Arc::new(Watched {
        base: ahead::guessing(engine.scope(host, Some(task), overlay.clone()).ok()?),
        // What the item before registered is not known yet.
        hidden: task.register.as_ref().and_then(|name| name.as_value()).map(Value::to_string),
        seen: AtomicBool::new(task.register.as_ref().is_some_and(|name| name.as_value().is_none())),
    });
    let scope: Arc<dyn Scope> = watched.clone();
    let rendering = item.rendering(&scope);
    let no_log = item.no_log(&scope).ok()?;
    let holds = rendering.all_hold(&task.keywords.when).ok()?;
    let prepared = holds.then(|| item.prepare(&scope)).transpose().ok()?;
    if watched.seen.load(Ordering::Acquire) {
        return None;
    }
    let Some(prepared) = prepared.map(Arc::new) else { return Some(Next::Left) };
    if prepared.timeout.is_some() || prepared.attempts > 1 {
        return None;
    }
    let (engine, host, task) = (engine.clone(), host.clone(), task.clone());
    let (with, line) = (prepared.clone(), line.clone());
    let mut result: Doing<'static, ActionResult> = Box::pin(async move {
        let item = Item { engine: &engine, host: &host, task: &task, overlay };
        item.send(&with, &scope, no_log, None, Manner::InLine(&line)).await
    });
    // As far as its call, which it waits for.
    let early = poll_immediate(&mut result).await;
    if early.is_some() || watched.seen.load(Ordering::Acquire) {
        return None;
    }
    Some(Next::Sent(Sent { prepared, result }))
}

/// A scope that notes whether something was looked at that an earlier item may change.
#[derive(Debug)]
struct Watched {
    base: Arc<dyn Scope>,
    hidden: Option<String>,
    seen: AtomicBool,
}

impl Watched {
    fn look(&self) {
        self.seen.store(true, Ordering::Release);
    }
}

impl Scope for Watched {
    fn get(&self, name: &str) -> Option<Binding> {
        if matches!(name, "hostvars" | "vars") || self.hidden.as_deref() == Some(name) {
            self.look();
        }
        self.base.get(name)
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.look();
        self.base.names()
    }
    fn cached(&self, name: &str) -> Option<Value> {
        self.base.cached(name)
    }
    fn remember(&self, name: &str, value: &Value) {
        self.base.remember(name, value);
    }
    fn is_guess(&self) -> bool {
        self.base.is_guess()
    }
    fn origin(&self, name: &str) -> Option<String> {
        self.base.origin(name)
    }
    fn search_path(&self) -> Vec<PathBuf> {
        self.base.search_path()
    }
}

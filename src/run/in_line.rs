//! Work sent together: once an item of a loop (or a task, where nobody waits for other hosts) had something to do, those after it are
//! rendered and their calls sent in one go, and the host does them one after the other. Only where none can see what an earlier one
//! left; results are judged and told in their turn, as if each had been sent then.

use super::ahead::{self, is_plain};
use super::engine::Engine;
use super::hands::Manner;
use super::item::Item;
use super::prepared::Prepared;
use super::world::Host;
use crate::actions::{self, ActionError, ActionResult, Doing};
use crate::link::{Become, Body, InOrder, LinkError, Target};
use crate::playbook::{LoopControl, Task};
use crate::template::{Binding, Said, Scope, Template, Variables};
use hostler_sdk::{Call, Outcome, Value};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Items or tasks that are sent together at most: what they carry is held until they are done.
pub(super) const TOGETHER: usize = 100;

/// Calls that are to be sent together, in order.
pub(super) struct Line {
    /// `None` when it is closed: what comes too late is not sent.
    queue: Mutex<Option<Vec<Queued>>>,
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
        Line { queue: Mutex::new(Some(Vec::new())), last: Mutex::new(Instant::now()) }
    }

    /// Puts a call at the end. Its outcome comes when the line was sent.
    pub fn push(
        &self,
        target: Target,
        who: Option<Become>,
        call: Call,
        bodies: Vec<Body>,
    ) -> oneshot::Receiver<Result<Outcome, LinkError>> {
        let (answer, outcome) = oneshot::channel();
        let queued = Queued { target, who, call: InOrder { call, bodies, answer } };
        if let Some(queue) = self.queue().as_mut() {
            queue.push(queued);
        }
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
        self.queue().as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.queue().as_ref().is_none_or(Vec::is_empty)
    }

    fn close(&self) {
        *self.queue() = None;
    }

    fn queue(&self) -> MutexGuard<'_, Option<Vec<Queued>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work under way.
#[derive(Default)]
pub(super) struct InLine {
    items: VecDeque<(u64, Next)>,
    sending: Sending,
}

/// Sends the calls. What is not answered is called off when nobody has a part of it any more.
type Sending = Arc<JoinSet<()>>;

/// An item or task whose turn will come.
enum Next {
    /// Its conditions do not hold: there was nothing to send.
    Left,
    /// It was sent.
    Sent(Sent),
}

/// What was sent before its turn.
pub(super) struct Sent {
    /// As it was sent.
    prepared: Arc<Prepared>,
    /// What the host has done.
    result: Doing<'static, ActionResult>,
    _sending: Sending,
}

impl Sent {
    /// Waits for what came of it. `None` when it was not begun: then its turn is now, and it may look different.
    pub async fn arrive(self) -> Option<(Arc<Prepared>, ActionResult)> {
        match self.result.await {
            Err(ActionError::Link(LinkError::NotBegun)) => None,
            result => Some((self.prepared, result)),
        }
    }
}

impl InLine {
    /// What was sent of the task whose turn it is. When another one was expected, all that was sent is called off.
    pub fn next(&mut self, task: &Task) -> Option<Sent> {
        match self.items.pop_front() {
            Some((id, Next::Sent(sent))) if id == task.id => Some(Sent { _sending: self.sending.clone(), ..sent }),
            Some((id, Next::Left)) if id == task.id => None,
            Some(_) => {
                *self = InLine::default();
                None
            }
            None => None,
        }
    }

    /// Whether nothing is left that was sent.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How much is left that was sent.
    pub fn len(&self) -> usize {
        self.items.iter().filter(|(_, next)| matches!(next, Next::Sent(_))).count()
    }

    /// Sends as much of what comes next as can be known now; nothing, when that is not even two. With `if_good` the host goes on only
    /// after what did not fail.
    pub async fn send(
        engine: &Arc<Engine>,
        host: &Host,
        work: impl Iterator<Item = (Arc<Task>, Variables)>,
        if_good: bool,
    ) -> InLine {
        let line = Arc::new(Line::new());
        let mut out = InLine::default();
        let mut calls: Vec<Queued> = Vec::new();
        let mut hidden: Vec<String> = Vec::new();
        for (task, overlay) in work.take(TOGETHER) {
            // Of the results before it nothing is known.
            let Some(registers) = registered(&task) else { break };
            let own = registers.filter(|name| !hidden.contains(name));
            if !if_good {
                hidden.extend(own.clone());
            }
            let Some(next) = stage(engine, host, &task, overlay, &hidden, &line).await else { break };
            hidden.extend(own.filter(|_| if_good));
            let queued = line.take();
            let same = |a: &Queued, b: &Queued| a.target == b.target && a.who == b.who;
            if queued.first().zip(calls.first()).is_some_and(|(new, first)| !same(new, first)) {
                break;
            }
            out.items.push_back((task.id, next));
            calls.extend(queued);
        }
        line.close();
        if calls.len() < 2 {
            return InLine::default();
        }
        let (target, who) = (calls[0].target.clone(), calls[0].who.clone());
        // The connection is there: what came before was done over it. If it is lost, each finds out in its turn.
        let Ok(link) = engine.ctx.links.to(&target).await else { return InLine::default() };
        let calls: Vec<InOrder> = calls.into_iter().map(|queued| queued.call).collect();
        let mut sending = JoinSet::new();
        sending.spawn(async move { link.call_in_order(who.as_ref(), calls, if_good).await });
        out.sending = Arc::new(sending);
        out
    }
}

/// The name a task's result goes by, when there is one; `None` when that is not known before it is rendered.
fn registered(task: &Task) -> Option<Option<String>> {
    match &task.register {
        None => Some(None),
        Some(name) => name.as_value().map(|name| Some(name.to_string())),
    }
}

/// Whether the items of a task may be sent together: each is one call, and nothing is to be done between them.
pub(super) fn items_may_be_sent(task: &Task) -> bool {
    let still = |control: &LoopControl| control.pause.is_none() && control.break_when.is_empty();
    is_one_call(task) && task.r#loop.as_ref().is_some_and(|looping| still(&looping.control))
}

/// Whether a task may be sent together with others.
pub(super) fn may_be_sent(task: &Task) -> bool {
    let words = &task.keywords;
    is_one_call(task) && task.r#loop.is_none() && words.run_once.is_none() && words.throttle.is_none()
}

/// Whether others may be sent together with a task before it is known what it came to: whether it fails is for its module to say.
pub(super) fn may_be_followed(task: &Task) -> bool {
    let plain = |conditions: &Vec<Arc<Template>>| {
        conditions.iter().all(|c| matches!(c.source.trim(), "true" | "false" | "True" | "False" | "yes" | "no"))
    };
    task.failed_when.as_ref().is_none_or(Vec::is_empty) && task.changed_when.as_ref().is_none_or(plain)
}

fn is_one_call(task: &Task) -> bool {
    let name = task.action.spec.name;
    let one = match actions::of(task) {
        // Facts may come from several modules.
        Some(action) => action.ahead && name != "gather_facts",
        None => hostler_sdk::find(name).is_some() && name != "async_status",
    };
    one && is_plain(task) && task.keywords.timeout.is_none() && task.keywords.debugger.is_none()
}

/// Renders an item up to its call, which is then in the line. `None`: it has to wait for its turn.
async fn stage(
    engine: &Arc<Engine>,
    host: &Host,
    task: &Arc<Task>,
    overlay: Variables,
    hidden: &[String],
    line: &Arc<Line>,
) -> Option<Next> {
    let item = Item { engine, host, task, overlay: overlay.clone() };
    let watched = Arc::new(Watched {
        base: ahead::guessing(engine.scope(host, Some(task), overlay.clone()).ok()?),
        hidden: hidden.to_vec(),
        seen: AtomicBool::new(false),
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
    let (with, line, waiting) = (prepared.clone(), line.clone(), line.clone());
    let mut result: Doing<'static, ActionResult> = Box::pin(async move {
        let item = Item { engine: &engine, host: &host, task: &task, overlay };
        item.send(&with, &scope, no_log, None, Manner::InLine(&line)).await
    });
    // As far as its call, which then is in the line.
    let queued = poll_fn(|context| match result.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(false),
        Poll::Pending if waiting.is_empty() => Poll::Pending,
        Poll::Pending => Poll::Ready(true),
    });
    if !queued.await || watched.seen.load(Ordering::Acquire) {
        return None;
    }
    Some(Next::Sent(Sent { prepared, result, _sending: Sending::default() }))
}

/// A scope that notes whether something was looked at that an earlier item may change.
#[derive(Debug)]
struct Watched {
    base: Arc<dyn Scope>,
    /// Names of results that are not known yet.
    hidden: Vec<String>,
    seen: AtomicBool,
}

impl Watched {
    fn look(&self) {
        self.seen.store(true, Ordering::Release);
    }
}

impl Scope for Watched {
    fn get(&self, name: &str) -> Option<Binding> {
        if matches!(name, "hostvars" | "vars") || self.hidden.iter().any(|hidden| hidden == name) {
            self.look();
        }
        self.base.get(name)
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.look();
        self.base.names()
    }
    fn cached(&self, name: &str) -> Option<(Value, Said)> {
        self.base.cached(name)
    }
    fn remember(&self, name: &str, value: &Value, said: Said) {
        self.base.remember(name, value, said);
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
    fn project(&self) -> Vec<PathBuf> {
        self.base.project()
    }
}

//! The calls in hand: a thread for each up to a limit, the rest waiting their turn; cancellation and deadlines.

use super::bodies::{Heard, Incoming, Streamed};
use super::{Answers, panics};
use crate::backend::Backend;
use crate::backend::native::{Canceller, Native};
use crate::call::Call;
use crate::frame::FromHost;
use crate::moment::Moments;
use crate::outcome::Outcome;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Calls that run at once. More are kept in order, so that a long loop does not make a thread for every item.
const AT_ONCE: usize = 32;
/// What a call gets to end by itself after its time is up, before it is answered for.
const OVERTIME: Duration = Duration::from_secs(5);

/// All calls that were received and not yet answered.
#[derive(Clone)]
pub struct Calls(Arc<Shared>);

struct Shared {
    answers: Answers,
    heard: Arc<Heard>,
    /// What the calls have asked of the host of late.
    moments: Arc<Moments>,
    state: Mutex<State>,
    /// Told whenever a call was answered or a thread ended.
    answered: Condvar,
}

/// When a call is begun.
#[derive(Clone, Copy)]
pub struct Turn {
    /// When this one is answered; 0: at once.
    pub after: u64,
    /// Only when that one's outcome lets work go on.
    pub if_good: bool,
}

/// A call that is not begun.
type Held = (Box<Call>, Arc<InHand>);

#[derive(Default)]
struct State {
    running: HashMap<u64, Arc<InHand>>,
    /// Calls that may begin, when a thread is free.
    waiting: VecDeque<Held>,
    /// Calls by the one that must be answered before them; whether they are begun only if that was good.
    behind: HashMap<u64, Vec<(bool, Held)>>,
    /// Calls that were answered and after which work does not go on.
    bad: HashSet<u64>,
    threads: usize,
}

/// What is known of a call while it is in hand.
struct InHand {
    id: u64,
    native: Native,
    canceller: Canceller,
    incoming: Arc<Incoming>,
    deadline: Option<Instant>,
    /// Whether the answer is given; the first to set it gives it.
    done: AtomicBool,
}

impl Calls {
    pub fn new(answers: Answers, heard: Arc<Heard>) -> Self {
        let (moments, state) = (Arc::default(), Mutex::default());
        Calls(Arc::new(Shared { answers, heard, moments, state, answered: Condvar::new() }))
    }

    /// Takes a call in hand.
    pub fn start(&self, id: u64, turn: Turn, call: Box<Call>) {
        let native = Native::new().arriving(&self.0.moments);
        let deadline = (call.timeout_ms > 0).then(|| Instant::now() + Duration::from_millis(call.timeout_ms));
        let canceller = native.canceller();
        let incoming = Arc::new(Incoming::new(self.0.heard.clone()));
        let in_hand = Arc::new(InHand { id, native, canceller, incoming, deadline, done: AtomicBool::new(false) });
        if deadline.is_some() {
            let (calls, in_hand) = (self.clone(), in_hand.clone());
            let seconds = call.timeout_ms as f64 / 1000.0;
            std::thread::spawn(move || calls.watch(&in_hand, seconds));
        }
        let mut state = self.lock();
        let waits = state.running.contains_key(&turn.after);
        state.running.insert(id, in_hand.clone());
        if waits {
            state.behind.entry(turn.after).or_default().push((turn.if_good, (call, in_hand)));
            return;
        }
        let bad = state.bad.contains(&turn.after);
        drop(state);
        if turn.if_good && bad {
            return self.leave(&in_hand);
        }
        self.begin(call, in_hand);
    }

    /// A call's turn has come: runs it on a thread, or has it wait for one.
    fn begin(&self, call: Box<Call>, in_hand: Arc<InHand>) {
        if let Some(arrival) = in_hand.native.arrival() {
            arrival.renew();
        }
        let mut state = self.lock();
        if state.threads >= AT_ONCE {
            state.waiting.push_back((call, in_hand));
            return;
        }
        state.threads += 1;
        drop(state);
        let calls = self.clone();
        std::thread::spawn(move || {
            let mut next = Some((call, in_hand));
            while let Some((call, in_hand)) = next {
                calls.run(*call, &in_hand);
                let mut state = calls.lock();
                next = state.waiting.pop_front();
                if next.is_none() {
                    state.threads -= 1;
                    calls.0.answered.notify_all();
                }
            }
        });
    }

    /// Hands a piece of a body on.
    pub fn chunk(&self, id: u64, bytes: Vec<u8>, last: bool) {
        let in_hand = self.lock().running.get(&id).cloned();
        // A call that is answered already may have pieces under way; they are dropped.
        if let Some(in_hand) = in_hand
            && !in_hand.incoming.push(bytes, last)
        {
            self.stop(&in_hand, "more of a file arrived than was asked for");
        }
    }

    /// Stops a call; its answer will be a failure.
    pub fn cancel(&self, id: u64, why: &str) {
        let in_hand = self.lock().running.get(&id).cloned();
        if let Some(in_hand) = in_hand {
            self.stop(&in_hand, why);
        }
    }

    /// Stops all calls and waits for them, but not for ever.
    pub fn end(&self, patience: Duration) {
        let mut state = self.lock();
        state.waiting.clear();
        state.behind.clear();
        let all: Vec<_> = state.running.values().cloned().collect();
        drop(state);
        for in_hand in &all {
            self.stop(in_hand, "the connection has ended");
        }
        let state = self.lock();
        // Whether all came to an end does not matter: the program ends now.
        let _ = self.0.answered.wait_timeout_while(state, patience, |state| state.threads > 0);
    }

    fn stop(&self, in_hand: &InHand, why: &str) {
        in_hand.canceller.cancel(why);
        in_hand.incoming.close();
    }

    fn run(&self, call: Call, in_hand: &Arc<InHand>) {
        if let Some(why) = in_hand.canceller.cancelled() {
            return self.answer(in_hand, Outcome::failure(why));
        }
        let Some(registered) = crate::find(&call.module) else {
            let msg = format!("the module `{}` is not part of this runner", call.module);
            return self.answer(in_hand, Outcome::failure(msg));
        };
        let bodies = Streamed::new(in_hand.id, &call.bodies, &in_hand.incoming, self.0.answers.clone());
        let failed = |what: String| Outcome::failure(format!("internal error in the module `{}`: {what}", call.module));
        let report = {
            let (calls, in_hand, name) = (self.clone(), in_hand.clone(), call.module.clone());
            move |what: String| {
                let msg = format!("internal error in the module `{name}`: {what}");
                calls.answer(&in_hand, Outcome::failure(msg));
            }
        };
        let started = Instant::now();
        let outcome = panics::contain(report, || registered.module.call(&call, &in_hand.native, &bodies));
        let mut outcome = outcome.unwrap_or_else(failed);
        outcome.took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.answer(in_hand, outcome);
    }

    /// Gives the answer, unless it is given already.
    fn answer(&self, in_hand: &InHand, outcome: Outcome) {
        if in_hand.done.swap(true, Ordering::AcqRel) {
            return;
        }
        let good = outcome.lets_go_on();
        let outcome = serde_json::to_string(&outcome).unwrap_or_else(|e| {
            // Text alone always has a JSON form.
            let failure = Outcome::failure(format!("the result cannot be sent: {e}"));
            serde_json::to_string(&failure).unwrap_or_default()
        });
        let done = FromHost::Done { id: in_hand.id, outcome };
        if let Err(e) = self.0.answers.send(&done) {
            let failure = Outcome::failure(format!("the result cannot be sent: {e}"));
            let outcome = serde_json::to_string(&failure).unwrap_or_default();
            // When this fails too, nobody is there to hear of it.
            let _ = self.0.answers.send(&FromHost::Done { id: in_hand.id, outcome });
        }
        self.after(in_hand.id, good);
    }

    /// Does not begin a call, nor those that come only after a good one.
    fn leave(&self, in_hand: &InHand) {
        if in_hand.done.swap(true, Ordering::AcqRel) {
            return;
        }
        // When this fails, nobody is there to hear of it.
        let _ = self.0.answers.send(&FromHost::NotBegun { id: in_hand.id });
        self.after(in_hand.id, false);
    }

    /// A call was answered: those behind it have their turn.
    fn after(&self, id: u64, good: bool) {
        let mut state = self.lock();
        state.running.remove(&id);
        if !good {
            state.bad.insert(id);
        }
        self.0.answered.notify_all();
        let freed = state.behind.remove(&id);
        drop(state);
        for (if_good, (call, in_hand)) in freed.into_iter().flatten() {
            if if_good && !good {
                self.leave(&in_hand);
            } else {
                self.begin(call, in_hand);
            }
        }
    }

    /// Sees to it that a call with a deadline is answered.
    fn watch(&self, in_hand: &InHand, seconds: f64) {
        let Some(deadline) = in_hand.deadline else { return };
        if self.wait(in_hand, deadline) {
            return;
        }
        let why = format!("Timed out after {seconds} second(s).");
        self.stop(in_hand, &why);
        if !self.wait(in_hand, Instant::now() + OVERTIME) {
            self.answer(in_hand, Outcome::failure(why));
        }
    }

    /// Waits for a call to be answered; whether it was in time.
    fn wait(&self, in_hand: &InHand, until: Instant) -> bool {
        let state = self.lock();
        let left = until.saturating_duration_since(Instant::now());
        let open = |_: &mut State| !in_hand.done.load(Ordering::Acquire);
        // Poison cannot matter: the state is whole at every moment.
        drop(self.0.answered.wait_timeout_while(state, left, open).unwrap_or_else(PoisonError::into_inner));
        in_hand.done.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

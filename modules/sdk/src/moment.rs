//! Answers about what changes by itself (units, mounts), told to several calls and yet never stale. An answer serves every call
//! whose turn had come when the asking of it was begun, until anything is changed through this process: asking itself could not
//! have told such a call anything older. A call that comes later, such as the next try of an `until`, asks anew.

#[cfg(test)]
mod tests;

use crate::backend::{Backend, Command, HostResult};
use crate::host::Look;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a call waits for another one that asks the same, before it asks for itself: nothing that hangs holds up others.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 3600 } else { 1 });
/// Answers that are kept. They serve calls that are in hand together, which are not many more.
const MOST: usize = 64;

/// A question, with all that its answer depends on beside the host and the call's environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// What a command says that only reads.
    Command(Command),
    /// What is found out in another way: its name, and what else decides the answer.
    Named(&'static str, Vec<String>),
}

/// A question as a call asks it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    question: Question,
    /// What the answer is made into.
    kind: TypeId,
    environment: Vec<(String, String)>,
    directory: Option<String>,
}

/// What was made of an answer.
type Made = Arc<dyn Any + Send + Sync>;

/// What one program has asked of late of the host it runs on; shared by its calls.
pub struct Moments {
    state: Mutex<State>,
    /// Told whenever an asking has ended.
    ended: Condvar,
    patience: Duration,
}

/// Moments are counted, not measured: of two of them it is known for sure which was first.
#[derive(Default)]
struct State {
    /// The latest moment.
    now: u64,
    /// The latest at which a change was begun or ended.
    changed: u64,
    /// Questions that are being asked, each with the moment at which that was begun.
    asking: HashMap<Key, u64>,
    /// Answers that were begun after the latest change, each with that moment.
    answers: HashMap<Key, (u64, Made)>,
}

impl State {
    fn next(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    /// The answer, if its asking was begun after `came`.
    fn answer<T: Any + Send + Sync>(&self, key: &Key, came: u64) -> Option<(u64, Arc<T>)> {
        let (asked, made) = self.answers.get(key).filter(|(asked, _)| *asked > came)?;
        Some((*asked, made.clone().downcast().ok()?))
    }

    /// Keeps an answer, unless it may have been overtaken by a change or by a later asking.
    fn keep(&mut self, key: Key, asked: u64, made: Made) {
        if asked < self.changed || self.answers.get(&key).is_some_and(|(known, _)| *known > asked) {
            return;
        }
        self.answers.insert(key, (asked, made));
        if self.answers.len() > MOST
            && let Some(oldest) = self.answers.values().map(|(asked, _)| *asked).min()
        {
            self.answers.retain(|_, (asked, _)| *asked > oldest);
        }
    }
}

impl Default for Moments {
    fn default() -> Self {
        Moments { state: Mutex::default(), ended: Condvar::new(), patience: PATIENCE }
    }
}

impl Moments {
    /// An answer whose asking was begun after `came`, and when it was: one that is known, or that another call is about to get, or
    /// what `make` says.
    fn answer<T: Any + Send + Sync>(
        &self,
        key: &Key,
        came: u64,
        make: impl FnOnce() -> HostResult<T>,
    ) -> HostResult<(u64, Arc<T>)> {
        // Also an asking that was begun too early is waited for: of all that come while it goes on, one asks next, for all of them.
        let wait = |state: &mut State| state.asking.contains_key(key) && state.answer::<T>(key, came).is_none();
        let waited = self.ended.wait_timeout_while(self.lock(), self.patience, wait);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if let Some(answer) = state.answer(key, came) {
            return Ok(answer);
        }
        let asked = state.next();
        state.asking.insert(key.clone(), asked);
        drop(state);
        let asking = Asking { moments: self, key, asked };
        let made = Arc::new(make()?);
        self.lock().keep(key.clone(), asked, made.clone());
        drop(asking);
        Ok((asked, made))
    }

    /// Something may be changed from now on, or was until now.
    fn change(&self) {
        let mut state = self.lock();
        state.changed = state.next();
        state.answers.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole at every moment, so a panic elsewhere spoils nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question that is being asked. However that ends, those who wait for it go on.
struct Asking<'a> {
    moments: &'a Moments,
    key: &'a Key,
    asked: u64,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.moments.lock();
        // Somebody who lost patience may be asking by now.
        if state.asking.get(self.key) == Some(&self.asked) {
            state.asking.remove(self.key);
        }
        drop(state);
        self.moments.ended.notify_all();
    }
}

/// When a call's turn came.
pub struct Arrival {
    moments: Arc<Moments>,
    at: AtomicU64,
}

impl Arrival {
    /// Now.
    pub fn new(moments: &Arc<Moments>) -> Self {
        let at = moments.lock().next().into();
        Arrival { moments: moments.clone(), at }
    }

    /// The turn has come only now.
    pub fn renew(&self) {
        self.at.store(self.moments.lock().next(), Ordering::Release);
    }

    /// The moment.
    pub(crate) fn at(&self) -> u64 {
        self.at.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Arrival").field(&self.at).finish()
    }
}

/// The backend while it is used to change something: neither what was asked before nor what was asked meanwhile holds afterwards.
pub(crate) struct Changing<'a>(&'a dyn Backend);

impl<'a> Changing<'a> {
    pub(crate) fn begin(backend: &'a dyn Backend) -> Self {
        let changing = Changing(backend);
        changing.tell();
        changing
    }

    fn tell(&self) {
        if let Some(arrival) = self.0.arrival() {
            arrival.moments.change();
        }
    }
}

impl<'a> Deref for Changing<'a> {
    type Target = dyn Backend + 'a;
    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

impl Look<'_> {
    /// The answer to a question about what changes by itself: that of another call, where it was asked for after this call's turn
    /// had come and nothing was changed since through [`crate::Change`]; otherwise, and wherever nothing is remembered, what `make`
    /// says, which only reads. The same answer is not told twice, so asking again and again sees what has changed by itself.
    pub fn of_the_moment<T: Any + Send + Sync>(
        &self,
        question: Question,
        make: impl FnOnce() -> HostResult<T>,
    ) -> HostResult<Arc<T>> {
        let Some(arrival) = self.arrival() else { return make().map(Arc::new) };
        let environment = self.call.environment.clone();
        let key = Key { question, kind: TypeId::of::<T>(), environment, directory: self.directory() };
        let (asked, made) = arrival.moments.answer(&key, self.came.get(), make)?;
        self.came.set(asked);
        Ok(made)
    }
}

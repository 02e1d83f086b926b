//! How many programs may run on one connection: sshd's `MaxSessions`, which is learnt from its refusals.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The room on a connection.
pub struct Slots {
    state: Mutex<State>,
    freed: Notify,
}

struct State {
    running: usize,
    limit: usize,
}

/// The place of one program, given back when dropped.
pub struct Slot(Arc<Slots>);

impl Slots {
    /// Room for as many programs as are usual.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Slots { state: Mutex::new(State { running: 0, limit }), freed: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole at every moment, so a panic elsewhere spoils nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, if there is one.
    pub fn take(self: &Arc<Self>) -> Option<Slot> {
        let mut state = self.lock();
        if state.running >= state.limit {
            return None;
        }
        state.running += 1;
        Some(Slot(self.clone()))
    }

    /// How many places are left.
    pub fn room(&self) -> usize {
        let state = self.lock();
        state.limit.saturating_sub(state.running)
    }

    /// Waits until there is a place.
    pub async fn freed(&self) {
        loop {
            let freed = self.freed.notified();
            if self.room() > 0 {
                return;
            }
            freed.await;
        }
    }
}

impl Slot {
    /// How often a program may be refused before that is believed.
    pub fn patience(&self) -> u32 {
        if self.0.lock().running > 1 { 1 } else { 5 }
    }

    /// The server refused the program of this place: no more may run than do now. False when none does, so that the refusal
    /// has another reason.
    pub fn refused(&self) -> bool {
        let mut state = self.0.lock();
        let others = state.running - 1;
        if others > 0 {
            state.limit = state.limit.min(others);
        }
        others > 0
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_sets_the_limit() {
        let slots = Slots::new(10);
        let first = slots.take().unwrap();
        let second = slots.take().unwrap();
        assert!(second.refused());
        drop(second);
        assert_eq!((slots.room(), slots.take().is_none()), (0, true));
        drop(first);
        let alone = slots.take().unwrap();
        assert!(!alone.refused());
        drop(alone);
        assert_eq!(slots.room(), 1);
    }
}

//! Shells that have been opened ahead and wait for their script, one for each user of a host.

use super::start::Shelled;
use super::{Become, LinkError};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::task::JoinHandle;

/// A shell that waits, or will soon.
type Opening = JoinHandle<Result<Shelled, LinkError>>;

/// The waiting shells of a host.
#[derive(Default)]
pub struct Spares(Mutex<HashMap<Option<Become>, Opening>>);

impl Spares {
    fn lock(&self) -> MutexGuard<'_, HashMap<Option<Become>, Opening>> {
        // The map is whole at every moment, so a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shell of a user, if one is still there.
    pub async fn take(&self, who: Option<&Become>) -> Option<Shelled> {
        let opening = self.lock().remove(&who.cloned());
        opening?.await.ok()?.ok()?.still_there()
    }

    /// Has a shell opened for a user who has none that waits.
    pub fn fill(&self, who: Option<&Become>, open: impl Future<Output = Result<Shelled, LinkError>> + Send + 'static) {
        self.lock().entry(who.cloned()).or_insert_with(|| tokio::spawn(open));
    }

    /// Lets go of all of them; false when there were none.
    pub fn release(&self) -> bool {
        let all = std::mem::take(&mut *self.lock());
        all.values().for_each(JoinHandle::abort);
        !all.is_empty()
    }
}

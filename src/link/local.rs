//! Modules in this process, on threads of their own; for `connection: local` with the same code as in the runner.

use super::{Body, LinkError};
use hostler_sdk::backend::native::Native;
use hostler_sdk::body::Bodies;
use hostler_sdk::moment::Moments;
use hostler_sdk::{Backend, Call, Outcome};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What a stopped command gets to come to an end, beyond the deadline.
const GRACE: Duration = Duration::from_secs(4);

/// Where commands on this machine begin: beside the playbook under way, when there is one. Clones are one and the same.
#[derive(Clone, Default)]
pub struct Beginning(Arc<RwLock<Option<PathBuf>>>);

impl Beginning {
    /// From now on in `directory`.
    pub fn set(&self, directory: &Path) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(directory.to_owned());
    }

    /// The directory; `None`: that of this process.
    pub fn get(&self) -> Option<PathBuf> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Files of a call, read where they are.
pub struct AtHand(pub Arc<Vec<Body>>);

impl Bodies for AtHand {
    fn open(&self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        let body = self.0.get(index);
        let body = body.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the call carries no such file"))?;
        Ok(body.open()?)
    }
}

/// Makes a call on this machine, as the user this process runs as; its commands begin in `start`. Dropping the future stops its
/// command.
pub async fn call(call: Call, bodies: Vec<Body>, start: Option<PathBuf>) -> Result<Outcome, LinkError> {
    static MOMENTS: LazyLock<Arc<Moments>> = LazyLock::new(Arc::default);
    let native = Native::beginning_in(start).arriving(&MOMENTS);
    let canceller = native.canceller();
    let limit = (call.timeout_ms > 0).then(|| Duration::from_millis(call.timeout_ms));
    on_thread(limit, move || run(&call, bodies, &native), move |why| canceller.cancel(why)).await
}

/// Does the work of a call on a thread of its own. When time is up or nobody waits any more, `cancel` is told why.
pub async fn on_thread(
    limit: Option<Duration>,
    work: impl FnOnce() -> Outcome + Send + 'static,
    cancel: impl Fn(&str),
) -> Result<Outcome, LinkError> {
    let mut stop = Stop { cancel, done: false };
    let running = tokio::task::spawn_blocking(work);
    tokio::pin!(running);
    let result = match limit {
        None => running.await,
        Some(limit) => match tokio::time::timeout(limit, &mut running).await {
            Ok(result) => result,
            Err(_) => {
                let seconds = limit.as_secs_f64();
                (stop.cancel)(&format!("the task took longer than {seconds} seconds"));
                match tokio::time::timeout(GRACE, running).await {
                    Ok(result) => result,
                    Err(_) => return Ok(Outcome::failure(format!("Timed out after {seconds} second(s)."))),
                }
            }
        },
    };
    stop.done = true;
    result.map_err(|e| LinkError::Call(format!("the module broke: {e}")))
}

/// Runs the module a call names, over any backend.
pub fn run(call: &Call, bodies: Vec<Body>, backend: &dyn Backend) -> Outcome {
    let started = Instant::now();
    match hostler_sdk::find(&call.module) {
        Some(found) => {
            let mut outcome = found.module.call(call, backend, &AtHand(Arc::new(bodies)));
            outcome.took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            outcome
        }
        None => Outcome::failure(format!("the module `{}` is not known", call.module)),
    }
}

struct Stop<C: Fn(&str)> {
    cancel: C,
    done: bool,
}

impl<C: Fn(&str)> Drop for Stop<C> {
    fn drop(&mut self) {
        if !self.done {
            (self.cancel)("the call was cancelled");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_builtin as _;
    use hostler_sdk::Map;

    #[tokio::test]
    async fn runs_of_one_process_begin_each_in_their_own_directory() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let pwd = async |start: &Path| {
            let call =
                Call { module: "command".into(), args: Map::from_iter([("_raw_params", "pwd")]), ..Call::default() };
            let outcome = super::call(call, Vec::new(), Some(start.to_owned())).await.unwrap();
            outcome.into_value().str("stdout").unwrap_or_default().to_owned()
        };
        let (a, b) = tokio::join!(pwd(first.path()), pwd(second.path()));
        assert_eq!((a, b), (first.path().display().to_string(), second.path().display().to_string()));
        let gone = first.path().to_owned();
        drop(first);
        let here = std::env::current_dir().unwrap().display().to_string();
        assert_eq!(pwd(&gone).await, here, "a directory that is gone is not begun in");
    }
}

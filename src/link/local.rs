//! Modules in this process, on threads of their own; for `connection: local` with the same code as in the runner.

use super::{Body, LinkError};
use hostler_sdk::backend::native::Native;
use hostler_sdk::body::Bodies;
use hostler_sdk::{Backend, Call, Outcome};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a stopped command gets to come to an end, beyond the deadline.
const GRACE: Duration = Duration::from_secs(4);

/// Files of a call, read where they are.
pub struct AtHand(pub Arc<Vec<Body>>);

impl Bodies for AtHand {
    fn open(&self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        let body = self.0.get(index);
        let body = body.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the call carries no such file"))?;
        Ok(body.open()?)
    }
}

/// Makes a call on this machine, as the user this process runs as. Dropping the future stops its command.
pub async fn call(call: Call, bodies: Vec<Body>) -> Result<Outcome, LinkError> {
    let native = Native::new();
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

//! The report at work: fed from a thread of its own, so that a slow terminal slows no host.

use crate::diagnostic::{Diagnostic, Result};
use crate::report::{Event, Reporter, masked};
use crate::secrets::Secrets;
use std::io::{Write, stdout};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Reporters at work; they end when all senders of events are gone.
pub struct Reporting {
    thread: JoinHandle<()>,
}

impl Reporting {
    /// Starts to report; each event goes to all reporters in order, without what is in `secrets`.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub fn start(
        mut reporters: Vec<Box<dyn Reporter>>,
        secrets: Arc<Secrets>,
    ) -> Result<(Self, UnboundedSender<Event>)> {
        let (sender, receiver) = unbounded_channel();
        let work = move || drain(receiver, &mut reporters, &secrets);
        let thread = std::thread::Builder::new().name("report".into()).spawn(work);
        let thread =
            thread.map_err(|e| Diagnostic::error("could not start the report").cause(e.to_string()).boxed())?;
        Ok((Reporting { thread }, sender))
    }

    /// Waits until everything is shown.
    pub fn finish(self) {
        // A reporter that panicked has told so; the run's exit code stands all the same.
        let _ = self.thread.join();
        let _ = stdout().flush();
    }
}

fn drain(mut events: UnboundedReceiver<Event>, reporters: &mut [Box<dyn Reporter>], secrets: &Secrets) {
    while let Some(event) = events.blocking_recv() {
        let event = masked(event, secrets);
        reporters.iter_mut().for_each(|reporter| reporter.event(&event));
        if let Event::Asking { hold } = &event {
            hold.wait();
        }
    }
}

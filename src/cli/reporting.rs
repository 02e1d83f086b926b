//! How a run is shown: which reporter, on which terms, fed from a thread of its own so that a slow terminal slows no host.

use super::flags::Output;
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use crate::report::{Event, JsonLines, Plain, PlainOptions, Reporter, Terminal};
use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::thread::JoinHandle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A reporter at work; it ends when all senders of events are gone.
pub struct Reporting {
    thread: JoinHandle<()>,
}

impl Reporting {
    /// Starts to report in the form the flag or the settings name: for a terminal when there is one, otherwise as ansible prints.
    ///
    /// # Errors
    /// An unknown form, a thread that cannot be started.
    pub fn start(chosen: Option<Output>, settings: &Settings, verbosity: u8) -> Result<(Self, UnboundedSender<Event>)> {
        let output = match (chosen, settings.output.as_deref()) {
            (Some(output), _) => output,
            (None, Some("terminal")) => Output::Terminal,
            (None, Some("plain")) => Output::Plain,
            (None, Some("json")) => Output::Json,
            (None, Some(other)) => {
                return Err(Diagnostic::error(format!("there is no form of output called `{other}`"))
                    .note(format!("set by {}", settings.output.origin()))
                    .nearest(other, ["terminal", "plain", "json"])
                    .boxed());
            }
            (None, None) if stdout().is_terminal() => Output::Terminal,
            (None, None) => Output::Plain,
        };
        let colour = !*settings.nocolor && (*settings.force_color || stdout().is_terminal());
        let mut reporter: Box<dyn Reporter> = match output {
            Output::Terminal => Box::new(Terminal::new(stdout(), colour, verbosity, std::io::stderr().is_terminal())),
            Output::Json => Box::new(JsonLines(BufWriter::new(stdout()))),
            Output::Plain => Box::new(Plain::new(
                BufWriter::new(stdout()),
                PlainOptions {
                    colour,
                    verbosity,
                    skipped: *settings.display_skipped_hosts,
                    ok: *settings.display_ok_hosts,
                    columns: columns(),
                    custom_stats: *settings.show_custom_stats,
                },
            )),
        };
        let (sender, receiver) = unbounded_channel();
        let thread = std::thread::Builder::new().name("report".into()).spawn(move || drain(receiver, &mut *reporter));
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

fn drain(mut events: UnboundedReceiver<Event>, reporter: &mut dyn Reporter) {
    while let Some(event) = events.blocking_recv() {
        reporter.event(&event);
    }
}

/// The width of banners: ansible-core's 79 where there is no terminal.
fn columns() -> usize {
    let width = console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns));
    width.max(80) - 1
}

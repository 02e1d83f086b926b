//! Questions to the operator at the terminal.

use crate::report::{Event, Held, Hold};
use std::io::{self, BufRead, IsTerminal, Write};
use tokio::sync::mpsc::UnboundedSender;

/// Whether there is somebody to ask.
pub(super) fn possible() -> bool {
    io::stdin().is_terminal()
}

/// Asks for a line; without `echo` what is typed is not shown.
///
/// # Errors
/// The terminal is gone, or standard input is at its end.
pub(super) fn line(question: &str, echo: bool) -> io::Result<String> {
    if !echo {
        return rpassword::prompt_password(format!("{question}: "));
    }
    let mut out = io::stderr().lock();
    write!(out, "{question}: ")?;
    out.flush()?;
    let mut typed = String::new();
    if io::stdin().lock().read_line(&mut typed)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(typed.trim_end_matches(['\n', '\r']).to_owned())
}

/// Stops the report, everything that happened so far shown, until what comes back is dropped.
pub(super) async fn hold(events: &UnboundedSender<Event>) -> Option<Held> {
    let held = stop(events);
    let waiting = tokio::task::spawn_blocking(move || {
        held.wait();
        held
    });
    waiting.await.ok()
}

/// Asks while the report is stopped.
pub(super) fn held<T>(events: &UnboundedSender<Event>, ask: impl FnOnce() -> T) -> T {
    let held = stop(events);
    held.wait();
    ask()
}

fn stop(events: &UnboundedSender<Event>) -> Held {
    let (hold, held) = Hold::new();
    // When nobody listens any more, nothing is lost.
    let _ = events.send(Event::Asking { hold });
    held
}

/// A line typed after a prompt on standard output; `None` at the end of the input.
///
/// # Errors
/// The terminal is gone.
pub(super) fn prompt(text: &str) -> io::Result<Option<String>> {
    let mut out = io::stdout().lock();
    write!(out, "{text}")?;
    out.flush()?;
    drop(out);
    let mut typed = String::new();
    let read = io::stdin().lock().read_line(&mut typed)?;
    Ok((read > 0).then(|| typed.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Answers the operator on standard output; control characters of hosts are shown as escapes.
pub(super) fn say(text: &str) {
    // A reader that went away must not stop the run half-way.
    let _ = writeln!(io::stdout().lock(), "{}", crate::report::safe(text));
}

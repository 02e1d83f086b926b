//! One event per line, as JSON: for programs.

use super::{Event, Reporter};
use std::io::Write;

/// Writes each event as one line of JSON.
pub struct JsonLines<W: Write>(pub W);

impl<W: Write + Send> Reporter for JsonLines<W> {
    fn shows_facts(&self) -> bool {
        true
    }
    fn event(&mut self, event: &Event) {
        // An event is made of text, numbers and values whose JSON always exists.
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that went away must not stop the run half-way.
            let _ = writeln!(self.0, "{line}");
            let _ = self.0.flush();
        }
    }
}

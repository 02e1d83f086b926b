//! How long a run took, in a line at its end (ansible's callback `timer`).

use super::{Event, Reporter};
use std::io::Write;

/// Prints the time of the whole run.
pub struct Timer<W: Write>(pub W);

impl<W: Write + Send> Reporter for Timer<W> {
    fn event(&mut self, event: &Event) {
        let Event::Recap { seconds, .. } = event else { return };
        // Whole seconds, as ansible counts them.
        let all = *seconds as u64;
        let (days, hours, minutes) = (all / 86400, all / 3600 % 24, all / 60 % 60);
        let text = format!("{days} days, {hours} hours, {minutes} minutes, {} seconds", all % 60);
        // A reader that went away must not stop the run half-way.
        let _ = writeln!(self.0, "Playbook run took {text}");
        let _ = self.0.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::Map;

    #[test]
    fn says_days_hours_minutes_seconds() {
        let mut out = Vec::new();
        Timer(&mut out).event(&Event::Recap { hosts: Vec::new(), custom: Map::new(), seconds: 90_061.9 });
        assert_eq!(String::from_utf8(out).unwrap(), "Playbook run took 1 days, 1 hours, 1 minutes, 1 seconds\n");
    }
}

//! ansible's layout for ad-hoc commands (its callbacks `minimal` and `oneline`): one result a host, no headers. Results go to one
//! stream, what went wrong around them to another.

use super::dump::{self, DumpOptions};
use super::screen::{Colour, safe};
use super::{Event, Reporter, Status, diff};
use crate::diagnostic::{Diagnostic, render};
use hostler_sdk::{Map, Value};
use std::collections::HashMap;
use std::io::Write;

/// What the layout depends on.
#[derive(Clone, Copy, Debug, Default)]
pub struct MinimalOptions {
    /// Colours as on a terminal.
    pub colour: bool,
    /// `-v` count.
    pub verbosity: u8,
    /// How many lines a diff shows around each change.
    pub context: diff::Context,
    /// One line a result (`-o`).
    pub one_line: bool,
    /// How results are printed.
    pub dump: DumpOptions,
}

/// Prints a result a host.
pub struct Minimal<W: Write, E: Write> {
    out: W,
    errors: E,
    options: MinimalOptions,
    /// Actions of the tasks, by their ids.
    actions: HashMap<u64, String>,
}

impl<W: Write, E: Write> Minimal<W, E> {
    /// A reporter that writes results to `out`, warnings and errors to `errors`.
    pub fn new(out: W, errors: E, options: MinimalOptions) -> Self {
        Minimal { out, errors, options, actions: HashMap::new() }
    }

    fn line(&mut self, text: &str, colour: Colour) {
        // A reader that went away must not stop the run half-way.
        let _ = writeln!(self.out, "{}", colour.paint(text, self.options.colour));
    }

    fn problems(&mut self, result: &Map, error: Option<&Diagnostic>) {
        if let Some(Value::List(warnings)) = result.get("warnings") {
            for warning in warnings.iter() {
                self.complain(&format!("[WARNING]: {}", safe(&warning.to_string())));
            }
        }
        if let Some(error) = error {
            self.complain(&safe(&render(error, false)));
        }
    }

    fn complain(&mut self, text: &str) {
        // As above.
        let _ = writeln!(self.errors, "{text}");
    }

    fn done(&mut self, event: &Event) {
        let Event::HostDone { task, host, status, result, delegated_to, error, .. } = event else { return };
        let action = self.actions.get(task).cloned().unwrap_or_default();
        self.problems(result, error.as_deref());
        if result.get("changed").is_some_and(Value::truthy)
            && let Some(text) = result
                .get("diff")
                .map(|d| diff::text(d, self.options.context, self.options.colour))
                .filter(|t| !t.is_empty())
        {
            // As above.
            let _ = write!(self.out, "{text}");
        }
        let host = match delegated_to {
            Some(to) if to != host && self.options.one_line => format!("{host} -> {to}"),
            _ => host.clone(),
        };
        let (word, loud, colour) = match status {
            Status::Ok => ("SUCCESS", "SUCCESS", Colour::Ok),
            Status::Changed => ("CHANGED", "CHANGED", Colour::Changed),
            Status::Failed => ("FAILED", "FAILED!", Colour::Failed),
            Status::Unreachable => ("UNREACHABLE", "UNREACHABLE!", Colour::Unreachable),
            Status::Skipped => return self.line(&format!("{host} | SKIPPED"), Colour::Skipped),
        };
        let whole = self.options.one_line && *status == Status::Failed;
        let line = if prints_output(&action, result) && *status != Status::Unreachable && !whole {
            self.output(&host, word, result)
        } else {
            format!("{host} | {loud} => {}", self.dump(&action, result))
        };
        self.line(&line, colour);
    }

    /// The result of a command: what it printed.
    fn output(&self, host: &str, word: &str, result: &Map) -> String {
        let text = |key: &str| result.get(key).map(|value| safe(&value.to_string()).into_owned()).unwrap_or_default();
        let rc = result.get("rc").map_or_else(|| "-1".to_owned(), Value::to_string);
        if !self.options.one_line {
            return format!("{host} | {word} | rc={rc} >>\n{}{}{}", text("stdout"), text("stderr"), text("msg"));
        }
        let flat = |key: &str| text(key).replace('\n', "\\n").replace('\r', "\\r");
        let errors = match flat("stderr").as_str() {
            "" => String::new(),
            errors => format!(" (stderr) {errors}"),
        };
        format!("{host} | {word} | rc={rc} | (stdout) {}{errors}", flat("stdout"))
    }

    fn dump(&self, action: &str, result: &Map) -> String {
        let options = DumpOptions { verbosity: self.options.verbosity, ..self.options.dump };
        let text = dump::result(&dump::of_action(action, result), true, options);
        if !self.options.one_line {
            return safe(&text).into_owned();
        }
        // Python's `indent=0` with its line ends taken out: no space after a comma.
        text.lines().map(|line| safe(line.trim_start()).into_owned()).collect()
    }
}

/// Whether a result is shown as what a command printed.
fn prints_output(action: &str, result: &Map) -> bool {
    let short = action.strip_prefix("ansible.builtin.").or(action.strip_prefix("ansible.legacy.")).unwrap_or(action);
    matches!(short, "command" | "shell" | "raw") && !result.contains_key("ansible_job_id")
}

impl<W: Write + Send, E: Write + Send> Reporter for Minimal<W, E> {
    fn shows_facts(&self) -> bool {
        true
    }
    fn event(&mut self, event: &Event) {
        match event {
            Event::TaskStart { task } => drop(self.actions.insert(task.id, task.action.clone())),
            Event::HostDone { .. } => self.done(event),
            Event::Warning { text } | Event::Error { text } => self.complain(&safe(text)),
            _ => {}
        }
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{done, task};

    fn screen(action: &str, status: Status, result: &str, one_line: bool) -> String {
        let mut out = Vec::new();
        let mut minimal =
            Minimal::new(&mut out, std::io::sink(), MinimalOptions { one_line, ..MinimalOptions::default() });
        minimal.event(&task(1, "x", action));
        minimal.event(&done(1, status, result));
        String::from_utf8(out).unwrap()
    }

    /// Recorded from ansible 2.19.
    #[test]
    fn looks_as_ansible_does() {
        let ping = r#"{"ping": "pong", "changed": false}"#;
        let command = r#"{"rc": 3, "stdout": "a\nb", "stderr": "c", "changed": true, "msg": "non-zero return code"}"#;
        for (action, status, result, one_line, want) in [
            (
                "ping",
                Status::Ok,
                ping,
                false,
                "web1 | SUCCESS => {\n    \"changed\": false,\n    \"ping\": \"pong\"\n}\n",
            ),
            ("ping", Status::Ok, ping, true, "web1 | SUCCESS => {\"changed\": false,\"ping\": \"pong\"}\n"),
            ("shell", Status::Failed, command, false, "web1 | FAILED | rc=3 >>\na\nbcnon-zero return code\n"),
            (
                "command",
                Status::Changed,
                r#"{"rc": 0, "stdout": "a\nb"}"#,
                true,
                "web1 | CHANGED | rc=0 | (stdout) a\\nb\n",
            ),
            ("command", Status::Skipped, "{}", false, "web1 | SKIPPED\n"),
            ("command", Status::Unreachable, "{}", false, "web1 | UNREACHABLE! => {}\n"),
        ] {
            assert_eq!(screen(action, status, result, one_line), want);
        }
    }
}

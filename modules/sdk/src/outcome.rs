//! What a module's run came to: the typed form of Ansible's result dictionary.

use crate::value::{Map, Value};
use serde::{Deserialize, Serialize};

/// The outcome of one call on one host.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether something changed, or in check mode would change.
    pub changed: bool,
    /// Why it failed; `None` when it did not.
    pub failed: Option<String>,
    /// Why nothing was done (`skipped: true` in the result); `None` when it was.
    pub skipped: Option<String>,
    /// Other returned values (`rc`, `stdout`, `dest`, `ansible_facts`, ...), in the order they are printed.
    pub values: Map,
    /// Differences, when asked for.
    pub diff: Vec<Diff>,
    /// Whether `diff` in the result is a list also when it is of one; otherwise that one is it.
    #[serde(default)]
    pub diff_is_list: bool,
    /// Warnings for the operator.
    pub warnings: Vec<String>,
    /// In an answer of check mode: the module has something to do that is no change by itself (reload systemd, refresh a
    /// package index) or that only a run can tell (`command`). Asked ahead of its turn, such an answer never stands in
    /// for the run, whatever `changed` says.
    #[serde(default)]
    pub must_run: bool,
    /// Microseconds the module took where it ran; set by whoever executes calls.
    #[serde(default)]
    pub took_us: u64,
}

/// One difference, in the shape of Ansible's `diff` entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// Text or mapping before.
    pub before: Value,
    /// Text or mapping after.
    pub after: Value,
    /// Name over the old side.
    pub before_header: Option<String>,
    /// Name over the new side.
    pub after_header: Option<String>,
    /// A ready-made text instead of two sides (binary files, too large files, apt's own words).
    pub prepared: Option<String>,
}

impl Outcome {
    /// A failure with Ansible's `msg`.
    pub fn failure(msg: impl Into<String>) -> Self {
        Outcome { failed: Some(msg.into()), ..Outcome::default() }
    }

    /// Whether what is to follow may follow at once: it did not fail, and brought no facts that what follows might depend on.
    pub fn lets_go_on(&self) -> bool {
        let rc = self.values.get("rc").is_none_or(|rc| *rc == Value::Int(0));
        self.failed.is_none() && rc && !self.values.contains_key("ansible_facts")
    }

    /// The same with another returned value.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.values.set(key, value);
        self
    }

    /// Ansible's result dictionary: `changed` first, `failed`, `skipped` and `msg` where they apply, `diff` and `warnings` last.
    pub fn into_value(self) -> Map {
        let mut out = Map::new();
        out.set("changed", self.changed);
        if let Some(msg) = self.failed {
            out.set("failed", true);
            out.set("msg", msg);
        }
        if let Some(reason) = self.skipped {
            out.set("skipped", true);
            out.set_some("msg", Some(reason).filter(|reason| !reason.is_empty()));
        }
        for (key, value) in self.values {
            out.set(key, value);
        }
        for (key, lines) in [("stdout", "stdout_lines"), ("stderr", "stderr_lines")] {
            if let Some(text) = out.str(key).filter(|_| !out.contains_key(lines)) {
                let split = split_lines(text);
                out.set(lines, split);
            }
        }
        let mut differences: Vec<Value> = self.diff.into_iter().map(Diff::into_value).collect();
        if differences.len() == 1 && !self.diff_is_list {
            out.set_some("diff", differences.pop());
        } else if !differences.is_empty() {
            out.set("diff", differences);
        }
        if !self.warnings.is_empty() {
            out.set("warnings", self.warnings);
        }
        out
    }
}

/// Python's `str.splitlines()`: all its line ends, none at the very end.
fn split_lines(text: &str) -> Vec<String> {
    let ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let at = rest.find(ends).unwrap_or(rest.len());
        out.push(rest[..at].to_owned());
        rest = &rest[at..];
        rest = match rest.strip_prefix("\r\n") {
            Some(after) => after,
            None => rest.chars().next().map_or("", |end| &rest[end.len_utf8()..]),
        };
    }
    out
}

impl Diff {
    /// A difference of two texts under one name.
    pub fn text(before: impl Into<Value>, after: impl Into<Value>, name: &str) -> Self {
        Diff {
            before: before.into(),
            after: after.into(),
            before_header: Some(name.to_owned()),
            after_header: Some(name.to_owned()),
            prepared: None,
        }
    }

    /// As Ansible shapes it.
    pub fn into_value(self) -> Value {
        let mut out = Map::new();
        if let Some(prepared) = self.prepared {
            out.set("prepared", prepared);
            return out.into();
        }
        out.set_some("before_header", self.before_header);
        out.set_some("after_header", self.after_header);
        out.set("before", self.before);
        out.set("after", self.after);
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_comes_in_lines_too() {
        let result = Outcome::default().with("stdout", "a\r\nb\x0bc\n\nd\n").into_value();
        let lines = result.get("stdout_lines").map(Value::to_json);
        assert_eq!(lines.as_deref(), Some(r#"["a","b","c","","d"]"#));
        assert!(!result.contains_key("stderr_lines"));
    }

    #[test]
    fn one_difference_is_no_list_unless_the_module_says_so() {
        let shown = |outcome: Outcome| outcome.into_value().get("diff").map(Value::to_json);
        let one = Outcome { diff: vec![Diff::text("a", "b", "x")], ..Outcome::default() };
        let entry = r#"{"before_header":"x","after_header":"x","before":"a","after":"b"}"#;
        assert_eq!(shown(one.clone()), Some(entry.to_owned()));
        assert_eq!(shown(Outcome { diff_is_list: true, ..one.clone() }), Some(format!("[{entry}]")));
        let two = Outcome { diff: [one.diff.clone(), one.diff.clone()].concat(), ..one };
        assert_eq!(shown(two), Some(format!("[{entry},{entry}]")));
        assert_eq!(shown(Outcome::default()), None);
    }
}

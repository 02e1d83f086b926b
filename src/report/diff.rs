//! The `diff` of a result as text: unified, three lines around each change or as many as the setting says, byte for byte as
//! ansible-core prints it.

use super::screen::{Colour, safe};
use hostler_sdk::Value;
use similar::TextDiff;

/// How many lines are shown around each change (`[diff] context`).
#[derive(Clone, Copy, Debug)]
pub struct Context(pub usize);

impl Default for Context {
    fn default() -> Self {
        Context(3)
    }
}

/// The text of all entries of `diff`, ready to be printed; empty when nothing differs.
pub fn text(diff: &Value, context: Context, colour: bool) -> String {
    match diff {
        Value::List(entries) => entries.iter().map(|entry| one(entry, context, colour)).collect(),
        entry => one(entry, context, colour),
    }
}

fn one(entry: &Value, context: Context, colour: bool) -> String {
    let mut out = String::new();
    for (key, words) in
        [("dst_binary", "destination file appears to be binary"), ("src_binary", "source file appears to be binary")]
    {
        if entry.get(key).is_some() {
            out.push_str(&format!("diff skipped: {words}\n"));
        }
    }
    for (key, words) in [("dst_larger", "destination"), ("src_larger", "source")] {
        if let Some(size) = entry.get(key) {
            out.push_str(&format!("diff skipped: {words} file size is greater than {size}\n"));
        }
    }
    if let (Some(before), Some(after)) = (entry.get("before"), entry.get("after")) {
        let header = |key: &str, side: &str| match entry.get(key) {
            Some(name) => format!("{side}: {name}"),
            None => side.to_owned(),
        };
        let headers = (header("before_header", "before"), header("after_header", "after"));
        out.push_str(&unified(&side(before), &side(after), &headers, context, colour));
    }
    if let Some(prepared) = entry.get("prepared") {
        out.push_str(&safe(&prepared.to_string()));
    }
    out
}

/// The lines of one side: mappings are indented JSON, nothing has none.
fn side(value: &Value) -> Vec<String> {
    let text = match value {
        Value::Null => String::new(),
        Value::Map(_) => super::dump::json(value, Some(4)) + "\n",
        other => other.to_string(),
    };
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut().filter(|line| !line.ends_with('\n')) {
        // A part of the line itself, so that it is no line more.
        last.push_str("\n\\ No newline at end of file\n");
    }
    lines
}

fn unified(before: &[String], after: &[String], headers: &(String, String), context: Context, colour: bool) -> String {
    let [before, after] = [before, after].map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&before, &after);
    let text = diff.unified_diff().context_radius(context.0).header(&headers.0, &headers.1).to_string();
    if text.is_empty() {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut paint = None;
    for line in text.split_inclusive('\n') {
        let shown = safe(line);
        paint = match line.as_bytes().first() {
            Some(b'+') => Some(Colour::Added),
            Some(b'-') => Some(Colour::Removed),
            Some(b'@') => Some(Colour::Hunk),
            // It belongs to the line before it.
            Some(b'\\') => paint,
            _ => None,
        };
        match paint {
            Some(paint) => out.push_str(&(paint.paint(shown.trim_end_matches('\n'), colour) + "\n")),
            None => out.push_str(&shown),
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_shown_as_ansible_shows_it() {
        let diff = Value::from_json(r#"{"after": "hi\nx\n", "after_header": "/tmp/out", "before": ""}"#).unwrap();
        assert_eq!(
            text(&diff, Context::default(), false),
            "--- before\n+++ after: /tmp/out\n@@ -0,0 +1,2 @@\n+hi\n+x\n\n"
        );
    }

    #[test]
    fn a_missing_newline_is_said() {
        let diff = Value::from_json(r#"{"after": "b", "before": "a\n"}"#).unwrap();
        assert_eq!(
            text(&diff, Context::default(), false),
            "--- before\n+++ after\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n\n"
        );
        let both = Value::from_json(r#"{"after": "b\nx", "before": "a\nx"}"#).unwrap();
        assert_eq!(
            text(&both, Context::default(), false),
            "--- before\n+++ after\n@@ -1,2 +1,2 @@\n-a\n+b\n x\n\\ No newline at end of file\n\n"
        );
    }

    #[test]
    fn as_many_lines_are_shown_as_are_asked_for() {
        let diff = Value::from_json(r#"{"before": "a\nb\nc\nd\n", "after": "a\nb\nc\ne\n"}"#).unwrap();
        assert_eq!(text(&diff, Context(1), false), "--- before\n+++ after\n@@ -3,2 +3,2 @@\n c\n-d\n+e\n\n");
        assert_eq!(text(&diff, Context(0), false), "--- before\n+++ after\n@@ -4 +4 @@\n-d\n+e\n\n");
    }

    #[test]
    fn attributes_are_compared_as_json() {
        let diff = Value::from_json(r#"{"before": {"mode": "0644"}, "after": {"mode": "0600"}}"#).unwrap();
        assert!(text(&diff, Context::default(), false).contains("-    \"mode\": \"0644\"\n+    \"mode\": \"0600\"\n"));
    }
}

//! Results as ansible-core dumps them: Python's `json.dumps` with sorted keys, or YAML.

use super::Status;
use crate::yaml::{EmitOptions, emit};
use hostler_sdk::{JsonStyle, Map, Value};

/// Python's `json.dumps(value, sort_keys=True, ensure_ascii=False, indent=indent)`.
pub fn json(value: &Value, indent: Option<usize>) -> String {
    let style = indent.map_or_else(JsonStyle::default, JsonStyle::indented);
    JsonStyle { sort_keys: true, ensure_ascii: false, ..style }.dumps(value)
}

/// The result of an action as it is shown: `debug` prints what it was asked for and nothing else.
pub fn of_action(action: &str, result: &Map) -> Map {
    if action.rsplit('.').next() != Some("debug") {
        return result.clone();
    }
    let kept = |k: &str| matches!(k, "msg" | "exception" | "warnings" | "deprecations") || k.starts_with('_');
    let hidden =
        |k: &str| matches!(k, "changed" | "failed" | "skipped" | "invocation" | "skip_reason" | "ansible_loop_var");
    let has_message = result.contains_key("msg");
    let shown = |k: &str| if has_message { kept(k) } else { !hidden(k) };
    result.iter().filter(|(k, _)| shown(&k.to_string())).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// Whether a result is too long to be shown with `-v`: facts, unless they could not be had. ansible-core hides them, too
/// (`_ansible_verbose_override`).
pub fn is_too_long(action: &str, status: Status) -> bool {
    let facts = matches!(action.rsplit('.').next(), Some("setup" | "gather_facts"));
    facts && matches!(status, Status::Ok | Status::Changed)
}

/// How results are dumped: the settings of ansible-core's default callback.
#[derive(Clone, Copy, Debug, Default)]
pub struct DumpOptions {
    /// `-v` count; from 3 on nothing is left out.
    pub verbosity: u8,
    /// As YAML rather than JSON (`callback_result_format`).
    pub yaml: bool,
    /// Whether over several lines (`callback_format_pretty`); `None` for where that is usual.
    pub pretty: Option<bool>,
}

/// A result as shown behind `=>`: internal keys, warnings, diff and (below `-vvv`) the invocation left out.
pub fn result(result: &Map, verbose: bool, options: DumpOptions) -> String {
    let hidden = |key: &str| {
        key.starts_with("_ansible_")
            || matches!(key, "exception" | "warnings" | "deprecations" | "failed" | "skipped")
            || options.verbosity < 3 && matches!(key, "invocation" | "diff")
    };
    let shown: Map =
        result.iter().filter(|(k, _)| !hidden(&k.to_string())).map(|(k, v)| (k.clone(), v.clone())).collect();
    let many =
        verbose || options.pretty == Some(true) || options.yaml && options.pretty.is_none() || options.verbosity > 2;
    let indent = (many && options.pretty != Some(false)).then_some(4);
    if options.yaml { yaml(shown, indent, options.pretty != Some(false)) } else { json(&shown.into(), indent) }
}

/// A result as YAML below the line that announces it. What is `readable` says nothing twice, and gives up characters that keep
/// texts from being blocks.
fn yaml(mut result: Map, indent: Option<usize>, readable: bool) -> String {
    if readable {
        for (text, lines) in [("stdout", "stdout_lines"), ("stderr", "stderr_lines")] {
            if result.contains_key(text) && result.contains_key(lines) {
                result.set(lines, "<omitted>");
            }
        }
    }
    let value = if readable { blocks(&result.into()) } else { result.into() };
    let options = EmitOptions { indent: indent.unwrap_or(2), blocks: true, ..EmitOptions::default() };
    let pad = " ".repeat(indent.unwrap_or(4));
    let mut out = String::from("\n");
    for line in emit(&value, &options).split_inclusive('\n') {
        if !line.trim().is_empty() {
            out.push_str(&pad);
        }
        out.push_str(line);
    }
    // The line the result is in ends itself.
    out.truncate(out.trim_end_matches('\n').len());
    out
}

/// Texts of several lines without what YAML's blocks cannot hold.
fn blocks(value: &Value) -> Value {
    match value {
        Value::Str(text) if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) => {
            let kept = |c: &char| *c == '\n' || !(c.is_control() || *c == '\u{feff}');
            let lines = text.trim_end().lines().map(|line| expand_tabs(line).chars().filter(kept).collect::<String>());
            lines.map(|line| line.trim_end_matches(' ').to_owned()).collect::<Vec<_>>().join("\n").into()
        }
        Value::List(items) => items.iter().map(blocks).collect(),
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), blocks(value))).collect::<Map>().into(),
        other => other.clone(),
    }
}

/// Tabs as spaces up to the next of columns 8, 16, ...
fn expand_tabs(line: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in line.chars() {
        let width = if c == '\t' { 8 - column % 8 } else { 1 };
        out.extend(std::iter::repeat_n(if c == '\t' { ' ' } else { c }, width));
        column += width;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_as_python_does() {
        let value = Value::from_json(r#"{"b": [1, 2.0, {"x": null}], "a": "q\"é\u0001\n", "e": [], "d": {}}"#).unwrap();
        assert_eq!(json(&value, None), r#"{"a": "q\"é\u0001\n", "b": [1, 2.0, {"x": null}], "d": {}, "e": []}"#);
        assert_eq!(
            json(&Value::from_json(r#"{"foo": [1, {"a": "b"}]}"#).unwrap(), Some(4)),
            "{\n    \"foo\": [\n        1,\n        {\n            \"a\": \"b\"\n        }\n    ]\n}"
        );
    }

    /// Recorded from ansible-core 2.19 with `result_format=yaml`.
    #[test]
    fn dumps_yaml_below_the_line() {
        let json = r#"{"changed": true, "cmd": ["a", "b"], "stdout": "x\ty \nz\n", "stdout_lines": ["x"], "rc": 0}"#;
        let Ok(Value::Map(map)) = Value::from_json(json) else { panic!("a mapping") };
        let options = DumpOptions { yaml: true, ..DumpOptions::default() };
        assert_eq!(
            result(&map, false, options),
            "\n    changed: true\n    cmd:\n    - a\n    - b\n    rc: 0\n    stdout: |-\n        x       y\n        z\n    stdout_lines: <omitted>"
        );
    }

    #[test]
    fn leaves_out_what_is_internal() {
        let map: Map =
            [("_ansible_x", Value::from(1)), ("diff", Value::from(1)), ("rc", Value::from(0))].into_iter().collect();
        assert_eq!(result(&map, false, DumpOptions::default()), r#"{"rc": 0}"#);
    }
}

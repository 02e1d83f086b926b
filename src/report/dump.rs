//! Results as ansible-core dumps them: Python's `json.dumps` with sorted keys, or YAML.

use hostler_sdk::{Map, Value};

/// Python's `json.dumps(value, sort_keys=True, ensure_ascii=False, indent=indent)`.
pub fn json(value: &Value, indent: Option<usize>) -> String {
    let mut out = String::new();
    write(value, indent, 0, &mut out);
    out
}

fn write(value: &Value, indent: Option<usize>, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(_) => out.push_str(&value.repr()),
        Value::Float(x) if x.is_nan() => out.push_str("NaN"),
        Value::Float(x) if x.is_infinite() => out.push_str(if *x > 0.0 { "Infinity" } else { "-Infinity" }),
        Value::Float(_) => out.push_str(&value.repr()),
        Value::Str(s) => quote(s, out),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::Map(map) if map.is_empty() => out.push_str("{}"),
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                separate(n, indent, depth + 1, out);
                write(item, indent, depth + 1, out);
            }
            close(indent, depth, out);
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<(String, &Value)> = map.iter().map(|(k, v)| (key_text(&k.to_value()), v)).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (n, (key, item)) in entries.iter().enumerate() {
                separate(n, indent, depth + 1, out);
                quote(key, out);
                out.push_str(": ");
                write(item, indent, depth + 1, out);
            }
            close(indent, depth, out);
            out.push('}');
        }
    }
}

fn key_text(key: &Value) -> String {
    match key {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        other => other.to_string(),
    }
}

fn separate(n: usize, indent: Option<usize>, depth: usize, out: &mut String) {
    match indent {
        Some(width) => {
            out.push_str(if n > 0 { ",\n" } else { "\n" });
            out.extend(std::iter::repeat_n(' ', width * depth));
        }
        None if n > 0 => out.push_str(", "),
        None => {}
    }
}

fn close(indent: Option<usize>, depth: usize, out: &mut String) {
    if let Some(width) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', width * depth));
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
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

/// How results are dumped: the settings of ansible-core's default callback.
#[derive(Clone, Copy, Debug, Default)]
pub struct DumpOptions {
    /// `-v` count; from 3 on nothing is left out.
    pub verbosity: u8,
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
    json(&shown.into(), (verbose || options.verbosity > 2).then_some(4))
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

    #[test]
    fn leaves_out_what_is_internal() {
        let map: Map =
            [("_ansible_x", Value::from(1)), ("diff", Value::from(1)), ("rc", Value::from(0))].into_iter().collect();
        assert_eq!(result(&map, false, DumpOptions::default()), r#"{"rc": 0}"#);
    }
}

//! `content:` as the text of a file: lists and mappings as JSON, as Python writes it.

use hostler_sdk::Value;
use std::fmt::Write;

/// The text.
pub(super) fn text(content: &Value) -> String {
    match content {
        Value::List(_) | Value::Map(_) => {
            let mut out = String::new();
            json(content, &mut out);
            out
        }
        other => other.to_string(),
    }
}

/// `json.dumps` with its default separators, everything beyond ASCII escaped.
fn json(value: &Value, out: &mut String) {
    match value {
        Value::List(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number > 0 { ", " } else { "" });
                json(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (number, (key, item)) in map.iter().enumerate() {
                out.push_str(if number > 0 { ", " } else { "" });
                quote(&key_text(key), out);
                out.push_str(": ");
                json(item, out);
            }
            out.push('}');
        }
        Value::Str(text) => quote(text, out),
        Value::Float(number) if number.is_nan() => out.push_str("NaN"),
        Value::Float(number) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Value::Float(_) => out.push_str(&value.to_string()),
        other => out.push_str(&other.to_json()),
    }
}

fn key_text(key: &hostler_sdk::Key) -> String {
    match key.as_str() {
        Some(text) => text.to_owned(),
        None => key.to_value().to_json(),
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
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from `json.dumps`.
    #[test]
    fn lists_and_mappings_become_json() {
        for (json, want) in [
            (
                r#"{"a":[1,true,null,1.5],"b":"é\n\"😀\u007f"}"#,
                r#"{"a": [1, true, null, 1.5], "b": "\u00e9\n\"\ud83d\ude00\u007f"}"#,
            ),
            ("[]", "[]"),
            ("{}", "{}"),
        ] {
            assert_eq!(text(&Value::from_json(json).unwrap()), want);
        }
        assert_eq!(text(&Value::from(true)), "True");
        assert_eq!(text(&Value::from("plain")), "plain");
    }
}

//! Values as JSON the way Python's `json.dumps` writes it: what the filter `to_json`, files made of lists and mappings, and results
//! on the screen look like.

use super::{Key, Value};
use std::fmt::Write;

/// The arguments of `json.dumps`; the default is its default.
#[derive(Clone, Debug)]
pub struct JsonStyle {
    /// Text that one level is indented by; `None` writes one line.
    pub indent: Option<String>,
    /// Whether mappings are written in the order of their keys (kinds of keys apart, numbers before texts).
    pub sort_keys: bool,
    /// Whether what is not ASCII is escaped.
    pub ensure_ascii: bool,
    /// Between two members; the default has no blank at its end where there is an `indent`.
    pub item_separator: String,
    /// Between key and value.
    pub key_separator: String,
}

impl Default for JsonStyle {
    fn default() -> Self {
        JsonStyle {
            indent: None,
            sort_keys: false,
            ensure_ascii: true,
            item_separator: ", ".to_owned(),
            key_separator: ": ".to_owned(),
        }
    }
}

impl JsonStyle {
    /// The default style over several lines, each level so many blanks further right.
    pub fn indented(width: usize) -> Self {
        JsonStyle { indent: Some(" ".repeat(width)), item_separator: ",".to_owned(), ..JsonStyle::default() }
    }

    /// The text. NaN and infinities are written by Python's names for them.
    pub fn dumps(&self, value: &Value) -> String {
        let mut out = String::new();
        self.write(value, 0, &mut out);
        out
    }

    fn write(&self, value: &Value, depth: usize, out: &mut String) {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Float(x) if x.is_nan() => out.push_str("NaN"),
            Value::Float(x) if x.is_infinite() => out.push_str(if *x > 0.0 { "Infinity" } else { "-Infinity" }),
            Value::Int(_) | Value::Float(_) => out.push_str(&value.repr()),
            Value::Str(text) => self.quote(text, out),
            Value::List(items) if items.is_empty() => out.push_str("[]"),
            Value::List(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    self.separate(n, depth + 1, out);
                    self.write(item, depth + 1, out);
                }
                self.newline(depth, out);
                out.push(']');
            }
            Value::Map(map) if map.is_empty() => out.push_str("{}"),
            Value::Map(map) => {
                let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
                if self.sort_keys {
                    entries.sort_by(|a, b| a.0.cmp(b.0));
                }
                out.push('{');
                for (n, (key, item)) in entries.into_iter().enumerate() {
                    self.separate(n, depth + 1, out);
                    match key {
                        Key::Str(text) => self.quote(text, out),
                        Key::Null => out.push_str("\"null\""),
                        Key::Bool(b) => out.push_str(if *b { "\"true\"" } else { "\"false\"" }),
                        Key::Int(n) => self.quote(&n.to_string(), out),
                    }
                    out.push_str(&self.key_separator);
                    self.write(item, depth + 1, out);
                }
                self.newline(depth, out);
                out.push('}');
            }
        }
    }

    fn separate(&self, n: usize, depth: usize, out: &mut String) {
        if n > 0 {
            out.push_str(&self.item_separator);
        }
        self.newline(depth, out);
    }

    fn newline(&self, depth: usize, out: &mut String) {
        if let Some(indent) = &self.indent {
            out.push('\n');
            for _ in 0..depth {
                out.push_str(indent);
            }
        }
    }

    fn quote(&self, text: &str, out: &mut String) {
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
                c if c >= ' ' && !self.ensure_ascii => out.push(c),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json(json).expect("JSON")
    }

    /// Recorded from Python 3.11.
    #[test]
    fn writes_as_python_does() {
        let json = r#"{"b":[1,true,null,1.5,[],{}],"a":"é\n\"😀\u007f\u0001"}"#;
        assert_eq!(
            JsonStyle::default().dumps(&value(json)),
            r#"{"b": [1, true, null, 1.5, [], {}], "a": "\u00e9\n\"\ud83d\ude00\u007f\u0001"}"#
        );
        let readable = JsonStyle { sort_keys: true, ensure_ascii: false, ..JsonStyle::indented(2) };
        assert_eq!(
            readable.dumps(&value(json)),
            "{\n  \"a\": \"é\\n\\\"😀\u{7f}\\u0001\",\n  \"b\": [\n    1,\n    true,\n    null,\n    1.5,\n    [],\n    {}\n  ]\n}"
        );
        let floats: Value = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e22].into_iter().map(Value::Float).collect();
        assert_eq!(JsonStyle::default().dumps(&floats), "[NaN, Infinity, -Infinity, 1e+22]");
    }

    #[test]
    fn keys_become_text() {
        let map: crate::Map = [(Key::Int(10), 1), (Key::Int(9), 2), (Key::Null, 3), (Key::Bool(true), 4)]
            .into_iter()
            .map(|(key, n)| (key, Value::from(n)))
            .collect();
        let sorted = JsonStyle { sort_keys: true, ..JsonStyle::default() };
        assert_eq!(sorted.dumps(&map.into()), r#"{"null": 3, "true": 4, "9": 2, "10": 1}"#);
    }
}

//! JSON as Python's `json.dumps` writes it.

use crate::template::engine::{Eval, Fault};
use hostler_sdk::{Key, Value};
use std::fmt::Write;

/// Options of `json.dumps`.
pub(super) struct Dump {
    /// Text that one level is indented by; `None` writes one line.
    pub indent: Option<String>,
    pub sort_keys: bool,
    pub ensure_ascii: bool,
    pub item_separator: String,
    pub key_separator: String,
}

impl Dump {
    /// The text.
    pub fn dump(&self, value: &Value) -> Eval<String> {
        let mut out = String::new();
        self.write(value, 0, &mut out)?;
        Ok(out)
    }

    fn write(&self, value: &Value, depth: usize, out: &mut String) -> Eval<()> {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Int(_) => out.push_str(&value.to_string()),
            Value::Float(f) if f.is_nan() => out.push_str("NaN"),
            Value::Float(f) if f.is_infinite() => out.push_str(if *f > 0.0 { "Infinity" } else { "-Infinity" }),
            Value::Float(_) => out.push_str(&value.to_string()),
            Value::Str(text) => self.write_text(text, out),
            Value::List(items) if items.is_empty() => out.push_str("[]"),
            Value::List(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    self.separate(n, depth + 1, out);
                    self.write(item, depth + 1, out)?;
                }
                self.newline(depth, out);
                out.push(']');
            }
            Value::Map(map) if map.is_empty() => out.push_str("{}"),
            Value::Map(map) => {
                let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
                if self.sort_keys {
                    if entries.windows(2).any(|w| kind(w[0].0) != kind(w[1].0)) {
                        return Err(Fault::new("'<' not supported between instances of 'str' and 'int'"));
                    }
                    entries.sort_by(|a, b| a.0.cmp(b.0));
                }
                out.push('{');
                for (n, (key, item)) in entries.into_iter().enumerate() {
                    self.separate(n, depth + 1, out);
                    match key {
                        Key::Str(text) => self.write_text(text, out),
                        Key::Null => out.push_str("\"null\""),
                        Key::Bool(b) => out.push_str(if *b { "\"true\"" } else { "\"false\"" }),
                        // Writing to a String cannot fail.
                        Key::Int(i) => {
                            let _ = write!(out, "\"{i}\"");
                        }
                    }
                    out.push_str(&self.key_separator);
                    self.write(item, depth + 1, out)?;
                }
                self.newline(depth, out);
                out.push('}');
            }
        }
        Ok(())
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

    fn write_text(&self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                c if (c as u32) < 0x20 || self.ensure_ascii && !c.is_ascii() => {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        // Writing to a String cannot fail.
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

fn kind(key: &Key) -> bool {
    matches!(key, Key::Str(_))
}

/// `json.loads`: Python also reads `NaN`, `Infinity` and `-Infinity`, which do not occur in playbooks; the rest is JSON.
pub(super) fn load(text: &str) -> Eval<Value> {
    Value::from_json(text).map_err(|e| Fault::new(format!("could not read the JSON: {e}")))
}

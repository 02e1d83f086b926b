//! Values as YAML, byte for byte as PyYAML's `dump` writes them: which texts are quoted and how, where lines are folded, which
//! collections are written in one line.

use super::analysis::{Analysis, is_break};
use super::scalar::is_special;
use hostler_sdk::{Key, Map, Value};

/// How YAML is written: PyYAML's arguments of these names.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Mappings in the order of their keys rather than their own.
    pub sort_keys: bool,
    /// `default_flow_style`: everything in braces, nothing (but what is empty), or for `None` collections of scalars.
    pub flow: Option<bool>,
    /// Spaces a level.
    pub indent: usize,
    /// Column after which lines are folded.
    pub width: usize,
    /// Whether characters beyond ASCII stay as they are.
    pub allow_unicode: bool,
    /// Whether texts of several lines become `|` blocks (as ansible-core's callbacks print them).
    pub blocks: bool,
    /// Whether encrypted texts are written as `!vault` blocks.
    pub vaults: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            sort_keys: true,
            flow: Some(false),
            indent: 2,
            width: 80,
            allow_unicode: true,
            blocks: false,
            vaults: false,
        }
    }
}

/// A value as a document, with its final line end.
pub fn write(value: &Value, style: Style) -> String {
    let mut emitter = Emitter {
        style,
        out: String::new(),
        column: 0,
        indent: None,
        indents: Vec::new(),
        flow_level: 0,
        whitespace: true,
        indention: true,
    };
    emitter.node(value, Context::default());
    emitter.write_indent();
    if let Value::Str(text) = value
        && emitter.plain(&Analysis::new(text, style.allow_unicode), text, false)
    {
        // What follows a plain scalar alone in a document must not be read as more of it.
        emitter.out.push_str("...\n");
    } else if !matches!(value, Value::Str(_) | Value::List(_) | Value::Map(_)) {
        emitter.out.push_str("...\n");
    }
    emitter.out
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, Default)]
struct Context {
    mapping: bool,
    simple_key: bool,
}

/// The state of PyYAML's emitter, under its names.
struct Emitter {
    style: Style,
    out: String,
    column: usize,
    indent: Option<usize>,
    indents: Vec<Option<usize>>,
    flow_level: usize,
    /// Whether the last character was white space.
    whitespace: bool,
    /// Whether the line holds nothing but indentation and indicators.
    indention: bool,
}

impl Emitter {
    fn node(&mut self, value: &Value, context: Context) {
        match value {
            Value::List(items) => {
                if self.flow_level > 0 || items.is_empty() || self.in_flow(items.iter()) {
                    self.flow_sequence(items);
                } else {
                    self.block_sequence(items, context);
                }
            }
            Value::Map(map) => {
                if self.flow_level > 0 || map.is_empty() || self.in_flow(map.values()) {
                    self.flow_mapping(map);
                } else {
                    self.block_mapping(map);
                }
            }
            scalar => {
                self.increase_indent(true, false);
                self.scalar(scalar, context);
                self.decrease_indent();
            }
        }
    }

    /// Whether a collection goes into braces: as the style says, or because everything in it is a plain scalar.
    fn in_flow<'v>(&self, mut items: impl Iterator<Item = &'v Value>) -> bool {
        let simple = |value: &Value| !matches!(value, Value::List(_) | Value::Map(_)) && !self.is_block(value);
        self.style.flow.unwrap_or_else(|| items.all(simple))
    }

    fn is_block(&self, value: &Value) -> bool {
        self.style.blocks && matches!(value, Value::Str(text) if text.contains(is_break))
    }

    fn increase_indent(&mut self, flow: bool, indentless: bool) {
        self.indents.push(self.indent);
        self.indent = match self.indent {
            None => Some(if flow { self.style.indent } else { 0 }),
            Some(indent) if indentless => Some(indent),
            Some(indent) => Some(indent + self.style.indent),
        };
    }

    fn decrease_indent(&mut self) {
        self.indent = self.indents.pop().flatten();
    }

    fn block_sequence(&mut self, items: &[Value], context: Context) {
        self.increase_indent(false, context.mapping && !self.indention);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Context::default());
        }
        self.decrease_indent();
    }

    fn block_mapping(&mut self, map: &Map) {
        self.increase_indent(false, false);
        for (key, value) in self.entries(map) {
            self.write_indent();
            if self.simple_key(&key) {
                self.node(&key, Context { mapping: true, simple_key: true });
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.node(&key, Context { mapping: true, simple_key: false });
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Context { mapping: true, simple_key: false });
        }
        self.decrease_indent();
    }

    fn flow_sequence(&mut self, items: &[Value]) {
        self.indicator("[", true, true, false);
        self.flow_level += 1;
        self.increase_indent(true, false);
        for (number, item) in items.iter().enumerate() {
            self.next_in_flow(number);
            self.node(item, Context::default());
        }
        self.decrease_indent();
        self.flow_level -= 1;
        self.indicator("]", false, false, false);
    }

    fn flow_mapping(&mut self, map: &Map) {
        self.indicator("{", true, true, false);
        self.flow_level += 1;
        self.increase_indent(true, false);
        for (number, (key, value)) in self.entries(map).into_iter().enumerate() {
            self.next_in_flow(number);
            if self.simple_key(&key) {
                self.node(&key, Context { mapping: true, simple_key: true });
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, false);
                self.node(&key, Context { mapping: true, simple_key: false });
                if self.column > self.style.width {
                    self.write_indent();
                }
                self.indicator(":", true, false, false);
            }
            self.node(value, Context { mapping: true, simple_key: false });
        }
        self.decrease_indent();
        self.flow_level -= 1;
        self.indicator("}", false, false, false);
    }

    fn next_in_flow(&mut self, number: usize) {
        if number > 0 {
            self.indicator(",", false, false, false);
        }
        if self.column > self.style.width {
            self.write_indent();
        }
    }

    fn entries<'m>(&self, map: &'m Map) -> Vec<(Value, &'m Value)> {
        let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
        // Python cannot compare keys of different kinds, and PyYAML leaves such mappings as they are.
        if self.style.sort_keys && entries.iter().all(|(key, _)| key.as_str().is_some()) {
            entries.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()));
        } else if self.style.sort_keys && entries.iter().all(|(key, _)| matches!(key, Key::Int(_) | Key::Bool(_))) {
            entries.sort_by_key(|(key, _)| match key {
                Key::Int(n) => *n,
                other => i128::from(matches!(other, Key::Bool(true))),
            });
        }
        entries.into_iter().map(|(key, value)| (key.to_value(), value)).collect()
    }

    fn simple_key(&self, key: &Value) -> bool {
        let Value::Str(text) = key else { return true };
        text.chars().count() < 128 && !text.is_empty() && !text.contains(is_break)
    }

    /// Whether a text needs no quotes here.
    fn plain(&self, analysis: &Analysis, text: &str, simple_key: bool) -> bool {
        let allowed = if self.flow_level > 0 { analysis.flow_plain } else { analysis.block_plain };
        !is_special(text) && !(simple_key && (text.is_empty() || analysis.multiline)) && allowed
    }

    fn scalar(&mut self, value: &Value, context: Context) {
        let split = !context.simple_key;
        let text = match value {
            Value::Str(text) => text,
            Value::Null => return self.write_plain("null", split),
            Value::Bool(b) => return self.write_plain(if *b { "true" } else { "false" }, split),
            Value::Float(x) => return self.write_plain(&float(*x), split),
            other => return self.write_plain(&other.to_string(), split),
        };
        if self.style.vaults && text.starts_with("$ANSIBLE_VAULT;") {
            self.indicator("!vault", true, false, false);
            return self.write_literal(text);
        }
        let analysis = Analysis::new(text, self.style.allow_unicode);
        if self.is_block(value) && self.flow_level == 0 && !context.simple_key {
            if analysis.block {
                return self.write_literal(text);
            }
        } else if self.plain(&analysis, text, context.simple_key) {
            return self.write_plain(text, split);
        }
        if analysis.single_quoted && !(context.simple_key && analysis.multiline) {
            self.write_single_quoted(text, split);
        } else {
            self.write_double_quoted(text, split);
        }
    }

    fn put(&mut self, text: &str) {
        self.column += text.chars().count();
        self.out.push_str(text);
    }

    fn indicator(&mut self, indicator: &str, needs_whitespace: bool, whitespace: bool, indention: bool) {
        if !self.whitespace && needs_whitespace {
            self.put(" ");
        }
        self.put(indicator);
        self.whitespace = whitespace;
        self.indention &= indention;
    }

    fn line_break(&mut self, with: char) {
        self.whitespace = true;
        self.indention = true;
        self.column = 0;
        self.out.push(with);
    }

    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break('\n');
        }
        if self.column < indent {
            self.whitespace = true;
            self.put(&" ".repeat(indent - self.column));
        }
    }

    fn write_plain(&mut self, text: &str, split: bool) {
        if text.is_empty() {
            return;
        }
        if !self.whitespace {
            self.put(" ");
        }
        self.whitespace = false;
        self.indention = false;
        for (part, spaces) in runs(text) {
            if spaces && part.len() == 1 && self.column > self.style.width && split {
                self.write_indent();
                self.whitespace = false;
                self.indention = false;
            } else {
                self.put(part);
            }
        }
    }

    fn write_single_quoted(&mut self, text: &str, split: bool) {
        self.indicator("'", true, false, false);
        let mut at = 0;
        for (part, kind) in pieces(text) {
            let (start, end) = (at, at + part.len());
            at = end;
            match kind {
                Piece::Spaces => {
                    let inside = start != 0 && end != text.len();
                    if part.len() == 1 && self.column > self.style.width && split && inside {
                        self.write_indent();
                    } else {
                        self.put(part);
                    }
                }
                Piece::Breaks => {
                    if part.starts_with('\n') {
                        self.line_break('\n');
                    }
                    part.chars().for_each(|c| self.line_break(c));
                    self.write_indent();
                }
                Piece::Text => self.put(&part.replace('\'', "''")),
            }
        }
        self.indicator("'", false, false, false);
    }

    fn write_double_quoted(&mut self, text: &str, split: bool) {
        self.indicator("\"", true, false, false);
        let chars: Vec<char> = text.chars().collect();
        let (mut start, mut end) = (0, 0);
        while end <= chars.len() {
            let c = chars.get(end).copied();
            if c.is_none_or(|c| !self.bare(c)) {
                if start < end {
                    self.put(&chars[start..end].iter().collect::<String>());
                    start = end;
                }
                if let Some(c) = c {
                    self.put(&escape(c));
                    start = end + 1;
                }
            }
            let inside = 0 < end && end + 1 < chars.len();
            let length = end.saturating_sub(start);
            if inside && (c == Some(' ') || start >= end) && self.column + length > self.style.width && split {
                let part: String = chars.get(start..end).unwrap_or_default().iter().collect();
                start = start.max(end);
                self.put(&(part + "\\"));
                self.write_indent();
                self.whitespace = false;
                self.indention = false;
                if chars.get(start) == Some(&' ') {
                    self.put("\\");
                }
            }
            end += 1;
        }
        self.indicator("\"", false, false, false);
    }

    /// Whether a character stands for itself in double quotes.
    fn bare(&self, c: char) -> bool {
        let wide = matches!(c, '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}');
        !matches!(c, '"' | '\\' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
            && (matches!(c, ' '..='~') || self.style.allow_unicode && wide)
    }

    fn write_literal(&mut self, text: &str) {
        let mut hints = String::from("|");
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            hints.push_str(&self.style.indent.to_string());
        }
        let mut back = text.chars().rev();
        match (back.next(), back.next()) {
            (Some(last), _) if !is_break(last) => hints.push('-'),
            (Some(_), before) if before.is_none_or(is_break) => hints.push('+'),
            _ => {}
        }
        self.indicator(&hints, true, false, false);
        self.line_break('\n');
        for (part, kind) in pieces(text) {
            match kind {
                Piece::Breaks => part.chars().for_each(|c| self.line_break(c)),
                _ => {
                    if self.column == 0 {
                        self.write_indent();
                    }
                    self.put(part);
                }
            }
        }
        if self.column > 0 {
            self.line_break('\n');
        }
    }
}

/// A stretch of a text for quoting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Spaces,
    Breaks,
    Text,
}

/// A text in stretches of spaces, line ends and everything else.
fn pieces(text: &str) -> Vec<(&str, Piece)> {
    let kind = |c: char| match c {
        ' ' => Piece::Spaces,
        c if is_break(c) => Piece::Breaks,
        _ => Piece::Text,
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        if let Some(last) = last.filter(|last| *last != kind(c)) {
            out.push((&text[start..at], last));
            start = at;
        }
        last = Some(kind(c));
    }
    out.extend(last.map(|last| (&text[start..], last)));
    out
}

/// A text in stretches of spaces and of everything else.
fn runs(text: &str) -> impl Iterator<Item = (&str, bool)> {
    pieces(text).into_iter().map(|(part, kind)| (part, kind == Piece::Spaces))
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => {
            return match c as u32 {
                code @ 0..=0xff => format!("\\x{code:02X}"),
                code @ 0..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

fn float(x: f64) -> String {
    if x.is_nan() {
        return ".nan".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let text = Value::Float(x).repr().to_lowercase();
    // `1e17` would be read as text.
    if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table was recorded from PyYAML by `tests/cases/yaml/write.py`.
    #[test]
    fn writes_what_pyyaml_writes() {
        let table: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/cases/yaml/write.json")).unwrap();
        assert!(table.len() > 100);
        for case in table {
            let value = Value::from_json(&case["value"].to_string()).unwrap();
            let style = Style {
                sort_keys: case["sort_keys"].as_bool().unwrap(),
                flow: case["flow"].as_bool(),
                indent: usize::try_from(case["indent"].as_u64().unwrap()).unwrap(),
                allow_unicode: case["allow_unicode"].as_bool().unwrap(),
                ..Style::default()
            };
            assert_eq!(write(&value, style), case["want"].as_str().unwrap(), "{case}");
        }
    }

    #[test]
    fn vaults_are_blocks() {
        let value = Value::from_json(r#"{"a": {"b": "$ANSIBLE_VAULT;1.1;AES256\n3037\n"}}"#).unwrap();
        let style = Style { vaults: true, ..Style::default() };
        assert_eq!(write(&value, style), "a:\n  b: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3037\n");
    }

    #[test]
    fn texts_of_several_lines_can_be_blocks() {
        let value =
            Value::from_json(r#"{"a": "x\ny", "b": "x\n", "c": "x\n\n", "d": " x\ny \n", "e": "x\ty\nz"}"#).unwrap();
        let style = Style { blocks: true, ..Style::default() };
        assert_eq!(
            write(&value, style),
            "a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: \" x\\ny \\n\"\ne: \"x\\ty\\nz\"\n"
        );
    }
}

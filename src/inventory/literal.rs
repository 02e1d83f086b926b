//! Python literals as `ast.literal_eval` reads them: how INI inventories give numbers, booleans, lists and mappings. Tuples and
//! sets become lists. Whatever is no literal is text.

use hostler_sdk::{Key, Map, Value};

/// The literal that `text` is; `None` when it is none and so stays text.
pub fn literal(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim_start_matches([' ', '\t']), depth: 0 };
    let first = reader.item()?;
    reader.space();
    let value = if reader.rest.starts_with(',') { reader.tuple(first, None)? } else { first };
    reader.space();
    let over = reader.rest.is_empty() || reader.rest.starts_with('#');
    over.then_some(value)
}

/// Deepest nesting; Python's parser stops near there too.
const DEEPEST: usize = 90;

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\x0c']);
        // Inside brackets lines may break; comments end them.
        while self.depth > 0 && self.rest.starts_with(['\n', '\r']) {
            self.rest = self.rest.trim_start();
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn item(&mut self) -> Option<Value> {
        self.space();
        let c = self.rest.chars().next()?;
        match c {
            '[' => self.nested(|r| r.items(']').map(Value::from)),
            '(' => self.nested(Self::parenthesis),
            '{' => self.nested(Self::braces),
            '-' | '+' => self.signed(),
            '0'..='9' => self.number(),
            '.' if self.rest.starts_with("...") => {
                self.rest = &self.rest[3..];
                Some("...".into())
            }
            '.' => self.number(),
            _ => self.text().or_else(|| self.name()),
        }
    }

    fn nested(&mut self, read: impl Fn(&mut Self) -> Option<Value>) -> Option<Value> {
        self.rest = &self.rest[1..];
        self.depth += 1;
        let value = if self.depth > DEEPEST { None } else { read(self) };
        self.depth -= 1;
        value
    }

    /// Items up to `end`; a comma may follow the last.
    fn items(&mut self, end: char) -> Option<Vec<Value>> {
        let end = end.to_string();
        let mut items = Vec::new();
        loop {
            if self.eat(&end) {
                return Some(items);
            }
            items.push(self.item()?);
            if !self.eat(",") {
                return self.eat(&end).then_some(items);
            }
        }
    }

    fn parenthesis(&mut self) -> Option<Value> {
        if self.eat(")") {
            return Some(Value::from(Vec::<Value>::new()));
        }
        let first = self.item()?;
        if self.eat(")") {
            return Some(first);
        }
        self.tuple(first, Some(")"))
    }

    /// The rest of a tuple; without brackets it goes to the end of the text.
    fn tuple(&mut self, first: Value, end: Option<&str>) -> Option<Value> {
        let mut items = vec![first];
        while self.eat(",") {
            self.space();
            let over = match end {
                Some(end) => self.rest.starts_with(end),
                None => self.rest.is_empty() || self.rest.starts_with('#'),
            };
            if over {
                break;
            }
            items.push(self.item()?);
        }
        match end {
            Some(end) if !self.eat(end) => None,
            _ => Some(items.into()),
        }
    }

    fn braces(&mut self) -> Option<Value> {
        if self.eat("}") {
            return Some(Map::new().into());
        }
        let first = self.item()?;
        if !self.eat(":") {
            let mut items: Vec<Value> = vec![first];
            if self.eat(",") {
                items.extend(self.items('}')?);
            } else if !self.eat("}") {
                return None;
            }
            let hashable = items.iter().all(|i| !matches!(i, Value::List(_) | Value::Map(_)));
            return hashable.then(|| {
                let mut unique: Vec<Value> = Vec::new();
                for item in items {
                    if !unique.contains(&item) {
                        unique.push(item);
                    }
                }
                unique.into()
            });
        }
        let mut map = Map::new();
        let mut key = first;
        loop {
            let value = self.item()?;
            let key_made = match Key::try_from(key) {
                Ok(key) => key,
                Err(Value::Float(x)) => Key::from(Value::Float(x).to_string()),
                Err(_) => return None,
            };
            map.set(key_made, value);
            if !self.eat(",") {
                return self.eat("}").then(|| map.into());
            }
            if self.eat("}") {
                return Some(map.into());
            }
            key = self.item()?;
            if !self.eat(":") {
                return None;
            }
        }
    }

    fn signed(&mut self) -> Option<Value> {
        let negative = self.rest.starts_with('-');
        self.rest = &self.rest[1..];
        self.space();
        // One sign before a number; Python takes `--1` for an expression.
        if !self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return None;
        }
        match self.number()? {
            Value::Int(n) if negative => Some(Value::Int(-n)),
            Value::Float(x) if negative => Some(Value::Float(-x)),
            number @ (Value::Int(_) | Value::Float(_)) => Some(number),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Value> {
        let lower = self.rest.get(..2).map(str::to_ascii_lowercase);
        let base = match lower.as_deref() {
            Some("0x") => 16,
            Some("0o") => 8,
            Some("0b") => 2,
            _ => return self.decimal(),
        };
        let end =
            self.rest[2..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(self.rest.len(), |n| n + 2);
        let digits = digits(self.rest[2..end].strip_prefix('_').unwrap_or(&self.rest[2..end]))?;
        self.rest = &self.rest[end..];
        i128::from_str_radix(&digits, base).ok().map(Value::Int)
    }

    fn decimal(&mut self) -> Option<Value> {
        let bytes = self.rest.as_bytes();
        let run = |mut at: usize| {
            while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'_') {
                at += 1;
            }
            at
        };
        let whole = run(0);
        let mut end = whole;
        if bytes.get(end) == Some(&b'.') {
            end = run(end + 1);
        }
        let mut exponent = false;
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let after = run(end + 1 + sign);
            if after > end + 1 + sign {
                exponent = true;
                end = after;
            }
        }
        let text = &self.rest[..end];
        let next = self.rest[end..].chars().next();
        // Python's complex numbers are no values here: they are their text.
        if let (Some('j' | 'J'), Some(number)) = (next, real(text)) {
            let rest = &self.rest[end + 1..];
            if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
                self.rest = rest;
                return Some(format!("{}j", imaginary(number)).into());
            }
        }
        // `10L`, `1.2.3`: not a number.
        if next.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            return None;
        }
        self.rest = &self.rest[end..];
        if end == whole && !exponent {
            let digits = digits(text)?;
            let zeros = digits.len() > 1 && digits.starts_with('0') && !digits.bytes().all(|b| b == b'0');
            return if zeros { None } else { digits.parse().ok().map(Value::Int) };
        }
        real(text).map(Value::Float)
    }

    fn name(&mut self) -> Option<Value> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let value = match &self.rest[..end] {
            "None" => Value::Null,
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "set" if self.rest[end..].starts_with("()") => {
                self.rest = &self.rest[end + 2..];
                return Some(Vec::<Value>::new().into());
            }
            _ => return None,
        };
        self.rest = &self.rest[end..];
        Some(value)
    }

    /// One or more string literals next to each other.
    fn text(&mut self) -> Option<Value> {
        let mut out = self.string()?;
        loop {
            let before = self.rest;
            self.space();
            if !self.starts_string() {
                self.rest = before;
                return Some(out.into());
            }
            out.push_str(&self.string()?);
        }
    }

    fn prefix(&self) -> usize {
        self.rest.find(['"', '\'']).filter(|at| *at <= 2).unwrap_or(usize::MAX)
    }

    fn starts_string(&self) -> bool {
        let at = self.prefix();
        at != usize::MAX && matches!(self.rest[..at].to_ascii_lowercase().as_str(), "" | "r" | "u" | "b" | "br" | "rb")
    }

    fn string(&mut self) -> Option<String> {
        if !self.starts_string() {
            return None;
        }
        let at = self.prefix();
        let raw = self.rest[..at].contains(['r', 'R']);
        let bytes = self.rest[..at].contains(['b', 'B']);
        let quote = self.rest[at..].chars().next()?;
        let triple = quote.to_string().repeat(3);
        let end = if self.rest[at..].starts_with(&triple) { triple } else { quote.to_string() };
        self.rest = &self.rest[at + end.len()..];
        let mut out = String::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(&end) {
                self.rest = rest;
                return Some(out);
            }
            let c = self.rest.chars().next()?;
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '\n' if end.len() == 1 => return None,
                '\\' if raw => {
                    out.push('\\');
                    let next = self.rest.chars().next()?;
                    out.push(next);
                    self.rest = &self.rest[next.len_utf8()..];
                }
                '\\' => self.escape(&mut out, bytes)?,
                c if bytes && !c.is_ascii() => return None,
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, out: &mut String, bytes: bool) -> Option<()> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        let coded = |reader: &mut Self, digits: usize| {
            let code = u32::from_str_radix(reader.rest.get(..digits)?, 16).ok()?;
            reader.rest = &reader.rest[digits..];
            char::from_u32(code)
        };
        match c {
            '\n' => {}
            '\\' | '\'' | '"' => out.push(c),
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\x0b'),
            'x' => out.push(coded(self, 2)?),
            'u' if !bytes => out.push(coded(self, 4)?),
            'U' if !bytes => out.push(coded(self, 8)?),
            'N' if !bytes => return None,
            '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let code = u32::from_str_radix(&format!("{c}{}", &self.rest[..more]), 8).ok()?;
                self.rest = &self.rest[more..];
                out.push(char::from_u32(code)?);
            }
            other => out.extend(['\\', other]),
        }
        Some(())
    }
}

/// A number with a point or an exponent (or neither, in front of `j`).
fn real(text: &str) -> Option<f64> {
    if text == "." {
        return None;
    }
    let mut clean = String::new();
    for part in text.split_inclusive(['.', 'e', 'E', '+', '-']) {
        let number = part.trim_end_matches(['.', 'e', 'E', '+', '-']);
        if !number.is_empty() {
            clean.push_str(&digits(number)?);
        }
        clean.push_str(&part[number.len()..]);
    }
    clean.parse().ok()
}

/// An imaginary part as Python prints it: without `.0`.
fn imaginary(number: f64) -> String {
    let text = Value::Float(number).to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Digits with single underscores between them taken out.
fn digits(text: &str) -> Option<String> {
    let fine = !text.is_empty() && !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    fine.then(|| text.replace('_', ""))
}

#[cfg(test)]
#[path = "literal_tests.rs"]
mod tests;

//! A replacement as Python's `re.sub` and `match.expand` read it: `\1`, `\g<1>`, `\g<name>`, `\n`, octal escapes.

use super::{Match, Pattern};

/// A replacement, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Vec<u8>),
    Group(usize),
}

impl Replacement {
    /// Reads a replacement for `pattern`; group references are checked. Errors are Python's sentences.
    pub fn new(template: &str, pattern: &Pattern) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut text = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find('\\') {
            text.extend_from_slice(&rest.as_bytes()[..at]);
            let position = template.len() - rest.len() + at;
            rest = &rest[at + 1..];
            let escaped =
                rest.chars().next().ok_or_else(|| format!("bad escape (end of pattern) at position {position}"))?;
            let group = match escaped {
                'g' => {
                    let name =
                        rest[1..].strip_prefix('<').ok_or_else(|| format!("missing < at position {}", position + 2))?;
                    let name = &name[..name.find('>').ok_or("missing >, unterminated name")?];
                    rest = &rest[name.len() + 3..];
                    Some(group_named(name, pattern)?)
                }
                '0'..='9' => {
                    let digits: &str = &rest[..rest.bytes().take(3).take_while(u8::is_ascii_digit).count()];
                    let octal = digits.bytes().take_while(|b| *b < b'8').count();
                    if digits.starts_with('0') || octal == 3 {
                        let digits = &digits[..octal.max(1)];
                        let code = u32::from_str_radix(digits, 8).unwrap_or_default();
                        if code > 0o377 {
                            return Err(format!(
                                r"octal escape value \{digits} outside of range 0-0o377 at position {position}"
                            ));
                        }
                        push_char(&mut text, code);
                        rest = &rest[digits.len()..];
                        continue;
                    }
                    let digits = &digits[..digits.len().min(2)];
                    rest = &rest[digits.len()..];
                    Some(digits.parse().unwrap_or_default())
                }
                _ => None,
            };
            if let Some(number) = group {
                if number > pattern.group_count() {
                    return Err(format!("invalid group reference {number} at position {}", position + 1));
                }
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Group(number));
                continue;
            }
            match escaped {
                'a' => text.push(0x07),
                'b' => text.push(0x08),
                'f' => text.push(0x0C),
                'n' => text.push(b'\n'),
                'r' => text.push(b'\r'),
                't' => text.push(b'\t'),
                'v' => text.push(0x0B),
                '\\' => text.push(b'\\'),
                c if c.is_ascii_alphabetic() => return Err(format!(r"bad escape \{c} at position {position}")),
                c => {
                    text.push(b'\\');
                    push_char(&mut text, u32::from(c));
                }
            }
            rest = &rest[escaped.len_utf8()..];
        }
        text.extend_from_slice(rest.as_bytes());
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Replacement { parts })
    }

    /// The replacement for one match in `text`; a group that took no part is empty.
    pub fn expand(&self, found: &Match, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.expand_into(found, text, &mut out);
        out
    }

    pub(super) fn expand_into(&self, found: &Match, text: &[u8], out: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Text(bytes) => out.extend_from_slice(bytes),
                Part::Group(number) => {
                    let range = found.group(*number).unwrap_or(0..0);
                    out.extend_from_slice(&text[range]);
                }
            }
        }
    }
}

fn group_named(name: &str, pattern: &Pattern) -> Result<usize, String> {
    if name.is_empty() {
        return Err("missing group name".to_owned());
    }
    match name.parse() {
        Ok(number) => Ok(number),
        Err(_) => pattern.group_number(name).ok_or_else(|| format!("unknown group name '{name}'")),
    }
}

fn push_char(text: &mut Vec<u8>, code: u32) {
    if let Some(c) = char::from_u32(code) {
        text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

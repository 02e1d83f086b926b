//! From Python's pattern dialect to fancy-regex's. They agree on nearly everything; what differs is `$` before a last
//! newline, `\Z`, literal braces, brackets and set operators inside classes, escapes of punctuation, and where flags apply.

use super::Flags;
use std::iter::Peekable;
use std::str::CharIndices;

/// A pattern in fancy-regex's dialect.
pub(super) struct Translated {
    /// The pattern, flags included.
    pub text: String,
    /// Whether `^` and `$` match at lines.
    pub multi_line: bool,
}

pub(super) fn translate(pattern: &str, flags: Flags, bytes: bool) -> Result<Translated, String> {
    let mut t = Translator {
        chars: pattern.char_indices().peekable(),
        pattern,
        bytes,
        out: String::with_capacity(pattern.len() + 8),
        multi_line: vec![flags.multi_line],
        verbose: vec![false],
        opened: Vec::new(),
    };
    let mut letters = String::new();
    for (on, letter) in [(flags.ignore_case, 'i'), (flags.multi_line, 'm'), (flags.dot_all, 's')] {
        if on {
            letters.push(letter);
        }
    }
    while let Some((at, c)) = t.chars.next() {
        t.item(at, c)?;
    }
    if let Some(at) = t.opened.last() {
        return Err(format!("missing ), unterminated subpattern at position {at}"));
    }
    let multi_line = t.multi_line.first().copied().unwrap_or_default();
    let prefix = if letters.is_empty() { String::new() } else { format!("(?{letters})") };
    Ok(Translated { text: prefix + &t.out, multi_line })
}

struct Translator<'a> {
    chars: Peekable<CharIndices<'a>>,
    pattern: &'a str,
    bytes: bool,
    out: String,
    /// `m` and `x` of each open group, innermost last; the first is the whole pattern's.
    multi_line: Vec<bool>,
    verbose: Vec<bool>,
    /// Where each open group began.
    opened: Vec<usize>,
}

impl Translator<'_> {
    fn item(&mut self, at: usize, c: char) -> Result<(), String> {
        let verbose = self.verbose.last().copied().unwrap_or_default();
        match c {
            '\\' => self.escape(at),
            '[' => self.class(at),
            '(' => self.group(at),
            ')' => {
                if self.multi_line.len() == 1 {
                    return Err(format!("unbalanced parenthesis at position {at}"));
                }
                self.multi_line.pop();
                self.verbose.pop();
                self.opened.pop();
                self.out.push(')');
                Ok(())
            }
            '$' => {
                let at_lines = self.multi_line.last().copied().unwrap_or_default();
                self.out.push_str(if at_lines { "$" } else { r"(?=\n?\z)" });
                Ok(())
            }
            '{' => {
                match quantifier(&self.pattern[at..]) {
                    Some((low, high, length)) => {
                        self.out.push_str(&format!("{{{low},{high}}}"));
                        self.skip(length - 1);
                    }
                    None => self.out.push_str(r"\{"),
                }
                Ok(())
            }
            '}' | ']' => {
                self.out.push('\\');
                self.out.push(c);
                Ok(())
            }
            c if verbose && c.is_ascii_whitespace() => Ok(()),
            '#' if verbose => {
                while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
                Ok(())
            }
            '.' | '^' | '*' | '+' | '?' | '|' => {
                self.out.push(c);
                Ok(())
            }
            c => {
                self.literal(c);
                Ok(())
            }
        }
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.chars.next();
        }
    }

    /// A character that stands for itself, outside a class.
    fn literal(&mut self, c: char) {
        if must_escape(c) {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn escape(&mut self, at: usize) -> Result<(), String> {
        let Some((_, c)) = self.chars.next() else {
            return Err(format!("bad escape (end of pattern) at position {at}"));
        };
        match c {
            'A' => self.out.push_str(r"\A"),
            'Z' => self.out.push_str(r"\z"),
            'b' | 'B' | 'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
                self.out.push('\\');
                self.out.push(c);
            }
            '1'..='9' => {
                let digits: String = self.pattern[at + 1..].chars().take_while(char::is_ascii_digit).take(3).collect();
                let octal = digits.len() == 3 && digits.bytes().all(|b| b < b'8') && digits.as_bytes()[0] < b'4';
                if octal {
                    self.skip(2);
                    self.code(u32::from_str_radix(&digits, 8).unwrap_or_default(), at)?;
                } else {
                    let number = &digits[..digits.len().min(2)];
                    self.skip(number.len() - 1);
                    // Wrapped, so that a digit that follows is not read as part of the number.
                    self.out.push_str(&format!(r"(?:\{number})"));
                }
            }
            _ => match self.character(c, at)? {
                Some(code) => self.code(code, at)?,
                None => self.literal(c),
            },
        }
        Ok(())
    }

    fn code(&mut self, code: u32, at: usize) -> Result<(), String> {
        if self.bytes && code > 0xFF {
            return Err(format!("bad escape at position {at}"));
        }
        self.out.push_str(&format!(r"\x{{{code:X}}}"));
        Ok(())
    }

    /// The code of an escape that names one character; `None` when the escaped character stands for itself.
    fn character(&mut self, c: char, at: usize) -> Result<Option<u32>, String> {
        let code = match c {
            'a' => 0x07,
            'f' => 0x0C,
            'n' => 0x0A,
            'r' => 0x0D,
            't' => 0x09,
            'v' => 0x0B,
            '0' => {
                let digits: String =
                    self.pattern[at + 2..].chars().take_while(|c| ('0'..'8').contains(c)).take(2).collect();
                self.skip(digits.len());
                u32::from_str_radix(&digits, 8).unwrap_or_default()
            }
            'x' => self.hex(at, 2)?,
            'u' if !self.bytes => self.hex(at, 4)?,
            'U' if !self.bytes => self.hex(at, 8)?,
            c if c.is_ascii_alphanumeric() => return Err(format!(r"bad escape \{c} at position {at}")),
            _ => return Ok(None),
        };
        Ok(Some(code))
    }

    fn hex(&mut self, at: usize, digits: usize) -> Result<u32, String> {
        let text = self.pattern.get(at + 2..at + 2 + digits).filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(text) = text else {
            return Err(format!("incomplete escape at position {at}"));
        };
        self.skip(digits);
        u32::from_str_radix(text, 16).map_err(|e| e.to_string())
    }

    /// Everything between brackets: Python knows no nested classes and no set operators.
    fn class(&mut self, at: usize) -> Result<(), String> {
        self.out.push('[');
        if self.chars.next_if(|(_, c)| *c == '^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some((here, c)) = self.chars.next() else {
                return Err(format!("unterminated character set at position {at}"));
            };
            if c == ']' && !first {
                break;
            }
            first = false;
            let single = self.class_item(here, c)?;
            let rest = self.chars.peek().map_or("", |(dash, _)| &self.pattern[*dash..]);
            if single && rest.starts_with('-') && !rest.starts_with("-]") && rest.len() > 1 {
                self.out.push('-');
                self.skip(1);
                if let Some((here, c)) = self.chars.next()
                    && !self.class_item(here, c)?
                {
                    return Err(format!("bad character range at position {here}"));
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// One member of a class; whether it is a single character, which may begin a range.
    fn class_item(&mut self, at: usize, c: char) -> Result<bool, String> {
        if c != '\\' {
            self.class_literal(c);
            return Ok(true);
        }
        let Some((_, c)) = self.chars.next() else {
            return Err(format!("bad escape (end of pattern) at position {at}"));
        };
        match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
                self.out.push('\\');
                self.out.push(c);
                return Ok(false);
            }
            'b' => self.code(0x08, at)?,
            '1'..='7' => {
                let digits: String =
                    self.pattern[at + 1..].chars().take_while(|c| ('0'..'8').contains(c)).take(3).collect();
                self.skip(digits.len() - 1);
                self.code(u32::from_str_radix(&digits, 8).unwrap_or_default(), at)?;
            }
            _ => match self.character(c, at)? {
                Some(code) => self.code(code, at)?,
                None => self.class_literal(c),
            },
        }
        Ok(true)
    }

    fn class_literal(&mut self, c: char) {
        if must_escape(c) {
            self.out.push('\\');
            self.out.push(c);
        } else if self.bytes && !c.is_ascii() {
            // A class of bytes holds each byte of the character, as in Python.
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                self.out.push_str(&format!(r"\x{byte:02X}"));
            }
        } else {
            self.out.push(c);
        }
    }

    fn open(&mut self, at: usize, text: &str) {
        self.opened.push(at);
        self.out.push_str(text);
        self.multi_line.push(self.multi_line.last().copied().unwrap_or_default());
        self.verbose.push(self.verbose.last().copied().unwrap_or_default());
    }

    fn group(&mut self, at: usize) -> Result<(), String> {
        let rest = &self.pattern[at..];
        if !rest.starts_with("(?") {
            self.open(at, "(");
            return Ok(());
        }
        let known = ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"];
        if let Some(opening) = known.into_iter().find(|k| rest.starts_with(k)) {
            self.skip(opening.len() - 1);
            self.open(at, opening);
        } else if rest.starts_with("(?#") {
            let end = rest.find(')').ok_or("missing ), unterminated comment")?;
            self.skip(rest[..end].chars().count());
        } else if let Some(name) = rest.strip_prefix("(?P<") {
            let name = &name[..name.find('>').ok_or("missing >, unterminated name")?];
            self.skip(3 + name.chars().count() + 1);
            self.open(at, &format!("(?P<{name}>"));
        } else if let Some(name) = rest.strip_prefix("(?P=") {
            let name = &name[..name.find(')').ok_or("missing ), unterminated name")?];
            self.skip(3 + name.chars().count() + 1);
            self.out.push_str(&format!("(?P={name})"));
        } else if let Some(name) = rest.strip_prefix("(?(") {
            let name = &name[..name.find(')').ok_or("missing ), unterminated name")?];
            self.skip(2 + name.chars().count() + 1);
            let number = name.bytes().all(|b| b.is_ascii_digit());
            self.open(at, &if number { format!("(?({name})") } else { format!("(?(<{name}>)") });
        } else {
            self.flags(at, rest)?;
        }
        Ok(())
    }

    /// `(?im)` for the whole pattern, `(?i-s:...)` for a group.
    fn flags(&mut self, at: usize, rest: &str) -> Result<(), String> {
        let end = rest.find([':', ')']).ok_or_else(|| format!("missing -, : or ) at position {at}"))?;
        let (letters, scoped) = (&rest[2..end], rest[end..].starts_with(':'));
        let (on, off) = letters.split_once('-').unwrap_or((letters, ""));
        if let Some(bad) = on.chars().chain(off.chars()).find(|c| !"aiLmsux".contains(*c)) {
            return Err(format!("unknown extension ?{bad} at position {at}"));
        }
        if !scoped && at != 0 {
            return Err(format!("global flags not at the start of the expression at position {at}"));
        }
        self.skip(end);
        let keep = |text: &str| text.chars().filter(|c| "ims".contains(*c)).collect::<String>();
        let minus = if keep(off).is_empty() { String::new() } else { format!("-{}", keep(off)) };
        // Unicode classes are on or off for the whole pattern there; `(?a)` is rare enough to say so.
        if on.contains('a') && !self.bytes {
            return Err("the flag `a` is not supported".to_owned());
        }
        let opening = format!("(?{}{minus}{}", keep(on), if scoped { ":" } else { ")" });
        if scoped {
            self.open(at, &opening);
        } else if opening != "(?)" {
            self.out.push_str(&opening);
        }
        if let Some(m) = self.multi_line.last_mut() {
            *m = (*m || on.contains('m')) && !off.contains('m');
        }
        if let Some(x) = self.verbose.last_mut() {
            *x = (*x || on.contains('x')) && !off.contains('x');
        }
        Ok(())
    }
}

/// `{3}`, `{3,}`, `{,4}`, `{3,4}` at the start of `text`: bounds and length; anything else is a literal brace.
fn quantifier(text: &str) -> Option<(String, String, usize)> {
    let inside = &text[1..text.find('}')?];
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (low, high) = match inside.split_once(',') {
        Some((low, high)) if digits(low) && digits(high) => (low, high),
        None if !inside.is_empty() && digits(inside) => (inside, inside),
        _ => return None,
    };
    let low = if low.is_empty() { "0" } else { low };
    Some((low.to_owned(), high.to_owned(), inside.len() + 2))
}

/// Whether a character means something to fancy-regex, in or outside a class. The others must stay bare: `\<` is an anchor.
fn must_escape(c: char) -> bool {
    r"\.+*?()|[]{}^$#&-~".contains(c)
}

//! Scalars in each of YAML's five ways, folded at the width.

use super::Style;
use super::analysis::{is_break, is_printable};
use super::structure::Emitter;

impl Emitter<'_> {
    /// Writes a scalar; `fold` says whether it may be folded.
    pub fn scalar(&mut self, text: &str, style: Style, fold: bool) {
        let chars: Vec<char> = text.chars().collect();
        match style {
            Style::Plain => self.plain(&chars, fold),
            Style::SingleQuoted => self.single_quoted(&chars, fold),
            Style::DoubleQuoted => self.double_quoted(&chars, fold),
            Style::Literal => self.literal(&chars),
            Style::Folded => self.folded(&chars),
        }
    }

    /// A line break of the text: its own kind of break, unless it is a plain newline.
    fn write_break(&mut self, c: char) {
        if c == '\n' {
            self.line_break();
        } else {
            self.out.push(c);
            self.column = 0;
        }
    }

    fn plain(&mut self, chars: &[char], fold: bool) {
        if !self.whitespace && !chars.is_empty() {
            self.put(' ');
        }
        let (mut spaces, mut breaks) = (false, false);
        for (n, &c) in chars.iter().enumerate() {
            if c == ' ' {
                if fold && !spaces && self.column > self.width && chars.get(n + 1) != Some(&' ') {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.line_break();
                }
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        (self.whitespace, self.indention) = (false, false);
    }

    fn single_quoted(&mut self, chars: &[char], fold: bool) {
        self.indicator("'", true, false, false);
        let (mut spaces, mut breaks) = (false, false);
        for (n, &c) in chars.iter().enumerate() {
            if c == ' ' {
                let inner = n > 0 && n + 1 < chars.len() && chars[n + 1] != ' ';
                if fold && !spaces && self.column > self.width && inner {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.line_break();
                }
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        if breaks {
            self.write_indent();
        }
        self.indicator("'", false, false, false);
        (self.whitespace, self.indention) = (false, false);
    }

    fn double_quoted(&mut self, chars: &[char], fold: bool) {
        self.indicator("\"", true, false, false);
        let mut spaces = false;
        for (n, &c) in chars.iter().enumerate() {
            let foreign = !c.is_ascii() && !self.options.allow_unicode;
            if !is_printable(c) || foreign || is_break(c) || matches!(c, '"' | '\\') {
                for c in escape(c).chars() {
                    self.put(c);
                }
                spaces = false;
            } else if c == ' ' {
                if fold && !spaces && self.column > self.width && n > 0 && n + 1 < chars.len() {
                    self.write_indent();
                    if chars.get(n + 1) == Some(&' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        (self.whitespace, self.indention) = (false, false);
    }

    /// What follows `|` or `>`: the indentation when the text itself begins with white space, and how it ends.
    fn block_hints(&mut self, chars: &[char]) {
        if chars.first().is_some_and(|c| *c == ' ' || is_break(*c)) {
            self.indicator(&self.indent_step.to_string(), false, false, false);
        }
        let ends = |back: usize| chars.len().checked_sub(back).is_some_and(|n| is_break(chars[n]));
        if !ends(1) {
            self.indicator("-", false, false, false);
        } else if chars.len() == 1 || ends(2) {
            self.indicator("+", false, false, false);
            self.open_ended = true;
        }
        self.line_break();
        (self.whitespace, self.indention) = (true, true);
    }

    fn literal(&mut self, chars: &[char]) {
        self.indicator("|", true, false, false);
        self.block_hints(chars);
        let mut breaks = true;
        for &c in chars {
            if is_break(c) {
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }

    fn folded(&mut self, chars: &[char]) {
        self.indicator(">", true, false, false);
        self.block_hints(chars);
        let (mut breaks, mut leading) = (true, true);
        for (n, &c) in chars.iter().enumerate() {
            if is_break(c) {
                if !breaks && !leading && c == '\n' {
                    let after = chars[n..].iter().find(|c| !is_break(**c));
                    if after.is_some_and(|c| !matches!(c, ' ' | '\t')) {
                        self.line_break();
                    }
                }
                self.write_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                    leading = matches!(c, ' ' | '\t');
                }
                if !breaks && c == ' ' && chars.get(n + 1) != Some(&' ') && self.column > self.width {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                self.indention = false;
                breaks = false;
            }
        }
    }
}

fn escape(c: char) -> String {
    let letter = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => {
            return match c as u32 {
                n @ ..=0xff => format!("\\x{n:02X}"),
                n @ ..=0xffff => format!("\\u{n:04X}"),
                n => format!("\\U{n:08X}"),
            };
        }
    };
    format!("\\{letter}")
}

//! What may go to a screen: text from hosts with its control characters made visible, and ansible-core's colours.

use std::borrow::Cow;
use std::fmt::Write;

/// Text in which no character can steer the terminal: control characters other than newline and tab, and the marks that
/// turn the direction of writing, are shown as escapes.
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            // Writing to a String cannot fail.
            let _ = match c as u32 {
                // Bytes that are no text (`hostler_sdk::bytes`).
                code @ 0x10_fe80..=0x10_feff => write!(out, "\\x{:02x}", code & 0xff),
                code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                code => write!(out, "\\u{code:04x}"),
            };
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn steers(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{10fe80}'..='\u{10feff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The colours of ansible-core's default settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Colour {
    Ok,
    Changed,
    Skipped,
    Failed,
    Unreachable,
    Included,
    Retry,
    Added,
    Removed,
    Hunk,
    Warning,
    Path,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Colour::Ok | Colour::Added => "0;32",
            Colour::Changed => "0;33",
            Colour::Skipped | Colour::Included | Colour::Hunk => "0;36",
            Colour::Failed | Colour::Removed => "0;31",
            Colour::Unreachable => "1;31",
            Colour::Retry | Colour::Path => "1;30",
            Colour::Warning => "1;35",
        }
    }

    /// The text in this colour, line by line as ansible-core paints; the text alone when `on` is false.
    pub fn paint(self, text: &str, on: bool) -> String {
        if !on || text.is_empty() {
            return text.to_owned();
        }
        let painted: Vec<String> =
            text.split('\n').map(|line| format!("\u{1b}[{}m{line}\u{1b}[0m", self.code())).collect();
        painted.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_made_visible() {
        assert_eq!(safe("plain\ttext\n"), "plain\ttext\n");
        assert_eq!(safe("a\u{1b}]52;c;x\u{7}b\r"), "a\\x1b]52;c;x\\x07b\\x0d");
        assert_eq!(safe("\u{202e}txt.exe"), "\\u202etxt.exe");
        assert_eq!(safe(&hostler_sdk::bytes::to_text(vec![0xff, b'a'])), "\\xffa");
    }

    #[test]
    fn colours_go_on_each_line() {
        assert_eq!(Colour::Ok.paint("a\nb", true), "\u{1b}[0;32ma\u{1b}[0m\n\u{1b}[0;32mb\u{1b}[0m");
        assert_eq!(Colour::Ok.paint("a", false), "a");
    }
}

//! Python's `re`, on fancy-regex: patterns are translated where the two dialects differ, and replacements are read
//! as Python reads them (`\1`, `\g<name>`). Playbooks are written for Python's dialect, on any host.

mod replacement;
mod translate;

pub use replacement::Replacement;

use fancy_regex::{BytesMode, RegexBuilder};
use std::ops::Range;

/// Steps a back-tracking match may take before it is given up: a hostile pattern ends in an error, not in a hang.
const BACKTRACK_LIMIT: usize = 5_000_000;

/// Flags of Python's `re.compile`; `(?i)` and the like inside the pattern add to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `re.IGNORECASE`
    pub ignore_case: bool,
    /// `re.MULTILINE`
    pub multi_line: bool,
    /// `re.DOTALL`
    pub dot_all: bool,
}

/// A compiled pattern of Python's dialect.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: fancy_regex::Regex,
    multi_line: bool,
}

/// Where a pattern matched: byte ranges of the whole and of its groups, `None` for a group that took no part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    groups: Vec<Option<Range<usize>>>,
}

impl Match {
    /// The range of the whole match.
    pub fn range(&self) -> Range<usize> {
        self.group(0).unwrap_or(0..0)
    }
    /// The range of group `number`.
    pub fn group(&self, number: usize) -> Option<Range<usize>> {
        self.groups.get(number).cloned().flatten()
    }
}

impl Pattern {
    /// A pattern for bytes, as `re.compile(b"...")`: classes are ASCII, `.` is one byte. Errors are sentences.
    pub fn bytes(pattern: &str, flags: Flags) -> Result<Self, String> {
        Pattern::build(pattern, flags, true)
    }

    /// A pattern for text, as `re.compile("...")`: classes are Unicode's, input must be UTF-8. Errors are sentences.
    pub fn text(pattern: &str, flags: Flags) -> Result<Self, String> {
        Pattern::build(pattern, flags, false)
    }

    fn build(pattern: &str, flags: Flags, bytes: bool) -> Result<Self, String> {
        let wrong = |cause: String| format!("invalid regular expression `{pattern}`: {cause}");
        let translated = translate::translate(pattern, flags, bytes).map_err(wrong)?;
        let regex = RegexBuilder::new(&translated.text)
            .bytes_mode(if bytes { BytesMode::Ascii } else { BytesMode::Unicode })
            .backtrack_limit(BACKTRACK_LIMIT)
            .build()
            .map_err(|e| wrong(e.to_string()))?;
        Ok(Pattern { regex, multi_line: translated.multi_line })
    }

    /// Whether `(?m)` or its flag is on, as `pattern.flags & re.MULTILINE` tells.
    pub fn is_multi_line(&self) -> bool {
        self.multi_line
    }

    /// The number of the group called `name`.
    pub fn group_number(&self, name: &str) -> Option<usize> {
        self.regex.capture_names().position(|n| n == Some(name))
    }

    /// The names of the groups, by number; `None` for one without, the whole match first.
    pub fn group_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.regex.capture_names()
    }

    /// How many groups there are, the whole match not counted.
    pub fn group_count(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }

    /// The first match at or after byte `from` (look-behind sees what is before). An error is a match given up.
    pub fn search(&self, text: &[u8], from: usize) -> Result<Option<Match>, String> {
        let given_up = |e: fancy_regex::Error| format!("the regular expression could not be matched: {e}");
        let found = self.regex.captures_from_pos(text, from).map_err(given_up)?;
        Ok(found.map(|c| Match { groups: (0..c.len()).map(|i| c.get(i).map(|m| m.range())).collect() }))
    }

    /// Whether it matches anywhere.
    pub fn is_match(&self, text: &[u8]) -> Result<bool, String> {
        Ok(self.search(text, 0)?.is_some())
    }

    /// `re.subn`: every match replaced, and how many there were.
    pub fn replace_all(&self, text: &[u8], with: &Replacement) -> Result<(Vec<u8>, usize), String> {
        self.replace_up_to(text, with, None)
    }

    /// `re.subn` with a limit: the first `limit` matches replaced, and how many were.
    pub fn replace_up_to(
        &self,
        text: &[u8],
        with: &Replacement,
        limit: Option<usize>,
    ) -> Result<(Vec<u8>, usize), String> {
        let mut out = Vec::with_capacity(text.len());
        let (mut copied, mut from, mut count) = (0, 0, 0);
        while from <= text.len() && limit.is_none_or(|n| count < n) {
            let Some(found) = self.search(text, from)? else { break };
            let range = found.range();
            out.extend_from_slice(&text[copied..range.start]);
            with.expand_into(&found, text, &mut out);
            copied = range.end;
            count += 1;
            // Since Python 3.7 an empty match may follow a non-empty one directly; after an empty one, move on.
            from = if range.is_empty() { next_boundary(text, range.end) } else { range.end };
        }
        out.extend_from_slice(&text[copied..]);
        Ok((out, count))
    }
}

/// The start of the character after the one at `at`, so that searching goes on between characters.
fn next_boundary(text: &[u8], at: usize) -> usize {
    let rest = text.get(at + 1..).unwrap_or_default();
    at + 1 + rest.iter().take_while(|b| (0x80..0xC0).contains(*b)).count()
}

#[cfg(test)]
mod tests;

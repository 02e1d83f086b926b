//! What `lineinfile` does to a text, without any file: which line is meant, what becomes of it, where a new one goes.

use crate::regex::{Pattern, Replacement};

/// Where a new line goes.
#[derive(Debug)]
pub(super) enum Spot {
    /// Before everything.
    Start,
    /// After everything.
    End,
    /// After the last (or first) line that matches.
    After(Pattern),
    /// Before the last (or first) line that matches.
    Before(Pattern),
}

/// How the line to be replaced or removed is known.
#[derive(Debug)]
pub(super) enum Wanted<'a> {
    /// By being equal to the line, line ends aside.
    Line,
    /// By a pattern.
    Pattern(&'a Pattern),
    /// By holding this text.
    Text(&'a str),
}

impl Wanted<'_> {
    fn matches(&self, line: &[u8], text: &str) -> Result<bool, String> {
        match self {
            Wanted::Line => Ok(without_end(line) == text.as_bytes()),
            Wanted::Pattern(pattern) => pattern.is_match(line),
            Wanted::Text(part) => Ok(contains(line, part.as_bytes())),
        }
    }
}

/// A line to be there.
#[derive(Debug)]
pub(super) struct Present<'a> {
    /// How the line it replaces is known.
    pub wanted: Wanted<'a>,
    /// The line.
    pub line: &'a str,
    /// Whether the line holds references to the pattern's groups.
    pub backrefs: bool,
    /// Where it goes when there is nothing to replace.
    pub spot: &'a Spot,
    /// Whether first matches count rather than last ones.
    pub first: bool,
}

/// A text in lines, each with its line end.
pub(super) fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

fn without_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |at| at + 1);
    &line[..end]
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    part.is_empty() || line.windows(part.len()).any(|w| w == part)
}

impl Present<'_> {
    /// Edits the lines; the answer is Ansible's word for it, empty when nothing had to be done.
    pub(super) fn edit(&self, lines: &mut Vec<Vec<u8>>) -> Result<&'static str, String> {
        let line = self.line.as_bytes();
        let ended = [line, b"\n"].concat();
        let mut replaced = self.matched(lines)?;
        let matched = replaced.is_some();
        let mut spot = None;
        if !matched {
            for (number, current) in lines.iter().enumerate() {
                if without_end(current) == line {
                    replaced = Some(number);
                } else if let Some(at) = self.spot_at(number, current)? {
                    spot = Some(at);
                    if self.first {
                        break;
                    }
                }
            }
        }
        if let Some(number) = replaced {
            let mut new = if self.backrefs && matched { self.expanded(&lines[number])? } else { line.to_vec() };
            if !new.ends_with(b"\n") {
                new.push(b'\n');
            }
            if lines[number] == new {
                return Ok("");
            }
            lines[number] = new;
            return Ok("line replaced");
        }
        if self.backrefs {
            // There is no match to take the parts of the line from.
            return Ok("");
        }
        match (self.spot, spot) {
            (Spot::Start, _) => lines.insert(0, ended),
            (Spot::After(_), Some(at)) => {
                if lines.get(at).or(lines.last()).is_some_and(|l| without_end(l) == line) {
                    return Ok("");
                }
                if at == lines.len() {
                    end_last(lines);
                }
                lines.insert(at, ended);
            }
            (Spot::Before(_), Some(at)) => lines.insert(at, ended),
            (Spot::End | Spot::After(_) | Spot::Before(_), _) => {
                end_last(lines);
                lines.push(ended);
            }
        }
        Ok("line added")
    }

    fn matched(&self, lines: &[Vec<u8>]) -> Result<Option<usize>, String> {
        if matches!(self.wanted, Wanted::Line) {
            return Ok(None);
        }
        let mut found = None;
        for (number, line) in lines.iter().enumerate() {
            if self.wanted.matches(line, self.line)? {
                found = Some(number);
                if self.first {
                    break;
                }
            }
        }
        Ok(found)
    }

    fn spot_at(&self, number: usize, line: &[u8]) -> Result<Option<usize>, String> {
        Ok(match self.spot {
            Spot::After(pattern) if pattern.is_match(line)? => Some(number + 1),
            Spot::Before(pattern) if pattern.is_match(line)? => Some(number),
            _ => None,
        })
    }

    fn expanded(&self, line: &[u8]) -> Result<Vec<u8>, String> {
        let Wanted::Pattern(pattern) = self.wanted else {
            return Ok(self.line.as_bytes().to_vec());
        };
        let replacement = Replacement::new(self.line, pattern)?;
        // The line matched just before.
        Ok(pattern.search(line, 0)?.map(|found| replacement.expand(&found, line)).unwrap_or_default())
    }
}

/// Gives the last line its end, so that what follows is a line of its own.
fn end_last(lines: &mut [Vec<u8>]) {
    if let Some(last) = lines.last_mut()
        && !last.ends_with(b"\n")
        && !last.ends_with(b"\r")
    {
        last.push(b'\n');
    }
}

/// Removes every line that is wanted gone; how many there were.
pub(super) fn absent(lines: &mut Vec<Vec<u8>>, wanted: &Wanted<'_>, line: &str) -> Result<usize, String> {
    let before = lines.len();
    let mut kept = Vec::with_capacity(before);
    for current in lines.drain(..) {
        if !wanted.matches(&current, line)? {
            kept.push(current);
        }
    }
    *lines = kept;
    Ok(before - lines.len())
}

//! What `blockinfile` does to a text, without any file: the block between its markers is put, replaced or taken out.

use crate::regex::Pattern;

/// Where a block goes that is not there yet.
#[derive(Debug)]
pub(super) enum BlockSpot {
    /// Before everything.
    Start,
    /// After everything.
    End,
    /// After the last line that matches, else at the end.
    After(Pattern),
    /// Before the last line that matches, else at the end.
    Before(Pattern),
}

/// A block and what surrounds it.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// The block; empty when it is to go.
    pub block: &'a str,
    /// The line before it.
    pub begin: String,
    /// The line after it.
    pub end: String,
    /// Where it goes.
    pub spot: &'a BlockSpot,
    /// Whether an empty line stands before it.
    pub blank_before: bool,
    /// Whether an empty line stands after it.
    pub blank_after: bool,
}

impl Block<'_> {
    /// The text with the block as wanted.
    pub(super) fn edit(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        let mut lines = split_lines(text);
        let begin = [self.begin.as_bytes(), b"\n"].concat();
        let end = [self.end.as_bytes(), b"\n"].concat();
        let mut block: Vec<Vec<u8>> = Vec::new();
        if !self.block.is_empty() {
            let mut body = self.block.as_bytes().to_vec();
            if !body.ends_with(b"\n") {
                body.push(b'\n');
            }
            block.push(begin.clone());
            block.extend(split_lines(&body));
            block.push(end.clone());
        }
        let first = lines.iter().rposition(|l| *l == begin);
        let last = lines.iter().rposition(|l| *l == end);
        let mut at = match (first, last) {
            (Some(first), Some(last)) => {
                // Markers in the wrong order hold the old block as well.
                lines.drain(first.min(last)..=first.max(last));
                first.min(last)
            }
            _ => self.spot_in(text, &lines)?,
        };
        if at > 0 && !lines[at - 1].ends_with(b"\n") {
            lines[at - 1].push(b'\n');
        }
        if self.blank_before && at > 0 && lines[at - 1] != b"\n" {
            lines.insert(at, b"\n".to_vec());
            at += 1;
        }
        let after = at + block.len();
        lines.splice(at..at, block);
        if self.blank_after && lines.get(after).is_some_and(|l| l != b"\n") {
            lines.insert(after, b"\n".to_vec());
        }
        Ok(lines.concat())
    }

    fn spot_in(&self, text: &[u8], lines: &[Vec<u8>]) -> Result<usize, String> {
        let (pattern, after) = match self.spot {
            BlockSpot::Start => return Ok(0),
            BlockSpot::End => return Ok(lines.len()),
            BlockSpot::After(pattern) => (pattern, true),
            BlockSpot::Before(pattern) => (pattern, false),
        };
        let mut found = None;
        if pattern.is_multi_line() {
            if let Some(found_at) = pattern.search(text, 0)? {
                let range = found_at.range();
                let until = if after { range.end } else { range.start };
                found = Some(text[..until].iter().filter(|b| **b == b'\n').count());
            }
        } else {
            for (number, line) in lines.iter().enumerate() {
                if pattern.is_match(line)? {
                    found = Some(number);
                }
            }
        }
        Ok(found.map_or(lines.len(), |line| (line + usize::from(after)).min(lines.len())))
    }
}

/// Lines with their ends, as Python's `bytes.splitlines`: `\n`, `\r\n` and a lone `\r` end one.
fn split_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        let ends = text[at] == b'\n' || text[at] == b'\r' && text.get(at + 1) != Some(&b'\n');
        at += 1;
        if ends {
            lines.push(text[start..at].to_vec());
            start = at;
        }
    }
    if start < text.len() {
        lines.push(text[start..].to_vec());
    }
    lines
}

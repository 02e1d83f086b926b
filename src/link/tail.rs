//! What a program said last on standard error: kept in case it ends otherwise than it should, and told then.

/// Bytes that are kept.
const TAIL: usize = 4 << 10;

/// The end of what a program said on standard error.
#[derive(Default)]
pub struct Tail(Vec<u8>);

impl Tail {
    /// Adds to it, forgetting the beginning.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        let excess = self.0.len().saturating_sub(TAIL);
        self.0.drain(..excess);
    }

    /// As text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The last line, if it is not ended and asks something.
    pub fn question(&self) -> Option<String> {
        let text = self.text();
        let line = text.rsplit('\n').next().unwrap_or_default().trim();
        let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
        line.ends_with([':', '?']).then_some(line)
    }

    /// `why`, with what was said last.
    pub fn after(&self, why: String) -> String {
        let text = self.text();
        // It comes from the host and may end up on a terminal.
        let lines: Vec<String> = text
            .lines()
            .rev()
            .filter(|line| !line.trim().is_empty())
            .take(3)
            .map(|line| line.trim().chars().filter(|c| !c.is_control()).collect())
            .collect();
        match lines.is_empty() {
            true => why,
            false => format!("{why}: {}", lines.into_iter().rev().collect::<Vec<_>>().join("; ")),
        }
    }
}

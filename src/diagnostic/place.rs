//! Places in the operator's files: which file, which line, which column.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text that was read, kept for excerpts. Shared by all places in it.
#[derive(Debug)]
pub struct Source {
    /// Its file, or a name in angle brackets (`<command line>`).
    pub path: PathBuf,
    /// Its whole text.
    pub text: String,
}

/// A stretch of a source.
#[derive(Clone)]
pub struct Place {
    /// The text it is in.
    pub source: Arc<Source>,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

impl Place {
    /// A stretch of bytes of a source.
    pub fn new(source: &Arc<Source>, start: usize, end: usize) -> Self {
        Place { source: source.clone(), start, end: end.max(start) }
    }
    /// A whole text without a file: `name` in angle brackets.
    pub fn named(name: &str, text: &str) -> Self {
        let source = Arc::new(Source { path: format!("<{name}>").into(), text: text.to_owned() });
        Place::new(&source, 0, text.len())
    }
    /// The file.
    pub fn path(&self) -> &Path {
        &self.source.path
    }
    /// The file as it is shown: below the working directory its path from there.
    pub fn shown_path(&self) -> std::path::Display<'_> {
        let here = std::env::current_dir().ok();
        here.and_then(|here| self.source.path.strip_prefix(here).ok()).unwrap_or(&self.source.path).display()
    }
    /// Line, from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }
    /// Column in characters, from 1.
    pub fn column(&self) -> usize {
        let before = self.before();
        before[before.rfind('\n').map_or(0, |n| n + 1)..].chars().count() + 1
    }
    /// The marked text itself.
    pub fn excerpt(&self) -> &str {
        self.source.text.get(self.start..self.end).unwrap_or_default()
    }
    fn before(&self) -> &str {
        self.source.text.get(..self.start).unwrap_or(&self.source.text)
    }
}

/// `file:line:column`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.shown_path(), self.line(), self.column())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

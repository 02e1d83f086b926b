//! `--limit`: patterns that everything a run does is limited to; `@file` reads patterns from a file, one a line.

use super::pattern;
use crate::diagnostic::{Diagnostic, Result};
use std::path::Path;

/// A limit as given, files read.
#[derive(Clone, Debug)]
pub struct Limit {
    /// As written, for `ansible_limit`.
    pub written: String,
    /// The patterns.
    pub(super) patterns: Vec<String>,
}

impl Limit {
    /// Reads a limit.
    ///
    /// # Errors
    /// A file that is not there or no file.
    pub fn parse(text: &str) -> Result<Self> {
        let mut patterns = Vec::new();
        for part in pattern::split(text) {
            match part.strip_prefix('@') {
                Some(file) => {
                    if Path::new(file).is_dir() {
                        return Err(Diagnostic::error(format!("`{file}` of the limit must be a file")).boxed());
                    }
                    let content = std::fs::read_to_string(file).map_err(|e| {
                        Diagnostic::error(format!("could not read the limit file `{file}`"))
                            .cause(e.to_string())
                            .boxed()
                    })?;
                    patterns.extend(content.lines().map(|line| line.trim().to_owned()));
                }
                None => patterns.push(part),
            }
        }
        Ok(Limit { written: text.to_owned(), patterns })
    }
}

//! INI as Python's `configparser` reads it for Ansible: `=` or `:`, `#` and `;` comments, `;` also after a value when a
//! space is before it, continuation by indentation, option names without case, duplicates are errors.

use crate::diagnostic::{Diagnostic, Place, Result, Source};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A parsed file: section and option to value and place.
#[derive(Debug)]
pub(super) struct Ini {
    options: HashMap<(String, String), (String, Place)>,
    sections: Vec<String>,
    /// The file.
    pub source: Arc<Source>,
}

impl Ini {
    /// Reads and parses a file.
    pub fn read(path: &Path) -> Result<Ini> {
        let failed =
            |cause: String| Diagnostic::error(format!("could not read `{}`", path.display())).cause(cause).boxed();
        let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|e| failed(format!("it is not UTF-8 text: {e}")))?;
        Ini::parse(Arc::new(Source { path: path.to_owned(), text }))
    }

    /// The value of an option and its place.
    pub fn get(&self, section: &str, option: &str) -> Option<(&str, &Place)> {
        let (section, option) = (section.to_owned(), option.to_ascii_lowercase());
        if !self.sections.contains(&section) {
            return None;
        }
        let key = (section, option);
        let found = self.options.get(&key).or_else(|| self.options.get(&("DEFAULT".to_owned(), key.1)));
        found.map(|(value, place)| (value.as_str(), place))
    }

    /// Parses a text.
    pub fn parse(source: Arc<Source>) -> Result<Ini> {
        let mut ini = Ini { options: HashMap::new(), sections: Vec::new(), source: source.clone() };
        let mut section: Option<String> = None;
        let mut option: Option<String> = None;
        let mut indent = 0;
        let mut start = 0;
        for whole in source.text.split_inclusive('\n') {
            let offset = start;
            start += whole.len();
            let line = whole.trim_end_matches(['\n', '\r']);
            let comment = comment_start(line);
            let text = line[..comment.unwrap_or(line.len())].trim();
            let current = section.clone().zip(option.clone()).and_then(|key| ini.options.get_mut(&key));
            if text.is_empty() {
                if let (None, Some((value, _))) = (comment, current) {
                    value.push('\n');
                }
                continue;
            }
            let depth = line.len() - line.trim_start().len();
            let place = Place::new(&source, offset + depth, offset + depth + text.len());
            let wrong = |cause: &str| {
                Diagnostic::error(format!("could not read `{}`", source.path.display()))
                    .cause(cause)
                    .at(&place, "")
                    .boxed()
            };
            if let (Some((value, stretch)), true) = (current, depth > indent) {
                value.push('\n');
                value.push_str(text);
                stretch.end = place.end;
                continue;
            }
            indent = depth;
            if let Some(end) = text.starts_with('[').then(|| text.rfind(']')).flatten().filter(|end| *end > 1) {
                let name = text[1..end].to_owned();
                if name != "DEFAULT" && ini.sections.contains(&name) {
                    return Err(wrong(&format!("the section `{name}` is there twice")));
                }
                ini.sections.push(name.clone());
                section = Some(name);
                option = None;
                continue;
            }
            let Some(in_section) = &section else {
                let error = *wrong("there is no section header before this line");
                return Err(error.hint("begin with `[defaults]`").boxed());
            };
            let Some(at) = text.find(['=', ':']) else {
                return Err(wrong("this line is neither a section nor `name = value`"));
            };
            let name = text[..at].trim_end().to_lowercase();
            if name.is_empty() {
                return Err(wrong("there is no name before the `=`"));
            }
            let key = (in_section.clone(), name.clone());
            if let Some((_, first)) = ini.options.get(&key) {
                let cause = format!("the option `{name}` is there twice in `[{in_section}]`");
                return Err(Box::new(wrong(&cause).at(&first.clone(), "first here")));
            }
            ini.options.insert(key, (text[at + 1..].trim().to_owned(), place));
            option = Some(name);
        }
        for (value, _) in ini.options.values_mut() {
            value.truncate(value.trim_end().len());
        }
        Ok(ini)
    }
}

/// Where a comment starts on a line.
fn comment_start(line: &str) -> Option<usize> {
    if line.trim_start().starts_with(['#', ';']) {
        return Some(0);
    }
    line.match_indices(';').map(|(at, _)| at).find(|at| line[..*at].chars().next_back().is_none_or(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ini(text: &str) -> Result<Ini> {
        Ini::parse(Arc::new(Source { path: "ansible.cfg".into(), text: text.into() }))
    }

    /// Recorded from Python's `configparser.ConfigParser(inline_comment_prefixes=(';',))`.
    #[test]
    fn reads_as_configparser_does() {
        let text = "# c\n[defaults]\nForks = 10 ; many\na: b;c\npath = one\n  two ; x\n\n  three\n# no\nempty =\nhash = a # b\n; x\nlast=1=2\n[x]\nforks=3\n";
        let ini = ini(text).unwrap();
        for (option, want) in [
            ("forks", "10"),
            ("FORKS", "10"),
            ("a", "b;c"),
            ("path", "one\ntwo\n\nthree"),
            ("empty", ""),
            ("hash", "a # b"),
            ("last", "1=2"),
        ] {
            assert_eq!(ini.get("defaults", option).map(|v| v.0), Some(want), "{option}");
        }
        assert_eq!(ini.get("x", "forks").map(|v| v.1.line()), Some(15));
        assert!(ini.get("x", "a").is_none());
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, want, line) in [
            ("a = 1\n", "no section header", 1),
            ("[defaults]\nnonsense\n", "neither a section", 2),
            ("[defaults]\na=1\nA=2\n", "twice", 3),
            ("[a]\n[a]\n", "twice", 2),
            ("[a]\n= 3\n", "no name", 2),
        ] {
            let error = ini(text).unwrap_err();
            assert!(error.cause.as_deref().unwrap_or_default().contains(want), "{error}");
            assert_eq!(error.places[0].place.line(), line);
        }
    }
}

//! The criteria of `find`, read once.

use super::{AgeStamp, Find};
use crate::commands::glob;
use crate::encoding::Encoding;
use crate::regex::{Flags, Pattern};
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Look, Meta};
use std::time::{SystemTime, UNIX_EPOCH};

/// What the names must be like.
enum Names {
    Globs(Vec<String>),
    Patterns(Vec<Pattern>),
}

impl Names {
    fn new(texts: &[String], regex: bool) -> Result<Self> {
        if !regex {
            return Ok(Names::Globs(texts.to_vec()));
        }
        let patterns = texts.iter().map(|t| Pattern::text(t, Flags::default())).collect::<Result<_, _>>()?;
        Ok(Names::Patterns(patterns))
    }

    fn any(&self, name: &str) -> Result<bool, String> {
        match self {
            Names::Globs(globs) => Ok(globs.iter().any(|glob| glob::matches(glob, name))),
            Names::Patterns(patterns) => {
                for pattern in patterns {
                    if begins(pattern, name)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

/// Python's `pattern.match`: at the beginning.
fn begins(pattern: &Pattern, text: &str) -> Result<bool, String> {
    Ok(pattern.search(text.as_bytes(), 0)?.is_some_and(|found| found.range().start == 0))
}

/// The criteria.
pub(super) struct Filter {
    patterns: Names,
    excludes: Names,
    contains: Option<Pattern>,
    whole: bool,
    encoding: Encoding,
    age: Option<i64>,
    stamp: AgeStamp,
    size: Option<i64>,
    mode: Option<(u32, bool)>,
    now: f64,
}

impl Filter {
    pub(super) fn new(find: &Find) -> Result<Self> {
        let all = [if find.use_regex { ".*" } else { "*" }.to_owned()];
        let patterns = if find.patterns.is_empty() { &all[..] } else { &find.patterns[..] };
        let number = |name: &str, text: &Option<String>, units: &[(char, i64)]| match text {
            None => Ok(None),
            Some(text) => amount(text, units)
                .map(Some)
                .ok_or_else(|| Failure::new(format!("failed to process {name}")).with(name, text.as_str())),
        };
        let mode = match &find.mode {
            Some(mode) => {
                let bits = mode.bits(0, false, 0).map_err(Failure::new)?;
                Some((bits, find.exact_mode))
            }
            None => None,
        };
        Ok(Filter {
            patterns: Names::new(patterns, find.use_regex)?,
            excludes: Names::new(&find.excludes, find.use_regex)?,
            contains: find.contains.as_deref().map(|c| Pattern::text(c, Flags::default())).transpose()?,
            whole: find.read_whole_file,
            encoding: find.encoding.as_deref().map_or(Ok(Encoding::Utf8), Encoding::named)?,
            age: number("age", &find.age, &[('s', 1), ('m', 60), ('h', 3600), ('d', 86400), ('w', 604_800)])?,
            stamp: find.age_stamp,
            size: number(
                "size",
                &find.size,
                &[('b', 1), ('k', 1 << 10), ('m', 1 << 20), ('g', 1 << 30), ('t', 1 << 40)],
            )?,
            mode,
            now: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
        })
    }

    pub(super) fn name(&self, name: &str) -> Result<bool, String> {
        Ok(self.patterns.any(name)? && !self.excludes.any(name)?)
    }

    pub(super) fn age(&self, meta: &Meta) -> bool {
        let stamp = match self.stamp {
            AgeStamp::Atime => meta.atime,
            AgeStamp::Ctime => meta.ctime,
            AgeStamp::Mtime => meta.mtime,
        };
        within(self.age, self.now - stamp)
    }

    pub(super) fn size(&self, meta: &Meta) -> bool {
        within(self.size, meta.size as f64)
    }

    pub(super) fn mode(&self, meta: &Meta) -> bool {
        match self.mode {
            None => true,
            Some((bits, true)) => meta.mode == bits,
            Some((bits, false)) => meta.mode & bits != 0,
        }
    }

    /// Whether the content is as wanted; the error says why it could not be told. What cannot be read holds nothing.
    pub(super) fn content(&self, look: &Look, path: &str) -> Result<bool, String> {
        let Some(pattern) = &self.contains else { return Ok(true) };
        let Ok(bytes) = look.read(path) else { return Ok(false) };
        let text = self.encoding.decode(&bytes).map_err(|_| {
            let name = self.encoding.name();
            format!("Failed to read the file {path} due to an encoding error. current encoding: {name}")
        })?;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if self.whole {
            return pattern.is_match(text.as_bytes());
        }
        for line in text.split_inclusive('\n') {
            if begins(pattern, line)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// At least a positive bound, at most the size of a negative one.
fn within(bound: Option<i64>, value: f64) -> bool {
    match bound {
        None => true,
        Some(least) if least >= 0 => value >= least as f64,
        Some(most) => value <= most.unsigned_abs() as f64,
    }
}

/// `-3d` with units.
fn amount(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let text = text.to_lowercase();
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, unit)) if unit.is_alphabetic() => (&text[..at], units.iter().find(|(letter, _)| *letter == unit)?.1),
        _ => (text.as_str(), 1),
    };
    let plain = digits.strip_prefix('-').unwrap_or(digits);
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        let units = [('d', 86400), ('s', 1)];
        for (text, want) in
            [("10", Some(10)), ("-2d", Some(-172_800)), ("1D", Some(86400)), ("d", None), ("1x", None), ("+1", None)]
        {
            assert_eq!(amount(text, &units), want, "{text}");
        }
        assert!(within(Some(10), 10.0) && !within(Some(10), 9.0));
        assert!(within(Some(-10), 9.0) && !within(Some(-10), 11.0));
    }
}

//! `--extra-vars`: `key=value` words, JSON, YAML, and files by `@`. Later ones win.

use super::file;
use crate::config::HashBehaviour;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::inventory::{Texts, merged};
use crate::template::{Variable, Variables};
use crate::yaml;
use std::path::Path;

/// Reads all `-e` of a command line.
///
/// # Errors
/// Files that cannot be read, text that is neither of the forms.
pub fn extra_vars(
    given: &[String],
    merge: HashBehaviour,
    texts: &dyn Texts,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Variables> {
    let mut vars = Variables::default();
    for text in given.iter().filter(|text| !text.is_empty()) {
        for (name, variable) in one(text, texts, warnings)?.0 {
            let value = match vars.get(&name) {
                Some(known) if merge == HashBehaviour::Merge => merged(&known.value, &variable.value),
                _ => variable.value,
            };
            vars.0.insert(name, Variable { value, place: variable.place });
        }
    }
    Ok(vars)
}

fn one(text: &str, texts: &dyn Texts, warnings: &mut Vec<Diagnostic>) -> Result<Variables> {
    if let Some(path) = text.strip_prefix('@') {
        return file::read(Path::new(path), texts, warnings).map(|vars| vars.as_ref().clone());
    }
    let place = Place::named("extra vars", text);
    let mut vars = Variables::default();
    if text.starts_with(['/', '.']) {
        let error = Diagnostic::error(format!("`{text}` given as extra vars looks like a file"));
        return Err(error.hint(format!("put an `@` before it: `-e @{text}`")).boxed());
    }
    if text.starts_with(['{', '[']) {
        for document in yaml::parse(&place.source, warnings)? {
            file::add(&yaml::unmarked(&document), &mut vars, texts)?;
        }
        return Ok(vars);
    }
    let words = words(text)
        .map_err(|cause| Diagnostic::error("could not read the extra vars").cause(cause).at(&place, "").boxed())?;
    for word in words {
        let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            let error = Diagnostic::error("could not read the extra vars")
                .cause(format!("expected `name=value`, found `{word}`"));
            return Err(error
                .at(&place, "")
                .hint("quote values with spaces, or give JSON: `-e '{\"name\": \"a b\"}'`")
                .boxed());
        };
        let value = texts.text(&unescape(unquote(value.trim())), &place)?;
        vars.set(name.trim(), value, Some(place.clone()));
    }
    Ok(vars)
}

/// Words separated by spaces; quotes (which stay) and Jinja's braces hold words together.
fn words(text: &str) -> std::result::Result<Vec<String>, &'static str> {
    let mut words = vec![String::new()];
    let mut quote: Option<char> = None;
    let mut depth = 0usize;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if let (None, 0, true) = (quote, depth, c.is_whitespace()) {
            words.push(String::new());
            continue;
        }
        let Some(word) = words.last_mut() else { continue };
        word.push(c);
        match (c, quote) {
            ('\\', _) => word.extend(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) if depth == 0 => quote = Some(c),
            ('{', None) if matches!(chars.peek(), Some('{' | '%' | '#')) => {
                word.extend(chars.next());
                depth += 1;
            }
            ('}' | '%' | '#', None) if depth > 0 && chars.peek() == Some(&'}') => {
                word.extend(chars.next());
                depth -= 1;
            }
            _ => {}
        }
    }
    if quote.is_some() || depth > 0 {
        return Err("a quote or a `{{` is not closed");
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

fn unquote(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) =
            text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)).filter(|inner| !inner.ends_with('\\'))
        {
            return inner;
        }
    }
    text
}

/// Backslash escapes as `parse_kv` undoes them.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let rest = chars.as_str();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\x07'),
            Some('b') => out.push('\x08'),
            Some('f') => out.push('\x0c'),
            Some('v') => out.push('\x0b'),
            Some(c @ ('\\' | '\'' | '"')) => out.push(c),
            Some(kind @ ('x' | 'u' | 'U')) => {
                let len = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let code = rest
                    .get(1..1 + len)
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                    .and_then(char::from_u32);
                match code {
                    Some(code) => {
                        out.push(code);
                        chars = rest[1 + len..].chars();
                    }
                    None => out.extend(['\\', kind]),
                }
            }
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

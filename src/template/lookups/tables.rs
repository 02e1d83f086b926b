//! Lookups in small tables of the controller: `ini` and `csvfile`.

use super::files;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use hostler_builtin::regex::Flags;
use std::path::Path;
use std::rc::Rc;

fn open(session: &Session, name: &str) -> Eval<String> {
    let path =
        files::find(session, "files", name).ok_or_else(|| Fault::new(format!("could not find the file `{name}`")))?;
    files::read(session, Path::new(&path))
}

/// Options of a term: `key name=value name=value`.
fn term_options(term: &str, known: &[&str], options: &mut [(&'static str, String)]) -> Eval<String> {
    let words = shell_words::split(term).map_err(|e| Fault::new(e.to_string()))?;
    let mut key = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((name, value)) if known.contains(&name) => {
                if let Some(option) = options.iter_mut().find(|(n, _)| *n == name) {
                    option.1 = value.to_owned();
                }
            }
            _ => key.push(word),
        }
    }
    Ok(key.join(" "))
}

/// `lookup('ini', 'key', section=..., file=...)`; properties files have no sections.
pub(super) fn ini(session: &Rc<Session>, terms: Vec<Val>, args: &mut Args) -> Eval<Vec<Val>> {
    let kind = args.take("type").string()?.unwrap_or_else(|| "ini".into());
    let section = args.take("section").string()?.unwrap_or_else(|| "global".into());
    let file = args.take("file").string()?.unwrap_or_else(|| "ansible.ini".into());
    let (default, pattern) = (args.take("default").string()?.unwrap_or_default(), args.take("re").flag(false)?);
    let case = args.take("case_sensitive").flag(false)?;
    args.take("encoding");
    args.take("interpolation");
    let allow_empty = args.take("allow_no_value").flag(false)? || args.take("allow_none").flag(false)?;
    let known = ["type", "section", "file", "default"];
    let mut out = Vec::new();
    for term in terms {
        let mut options = [
            ("type", kind.clone()),
            ("section", section.clone()),
            ("file", file.clone()),
            ("default", default.clone()),
        ];
        let key = term_options(&term.to_text()?, &known, &mut options)?;
        let [(_, kind), (_, section), (_, file), (_, default)] = options;
        let wanted = if kind == "properties" { "java_properties".to_owned() } else { section };
        let text = open(session, &file)?;
        let text = if kind == "properties" { format!("[java_properties]\n{text}") } else { text };
        let pairs = read_ini(&text, &wanted, allow_empty)?;
        let Some(pairs) = pairs else {
            return Err(Fault::new(format!("No section '{wanted}' in `{file}`")));
        };
        let same = |a: &str, b: &str| if case { a == b } else { a.eq_ignore_ascii_case(b) };
        if pattern {
            let pattern =
                session.shared.pattern(&format!("\\A(?:{key})"), Flags { ignore_case: !case, ..Flags::default() })?;
            for (name, value) in &pairs {
                if pattern.is_match(name.as_bytes())? {
                    out.push(Val::text(value));
                }
            }
        } else {
            let found = pairs.iter().rev().find(|(name, _)| same(name, &key));
            out.push(Val::text(found.map_or(default.as_str(), |(_, v)| v)));
        }
    }
    Ok(out)
}

/// The pairs of a section as Python's configparser reads them; `None` when there is no such section.
fn read_ini(text: &str, wanted: &str, allow_empty: bool) -> Eval<Option<Vec<(String, String)>>> {
    let mut section: Option<String> = None;
    let mut seen = false;
    let mut pairs: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) && section.as_deref() == Some(wanted) && !pairs.is_empty() {
            if let Some((_, value)) = pairs.last_mut() {
                value.push('\n');
                value.push_str(trimmed);
            }
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            seen |= name == wanted;
            section = Some(name.to_owned());
            continue;
        }
        if section.as_deref() != Some(wanted) {
            continue;
        }
        match trimmed.find(['=', ':']) {
            Some(n) => pairs.push((trimmed[..n].trim().to_owned(), trimmed[n + 1..].trim().to_owned())),
            None if allow_empty => pairs.push((trimmed.to_owned(), String::new())),
            None => return Err(Fault::new(format!("`{trimmed}` is not `key = value`"))),
        }
    }
    Ok(seen.then_some(pairs))
}

/// `lookup('csvfile', 'key', file=..., delimiter=..., col=..., keycol=..., default=...)`.
pub(super) fn csv(session: &Rc<Session>, terms: Vec<Val>, args: &mut Args) -> Eval<Vec<Val>> {
    let mut take = |name: &str, default: &str| -> Eval<String> {
        Ok(args.take(name).string()?.unwrap_or_else(|| default.to_owned()))
    };
    let file = take("file", "ansible.csv")?;
    let delimiter = take("delimiter", "TAB")?;
    let (column, key_column) = (take("col", "1")?, take("keycol", "0")?);
    let default = args.take("default");
    args.take("encoding");
    let known = ["file", "delimiter", "col", "keycol", "default"];
    let mut out = Vec::new();
    for term in terms {
        let mut options = [
            ("file", file.clone()),
            ("delimiter", delimiter.clone()),
            ("col", column.clone()),
            ("keycol", key_column.clone()),
            ("default", String::new()),
        ];
        let key = term_options(&term.to_text()?, &known, &mut options)?;
        let [(_, file), (_, delimiter), (_, column), (_, key_column), (_, own_default)] = options;
        let delimiter = match delimiter.as_str() {
            "TAB" | "\\t" => '\t',
            other => other.chars().next().unwrap_or(','),
        };
        let number =
            |text: &str| text.parse::<usize>().map_err(|_| Fault::new(format!("`{text}` is not a column number")));
        let (column, key_column) = (number(&column)?, number(&key_column)?);
        let rows = read_csv(&open(session, &file)?, delimiter);
        match rows.iter().find(|row| row.get(key_column).is_some_and(|cell| *cell == key)) {
            Some(row) => match row.get(column) {
                Some(cell) => out.push(Val::text(cell)),
                None => return Err(Fault::new(format!("csvfile: the row of '{key}' has no column {column}"))),
            },
            None if !own_default.is_empty() => out.push(Val::from(own_default)),
            None => out.extend(default.clone()),
        }
    }
    Ok(out)
}

/// Rows of quoted or plain cells; a doubled quote stands for one.
fn read_csv(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.len() - 1;
        let cell = rows[row].len() - 1;
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => rows[row][cell].push('"'),
            '"' if quoted => quoted = false,
            '"' if rows[row][cell].is_empty() => quoted = true,
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c if c == delimiter && !quoted => rows[row].push(String::new()),
            c => rows[row][cell].push(c),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tables() {
        assert_eq!(read_csv("a,\"b,\"\"c\"\n1,2\n", ',')[..2], [vec!["a", "b,\"c"], vec!["1", "2"]]);
        let ini = "[one]\na = 1\n  more\n; no\n[two]\nb: 2\n";
        let pairs = read_ini(ini, "one", false).map_err(|f| f.message()).unwrap().unwrap();
        assert_eq!(pairs, [("a".to_owned(), "1\nmore".to_owned())]);
        assert!(read_ini(ini, "three", false).map_err(|f| f.message()).unwrap().is_none());
    }
}

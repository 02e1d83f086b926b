//! Lookups in small tables of the controller: `ini` and `csvfile`.

use super::files;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use crate::template::{Said, Wanted, filters, words};
use hostler_builtin::ini::{Ini, Reading, Wrong};
use hostler_builtin::regex::Flags;
use std::path::Path;
use std::rc::Rc;

/// A file's text in one of the encodings that tables come in.
fn open(session: &Session, name: &str, said: Said, encoding: &str) -> Eval<String> {
    let path = files::find(session, "files", name)
        .ok_or_else(|| Fault::new(format!("could not find the file `{name}`: No such file or directory")))?;
    session.allow(name, said, &path, Wanted::Read)?;
    match encoding.to_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" | "utf-8-sig" | "ascii" | "us-ascii" => {
            let text = files::read(session, Path::new(&path))?;
            Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
        }
        "latin-1" | "latin1" | "iso8859-1" | "iso-8859-1" | "iso8859-15" | "iso-8859-15" => {
            let bytes = std::fs::read(&path).map_err(|e| Fault::new(format!("could not read `{name}`: {e}")))?;
            Ok(bytes.into_iter().map(|byte| letter(byte, encoding.ends_with("15"))).collect())
        }
        _ => Err(Fault::new(format!("unknown encoding: {encoding}"))),
    }
}

/// A letter of Latin-1, or of Latin-9, which differs in eight of them.
fn letter(byte: u8, nine: bool) -> char {
    match byte {
        0xa4 if nine => '€',
        0xa6 if nine => 'Š',
        0xa8 if nine => 'š',
        0xb4 if nine => 'Ž',
        0xb8 if nine => 'ž',
        0xbc if nine => 'Œ',
        0xbd if nine => 'œ',
        0xbe if nine => 'Ÿ',
        byte => char::from(byte),
    }
}

/// The options of `ini`.
#[derive(Clone)]
struct IniOptions {
    kind: String,
    section: String,
    file: String,
    default: Val,
    pattern: bool,
    case: bool,
    encoding: String,
    interpolate: bool,
    allow_empty: bool,
}

impl IniOptions {
    /// An option written in the text of a term.
    fn set(&mut self, name: &str, value: &str) -> Eval<()> {
        let flag = || filters::to_bool(&Val::text(value)).unwrap_or(false);
        match name {
            "type" => value.clone_into(&mut self.kind),
            "section" => value.clone_into(&mut self.section),
            "file" => value.clone_into(&mut self.file),
            "encoding" => value.clone_into(&mut self.encoding),
            "default" => self.default = Val::text(value),
            "re" => self.pattern = flag(),
            "case_sensitive" => self.case = flag(),
            "interpolation" => self.interpolate = flag(),
            "allow_no_value" | "allow_none" => self.allow_empty = flag(),
            _ => return Err(Fault::new(format!("'{name}' is not a valid option."))),
        }
        Ok(())
    }

    /// The key of a term, its options set.
    fn term(&mut self, term: &str) -> Eval<String> {
        if !term.contains('=') && !term.trim().contains(' ') {
            return Ok(term.to_owned());
        }
        let known = [
            "type",
            "section",
            "file",
            "encoding",
            "default",
            "re",
            "case_sensitive",
            "interpolation",
            "allow_no_value",
        ];
        let mut parts: Vec<String> = Vec::new();
        for (index, word) in term.split_whitespace().enumerate() {
            let starts = word.split_once('=').is_some_and(|(name, _)| index == 0 || known.contains(&name));
            match parts.last_mut().filter(|_| !starts) {
                Some(part) => {
                    part.push(' ');
                    part.push_str(word);
                }
                None => parts.push(word.to_owned()),
            }
        }
        let mut key = None;
        for part in &parts {
            match part.split_once('=') {
                Some((name, value)) => self.set(name, value)?,
                None => key = key.or(Some(part.clone())),
            }
        }
        key.ok_or_else(|| {
            Fault::new(format!("No key to look up was provided as first term within string inline options: {term}"))
        })
    }
}

/// `lookup('ini', 'key', section=..., file=...)`; properties files have no sections.
pub(super) fn ini(session: &Rc<Session>, terms: Vec<Val>, args: &mut Args) -> Eval<Vec<Val>> {
    let of_file = args.said_of("file");
    let mut options = IniOptions {
        kind: args.take("type").string()?.unwrap_or_else(|| "ini".into()),
        section: args.take("section").string()?.unwrap_or_else(|| "global".into()),
        file: args.take("file").string()?.unwrap_or_else(|| "ansible.ini".into()),
        default: args.take("default").unwrap_or_else(|| Val::text("")),
        pattern: args.take("re").flag(false)?,
        case: args.take("case_sensitive").flag(false)?,
        encoding: args.take("encoding").string()?.unwrap_or_else(|| "utf-8".into()),
        interpolate: args.take("interpolation").flag(true)?,
        allow_empty: args.take("allow_no_value").flag(false)? | args.take("allow_none").flag(false)?,
    };
    let mut out = Vec::new();
    for (n, term) in terms.into_iter().enumerate() {
        let before = options.file.clone();
        let key = options.term(&term.to_text()?)?;
        // A file that the term names is one that whoever had a say in the term may have named.
        let inline = options.file != before && args.said(n).is_any();
        let said = if inline { Said::ALL } else { of_file };
        let text = open(session, &options.file, said, &options.encoding)?;
        let text = match options.kind == "properties" {
            true => {
                options.section = "java_properties".to_owned();
                format!("[java_properties]\n{text}")
            }
            false => text,
        };
        let ini = Ini::read(&text, Reading { case: options.case, allow_empty: options.allow_empty });
        let ini = ini.map_err(|wrong| match wrong {
            Wrong::Syntax(why) => Fault::new(why),
            Wrong::Twice(_) => Fault::new(format!("Duplicate option in '{}'.", options.file)),
        })?;
        let Some(pairs) = ini.section(&options.section) else {
            return Err(Fault::new(format!("No section '{}' in '{}'.", options.section, options.file)));
        };
        let value = |value: &Option<String>| -> Eval<Option<Val>> {
            let Some(text) = value else { return Ok(None) };
            let text =
                if options.interpolate { ini.interpolated(text, &pairs).map_err(Fault::new)? } else { text.clone() };
            Ok(Some(Val::text(&text)))
        };
        if options.pattern {
            let pattern = session.shared.pattern(&format!("\\A(?:{key})"), Flags::default())?;
            for (name, found) in &pairs {
                if pattern.is_match(name.as_bytes())? {
                    out.extend(value(found)?);
                }
            }
            continue;
        }
        let key = if options.case { key } else { key.to_lowercase() };
        match pairs.iter().find(|(name, _)| *name == key) {
            Some((_, found)) => out.extend(value(found)?),
            None if options.default.is_list() => out.extend(options.default.iterate()?),
            None => out.push(options.default.clone()),
        }
    }
    Ok(out)
}

/// `lookup('csvfile', 'key', file=..., delimiter=..., col=..., keycol=..., default=...)`.
pub(super) fn csv(session: &Rc<Session>, terms: Vec<Val>, args: &mut Args) -> Eval<Vec<Val>> {
    let mut said = args.said_of("file");
    let mut take = |name: &str, default: &str| -> Eval<String> {
        Ok(args.take(name).string()?.unwrap_or_else(|| default.to_owned()))
    };
    let mut file = take("file", "ansible.csv")?;
    let mut delimiter = take("delimiter", "TAB")?;
    let (mut column, mut key_column) = (take("col", "1")?, take("keycol", "0")?);
    let mut encoding = take("encoding", "utf-8")?;
    let mut default = args.take("default");
    if terms.is_empty() {
        return Err(Fault::new("Search key is required but was not found"));
    }
    if let Some((name, _)) = args.named.first() {
        return Err(Fault::new(format!("{name} is not a valid option")));
    }
    let mut out = Vec::new();
    for (n, term) in terms.into_iter().enumerate() {
        let words = words::arguments(&term.to_text()?, false)?;
        let Some(key) = words.free else { return Err(Fault::new("Search key is required but was not found")) };
        for (name, value) in words.pairs {
            match name.as_str() {
                "file" => (file, said) = (value, if args.said(n).is_any() { Said::ALL } else { Said::Nothing }),
                "delimiter" => delimiter = value,
                "col" => column = value,
                "keycol" => key_column = value,
                "encoding" => encoding = value,
                "default" => default = Some(Val::text(&value)),
                _ => return Err(Fault::new(format!("{name} is not a valid option"))),
            }
        }
        let separator = match delimiter.as_str() {
            "TAB" | "\\t" => '\t',
            other => other.chars().next().unwrap_or(','),
        };
        let number = |name: &str, text: &str| {
            let wrong = || Fault::new(format!("'{name}' has an invalid value: '{text}' is no whole number"));
            text.trim().parse::<usize>().map_err(|_| wrong())
        };
        let (at, key_at) = (number("col", &column)?, number("keycol", &key_column)?);
        let rows = read_csv(&open(session, &file, said, &encoding)?, separator);
        match rows.iter().find(|row| row.get(key_at).is_some_and(|cell| *cell == key)) {
            Some(row) => match row.get(at) {
                Some(cell) => out.push(Val::text(cell)),
                None => return Err(Fault::new(format!("csvfile: the row of '{key}' has no column {at}"))),
            },
            None => match &default {
                Some(many) if many.is_list() => out.extend(many.iterate()?),
                one => out.extend(one.clone()),
            },
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
        let mut inline = IniOptions {
            kind: "ini".into(),
            section: "global".into(),
            file: "x.ini".into(),
            default: Val::text(""),
            pattern: false,
            case: false,
            encoding: "utf-8".into(),
            interpolate: true,
            allow_empty: false,
        };
        let key = inline.term("field with  spaces section=a b file=y.ini").map_err(|f| f.message());
        assert_eq!(
            (key.unwrap().as_str(), inline.section.as_str(), inline.file.as_str()),
            ("field with spaces", "a b", "y.ini")
        );
    }
}

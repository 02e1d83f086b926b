//! INI text as Python's `configparser` reads it, for local facts.

use hostler_sdk::Map;

/// Why a text could not be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no such file.
    Syntax,
    /// A value has a `%` that stands for nothing.
    Value(String),
}

/// Sections with their options (names in lower case, values as text, `[DEFAULT]` inherited, `%(name)s` replaced).
pub(super) fn parse(text: &str) -> Result<Map, Wrong> {
    let mut sections = read(text).ok_or(Wrong::Syntax)?;
    for (_, section) in sections.iter_mut() {
        let hostler_sdk::Value::Map(options) = &*section else { continue };
        let mut out = Map::new();
        for (name, value) in options.iter() {
            out.insert(name.clone(), interpolate(&value.to_string(), options, 0)?.into());
        }
        *section = out.into();
    }
    Ok(sections)
}

/// Replacements within replacements that Python follows.
const DEPTH: usize = 10;

fn interpolate(value: &str, options: &Map, depth: usize) -> Result<String, Wrong> {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(more) = after.strip_prefix('%') {
            out.push('%');
            rest = more;
        } else if let Some((name, more)) = after.strip_prefix('(').and_then(|inner| inner.split_once(")s")) {
            let found = options.str(&name.to_lowercase()).filter(|_| depth < DEPTH);
            let found = found.ok_or_else(|| Wrong::Value(format!("bad value substitution: `{name}`")))?;
            out.push_str(&interpolate(found, options, depth + 1)?);
            rest = more;
        } else {
            return Err(Wrong::Value(format!("'%' must be followed by '%' or '(', found: '%{after}'")));
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn read(text: &str) -> Option<Map> {
    let mut defaults: Vec<(String, String)> = Vec::new();
    let mut sections: Vec<(String, Vec<(String, String)>)> = Vec::new();
    // Where options go: `None` before the first section.
    let mut at: Option<Option<usize>> = None;
    let mut continues = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let options = match at {
            None => None,
            Some(None) => Some(&mut defaults),
            Some(Some(n)) => sections.get_mut(n).map(|(_, options)| options),
        };
        if let (true, true, Some((_, value))) =
            (continues, line.starts_with([' ', '\t']), options.and_then(|options| options.last_mut()))
        {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        if let Some(name) =
            trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()).filter(|_| trimmed.contains(']'))
        {
            continues = false;
            if name == "DEFAULT" {
                at = Some(None);
            } else if sections.iter().any(|(n, _)| n == name) {
                return None;
            } else {
                sections.push((name.to_owned(), Vec::new()));
                at = Some(Some(sections.len() - 1));
            }
            continue;
        }
        let (name, value) = trimmed.split_once(['=', ':'])?;
        let entry = (name.trim().to_lowercase(), value.trim().to_owned());
        match at? {
            None => defaults.push(entry),
            Some(n) => {
                let (_, options) = sections.get_mut(n)?;
                if options.iter().any(|(key, _)| *key == entry.0) {
                    return None;
                }
                options.push(entry);
            }
        }
        continues = true;
    }
    let section = |options: &[(String, String)]| -> Map {
        let mut out: Map = options.iter().cloned().collect();
        for (key, value) in &defaults {
            if !out.contains_key(key.as_str()) {
                out.set(key, value.as_str());
            }
        }
        out
    };
    Some(sections.iter().map(|(name, options)| (name.as_str(), section(options))).collect())
}

#[cfg(test)]
mod tests {
    use super::parse;
    use hostler_sdk::Value;

    /// Answers of Python 3.11's `configparser.ConfigParser`.
    #[test]
    fn sections_are_read_as_configparser_does() {
        let text = "[DEFAULT]\nregion: eu\n[general]\n# c\nAsdf = 1\nlong = a\n  b\nbar=2;x\n[empty]\n";
        let facts = parse(text).expect("an INI file");
        assert_eq!(
            parse("[a]\nx = 5 %% of %(y)s\ny = 2\n").unwrap().get("a").unwrap().to_json(),
            r#"{"x":"5 % of 2","y":"2"}"#
        );
        assert!(matches!(parse("[a]\nx = 5% of\n"), Err(super::Wrong::Value(_))));
        assert_eq!(
            Value::from(facts).to_json(),
            r#"{"general":{"asdf":"1","long":"a\nb","bar":"2;x","region":"eu"},"empty":{"region":"eu"}}"#
        );
        assert!(parse("just words\n").is_err());
        assert!(parse("a = 1\n").is_err());
        assert!(parse("[a]\nx = 1\nX = 2\n").is_err());
    }
}

//! INI text as Python's `configparser` reads it, for local facts.

use hostler_sdk::Map;

/// Sections with their options (names in lower case, values as text, `[DEFAULT]` inherited); `None` when the text is no
/// such file.
pub(super) fn parse(text: &str) -> Option<Map> {
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
            Value::from(facts).to_json(),
            r#"{"general":{"asdf":"1","long":"a\nb","bar":"2;x","region":"eu"},"empty":{"region":"eu"}}"#
        );
        assert!(parse("just words\n").is_none());
        assert!(parse("a = 1\n").is_none());
        assert!(parse("[a]\nx = 1\nX = 2\n").is_none());
    }
}

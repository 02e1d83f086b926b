//! Arguments written as one text: `src=a dest="b c" mode={{ m }}`. Words end at white space that is neither in quotes nor in a
//! Jinja block; what is not `name=value` is free form.

/// What a text of arguments holds.
#[derive(Debug, Default, PartialEq)]
pub struct Words {
    /// `name=value` in order, quotes around the value removed.
    pub pairs: Vec<(String, String)>,
    /// The rest, with its white space; `None` when there is none.
    pub free: Option<String>,
}

/// The only names that `command`, `shell`, `raw` and `script` take as `name=value`: everything else is the command.
const COMMAND_NAMES: [&str; 8] =
    ["creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends"];

/// Takes a text apart. With `command`, only the options of commands are taken out of it.
pub fn arguments(text: &str, command: bool) -> Result<Words, &'static str> {
    let mut out = Words::default();
    let mut free: Vec<String> = Vec::new();
    for word in split(text)? {
        let plain = unescape(&word);
        match equals(&plain) {
            None if plain.contains('=') => free.push(plain.replace("\\=", "=")),
            None => free.push(word),
            Some(at) => {
                let (name, value) = (&plain[..at], &plain[at + 1..]);
                if command && !COMMAND_NAMES.contains(&name) {
                    free.push(word);
                } else {
                    let (name, value) = (name.trim().to_owned(), unquote(value.trim()).to_owned());
                    match out.pairs.iter_mut().find(|(n, _)| *n == name) {
                        Some(former) => former.1 = value,
                        None => out.pairs.push((name, value)),
                    }
                }
            }
        }
    }
    if !free.is_empty() {
        let mut text = String::new();
        for word in free {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(&word);
        }
        out.free = Some(text);
    }
    Ok(out)
}

/// The first word and the rest, as `action: copy src=a dest=b` is written.
pub fn first(text: &str) -> Result<(String, String), &'static str> {
    let words = split(text)?;
    let name = words.first().map(|w| w.trim().to_owned()).unwrap_or_default();
    Ok((name, words.get(1..).unwrap_or_default().join(" ")))
}

/// The first `=` that no backslash stands before and that is not the first character.
fn equals(word: &str) -> Option<usize> {
    let bytes = word.as_bytes();
    (1..bytes.len()).find(|&n| bytes[n] == b'=' && bytes[n - 1] != b'\\')
}

fn unquote(text: &str) -> &str {
    let quoted =
        |q: char| text.len() > 1 && text.starts_with(q) && text.ends_with(q) && !text.ends_with(&format!("\\{q}"));
    if quoted('"') || quoted('\'') { &text[1..text.len() - 1] } else { text }
}

/// Splits a text into words. A line's end stays at the end of the word before it.
pub fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words: Vec<String> = Vec::new();
    if text.is_empty() {
        return Ok(words);
    }
    let mut quote: Option<char> = None;
    // Depth of `{{ }}`, `{% %}` and `{# #}`.
    let mut depth = [0usize; 3];
    let lines: Vec<&str> = text.split('\n').collect();
    for (number, line) in lines.iter().enumerate() {
        let mut continued = false;
        for (index, token) in line.split(' ').enumerate() {
            if token.is_empty() && index != 0 {
                extend(&mut words, " ");
                continue;
            }
            if token == "\\" && quote.is_none() {
                continued = true;
                continue;
            }
            let was_quoted = quote.is_some();
            quote = quote_after(token, quote);
            let inside = depth.iter().any(|d| *d > 0);
            let mut placed = false;
            if quote.is_some() && !was_quoted && !inside {
                words.push(token.to_owned());
                placed = true;
            } else if inside || quote.is_some() || was_quoted {
                if index > 0 {
                    extend(&mut words, " ");
                }
                extend(&mut words, token);
                placed = true;
            }
            for (n, (open, close)) in [("{{", "}}"), ("{%", "%}"), ("{#", "#}")].into_iter().enumerate() {
                let before = depth[n];
                depth[n] = (before + token.matches(open).count()).saturating_sub(token.matches(close).count());
                if depth[n] != before && !placed {
                    words.push(token.to_owned());
                    placed = true;
                }
            }
            if depth.iter().all(|d| *d == 0) && quote.is_none() && !placed && !token.is_empty() {
                words.push(token.to_owned());
            }
        }
        if number + 1 < lines.len() && !continued {
            extend(&mut words, "\n");
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed");
    }
    if depth.iter().any(|d| *d > 0) {
        return Err("a Jinja block is not closed");
    }
    Ok(words)
}

fn extend(words: &mut Vec<String>, text: &str) {
    match words.last_mut() {
        Some(last) => last.push_str(text),
        None => words.push(text.to_owned()),
    }
}

fn quote_after(token: &str, mut quote: Option<char>) -> Option<char> {
    let mut before = None;
    for c in token.chars() {
        if matches!(c, '"' | '\'') && before != Some('\\') {
            match quote {
                Some(open) if open == c => quote = None,
                Some(_) => {}
                None => quote = Some(c),
            }
        }
        before = Some(c);
    }
    quote
}

/// Python's escapes: `\n`, `\t`, `\\`, `\x41`, `\u00e9`. Others stay as they are.
fn unescape(word: &str) -> String {
    if !word.contains('\\') {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, length) = escape(rest).unwrap_or(('\\', 1));
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The character an escape at the start of `text` stands for, and the escape's length.
fn escape(text: &str) -> Option<(char, usize)> {
    let digits = match *text.as_bytes().get(1)? {
        b'\\' => return Some(('\\', 2)),
        b'\'' => return Some(('\'', 2)),
        b'"' => return Some(('"', 2)),
        b'a' => return Some(('\x07', 2)),
        b'b' => return Some(('\x08', 2)),
        b'f' => return Some(('\x0c', 2)),
        b'n' => return Some(('\n', 2)),
        b'r' => return Some(('\r', 2)),
        b't' => return Some(('\t', 2)),
        b'v' => return Some(('\x0b', 2)),
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let hex = text.get(2..2 + digits)?;
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(hex, 16).ok()?).map(|c| (c, 2 + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line of the table: the text, whether it is a command's, and ansible-core's `parse_kv` of it (`null`: refused).
    #[test]
    fn takes_texts_apart_as_ansible_does() {
        let table: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/cases/playbook/arguments.json")).unwrap();
        for case in &table {
            let (text, command) = (case["text"].as_str().unwrap(), case["command"].as_bool().unwrap());
            let got = arguments(text, command).ok().map(|words| {
                let mut map: serde_json::Map<String, serde_json::Value> =
                    words.pairs.into_iter().map(|(k, v)| (k, v.into())).collect();
                if let Some(free) = words.free {
                    map.insert("_raw_params".to_owned(), free.into());
                }
                map
            });
            assert_eq!(got.as_ref(), case["want"].as_object(), "{text:?} command={command}");
        }
        assert!(table.len() > 60);
    }
}

//! Values as Python's `pprint` shows them: on one line when they fit, otherwise a line for each member.

use hostler_sdk::{Key, Value};

const WIDTH: usize = 80;

/// A value, its lines not longer than 80 columns where that can be.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, 0, 1);
    out
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Writes a value that begins at column `indent` and is followed by `allowance` characters on its last line.
fn write(out: &mut String, value: &Value, indent: usize, allowance: usize, level: usize) {
    let flat = value.repr();
    if columns(&flat) <= WIDTH.saturating_sub(indent + allowance) {
        out.push_str(&flat);
        return;
    }
    match value {
        Value::Map(map) if !map.is_empty() => {
            let mut entries: Vec<(&Key, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.to_string());
            out.push('{');
            let last = entries.len() - 1;
            for (number, (key, value)) in entries.into_iter().enumerate() {
                separate(out, number, indent + 1);
                let key = key.to_value().repr();
                out.push_str(&key);
                out.push_str(": ");
                let after = if number == last { allowance + 1 } else { 1 };
                write(out, value, indent + 1 + columns(&key) + 2, after, level + 1);
            }
            out.push('}');
        }
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                separate(out, number, indent + 1);
                let after = if number + 1 == items.len() { allowance + 1 } else { 1 };
                write(out, item, indent + 1, after, level + 1);
            }
            out.push(']');
        }
        Value::Str(text) if !text.is_empty() => write_text(out, text, indent, allowance, level == 1),
        _ => out.push_str(&flat),
    }
}

fn separate(out: &mut String, number: usize, indent: usize) {
    if number > 0 {
        out.push_str(",\n");
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// A long text in pieces, broken after lines and between words; in parentheses when it stands alone.
fn write_text(out: &mut String, text: &str, indent: usize, allowance: usize, alone: bool) {
    let (indent, allowance) = if alone { (indent + 1, allowance + 1) } else { (indent, allowance) };
    let room = WIDTH.saturating_sub(indent);
    let quoted = |text: &str| Value::from(text).repr();
    let mut pieces: Vec<String> = Vec::new();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (number, line) in lines.iter().enumerate() {
        let last_line = number + 1 == lines.len();
        let whole = quoted(line);
        if columns(&whole) <= room.saturating_sub(if last_line { allowance } else { 0 }) {
            pieces.push(whole);
            continue;
        }
        let words = words(line);
        let mut current = String::new();
        for (number, word) in words.iter().enumerate() {
            let room = if last_line && number + 1 == words.len() { room.saturating_sub(allowance) } else { room };
            let candidate = format!("{current}{word}");
            if columns(&quoted(&candidate)) <= room {
                current = candidate;
                continue;
            }
            if !current.is_empty() {
                pieces.push(quoted(&current));
            }
            current = (*word).to_owned();
        }
        if !current.is_empty() {
            pieces.push(quoted(&current));
        }
    }
    if let [one] = pieces.as_slice() {
        out.push_str(one);
        return;
    }
    let joined = pieces.join(&format!("\n{}", " ".repeat(indent)));
    out.push_str(&if alone { format!("({joined})") } else { joined });
}

/// Words with the white space that follows them.
fn words(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut previous = None::<char>;
    for (at, c) in line.char_indices() {
        if previous.is_some_and(char::is_whitespace) && !c.is_whitespace() {
            out.push(&line[start..at]);
            start = at;
        }
        previous = Some(c);
    }
    out.push(&line[start..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> String {
        pretty(&Value::from_json(json).unwrap())
    }

    #[test]
    fn what_fits_is_one_line() {
        assert_eq!(of(r#"{"b": [1, null], "a": "x"}"#), "{'b': [1, None], 'a': 'x'}");
        assert_eq!(of(r#""x""#), "'x'");
    }

    #[test]
    fn what_does_not_is_broken_as_python_does() {
        assert_eq!(
            of(
                r#"{"changed": false, "failed": true, "cmd": ["echo", "some words that are long"], "msg": "Task failed: Finalization of task args for 'ansible.builtin.debug' failed: Error while resolving value"}"#
            ),
            "{'changed': False,\n 'cmd': ['echo', 'some words that are long'],\n 'failed': True,\n 'msg': \"Task failed: Finalization of task args for 'ansible.builtin.debug' \"\n        'failed: Error while resolving value'}"
        );
        assert_eq!(
            of(r#""one two three four five six seven eight nine ten eleven twelve thirteen fourteen""#),
            "('one two three four five six seven eight nine ten eleven twelve thirteen '\n 'fourteen')"
        );
    }
}

//! The kernel's command line, uptime and load.

use super::text;
use hostler_sdk::{Look, Map, Value};

pub(super) fn command_line(look: &Look) -> Map {
    let Some(line) = text(look, "/proc/cmdline") else { return Map::new() };
    let mut last = Map::new();
    let mut all = Map::new();
    for word in words(&line) {
        let Some((name, value)) = word.split_once('=') else {
            last.set(word, true);
            all.set(word, true);
            continue;
        };
        last.set(name, value);
        // A name that comes more than once has all its values in `proc_cmdline`.
        let value = match all.get(name) {
            None => Value::from(value),
            Some(Value::List(list)) => list.iter().cloned().chain([Value::from(value)]).collect(),
            Some(one) => Value::from(vec![one.clone(), Value::from(value)]),
        };
        all.set(name, value);
    }
    let mut out = Map::new();
    out.set("cmdline", last);
    out.set("proc_cmdline", all);
    out
}

/// Splits at blanks outside quotes; the quotes stay.
fn words(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c.is_whitespace() => {
                out.extend(start.take().map(|s| &line[s..at]));
                continue;
            }
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
        start = start.or(Some(at));
    }
    out.extend(start.map(|s| &line[s..]));
    out
}

pub(super) fn uptime(look: &Look) -> Map {
    let seconds = text(look, "/proc/uptime").and_then(|t| t.split('.').next()?.parse::<u64>().ok());
    let mut out = Map::new();
    out.set_some("uptime_seconds", seconds);
    out
}

pub(super) fn load(look: &Look) -> Map {
    let numbers: Vec<f64> = text(look, "/proc/loadavg")
        .unwrap_or_default()
        .split_whitespace()
        .take(3)
        .filter_map(|n| n.parse().ok())
        .collect();
    let mut out = Map::new();
    if let [one, five, fifteen] = numbers[..] {
        out.set("loadavg", [("1m", one), ("5m", five), ("15m", fifteen)].into_iter().collect::<Map>());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(
            words("root=/dev/vda  quiet dyndbg=\"file a b\""),
            ["root=/dev/vda", "quiet", "dyndbg=\"file a b\""]
        );
    }
}

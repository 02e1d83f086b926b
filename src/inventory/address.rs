//! Host definitions as INI and YAML inventories write them: a name or an address, ranges in brackets, a port behind a colon.

use crate::diagnostic::{Diagnostic, Result};

/// What is wrong with a range from a number to a letter.
pub(super) const MIXED: &str = "begin and end must both be numbers or both be letters";

/// The names a definition stands for, and the port of all of them.
pub(super) fn expand(pattern: &str) -> Result<(Vec<String>, Option<u32>)> {
    let (name, port) = parse(pattern).unwrap_or((pattern, None));
    Ok((ranges(name)?, port))
}

/// A host and its port; `None` when it is no host name, IPv4 or IPv6 address (ranges in their places are allowed).
pub(super) fn parse(text: &str) -> Option<(&str, Option<u32>)> {
    let mut address = text;
    let mut port = None;
    if let Some((inside, digits)) = address.strip_prefix('[').and_then(|rest| rest.rsplit_once("]:"))
        && let Some(number) = port_number(digits)
        && !inside.is_empty()
    {
        (address, port) = (inside, Some(number));
    }
    if let Some((before, digits)) = address.rsplit_once(':')
        && let Some(number) = port_number(digits)
        && !outside_brackets(before)?.contains(':')
    {
        (address, port) = (before, Some(number));
    }
    (is_hostname(address) || is_ipv6(address)).then_some((address, port))
}

/// Whether this is an IPv4 or IPv6 address.
pub(super) fn is_address(text: &str) -> bool {
    let octet = |part: &str| (1..=3).contains(&part.len()) && part.parse::<u16>().is_ok_and(|n| n < 256);
    let parts: Vec<&str> = text.split('.').collect();
    (parts.len() == 4 && parts.iter().all(|part| octet(part))) || (text.contains(':') && is_ipv6(text))
}

fn port_number(digits: &str) -> Option<u32> {
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// The text with every `[...]` left out; `None` when brackets do not match.
fn outside_brackets(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', ']']) {
        out.push_str(&rest[..at]);
        let end = rest[at..].strip_prefix('[')?.find(']')?;
        rest = &rest[at + 1 + end + 1..];
    }
    Some(out + rest)
}

/// Labels separated by dots: word characters, `-` and ranges; `-` neither first nor last, `_` not last.
fn is_hostname(text: &str) -> bool {
    let mut first = true;
    let mut last = '.';
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut len = c.len_utf8();
        match c {
            '.' if first || matches!(last, '-' | '_') => return false,
            '.' => {}
            '[' => match rest.find(']') {
                Some(end) if is_range(&rest[1..end], false) => len = end + 1,
                _ => return false,
            },
            '-' if first => return false,
            c if c.is_alphanumeric() || matches!(c, '_' | '-') => {}
            _ => return false,
        }
        first = c == '.';
        last = c;
        rest = &rest[len..];
    }
    !first && !matches!(last, '-' | '_')
}

/// `1:20`, `1:20:2`, `a:f` (hexadecimal numbers in IPv6 addresses).
fn is_range(inside: &str, hexadecimal: bool) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = inside.split(':').collect();
    let (from, to) = match parts[..] {
        [from, to] => (from, to),
        [from, to, step] if digits(step) => (from, to),
        _ => return false,
    };
    let letter = |t: &str| t.len() == 1 && t.bytes().all(|b| b.is_ascii_alphabetic());
    let hex = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_hexdigit());
    if hexadecimal { hex(from) && hex(to) } else { (digits(from) && digits(to)) || (letter(from) && letter(to)) }
}

fn is_ipv6(text: &str) -> bool {
    // Ranges are one component each; they hold colons, so they are replaced before the address is taken apart.
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let Some(end) = rest[at..].find(']').filter(|end| is_range(&rest[at + 1..at + end], true)) else {
            return false;
        };
        plain.push_str(&rest[..at]);
        plain.push_str("f00d");
        rest = &rest[at + end + 1..];
    }
    plain.push_str(rest);
    let component = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit());
    let count = |side: &str| -> Option<usize> {
        if side.is_empty() {
            return Some(0);
        }
        let parts: Vec<&str> = side.split(':').collect();
        parts.iter().all(|part| component(part)).then_some(parts.len())
    };
    if plain.contains('.') {
        let lower = plain.to_ascii_lowercase();
        let prefixes = ["0:0:0:0:0:ffff:", "0:0:0:0:0:0:", "::ffff:", "::"];
        let Some(v4) = prefixes.iter().find_map(|p| lower.strip_prefix(p)) else { return false };
        let parts: Vec<&str> = v4.split('.').collect();
        return parts.len() == 4 && parts.iter().all(|part| component(part));
    }
    match plain.split_once("::") {
        Some((left, right)) => match (count(left), count(right)) {
            (Some(left), Some(right)) => left <= 6 && right <= 6 && left + right <= 7,
            _ => false,
        },
        None => count(&plain) == Some(8),
    }
}

/// Every name that the ranges of a definition stand for.
fn ranges(text: &str) -> Result<Vec<String>> {
    if !text.contains('[') {
        return Ok(vec![text.to_owned()]);
    }
    let wrong =
        |cause: &str| Diagnostic::error(format!("could not read the host range in `{text}`")).cause(cause).boxed();
    let parts = text.split_once('[').and_then(|(head, rest)| Some((head, rest.split_once(']')?)));
    let Some((head, (range, tail))) = parts.filter(|(head, _)| !head.contains(']')) else {
        return Err(wrong("the brackets do not match"));
    };
    let bounds: Vec<&str> = range.split(':').collect();
    let (from, to, step) = match bounds[..] {
        [from, to] => (from, to, "1"),
        [from, to, step] => (from, to, step),
        _ => return Err(wrong("a range is `begin:end` or `begin:end:step`")),
    };
    let step: usize =
        step.parse().ok().filter(|s| *s > 0).ok_or_else(|| wrong("the step must be a whole number above 0"))?;
    if to.is_empty() {
        return Err(wrong("host range must specify end value"));
    }
    let from = if from.is_empty() { "0" } else { from };
    let width = if from.len() > 1 && from.starts_with('0') { from.len() } else { 0 };
    if width > 0 && width != to.len() {
        return Err(wrong("with leading zeros, begin and end must be of equal length"));
    }
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
    let letter = |t: &str| letters.iter().position(|l| t.len() == 1 && t.starts_with(*l));
    let names: Vec<String> = match (letter(from), letter(to)) {
        (Some(from), Some(to)) if from > to => return Err(wrong("begin must not be after end")),
        (Some(from), Some(to)) => letters[from..=to].iter().step_by(step).map(char::to_string).collect(),
        _ => {
            let number = |t: &str| t.parse::<u64>().map_err(|_| wrong(MIXED));
            let (from, to) = (number(from)?, number(to)?);
            if to.saturating_sub(from) / step as u64 > 1_000_000 {
                return Err(wrong("it stands for more than a million hosts"));
            }
            (from..=to).step_by(step).map(|n| format!("{n:0width$}")).collect()
        }
    };
    let mut out = Vec::new();
    for name in names {
        out.extend(ranges(&format!("{head}{name}{tail}"))?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from `ansible.parsing.utils.addresses.parse_address(…, allow_ranges=True)`.
    #[test]
    fn takes_addresses_apart_as_ansible_does() {
        for (text, want) in [
            ("web", Some(("web", None))),
            ("web:22", Some(("web", Some(22)))),
            ("web[1:3].x:2222", Some(("web[1:3].x", Some(2222)))),
            ("10.0.0.1:80", Some(("10.0.0.1", Some(80)))),
            ("::1", Some(("::1", None))),
            ("[::1]:22", Some(("::1", Some(22)))),
            ("[2001:db8::10]:2200", Some(("2001:db8::10", Some(2200)))),
            ("2001:db8::[1:f]", Some(("2001:db8::[1:f]", None))),
            ("fe80::1%eth0", None),
            ("a_b-c", Some(("a_b-c", None))),
            ("-a", None),
            ("a-", None),
            ("a_", None),
            ("_a", Some(("_a", None))),
            ("a..b", None),
            ("a b", None),
            ("web[1:]", None),
            ("[a:f]x", Some(("[a:f]x", None))),
            ("::ffff:192.0.2.3", Some(("::ffff:192.0.2.3", None))),
            ("1:2:3:4:5:6:7:8", Some(("1:2:3:4:5:6:7:8", None))),
            ("bücher.example", Some(("bücher.example", None))),
            ("all:!web", None),
            ("x:", None),
        ] {
            assert_eq!(parse(text), want, "{text}");
        }
    }

    #[test]
    fn expands_ranges() {
        for (text, want, port) in [
            ("web[1:3]", "web1 web2 web3", None),
            ("web[01:10:4].x:22", "web01.x web05.x web09.x", Some(22)),
            ("db-[a:c]", "db-a db-b db-c", None),
            ("[y:B]", "y z A B", None),
            ("r[1:2]n[a:b]", "r1na r1nb r2na r2nb", None),
            ("web[:2]", "web0 web1 web2", None),
            ("web[3:1]", "", None),
            ("[::1]:22", "::1", Some(22)),
        ] {
            let (names, found) = expand(text).unwrap();
            assert_eq!((names.join(" ").as_str(), found), (want, port), "{text}");
        }
        for (text, want) in [
            ("web[1]", "`begin:end`"),
            ("web[1:", "do not match"),
            ("web[1:]", "must specify end value"),
            ("web[01:100]", "equal length"),
            ("web[c:a]", "must not be after"),
            ("web[a:3]", "both be numbers"),
            ("web[1:3:0]", "step"),
        ] {
            assert!(expand(text).unwrap_err().cause.unwrap().contains(want), "{text}");
        }
    }
}

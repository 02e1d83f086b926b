//! What a plain scalar means, by PyYAML's YAML 1.1 rules: `yes` is true, `0644` is octal, `1:30` is ninety, `1e3` is text.
//! The matchers follow the implicit resolvers of PyYAML's `SafeLoader`, which Ansible reads with.

use hostler_sdk::Value;

/// What a plain scalar was found to be.
#[derive(Debug, PartialEq)]
pub enum Plain {
    /// A value.
    Value(Value),
    /// `<<`, which is only good as a key.
    Merge,
    /// `=`, which PyYAML reserves and then cannot read as a value.
    Default,
    /// It looks like a number of this kind but is none (`0b_`).
    Broken(&'static str),
}

/// Resolves an untagged plain scalar.
pub fn resolve(text: &str) -> Plain {
    let Some(first) = text.as_bytes().first() else {
        return Plain::Value(Value::Null);
    };
    let word = || Plain::Value(Value::from(text));
    match first {
        b'~' if text == "~" => Plain::Value(Value::Null),
        b'<' if text == "<<" => Plain::Merge,
        b'=' if text == "=" => Plain::Default,
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => match boolean(text) {
            Some(b) => Plain::Value(b.into()),
            None if matches!(text, "null" | "Null" | "NULL") => Plain::Value(Value::Null),
            None => word(),
        },
        b'-' | b'+' | b'.' | b'0'..=b'9' => {
            if is_float(text) {
                Plain::Value(float(text).into())
            } else if is_int(text) {
                int(text).map_or(Plain::Broken("an integer"), Plain::Value)
            } else {
                // Timestamps stay text: what Ansible prints for a date is what was written.
                word()
            }
        }
        _ => word(),
    }
}

/// One of YAML 1.1's words for true and false in one of its three cases.
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Whether PyYAML reads `text` as anything but text: such text must be quoted when it is written.
pub fn is_special(text: &str) -> bool {
    !matches!(resolve(text), Plain::Value(Value::Str(_))) || is_timestamp(text)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn digits_and_underscores(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// `:ss` one or more times, `ss` being 0 to 59 with one or two digits.
fn is_base_sixty_tail<'a>(mut parts: impl Iterator<Item = &'a str>) -> bool {
    parts.all(|part| match part.as_bytes() {
        [a] => a.is_ascii_digit(),
        [a, b] => (b'0'..=b'5').contains(a) && b.is_ascii_digit(),
        _ => false,
    })
}

fn is_int(text: &str) -> bool {
    let body = unsigned(text);
    if let Some(bits) = body.strip_prefix("0b") {
        return !bits.is_empty() && bits.bytes().all(|b| matches!(b, b'0' | b'1' | b'_'));
    }
    if let Some(nibbles) = body.strip_prefix("0x") {
        return !nibbles.is_empty() && nibbles.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(octal) = body.strip_prefix('0') {
        return octal.bytes().all(|b| matches!(b, b'0'..=b'7' | b'_'));
    }
    if !body.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut parts = body.split(':');
    parts.next().is_some_and(digits_and_underscores) && is_base_sixty_tail(parts)
}

fn is_exponent(text: &str) -> bool {
    let rest = text.strip_prefix(['e', 'E']).and_then(|r| r.strip_prefix(['-', '+']));
    text.is_empty() || rest.is_some_and(|r| !r.is_empty() && r.bytes().all(|b| b.is_ascii_digit()))
}

fn is_float(text: &str) -> bool {
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, rest)) = body.split_once('.') else { return false };
    let fraction = rest.find(|c: char| c != '_' && !c.is_ascii_digit()).unwrap_or(rest.len());
    let (fraction, exponent) = rest.split_at(fraction);
    if whole.is_empty() {
        // No sign is allowed before a bare point.
        return body.len() == text.len() && fraction.starts_with(|c: char| c.is_ascii_digit()) && is_exponent(exponent);
    }
    if !whole.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    match whole.split_once(':') {
        None => digits_and_underscores(whole) && is_exponent(exponent),
        Some((first, tail)) => {
            digits_and_underscores(first) && is_base_sixty_tail(tail.split(':')) && exponent.is_empty()
        }
    }
}

/// The value of a text for which `is_int` holds; `None` when there are no digits. Beyond 128 bits it stays text.
fn int(text: &str) -> Option<Value> {
    let clean = text.replace('_', "");
    let negative = clean.starts_with('-');
    let body = unsigned(&clean);
    let radix = |digits: &str, radix| {
        if digits.is_empty() {
            return None;
        }
        Some(match i128::from_str_radix(digits, radix) {
            Ok(n) => Value::Int(if negative { -n } else { n }),
            Err(_) => Value::from(text),
        })
    };
    if body == "0" {
        Some(Value::Int(0))
    } else if let Some(bits) = body.strip_prefix("0b") {
        radix(bits, 2)
    } else if let Some(nibbles) = body.strip_prefix("0x") {
        radix(nibbles, 16)
    } else if body.starts_with('0') {
        radix(body, 8)
    } else if body.contains(':') {
        let sum = body.split(':').try_fold(0i128, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?));
        Some(sum.map_or_else(|| Value::from(text), |n| Value::Int(if negative { -n } else { n })))
    } else {
        radix(body, 10)
    }
}

/// The value of a text for which `is_float` holds.
fn float(text: &str) -> f64 {
    let clean = text.replace('_', "").to_ascii_lowercase();
    let body = unsigned(&clean);
    let size = match body {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ => {
            // From the right, as PyYAML adds: the last bits of the sum depend on the order.
            let parts = body.rsplit(':').map(|part| part.parse::<f64>().unwrap_or_default());
            parts.fold((0.0, 1.0), |(sum, base), part| (sum + part * base, base * 60.0)).0
        }
    };
    if clean.starts_with('-') { -size } else { size }
}

/// Whether PyYAML reads `text` as a date or a time.
pub fn is_timestamp(text: &str) -> bool {
    let Some(rest) = digits(text, 4, 4).and_then(|r| r.strip_prefix('-')) else { return false };
    if digits(rest, 2, 2).and_then(|r| r.strip_prefix('-')).and_then(|r| digits(r, 2, 2)) == Some("") {
        return true;
    }
    let moment = || {
        let rest = digits(rest, 1, 2)?.strip_prefix('-')?;
        let rest = digits(rest, 1, 2)?;
        let rest = match rest.strip_prefix(['T', 't']) {
            Some(rest) => rest,
            None => Some(rest.trim_start_matches([' ', '\t'])).filter(|r| r.len() < rest.len())?,
        };
        let rest = digits(rest, 1, 2)?.strip_prefix(':')?;
        let rest = digits(rest, 2, 2)?.strip_prefix(':')?;
        let rest = digits(rest, 2, 2)?;
        let rest = rest.strip_prefix('.').map_or(rest, |r| r.trim_start_matches(|c: char| c.is_ascii_digit()));
        let zone = rest.trim_start_matches([' ', '\t']);
        if zone.is_empty() {
            return Some(rest.is_empty());
        }
        if zone == "Z" {
            return Some(true);
        }
        let hours = digits(zone.strip_prefix(['-', '+'])?, 1, 2)?;
        Some(hours.is_empty() || digits(hours.strip_prefix(':')?, 2, 2)?.is_empty())
    };
    moment().unwrap_or(false)
}

/// What follows `least` to `most` digits at the start of `text`.
fn digits(text: &str, least: usize, most: usize) -> Option<&str> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (count >= least).then(|| &text[count..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line of the table: the scalar as JSON text, a tab, what PyYAML makes of it (type and `repr`).
    #[test]
    fn resolves_as_pyyaml_does() {
        let table = include_str!("../../tests/cases/yaml/scalars.tsv");
        let mut count = 0;
        for line in table.lines().filter(|l| !l.starts_with('#')) {
            let (scalar, want) = line.split_once('\t').unwrap();
            let text: String = serde_json::from_str(scalar).unwrap();
            let got = match resolve(&text) {
                Plain::Value(Value::Str(_)) if is_timestamp(&text) => "date".to_owned(),
                Plain::Value(v) => format!("{} {}", v.type_name(), v.repr()),
                Plain::Merge | Plain::Default => "no constructor".to_owned(),
                Plain::Broken(_) => "error".to_owned(),
            };
            assert_eq!(got, want, "{text:?}");
            count += 1;
        }
        assert!(count > 200, "the table is too short: {count}");
    }
}

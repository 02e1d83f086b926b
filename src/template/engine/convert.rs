//! Python's `int()` and `float()` of a value.

use super::val::Val;
use hostler_sdk::Value;

/// `int(value)`: floats are cut, text is read in base 10.
pub(crate) fn int(value: &Val) -> Option<i128> {
    match value {
        Val::Plain(Value::Float(f)) if f.is_finite() => Some(f.trunc() as i128),
        Val::Plain(Value::Str(s)) => int_text(s, 10),
        other => other.as_int(),
    }
}

/// `float(value)`.
pub(crate) fn float(value: &Val) -> Option<f64> {
    match value {
        Val::Plain(Value::Float(f)) => Some(*f),
        Val::Plain(Value::Str(s)) => float_text(s),
        other => other.as_int().map(|i| i as f64),
    }
}

/// `int(text, base)`: sign, prefix and underscores between digits.
pub(crate) fn int_text(text: &str, base: u32) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let prefixed = |p: &str| lower.strip_prefix(p).map(|r| r.strip_prefix('_').unwrap_or(r).to_owned());
    let (base, digits) = match base {
        16 => (16, prefixed("0x").unwrap_or(lower)),
        8 => (8, prefixed("0o").unwrap_or(lower)),
        2 => (2, prefixed("0b").unwrap_or(lower)),
        0 => match (prefixed("0x"), prefixed("0o"), prefixed("0b")) {
            (Some(d), _, _) => (16, d),
            (_, Some(d), _) => (8, d),
            (_, _, Some(d)) => (2, d),
            _ => (10, lower),
        },
        base => (base, lower),
    };
    if digits.starts_with(['_', '+', '-']) || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let value = i128::from_str_radix(&digits.replace('_', ""), base).ok()?;
    Some(if negative { -value } else { value })
}

/// `float(text)`.
pub(crate) fn float_text(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    let clean = text.replace('_', "");
    // Rust and Python read the same decimal forms, "inf", "infinity" and "nan" included.
    clean.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_python_does() {
        for (text, base, want) in [
            (" 12 ", 10, Some(12)),
            ("-1_000", 10, Some(-1000)),
            ("0x1f", 16, Some(31)),
            ("1f", 16, Some(31)),
            ("0x1f", 10, None),
            ("0o17", 0, Some(15)),
            ("1.5", 10, None),
            ("_1", 10, None),
            ("", 10, None),
        ] {
            assert_eq!(int_text(text, base), want, "{text}");
        }
        assert_eq!(float_text("1e3"), Some(1000.0));
        assert_eq!(float_text("x"), None);
    }
}

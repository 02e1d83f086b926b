//! Python's `str.format` and its format specifications.

use crate::template::engine::{Args, Eval, Fault, Val, access};
use hostler_sdk::Value;

/// A format specification: `[[fill]align][sign][#][0][width][,][.precision][type]`.
#[derive(Clone, Debug, Default)]
pub(super) struct Spec {
    pub fill: Option<char>,
    pub align: Option<char>,
    pub sign: Option<char>,
    pub alternate: bool,
    pub zero: bool,
    pub width: usize,
    pub group: Option<char>,
    pub precision: Option<usize>,
    pub kind: Option<char>,
}

/// The widest field.
const WIDEST: usize = 100_000;

impl Spec {
    fn parse(text: &str) -> Eval<Spec> {
        let mut spec = Spec::default();
        let chars: Vec<char> = text.chars().collect();
        let mut n = 0;
        let is_align = |c: Option<&char>| c.is_some_and(|c| "<>=^".contains(*c));
        if is_align(chars.get(1)) {
            (spec.fill, spec.align, n) = (Some(chars[0]), Some(chars[1]), 2);
        } else if is_align(chars.first()) {
            (spec.align, n) = (Some(chars[0]), 1);
        }
        let mut eat = |set: &str| {
            let c = chars.get(n).copied().filter(|c| set.contains(*c));
            n += usize::from(c.is_some());
            c
        };
        spec.sign = eat("+- ");
        spec.alternate = eat("#").is_some();
        spec.zero = eat("0").is_some();
        let number = |eat: &mut dyn FnMut(&str) -> Option<char>| {
            let mut digits = String::new();
            while let Some(d) = eat("0123456789") {
                digits.push(d);
            }
            digits.parse::<usize>().ok()
        };
        spec.width = number(&mut eat).unwrap_or(0).min(WIDEST);
        spec.group = eat(",_");
        if eat(".").is_some() {
            spec.precision =
                Some(number(&mut eat).ok_or_else(|| Fault::new("Format specifier missing precision"))?.min(WIDEST));
        }
        spec.kind = eat("bcdeEfFgGnosxX%");
        if n < chars.len() {
            return Err(Fault::new(format!("Invalid format specifier '{text}'")));
        }
        Ok(spec)
    }
}

/// `template.format(args)`.
pub(crate) fn format(template: &str, args: &Args) -> Eval<String> {
    let mut automatic = 0;
    expand(template, args, &mut automatic, 0)
}

fn expand(template: &str, args: &Args, automatic: &mut usize, depth: usize) -> Eval<String> {
    if depth > 1 {
        return Err(Fault::new("Max string recursion exceeded"));
    }
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if rest.starts_with(brace) {
            out.push_str(brace);
            rest = &rest[1..];
            continue;
        }
        if brace == "}" {
            return Err(Fault::new("Single '}' encountered in format string"));
        }
        let mut level = 1;
        let end = rest.char_indices().find(|(_, c)| {
            level += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            level == 0
        });
        let Some((end, _)) = end else { return Err(Fault::new("expected '}' before end of string")) };
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, conversion) = name.split_once('!').map_or((name, None), |(n, c)| (n, Some(c)));
        let value = lookup(name, args, automatic)?;
        let value = match conversion {
            None => value,
            Some("s") => Val::from(value.to_text()?.to_string()),
            Some("r" | "a") => Val::from(value.repr()?),
            Some(other) => return Err(Fault::new(format!("Unknown conversion specifier '{other}'"))),
        };
        let spec = if spec.contains('{') { expand(spec, args, automatic, depth + 1)? } else { spec.to_owned() };
        out.push_str(&format_value(&value, &spec)?);
    }
    out.push_str(rest);
    Ok(out)
}

fn lookup(name: &str, args: &Args, automatic: &mut usize) -> Eval<Val> {
    let head = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = name.split_at(head);
    let mut value = if first.is_empty() {
        *automatic += 1;
        positional(args, *automatic - 1)?
    } else if let Ok(n) = first.parse::<usize>() {
        positional(args, n)?
    } else {
        let found = args.named.iter().find(|(k, _)| k.as_ref() == first);
        found.map(|(_, v)| v.clone()).ok_or_else(|| Fault::new(format!("KeyError: '{first}'")))?
    };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            value = access::attribute(&value, &after[..end])?.strict()?;
            rest = &after[end..];
        } else {
            let inner = rest.strip_prefix('[').and_then(|r| r.split_once(']'));
            let Some((key, after)) = inner else { return Err(Fault::new("Missing ']' in format string")) };
            let key = key.parse::<i128>().map_or_else(|_| Val::text(key), Val::from);
            value = access::item(&value, &key)?.strict()?;
            rest = after;
        }
    }
    value.strict()
}

fn positional(args: &Args, n: usize) -> Eval<Val> {
    args.pos
        .get(n)
        .cloned()
        .ok_or_else(|| Fault::new(format!("Replacement index {n} out of range for positional args tuple")))
}

/// `format(value, spec)`.
pub(crate) fn format_value(value: &Val, spec: &str) -> Eval<String> {
    if spec.is_empty() {
        return Ok(value.to_text()?.to_string());
    }
    let parsed = Spec::parse(spec)?;
    match value {
        Val::Plain(Value::Str(text)) => {
            if !matches!(parsed.kind, None | Some('s')) {
                let kind = parsed.kind.unwrap_or('s');
                return Err(Fault::new(format!("Unknown format code '{kind}' for object of type 'str'")));
            }
            let text: String = match parsed.precision {
                Some(n) => text.chars().take(n).collect(),
                None => text.to_string(),
            };
            // Zeros fill text on the right, as Python 3.10 and later do.
            Ok(pad(&text, &parsed, '<'))
        }
        Val::Plain(Value::Float(f)) => Ok(format_float(*f, &parsed)),
        other => match other.as_int() {
            Some(i) if matches!(parsed.kind, Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => {
                Ok(format_float(i as f64, &parsed))
            }
            Some(i) => Ok(format_int(i, &parsed)),
            None => Err(Fault::new(format!("unsupported format string passed to {}.__format__", value.type_name()))),
        },
    }
}

/// Fills up to the width.
pub(super) fn pad(text: &str, spec: &Spec, default: char) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' }).to_string();
    match spec.align.unwrap_or(default) {
        '>' | '=' => fill.repeat(missing) + text,
        '^' => format!("{}{text}{}", fill.repeat(missing / 2), fill.repeat(missing - missing / 2)),
        _ => text.to_owned() + &fill.repeat(missing),
    }
}

/// A number's sign and digits, filled up; zeros go between them.
fn pad_number(negative: bool, prefix: &str, digits: &str, spec: &Spec) -> String {
    let sign = match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let inside = spec.align == Some('=') || spec.zero && spec.align.is_none();
    if inside {
        let used = sign.len() + prefix.len() + digits.chars().count();
        let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' }).to_string();
        return format!("{sign}{prefix}{}{digits}", fill.repeat(spec.width.saturating_sub(used)));
    }
    pad(&format!("{sign}{prefix}{digits}"), &Spec { zero: false, ..spec.clone() }, '>')
}

pub(super) fn format_int(value: i128, spec: &Spec) -> String {
    let size = value.unsigned_abs();
    let (prefix, digits) = match spec.kind {
        Some('x') => ("0x", format!("{size:x}")),
        Some('X') => ("0X", format!("{size:X}")),
        Some('o') => ("0o", format!("{size:o}")),
        Some('b') => ("0b", format!("{size:b}")),
        Some('c') => {
            return pad(
                &u32::try_from(value).ok().and_then(char::from_u32).map(String::from).unwrap_or_default(),
                spec,
                '<',
            );
        }
        _ => ("", size.to_string()),
    };
    let digits = match spec.precision {
        Some(n) if n > digits.len() => "0".repeat(n - digits.len()) + &digits,
        _ => digits,
    };
    let every = if matches!(spec.kind, Some('x' | 'X' | 'o' | 'b')) { 4 } else { 3 };
    let digits = spec.group.map_or(digits.clone(), |g| grouped(&digits, g, every));
    pad_number(value < 0, if spec.alternate { prefix } else { "" }, &digits, spec)
}

pub(super) fn format_float(value: f64, spec: &Spec) -> String {
    let size = value.abs();
    let negative = value.is_sign_negative() && !value.is_nan();
    let mut digits = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        "inf".to_owned()
    } else {
        let precision = spec.precision.unwrap_or(6);
        match spec.kind {
            Some('f' | 'F') => format!("{size:.precision$}"),
            Some('%') => format!("{:.precision$}%", size * 100.0),
            Some('e' | 'E') => exponent(size, precision),
            Some('g' | 'G' | 'n') => general(size, precision.max(1), spec.alternate),
            _ => match spec.precision {
                None => Value::from(size).repr(),
                Some(n) => {
                    let text = general(size, n.max(1), false);
                    if text.contains(['.', 'e', 'n']) { text } else { text + ".0" }
                }
            },
        }
    };
    if matches!(spec.kind, Some('E' | 'F' | 'G')) {
        digits = digits.to_uppercase();
    }
    if let Some(group) = spec.group {
        let (whole, rest) = digits.find(['.', 'e', '%']).map_or((digits.as_str(), ""), |n| digits.split_at(n));
        digits = grouped(whole, group, 3) + rest;
    }
    pad_number(negative, "", &digits, spec)
}

fn exponent(size: f64, precision: usize) -> String {
    let text = format!("{size:.precision$e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |p| ('-', p));
    format!("{digits}e{sign}{power:0>2}")
}

/// C's `%g`: as many significant digits, without trailing zeros.
fn general(size: f64, precision: usize, keep_zeros: bool) -> String {
    if size == 0.0 {
        return "0".to_owned();
    }
    let scientific = exponent(size, precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, p)| p.parse().ok()).unwrap_or(0);
    let trim = |text: &str| -> String {
        if keep_zeros || !text.contains('.') {
            text.to_owned()
        } else {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    if power < -4 || power >= precision as i32 {
        let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{power}", trim(digits));
    }
    let decimals = usize::try_from(precision as i32 - 1 - power).unwrap_or(0);
    trim(&format!("{size:.decimals$}"))
}

fn grouped(digits: &str, separator: char, every: usize) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (n, c) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(every) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_values_as_python_does() {
        for (value, spec, want) in [
            (Val::from(1234567), ",", "1,234,567"),
            (Val::from(5), "03d", "005"),
            (Val::from(-5), "05", "-0005"),
            (Val::text("ab"), ">5", "   ab"),
            (Val::text("ab"), "*^6", "**ab**"),
            (Val::from(1.23456), ".2f", "1.23"),
            (Val::from(0.5), "%", "50.000000%"),
            (Val::from(255), "#x", "0xff"),
            (Val::from(1e20), "", "1e+20"),
            (Val::from(1234.5), "g", "1234.5"),
            (Val::from(1.5), "8", "     1.5"),
            (Val::from(3.0), ".3", "3.0"),
        ] {
            assert_eq!(format_value(&value, spec).map_err(|f| f.message()).unwrap(), want, "{spec}");
        }
    }

    #[test]
    fn fills_fields() {
        let args = Args::both(vec![Val::text("a"), Val::from(2)], vec![("k".into(), Val::list(vec![Val::from(7)]))]);
        for (template, want) in
            [("{} {}", "a 2"), ("{1}{0}{{}}", "2a{}"), ("{k[0]:02d}", "07"), ("{0!r:>5}", "  'a'"), ("{0:{1}}|", "a |")]
        {
            assert_eq!(format(template, &args).map_err(|f| f.message()).unwrap(), want, "{template}");
        }
        assert!(format("{2}", &args).is_err());
        assert!(format("{", &args).is_err());
    }
}

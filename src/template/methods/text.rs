//! Methods of Python's text.

use crate::template::engine::{Args, Bound, Eval, Fault, Val};
use hostler_sdk::{Key, Map, Value};

/// `text.name(args)`; `None` when text has no such method.
pub(super) fn call(text: &str, name: &str, args: Args) -> Option<Eval<Val>> {
    Some(match name {
        "upper" => plain(args, name, || text.to_uppercase()),
        "lower" => plain(args, name, || text.to_lowercase()),
        "casefold" => plain(args, name, || text.to_lowercase().replace('ß', "ss")),
        "capitalize" => plain(args, name, || capitalize(text)),
        "title" => plain(args, name, || title(text)),
        "swapcase" => plain(args, name, || text.chars().map(swap_case).collect()),
        "strip" | "lstrip" | "rstrip" => strip(text, name, args),
        "split" | "rsplit" => split(text, name, args),
        "splitlines" => args.bind(name, ["keepends"]).and_then(|[keep]| {
            Ok(Val::list(split_lines(text, keep.flag(false)?).into_iter().map(Val::text).collect::<Vec<_>>()))
        }),
        "partition" | "rpartition" => partition(text, name, args),
        "replace" => args.bind(name, ["old", "new", "count"]).and_then(|[old, new, count]| {
            let (old, new) = (string(old, name, "old")?, string(new, name, "new")?);
            let count = count.int(-1)?;
            Ok(Val::from(match usize::try_from(count) {
                Ok(n) => text.replacen(&old, &new, n),
                Err(_) => text.replace(&old, &new),
            }))
        }),
        "startswith" | "endswith" => affix(text, name, args),
        "find" | "rfind" | "index" | "rindex" => find(text, name, args),
        "count" => args.bind(name, ["sub", "start", "end"]).and_then(|[sub, start, end]| {
            let sub = string(sub, name, "sub")?;
            let (part, _) = part(text, start, end)?;
            Ok(Val::from(if sub.is_empty() { part.chars().count() + 1 } else { part.matches(&*sub).count() }))
        }),
        "join" => args.bind(name, ["iterable"]).and_then(|[items]| {
            let mut out = String::new();
            for (n, item) in items.required(name, "iterable")?.iterate()?.into_iter().enumerate() {
                let Some(item_text) = item.as_str() else {
                    let kind = item.strict()?.type_name();
                    return Err(Fault::new(format!("sequence item {n}: expected str instance, {kind} found")));
                };
                if n > 0 {
                    out.push_str(text);
                }
                out.push_str(item_text);
            }
            Ok(Val::from(out))
        }),
        "format" => super::format(text, &args).map(Val::from),
        "format_map" => args.bind(name, ["mapping"]).and_then(|[map]| {
            let entries = map
                .required(name, "mapping")?
                .entries()
                .unwrap_or_else(|| Err(Fault::new("format_map() argument must be a mapping")))?;
            let named = entries.into_iter().map(|(k, v)| (k.to_string().into(), v)).collect();
            super::format(text, &Args::both(Vec::new(), named)).map(Val::from)
        }),
        "zfill" => args.bind(name, ["width"]).and_then(|[width]| Ok(Val::from(zfill(text, width.int(0)?)))),
        "ljust" | "rjust" | "center" => justify(text, name, args),
        "removeprefix" => args.bind(name, ["prefix"]).and_then(|[p]| {
            let p = string(p, name, "prefix")?;
            Ok(Val::text(text.strip_prefix(&*p).unwrap_or(text)))
        }),
        "removesuffix" => args.bind(name, ["suffix"]).and_then(|[p]| {
            let p = string(p, name, "suffix")?;
            Ok(Val::text(text.strip_suffix(&*p).unwrap_or(text)))
        }),
        "expandtabs" => args
            .bind(name, ["tabsize"])
            .and_then(|[n]| Ok(Val::from(expand_tabs(text, usize::try_from(n.int(8)?).unwrap_or(0))))),
        // There are no bytes in templates; what is encoded and decoded is the same text.
        "encode" | "decode" => Ok(Val::text(text)),
        "isnumeric" => plain_flag(args, name, all(text, char::is_numeric)),
        "isdigit" => plain_flag(args, name, all(text, |c| is_decimal(c) || is_superscript(c))),
        "isdecimal" => plain_flag(args, name, all(text, is_decimal)),
        "isalpha" => plain_flag(args, name, all(text, char::is_alphabetic)),
        "isalnum" => plain_flag(args, name, all(text, char::is_alphanumeric)),
        "isspace" => plain_flag(args, name, all(text, char::is_whitespace)),
        "isascii" => plain_flag(args, name, text.is_ascii()),
        "isupper" => {
            plain_flag(args, name, text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase))
        }
        "islower" => {
            plain_flag(args, name, text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase))
        }
        "istitle" => plain_flag(args, name, text.chars().any(char::is_alphabetic) && title(text) == text),
        "isidentifier" => plain_flag(args, name, {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
                && chars.all(|c| c == '_' || c.is_alphanumeric())
        }),
        "isprintable" => plain_flag(args, name, !text.chars().any(char::is_control)),
        "translate" => translate(text, args),
        _ => return None,
    })
}

fn plain(args: Args, name: &str, f: impl FnOnce() -> String) -> Eval<Val> {
    args.none(name)?;
    Ok(Val::from(f()))
}

fn plain_flag(args: Args, name: &str, flag: bool) -> Eval<Val> {
    args.none(name)?;
    Ok(Val::from(flag))
}

fn all(text: &str, f: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(f)
}

fn string(value: Option<Val>, who: &str, name: &str) -> Eval<String> {
    let value = value.required(who, name)?;
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Fault::new(format!("{who}() argument must be str, not {}", value.type_name()))),
    }
}

/// `str.capitalize`.
pub(crate) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
}

/// `str.title`.
pub(crate) fn title(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    out
}

fn swap_case(c: char) -> char {
    let swapped = if c.is_uppercase() { c.to_lowercase().next() } else { c.to_uppercase().next() };
    swapped.unwrap_or(c)
}

fn strip(text: &str, name: &str, args: Args) -> Eval<Val> {
    let [set] = args.bind(name, ["chars"])?;
    let set = set.string()?;
    let matches = |c: char| set.as_ref().map_or(c.is_whitespace(), |s| s.contains(c));
    Ok(Val::text(match name {
        "lstrip" => text.trim_start_matches(matches),
        "rstrip" => text.trim_end_matches(matches),
        _ => text.trim_matches(matches),
    }))
}

fn split(text: &str, name: &str, args: Args) -> Eval<Val> {
    let [sep, max] = args.bind(name, ["sep", "maxsplit"])?;
    let max = usize::try_from(max.int(-1)?).unwrap_or(usize::MAX - 1);
    let right = name == "rsplit";
    let parts: Vec<&str> = match sep.string()? {
        Some(sep) if sep.is_empty() => return Err(Fault::new("empty separator")),
        Some(sep) if right => {
            let mut parts: Vec<&str> = text.rsplitn(max + 1, &*sep).collect();
            parts.reverse();
            return Ok(texts(&parts));
        }
        Some(sep) => return Ok(texts(&text.splitn(max + 1, &*sep).collect::<Vec<_>>())),
        None => {
            let mut parts = Vec::new();
            let mut rest = if right { text.trim_end() } else { text.trim_start() };
            while !rest.is_empty() {
                let cut = if right { rest.rfind(char::is_whitespace) } else { rest.find(char::is_whitespace) };
                match cut {
                    Some(n) if parts.len() < max && right => {
                        let space = rest[n..].chars().next().map_or(1, char::len_utf8);
                        parts.push(&rest[n + space..]);
                        rest = rest[..n].trim_end();
                    }
                    Some(n) if parts.len() < max => {
                        parts.push(&rest[..n]);
                        rest = rest[n..].trim_start();
                    }
                    _ => {
                        parts.push(rest);
                        break;
                    }
                }
            }
            if right {
                parts.reverse();
            }
            parts
        }
    };
    Ok(texts(&parts))
}

fn texts(parts: &[&str]) -> Val {
    Val::from(Value::List(parts.iter().map(|p| Value::from(*p)).collect::<Vec<_>>().into()))
}

/// `str.splitlines`.
pub(crate) fn split_lines(text: &str, keep: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}']);
        let Some(end) = end else {
            lines.push(rest);
            break;
        };
        let stop =
            if rest[end..].starts_with("\r\n") { 2 } else { rest[end..].chars().next().map_or(1, char::len_utf8) };
        lines.push(&rest[..if keep { end + stop } else { end }]);
        rest = &rest[end + stop..];
    }
    lines
}

fn partition(text: &str, name: &str, args: Args) -> Eval<Val> {
    let [sep] = args.bind(name, ["sep"])?;
    let sep = string(sep, name, "sep")?;
    if sep.is_empty() {
        return Err(Fault::new("empty separator"));
    }
    let (a, b, c) = if name == "partition" {
        text.split_once(&*sep).map_or((text, "", ""), |(a, c)| (a, &*sep, c))
    } else {
        text.rsplit_once(&*sep).map_or(("", "", text), |(a, c)| (a, &*sep, c))
    };
    Ok(Val::tuple(vec![Val::text(a), Val::text(b), Val::text(c)]))
}

/// The part between two character positions, and the first of them.
fn part(text: &str, start: Option<Val>, end: Option<Val>) -> Eval<(&str, usize)> {
    let len = text.chars().count() as i128;
    let place = |n: i128| if n < 0 { (n + len).max(0) } else { n.min(len) };
    let (start, end) = (place(start.int(0)?), place(end.int(len)?));
    let byte = |n: i128| text.char_indices().nth(n as usize).map_or(text.len(), |(b, _)| b);
    Ok(if start <= end { (&text[byte(start)..byte(end)], start as usize) } else { ("", start as usize) })
}

fn affix(text: &str, name: &str, args: Args) -> Eval<Val> {
    let [affix, start, end] = args.bind(name, ["affix", "start", "end"])?;
    let (part, _) = part(text, start, end)?;
    let affix = affix.required(name, "affix")?;
    let test = |a: &Val| -> Eval<bool> {
        let Some(a) = a.as_str() else {
            return Err(Fault::new(format!("{name} first arg must be str or a tuple of str, not {}", a.type_name())));
        };
        Ok(if name == "startswith" { part.starts_with(a) } else { part.ends_with(a) })
    };
    if let Val::Tuple(items) = &affix {
        for item in items.iter() {
            if test(item)? {
                return Ok(Val::from(true));
            }
        }
        return Ok(Val::from(false));
    }
    Ok(Val::from(test(&affix)?))
}

fn find(text: &str, name: &str, args: Args) -> Eval<Val> {
    let [sub, start, end] = args.bind(name, ["sub", "start", "end"])?;
    let sub = string(sub, name, "sub")?;
    let (part, offset) = part(text, start, end)?;
    let found = if name.starts_with('r') { part.rfind(&*sub) } else { part.find(&*sub) };
    match found {
        Some(n) => Ok(Val::from(part[..n].chars().count() + offset)),
        None if name.ends_with("index") => Err(Fault::new("substring not found")),
        None => Ok(Val::from(-1)),
    }
}

fn zfill(text: &str, width: i128) -> String {
    let missing = usize::try_from(width).unwrap_or(0).min(1 << 20).saturating_sub(text.chars().count());
    let (sign, digits) = match text.chars().next() {
        Some(c @ ('+' | '-')) => (c.to_string(), &text[1..]),
        _ => (String::new(), text),
    };
    format!("{sign}{}{digits}", "0".repeat(missing))
}

fn justify(text: &str, name: &str, args: Args) -> Eval<Val> {
    let [width, fill] = args.bind(name, ["width", "fillchar"])?;
    let fill = fill.string()?.unwrap_or_else(|| " ".to_owned());
    if fill.chars().count() != 1 {
        return Err(Fault::new("the fill character must be exactly one character long"));
    }
    let width = usize::try_from(width.int(0)?).unwrap_or(0).min(1 << 20);
    let missing = width.saturating_sub(text.chars().count());
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        // CPython's rounding: the extra character goes left when the width is odd.
        _ => missing / 2 + (missing & width & 1),
    };
    Ok(Val::from(format!("{}{text}{}", fill.repeat(left), fill.repeat(missing - left))))
}

/// `str.expandtabs`.
pub(crate) fn expand_tabs(text: &str, size: usize) -> String {
    let (mut out, mut column) = (String::with_capacity(text.len()), 0);
    for c in text.chars() {
        match c {
            '\t' if size > 0 => {
                let n = size - column % size;
                out.extend(std::iter::repeat_n(' ', n));
                column += n;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}

/// `str.translate` with a mapping of code points, as `str.maketrans` would give it.
fn translate(text: &str, args: Args) -> Eval<Val> {
    let [table] = args.bind("translate", ["table"])?;
    let table = table.required("translate", "table")?.to_value()?;
    let empty = Map::new();
    let table = table.as_map().unwrap_or(&empty);
    let mut out = String::new();
    for c in text.chars() {
        match table.get(&Key::Int(c as i128)) {
            None => out.push(c),
            Some(Value::Null) => {}
            Some(Value::Int(code)) => out.extend(u32::try_from(*code).ok().and_then(char::from_u32)),
            Some(other) => out.push_str(&other.to_string()),
        }
    }
    Ok(Val::from(out))
}
fn is_superscript(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '\u{2070}'..='\u{2079}' | '\u{2080}'..='\u{2089}')
}

/// A digit of a decimal system; fractions, circled numbers and numerals of other kinds are none.
fn is_decimal(c: char) -> bool {
    let other = matches!(c, '¼'..='¾' | '\u{2150}'..='\u{218b}' | '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}')
        || matches!(c, '\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3192}'..='\u{3195}' | '\u{3220}'..='\u{32bf}')
        || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}');
    c.is_numeric() && !is_superscript(c) && !other
}

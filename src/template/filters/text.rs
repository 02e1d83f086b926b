//! Filters on text: case, trimming, padding, wrapping, comments, quoting.

use super::Filter;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val, convert};
use crate::template::methods;
use crate::template::pprint::pretty;
use hostler_sdk::Value;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("string", |_, v, a| one(a, "string", || Ok(Val::Plain(Value::Str(v.to_text()?))))),
    Filter::new("lower", |_, v, a| one(a, "lower", || Ok(Val::from(v.to_text()?.to_lowercase())))),
    Filter::new("upper", |_, v, a| one(a, "upper", || Ok(Val::from(v.to_text()?.to_uppercase())))),
    Filter::new("capitalize", |_, v, a| one(a, "capitalize", || Ok(Val::from(methods::capitalize(&v.to_text()?))))),
    Filter::new("title", |_, v, a| one(a, "title", || Ok(Val::from(title(&v.to_text()?))))),
    Filter::new("trim", trim),
    Filter::new("replace", replace),
    Filter::new("format", |_, v, a| {
        let value = if a.named.is_empty() {
            Val::tuple(a.pos)
        } else {
            Val::dict(a.named.into_iter().map(|(k, v)| (hostler_sdk::Key::Str(k), v)).collect())
        };
        methods::percent(&v.to_text()?, &value).map(Val::from)
    }),
    Filter::new("center", center),
    Filter::new("indent", indent),
    Filter::new("truncate", truncate),
    Filter::new("wordwrap", word_wrap),
    Filter::new("wordcount", |_, v, a| {
        one(a, "wordcount", || {
            let text = v.to_text()?;
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
            Ok(Val::from(words.count()))
        })
    }),
    Filter::new("escape", |_, v, a| one(a, "escape", || Ok(Val::from(escape(&v.to_text()?))))),
    Filter::new("e", |_, v, a| one(a, "e", || Ok(Val::from(escape(&v.to_text()?))))),
    Filter::new("forceescape", |_, v, a| one(a, "forceescape", || Ok(Val::from(escape(&v.to_text()?))))),
    // Nothing is escaped on output, so nothing needs marking.
    Filter::new("safe", |_, v, a| one(a, "safe", || Ok(Val::Plain(Value::Str(v.to_text()?))))),
    Filter::new("striptags", strip_tags),
    Filter::new("xmlattr", xml_attributes),
    Filter::new("urlize", super::urlize::urlize),
    Filter::new("pprint", |_, v, a| {
        one(a, "pprint", || match v.as_str() {
            // Python's way of long containers is not Ansible's: its own kinds of them stay on one line.
            Some(text) => Ok(Val::from(pretty(&text.into()))),
            None => v.repr().map(Val::from),
        })
    }),
    Filter::new("quote", |_, v, a| one(a, "quote", || Ok(Val::from(quote(&nothing_as_empty(&v)?))))),
    Filter::new("comment", comment),
    Filter::new("split", |_, v, a| methods::call(&Val::Plain(Value::Str(v.to_text()?)), "split", a)),
    Filter::new("filesizeformat", file_size),
];

fn one(args: Args, who: &str, f: impl FnOnce() -> Eval<Val>) -> Eval<Val> {
    args.none(who)?;
    f()
}

fn nothing_as_empty(value: &Val) -> Eval<std::sync::Arc<str>> {
    if value.is_null() { Ok("".into()) } else { value.to_text() }
}

/// Jinja's title case: words begin after white space, hyphens and brackets.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = c.is_whitespace() || "-({[<".contains(c);
    }
    out
}

fn trim(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [chars] = args.bind("trim", ["chars"])?;
    let chars = chars.string()?;
    let text = input.to_text()?;
    Ok(Val::text(text.trim_matches(|c: char| chars.as_ref().map_or(c.is_whitespace(), |s| s.contains(c)))))
}

fn replace(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [old, new, count] = args.bind("replace", ["old", "new", "count"])?;
    let text = input.to_text()?;
    let old = old.required("replace", "old")?.to_text()?;
    let new = new.required("replace", "new")?.to_text()?;
    Ok(Val::from(match usize::try_from(count.int(-1)?) {
        Ok(n) => text.replacen(&*old, &new, n),
        Err(_) => text.replace(&*old, &new),
    }))
}

fn center(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [width] = args.bind("center", ["width"])?;
    methods::call(&Val::Plain(Value::Str(input.to_text()?)), "center", Args::of(vec![Val::from(width.int(80)?)]))
}

fn indent(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [width, first, blank] = args.bind("indent", ["width", "first", "blank"])?;
    let margin = match width {
        None => "    ".to_owned(),
        Some(w) => match w.as_str() {
            Some(text) => text.to_owned(),
            None => {
                let n = convert::int(&w).ok_or_else(|| Fault::new("indent: `width` must be a number or text"))?;
                " ".repeat(usize::try_from(n).unwrap_or(0).min(10_000))
            }
        },
    };
    let (first, blank) = (first.flag(false)?, blank.flag(false)?);
    let text = format!("{}\n", input.to_text()?);
    let mut out = String::with_capacity(text.len() * 5 / 4);
    if first {
        out.push_str(&margin);
    }
    for (n, line) in methods::split_lines(&text, false).into_iter().enumerate() {
        if n > 0 {
            out.push('\n');
            if blank || !line.is_empty() {
                out.push_str(&margin);
            }
        }
        out.push_str(line);
    }
    Ok(Val::from(out))
}

fn truncate(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [length, kill, end, leeway] = args.bind("truncate", ["length", "killwords", "end", "leeway"])?;
    let (length, leeway) = (length.int(255)?, leeway.int(5)?);
    let end = end.string()?.unwrap_or_else(|| "...".to_owned());
    let text = input.to_text()?;
    let (count, extra) = (text.chars().count() as i128, end.chars().count() as i128);
    if length < extra {
        return Err(Fault::new(format!("expected length >= {extra}, got {length}")));
    }
    if count <= length + leeway {
        return Ok(Val::text(text));
    }
    let cut: String = text.chars().take((length - extra) as usize).collect();
    let cut = if kill.flag(false)? { cut } else { cut.rsplit_once(' ').map_or(cut.clone(), |(a, _)| a.to_owned()) };
    Ok(Val::from(cut + &end))
}

fn word_wrap(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [width, break_long, with, hyphens] =
        args.bind("wordwrap", ["width", "break_long_words", "wrapstring", "break_on_hyphens"])?;
    let width = usize::try_from(width.int(79)?).unwrap_or(79).max(1);
    let (break_long, hyphens) = (break_long.flag(true)?, hyphens.flag(true)?);
    let with = with.string()?.unwrap_or_else(|| "\n".to_owned());
    let text = input.to_text()?;
    let wrapped: Vec<String> = methods::split_lines(&text, false)
        .into_iter()
        .map(|l| wrap(l, width, break_long, hyphens).join(&with))
        .collect();
    Ok(Val::from(wrapped.join(&with)))
}

/// Python's `textwrap.wrap` of one line, white space kept inside lines.
fn wrap(line: &str, width: usize, break_long: bool, hyphens: bool) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut current = String::new();
    for c in line.chars() {
        let space = current.chars().next_back().is_some_and(char::is_whitespace);
        if !current.is_empty() && space != c.is_whitespace() {
            pieces.push(std::mem::take(&mut current));
        }
        let after_word = current.chars().next_back().is_some_and(char::is_alphabetic);
        current.push(c);
        if hyphens && c == '-' && after_word {
            pieces.push(std::mem::take(&mut current));
        }
    }
    pieces.push(current);
    let mut lines: Vec<String> = Vec::new();
    let mut out = String::new();
    let len = |s: &str| s.chars().count();
    for mut piece in pieces {
        if len(&out) + len(&piece) > width {
            if piece.trim().is_empty() {
                continue;
            }
            if !out.is_empty() {
                lines.push(out.trim_end().to_owned());
                out.clear();
            }
            while break_long && len(&piece) > width {
                let cut: usize = piece.chars().take(width).map(char::len_utf8).sum();
                lines.push(piece[..cut].to_owned());
                piece = piece[cut..].to_owned();
            }
        }
        if out.is_empty() && piece.trim().is_empty() && !lines.is_empty() {
            continue;
        }
        out.push_str(&piece);
    }
    if !out.trim_end().is_empty() {
        lines.push(out.trim_end().to_owned());
    }
    lines
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;").replace('"', "&#34;")
}

fn strip_tags(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    args.none("striptags")?;
    let text = input.to_text()?;
    let mut out = String::new();
    let mut rest: &str = &text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let close = if rest[at..].starts_with("<!--") {
            rest[at..].find("-->").map(|n| n + 3)
        } else {
            rest[at..].find('>').map(|n| n + 1)
        };
        match close {
            Some(n) => rest = &rest[at + n..],
            None => {
                out.push_str(&rest[at..]);
                rest = "";
            }
        }
    }
    out.push_str(rest);
    let plain = out
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    Ok(Val::from(plain.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn xml_attributes(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [space] = args.bind("xmlattr", ["autospace"])?;
    let entries = input.entries().unwrap_or_else(|| Err(Fault::new("xmlattr needs a mapping")))?;
    let mut out = String::new();
    for (key, value) in entries {
        if value.is_null() || matches!(value, Val::Missing(_)) {
            continue;
        }
        out.push_str(&format!(" {}=\"{}\"", escape(&key.to_string()), escape(&value.to_text()?)));
    }
    if !space.flag(true)? {
        out = out.trim_start().to_owned();
    }
    Ok(Val::from(out))
}

/// `shlex.quote`.
pub(super) fn quote(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'"))
    }
}

/// Ansible's `comment`: a text decorated line by line.
fn comment(_: &Rc<Session>, input: Val, mut args: Args) -> Eval<Val> {
    let mut take = |name: &str| args.take(name).string();
    let (decoration, begin, end) = (take("decoration")?, take("beginning")?, take("end")?);
    let (prefix, postfix, newline) = (take("prefix")?, take("postfix")?, take("newline")?);
    let prefix_count = args.take("prefix_count").int(1)?;
    let postfix_count = args.take("postfix_count").int(1)?;
    let [style] = args.bind("comment", ["style"])?;
    let style = style.string()?.unwrap_or_else(|| "plain".to_owned());
    let (style_decoration, style_begin, style_end) = match style.as_str() {
        "plain" => ("# ", "", ""),
        "erlang" => ("% ", "", ""),
        "c" => ("// ", "", ""),
        "cblock" => (" * ", "/*", " */"),
        "xml" => (" - ", "<!--", "-->"),
        other => return Err(Fault::new(format!("Invalid style '{other}'."))),
    };
    let decoration = decoration.unwrap_or_else(|| style_decoration.to_owned());
    let begin = begin.unwrap_or_else(|| style_begin.to_owned());
    let end = end.unwrap_or_else(|| style_end.to_owned());
    let newline = newline.unwrap_or_else(|| "\n".to_owned());
    let bare = decoration.trim_end().to_owned();
    let prefix = prefix.unwrap_or_else(|| bare.clone());
    let postfix = postfix.unwrap_or_else(|| bare.clone());
    let times = |what: &str, count: i128| what.repeat(usize::try_from(count).unwrap_or(0).min(1000));
    // A prefix that is nothing but a newline is taken as it is.
    let above = match prefix.as_str() {
        "" => String::new(),
        line if line == newline => newline.clone(),
        line => format!("{line}{newline}"),
    };
    let text = input.to_text()?;
    let lines: Vec<String> = text.split(newline.as_str()).map(|l| format!("{decoration}{l}")).collect();
    let body = lines.join(&newline).replace(&format!("{decoration}{newline}"), &format!("{bare}{newline}"));
    let start = if begin.is_empty() { String::new() } else { format!("{begin}{newline}") };
    let (above, below) = (times(&above, prefix_count), times(&format!("{newline}{postfix}"), postfix_count));
    let mut out = format!("{start}{above}{body}{below}");
    if !end.is_empty() {
        out.push_str(&newline);
        out.push_str(&end);
    }
    Ok(Val::from(out))
}

fn file_size(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [binary] = args.bind("filesizeformat", ["binary"])?;
    let bytes = convert::float(&input).ok_or_else(|| Fault::new("filesizeformat needs a number"))?;
    let (base, units) = if binary.flag(false)? {
        (1024.0, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"])
    } else {
        (1000.0, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"])
    };
    if bytes == 1.0 {
        return Ok(Val::text("1 Byte"));
    }
    if bytes < base {
        return Ok(Val::from(format!("{} Bytes", bytes.trunc())));
    }
    let mut unit = base;
    for name in units {
        unit *= base;
        if bytes < unit || name.starts_with('Y') {
            return Ok(Val::from(format!("{:.1} {name}", base * bytes / unit)));
        }
    }
    Ok(Val::NULL)
}

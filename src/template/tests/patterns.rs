//! Tests with regular expressions and addresses: `match`, `search`, `regex`, `uri`, `url`, `ansible.utils.ipv4`.

use super::Test;
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val};
use hostler_builtin::regex::Flags;

pub(super) const TESTS: &[Test] = &[
    Test::new("match", |s, v, a| regex(s, v, a, "match")),
    Test::new("search", |s, v, a| regex(s, v, a, "search")),
    Test::new("regex", |s, v, mut a| {
        let kind = a.take("match_type").string()?.unwrap_or_else(|| "search".to_owned());
        regex(s, v, a, &kind)
    }),
    Test::new("uri", |_, v, a| uri(v, a, "uri")),
    Test::new("url", |_, v, a| {
        let text = v.to_text()?;
        Ok(uri(v, a, "url")? && (text.contains("://") && !text.contains(":///") || text.starts_with("file:")))
    }),
    Test::new("urn", |_, v, a| {
        a.none("urn")?;
        Ok(v.to_text()?.to_lowercase().starts_with("urn:"))
    }),
];

fn regex(session: &Session, value: &Val, args: Args, kind: &str) -> Eval<bool> {
    let [pattern, ignore, multi] = args.bind(kind, ["pattern", "ignorecase", "multiline"])?;
    let flags = Flags { ignore_case: ignore.flag(false)?, multi_line: multi.flag(false)?, dot_all: false };
    let source = pattern.string()?.unwrap_or_default();
    // `\A` and `\Z` are the ends of the text whatever the flags.
    let source = match kind {
        "search" => source,
        "match" => format!("\\A(?:{source})"),
        "fullmatch" => format!("\\A(?:{source})\\Z"),
        other => return Err(Fault::new(format!("regex: unknown match_type '{other}'"))),
    };
    // An inline flag must stand first; Python lets it, so it is moved out of the brackets.
    let source = hoist_flags(&source, kind);
    let pattern = session.shared.pattern(&source, flags)?;
    Ok(pattern.is_match(value.to_text()?.as_bytes())?)
}

/// `\A(?:(?i)x)` -> `(?i)\A(?:x)`.
fn hoist_flags(source: &str, kind: &str) -> String {
    if kind == "search" {
        return source.to_owned();
    }
    let Some(rest) = source.strip_prefix("\\A(?:(?") else { return source.to_owned() };
    match rest.find(')') {
        Some(n) if rest[..n].bytes().all(|b| b.is_ascii_alphabetic()) => {
            format!("(?{})\\A(?:{}", &rest[..n], &rest[n + 1..])
        }
        _ => source.to_owned(),
    }
}

fn uri(value: &Val, args: Args, who: &str) -> Eval<bool> {
    let [schemes] = args.bind(who, ["schemes"])?;
    let Some(text) = value.as_str() else { return Ok(false) };
    let scheme = text.split_once(':').map_or("", |(s, _)| s).to_lowercase();
    match schemes {
        Some(list) if list.truth()? => {
            for known in list.iterate()? {
                if known.as_str() == Some(&scheme) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(true),
    }
}

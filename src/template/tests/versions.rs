//! `version`: loose, strict, semantic and PEP 440 versions compared.

use super::Test;
use crate::template::engine::{Args, Bound, Eval, Fault, Val};
use std::cmp::Ordering;

pub(super) const TESTS: &[Test] =
    &[Test::new("version", |_, v, a| version(v, a)), Test::new("version_compare", |_, v, a| version(v, a))];

fn version(value: &Val, args: Args) -> Eval<bool> {
    let [other, operator, strict, kind] = args.bind("version", ["version", "operator", "strict", "version_type"])?;
    let other = other.required("version", "version")?;
    let strict = strict.filter(|s| !s.is_null());
    let kind = kind.string()?;
    if strict.is_some() && kind.is_some() {
        return Err(Fault::new("Cannot specify both 'strict' and 'version_type'"));
    }
    if !value.truth()? {
        return Err(Fault::new("Input version value cannot be empty"));
    }
    if !other.truth()? {
        return Err(Fault::new("Version parameter to compare against cannot be empty"));
    }
    let kind = if strict.flag(false)? { "strict".to_owned() } else { kind.unwrap_or_else(|| "loose".to_owned()) };
    let (a, b) = (value.to_text()?, other.to_text()?);
    let failed = |e: String| Fault::new(format!("Version comparison failed: {e}"));
    let order = match kind.as_str() {
        "loose" => loose(&a, &b).map_err(failed)?,
        "strict" => numbered(&a).map_err(failed)?.cmp(&numbered(&b).map_err(failed)?),
        "semver" | "semantic" => semantic(&a, &b).map_err(failed)?,
        "pep440" => pep440(&a).map_err(failed)?.cmp(&pep440(&b).map_err(failed)?),
        other => {
            return Err(Fault::new(format!(
                "Invalid version type ({other}). Must be one of 'loose', 'strict', 'semver', 'semantic', 'pep440'"
            )));
        }
    };
    let operator = operator.string()?.unwrap_or_else(|| "eq".to_owned());
    Ok(match operator.as_str() {
        "==" | "=" | "eq" => order.is_eq(),
        "!=" | "<>" | "ne" => order.is_ne(),
        "<" | "lt" => order.is_lt(),
        "<=" | "le" => order.is_le(),
        ">" | "gt" => order.is_gt(),
        ">=" | "ge" => order.is_ge(),
        other => return Err(Fault::new(format!("Invalid operator type ({other})"))),
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Number(u128),
    Word(String),
}

/// distutils' loose version: runs of digits, runs of letters, anything else that is not a dot.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let same: fn(char) -> bool = match c {
            '0'..='9' => |c| c.is_ascii_digit(),
            'a'..='z' => |c| c.is_ascii_lowercase(),
            '.' => |c| c == '.',
            _ => |c| !c.is_ascii_digit() && !c.is_ascii_lowercase() && c != '.',
        };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        // A single dot only separates; of several, the rest counts as text, as Python's split leaves it.
        let piece = &rest[..end];
        match c {
            '.' => {}
            '0'..='9' => match piece.parse() {
                Ok(n) => parts.push(Part::Number(n)),
                Err(_) => parts.push(Part::Word(piece.to_owned())),
            },
            _ => parts.push(Part::Word(piece.to_owned())),
        }
        rest = &rest[end..];
    }
    parts
}

/// How two loose versions are ordered.
pub(crate) fn loose_versions(a: &str, b: &str) -> Eval<Ordering> {
    loose(a, b).map_err(Fault::from)
}

fn loose(a: &str, b: &str) -> Result<Ordering, String> {
    let (a, b) = (parts(a), parts(b));
    for pair in a.iter().zip(&b) {
        let order = match pair {
            (Part::Number(a), Part::Number(b)) => a.cmp(b),
            (Part::Word(a), Part::Word(b)) => a.cmp(b),
            (Part::Number(_), Part::Word(_)) => {
                return Err("'<' not supported between instances of 'int' and 'str'".into());
            }
            (Part::Word(_), Part::Number(_)) => {
                return Err("'<' not supported between instances of 'str' and 'int'".into());
            }
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(a.len().cmp(&b.len()))
}

/// distutils' strict version: two or three numbers and an optional `a` or `b` release; those come before the final one.
fn numbered(text: &str) -> Result<([u128; 3], u8, char, u128), String> {
    let wrong = || format!("invalid version number '{text}'");
    let pre = text.find(['a', 'b']);
    let (numbers, pre): (&str, Option<(char, u128)>) = match pre {
        Some(n) => {
            let kind = if text[n..].starts_with('a') { 'a' } else { 'b' };
            (&text[..n], Some((kind, text[n + 1..].parse().map_err(|_| wrong())?)))
        }
        None => (text, None),
    };
    let list: Vec<u128> = numbers.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let numbers = match list[..] {
        [a, b] => [a, b, 0],
        [a, b, c] => [a, b, c],
        _ => return Err(wrong()),
    };
    Ok(match pre {
        Some((kind, n)) => (numbers, 0, kind, n),
        None => (numbers, 1, 'a', 0),
    })
}

/// semver.org 2.0.0; build data does not count.
fn semantic(a: &str, b: &str) -> Result<Ordering, String> {
    let read = |text: &str| -> Result<([u128; 3], Vec<Part>), String> {
        let wrong = || format!("invalid semantic version '{text}'");
        let bare = text.split('+').next().unwrap_or(text);
        let (core, pre) = bare.split_once('-').map_or((bare, None), |(c, p)| (c, Some(p)));
        let core: Vec<u128> = core.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
        let core = <[u128; 3]>::try_from(core).map_err(|_| wrong())?;
        let pre = pre.map_or_else(Vec::new, |p| {
            p.split('.').map(|w| w.parse().map_or_else(|_| Part::Word(w.to_owned()), Part::Number)).collect()
        });
        Ok((core, pre))
    };
    let ((a, a_pre), (b, b_pre)) = (read(a)?, read(b)?);
    let order = a.cmp(&b);
    if order.is_ne() {
        return Ok(order);
    }
    if a_pre.is_empty() || b_pre.is_empty() {
        // A pre-release comes before its release.
        return Ok(a_pre.is_empty().cmp(&b_pre.is_empty()));
    }
    for pair in a_pre.iter().zip(&b_pre) {
        let order = match pair {
            (Part::Number(a), Part::Number(b)) => a.cmp(b),
            (Part::Word(a), Part::Word(b)) => a.cmp(b),
            (Part::Number(_), Part::Word(_)) => Ordering::Less,
            (Part::Word(_), Part::Number(_)) => Ordering::Greater,
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(a_pre.len().cmp(&b_pre.len()))
}

/// What PEP 440 compares: epoch, release, pre, post, dev, local.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pep440 {
    epoch: u128,
    release: Vec<u128>,
    pre: (u8, u8, u128),
    post: i128,
    dev: u128,
    local: Vec<(u8, u128, String)>,
}

fn pep440(text: &str) -> Result<Pep440, String> {
    let wrong = || format!("Invalid version: '{text}'");
    let lower = text.trim().to_lowercase();
    let (public, local) = lower.split_once('+').map_or((lower.as_str(), None), |(p, l)| (p, Some(l)));
    let public = public.strip_prefix('v').unwrap_or(public);
    let (epoch, rest) = match public.split_once('!') {
        Some((e, rest)) => (e.parse().map_err(|_| wrong())?, rest),
        None => (0, public),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let numbers = rest[..end].trim_end_matches('.');
    let mut release: Vec<u128> = numbers.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    while release.last() == Some(&0) {
        release.pop();
    }
    let mut rest = &rest[end..];
    let (mut pre, mut post, mut dev) = (None, None, None);
    while !rest.is_empty() {
        let from = rest.trim_start_matches(['.', '-', '_']);
        let word: String = from.chars().take_while(char::is_ascii_alphabetic).collect();
        let after = from[word.len()..].trim_start_matches(['.', '-', '_']);
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let number = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| wrong())? };
        match word.as_str() {
            "a" | "alpha" => pre = Some((0, number)),
            "b" | "beta" => pre = Some((1, number)),
            "c" | "rc" | "pre" | "preview" => pre = Some((2, number)),
            "post" | "rev" | "r" => post = Some(number),
            "" if !digits.is_empty() && rest.starts_with('-') => post = Some(number),
            "dev" => dev = Some(number),
            _ => return Err(wrong()),
        }
        rest = if digits.is_empty() { &from[word.len()..] } else { &after[digits.len()..] };
        if rest.len() >= from.len() {
            return Err(wrong());
        }
    }
    let local = local.map_or_else(Vec::new, |l| {
        l.split(['.', '-', '_'])
            .map(|p| p.parse().map_or_else(|_| (0, 0, p.to_owned()), |n| (1, n, String::new())))
            .collect()
    });
    Ok(Pep440 {
        epoch,
        release,
        // A development release of the final version comes before all of its pre-releases, the final version after.
        pre: match (pre, post, dev) {
            (Some((kind, n)), _, _) => (1, kind, n),
            (None, None, Some(_)) => (0, 0, 0),
            _ => (2, 0, 0),
        },
        post: post.map_or(-1, |n| i128::try_from(n).unwrap_or(i128::MAX)),
        dev: dev.unwrap_or(u128::MAX),
        local,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_versions() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, want) in
            [("1.10", "1.9", Greater), ("1.2", "1.2.0", Less), ("3.10.2", "3.10.2", Equal), ("1.0a", "1.0b", Less)]
        {
            assert_eq!(loose(a, b), Ok(want), "{a} {b}");
        }
        assert!(loose("1.0", "1.b").is_err());
        for (a, b, want) in [("1.0.0-rc.1", "1.0.0", Less), ("1.0.0+a", "1.0.0+b", Equal), ("1.0.0-2", "1.0.0-a", Less)]
        {
            assert_eq!(semantic(a, b), Ok(want), "{a} {b}");
        }
        for (a, b, want) in [
            ("1.0.dev1", "1.0a1", Less),
            ("1.0rc1", "1.0", Less),
            ("1.0.post1", "1.0", Greater),
            ("1.0", "1.0.0", Equal),
            ("1!0.1", "9", Greater),
        ] {
            assert_eq!(pep440(a).unwrap().cmp(&pep440(b).unwrap()), want, "{a} {b}");
        }
        assert_eq!(numbered("1.2a1").unwrap().cmp(&numbered("1.2").unwrap()), Less);
        assert!(numbered("1").is_err());
    }
}

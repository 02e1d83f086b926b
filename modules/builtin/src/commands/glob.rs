//! Shell patterns in `creates` and `removes`: what Python's `glob.glob` would find, asked of the host directory by
//! directory.

use hostler_sdk::{FileKind, Look};

/// Whether anything matches `pattern`. A relative pattern counts from `base`. Errors on the way (a directory that may
/// not be listed) mean no match, as in Python.
pub(super) fn exists(look: &Look, pattern: &str, base: Option<&str>) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let whole = match base {
        Some(base) if !pattern.starts_with('/') => format!("{}/{pattern}", base.trim_end_matches('/')),
        _ => pattern.to_owned(),
    };
    if !is_magic(pattern) {
        return there(look, &whole);
    }
    let (root, rest) = match whole.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", whole.as_str()),
    };
    let parts: Vec<&str> = rest.split('/').filter(|p| !p.is_empty()).collect();
    any(look, root, &parts, whole.ends_with('/'))
}

fn there(look: &Look, path: &str) -> bool {
    match path.strip_suffix('/') {
        Some(dir) if !dir.is_empty() => is_dir(look, dir),
        _ => matches!(look.lstat(path), Ok(Some(_))),
    }
}

fn is_dir(look: &Look, path: &str) -> bool {
    matches!(look.stat(path), Ok(Some(meta)) if meta.kind == FileKind::Directory)
}

fn any(look: &Look, at: &str, parts: &[&str], wants_dir: bool) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return if wants_dir { is_dir(look, at) } else { matches!(look.lstat(at), Ok(Some(_))) };
    };
    let join = |name: &str| if at.is_empty() || at == "/" { format!("{at}{name}") } else { format!("{at}/{name}") };
    if !is_magic(first) {
        return any(look, &join(first), rest, wants_dir);
    }
    let names = look.list(if at.is_empty() { "." } else { at }).unwrap_or_default();
    names
        .iter()
        .filter(|name| first.starts_with('.') || !name.starts_with('.'))
        .filter(|name| matches(first, name))
        .any(|name| any(look, &join(name), rest, wants_dir))
}

pub(crate) fn is_magic(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// Python's `fnmatch`: `*`, `?`, `[abc]`, `[a-z]`, `[!a]`; an unclosed bracket is itself.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Only the last star is ever tried again: linear in time for one star, at worst pattern x name.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
            continue;
        }
        match one(&pattern, p, name[n]) {
            Some(next) => {
                p = next;
                n += 1;
            }
            None => {
                let Some((sp, sn)) = star else { return false };
                p = sp + 1;
                n = sn + 1;
                star = Some((sp, n));
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Matches one character at `p`; the position after what was used up.
fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => {
            let negated = pattern.get(p + 1) == Some(&'!');
            let start = p + 1 + usize::from(negated);
            // A bracket right after the opening one is a member.
            let Some(end) = (start + 1..pattern.len()).find(|i| pattern[*i] == ']') else {
                return (c == '[').then_some(p + 1);
            };
            let set = &pattern[start..end];
            let mut i = 0;
            let mut found = false;
            while i < set.len() {
                if i + 2 < set.len() && set[i + 1] == '-' {
                    found |= set[i] <= c && c <= set[i + 2];
                    i += 3;
                } else {
                    found |= set[i] == c;
                    i += 1;
                }
            }
            (found != negated).then_some(end + 1)
        }
        literal => (*literal == c).then_some(p + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of Python 3's `fnmatch.fnmatchcase`.
    #[test]
    fn patterns_match_as_in_python() {
        for (pattern, name, want) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbbd", false),
            ("*.so.*", "libc.so.6", true),
            ("a*b*c", "aXbYbZc", true),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[!]]", "]", false),
            ("[ab", "[ab", true),
            ("[a-]", "-", true),
            ("x[", "x[", true),
            ("é?", "éa", true),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }
}

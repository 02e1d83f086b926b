//! Patterns of host names as ssh_config and known_hosts use them: `*`, `?`, and lists with negation.

/// Whether `name` matches `pattern` as a whole.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go on after the last star: one more byte of the name swallowed by it.
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    p = star;
                    n = from + 1;
                    retry = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// Whether one of the patterns matches and no negated one does. Patterns are compared without case; `name` is lower case.
pub fn list_matches<'a>(patterns: impl IntoIterator<Item = &'a str>, name: &str) -> bool {
    let patterns: Vec<String> = patterns.into_iter().map(str::to_lowercase).collect();
    exact_list_matches(patterns.iter().map(String::as_str), name)
}

/// The same with case, as names of users have it.
pub fn exact_list_matches<'a>(patterns: impl IntoIterator<Item = &'a str>, name: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if matches(negated, name) => return false,
            Some(_) => {}
            None => found |= matches(pattern, name),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_marks() {
        for (pattern, name, wanted) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*.x.org", "a.b.x.org", true),
            ("192.168.?.1*", "192.168.7.11", true),
            ("?", "", false),
            ("a**b", "ab", true),
            ("*a*a*a*a*b", &"a".repeat(60), false),
        ] {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }

    #[test]
    fn a_negated_match_refuses_the_list() {
        assert!(list_matches(["*.org", "!x.org"], "y.org"));
        assert!(!list_matches(["*.org", "!x.org"], "x.org"));
        assert!(!list_matches(["!x.org"], "y.org"));
        assert!(list_matches(["WEB*"], "web1"));
    }
}

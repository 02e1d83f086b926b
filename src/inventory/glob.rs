//! Shell patterns as Python's `fnmatch` reads them: `*`, `?`, `[abc]`, `[!a-c]`; the whole name must match, case counts.

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Char(char),
    One,
    Any,
    Set { not: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// Compiles; everything is a pattern.
    pub fn new(pattern: &str) -> Self {
        let chars: Vec<char> = pattern.chars().collect();
        let mut parts = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            at += 1;
            match chars[at - 1] {
                '*' => {
                    if !matches!(parts.last(), Some(Part::Any)) {
                        parts.push(Part::Any);
                    }
                }
                '?' => parts.push(Part::One),
                '[' => {
                    let not = chars.get(at) == Some(&'!');
                    let start = at + usize::from(not);
                    // A `]` right at the beginning is one of the characters.
                    let end = chars.iter().enumerate().skip(start + 1).find(|(_, c)| **c == ']').map(|(n, _)| n);
                    match end.filter(|_| start < chars.len()) {
                        Some(end) => {
                            parts.push(Part::Set { not, ranges: ranges(&chars[start..end]) });
                            at = end + 1;
                        }
                        None => parts.push(Part::Char('[')),
                    }
                }
                c => parts.push(Part::Char(c)),
            }
        }
        Glob(parts)
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where to go on when what follows the last `*` does not fit.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match self.0.get(part) {
                Some(Part::Any) => {
                    retry = Some((part + 1, at));
                    part += 1;
                    continue;
                }
                Some(one) if name.get(at).is_some_and(|c| one.takes(*c)) => {
                    part += 1;
                    at += 1;
                    continue;
                }
                None if at == name.len() => return true,
                _ => {}
            }
            match &mut retry {
                Some((after, from)) if *from < name.len() => {
                    *from += 1;
                    (part, at) = (*after, *from);
                }
                _ => return false,
            }
        }
    }
}

impl Part {
    fn takes(&self, c: char) -> bool {
        match self {
            Part::Char(own) => *own == c,
            Part::One => true,
            Part::Any => false,
            Part::Set { not, ranges } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *not,
        }
    }
}

fn ranges(chars: &[char]) -> Vec<(char, char)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars.get(at + 1) == Some(&'-') && at + 2 < chars.len() {
            out.push((chars[at], chars[at + 2]));
            at += 3;
        } else {
            out.push((chars[at], chars[at]));
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Glob;

    /// Recorded from `fnmatch.fnmatchcase`.
    #[test]
    fn matches_as_fnmatch_does() {
        for (pattern, name, want) in [
            ("web*", "web1.example.com", true),
            ("web*", "Web1", false),
            ("*.com", "a.com", true),
            ("*.com", "a.com.org", false),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("[a-c]1", "b1", true),
            ("[!a-c]1", "b1", false),
            ("[!a-c]1", "d1", true),
            ("a[]]b", "a]b", true),
            ("a[", "a[", true),
            ("[a", "[a", true),
            ("*a*b*c", "xxaxxbxxbc", true),
            ("*a*b*c", "xxaxxbxxb", false),
            ("", "", true),
            ("*", "", true),
            ("[a-]", "-", true),
            ("a[!]", "a[!]", true),
            ("**x", "yx", true),
            ("x", "xy", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), want, "{pattern} {name}");
        }
    }
}

//! Words of a line as Python's `shlex.split(line, comments=True)` finds them: quotes, backslashes, and `#` that ends the line
//! even inside a word.

/// The words; the error says in `shlex`'s words what is not closed.
pub(super) fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '#' => break,
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err("No closing quotation"),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some(c @ ('"' | '\\')) => word.push(c),
                            Some(c) => word.extend(['\\', c]),
                            None => return Err("No escaped character"),
                        },
                        Some(c) => word.push(c),
                        None => return Err("No closing quotation"),
                    }
                }
            }
            '\\' => match chars.next() {
                Some(c) => word.get_or_insert_default().push(c),
                None => return Err("No escaped character"),
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    /// Recorded from `shlex.split(…, comments=True)`.
    #[test]
    fn splits_as_python_does() {
        for (line, want) in [
            ("a b=1  c='x y'", Ok(vec!["a", "b=1", "c=x y"])),
            (r#"h k="a \"q\" \n" e=\"x\""#, Ok(vec!["h", r#"k=a "q" \n"#, "e=\"x\""])),
            ("h a=b#c d=e", Ok(vec!["h", "a=b"])),
            ("h a='b#c' # rest", Ok(vec!["h", "a=b#c"])),
            ("h a=''b", Ok(vec!["h", "a=b"])),
            ("h ''", Ok(vec!["h", ""])),
            (r"h a=C:\\x\y", Ok(vec!["h", r"a=C:\xy"])),
            ("h 'a", Err("No closing quotation")),
            (r"h a\", Err("No escaped character")),
        ] {
            let want = want.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(split(line), want, "{line}");
        }
    }
}

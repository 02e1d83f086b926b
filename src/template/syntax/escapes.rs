//! Escapes of Python string literals, as Jinja reads them between quotes: unknown ones keep their backslash.

/// The text that `inner` stands for; `None` when an escape is malformed (`\x4`).
pub(crate) fn unescape(inner: &str) -> Option<String> {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            '\n' => {}
            c @ ('\\' | '\'' | '"') => out.push(c),
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\x0b'),
            'x' => out.push(hex(&mut chars, 2)?),
            'u' => out.push(hex(&mut chars, 4)?),
            'U' => out.push(hex(&mut chars, 8)?),
            c @ '0'..='7' => {
                let mut code = c.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = chars.clone().next().and_then(|d| d.to_digit(8)) else { break };
                    chars.next();
                    code = code * 8 + digit;
                }
                out.push(char::from_u32(code)?);
            }
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    Some(out)
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + chars.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_escapes_as_python_does() {
        for (inner, want) in [
            (r"a\nb", Some("a\nb")),
            (r"\d+\.\/", Some(r"\d+\.\/")),
            (r"\x41\u00e9\101\0", Some("AéA\0")),
            (r"\'\\", Some(r"'\")),
            (r"\x4", None),
        ] {
            assert_eq!(super::unescape(inner).as_deref(), want, "{inner}");
        }
    }
}

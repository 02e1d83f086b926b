//! Files put together from fragments, as `assemble` does it: on the host for fragments there, on the controller for its own.

/// The whole, in the order given. A fragment always begins a line; `delimiter` stands between fragments, with its escapes
/// resolved and a newline after it: where it lacks one, or with `always_newline` in any case, as Ansible's controller does it.
pub fn assemble<T: AsRef<[u8]>>(
    fragments: impl IntoIterator<Item = T>,
    delimiter: Option<&str>,
    always_newline: bool,
) -> Vec<u8> {
    let delimiter = delimiter.map(unescape).filter(|d| !d.is_empty());
    let mut out: Vec<u8> = Vec::new();
    let mut open_line = false;
    for (number, fragment) in fragments.into_iter().enumerate() {
        let fragment = fragment.as_ref();
        if open_line {
            out.push(b'\n');
        }
        if let Some(delimiter) = delimiter.as_ref().filter(|_| number > 0) {
            out.extend_from_slice(delimiter);
            if always_newline || !delimiter.ends_with(b"\n") {
                out.push(b'\n');
            }
        }
        out.extend_from_slice(fragment);
        open_line = !fragment.ends_with(b"\n");
    }
    out
}

/// Python's escapes in bytes: `\n`, `\t`, `\x41`, `\101`; an unknown one stays as it is.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let Some(&escaped) = after.first().filter(|_| first == b'\\') else {
            out.push(first);
            continue;
        };
        rest = &after[1..];
        let code = |digits: &[u8], base: u32| {
            std::str::from_utf8(digits).ok().filter(|d| !d.is_empty()).and_then(|d| u32::from_str_radix(d, base).ok())
        };
        match escaped {
            b'\\' | b'\'' | b'"' => out.push(escaped),
            b'\n' => {}
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0C),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0B),
            b'0'..=b'7' => {
                let length = after.iter().take(3).take_while(|b| (b'0'..b'8').contains(b)).count();
                out.push((code(&after[..length], 8).unwrap_or_default() & 0xFF) as u8);
                rest = &after[length..];
            }
            b'x' => match rest.get(..2).and_then(|digits| code(digits, 16)) {
                Some(byte) => {
                    out.push(byte as u8);
                    rest = &rest[2..];
                }
                None => out.extend_from_slice(b"\\x"),
            },
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_begin_lines() {
        for (fragments, delimiter, always, want) in [
            (&["a\n", "b\n"][..], None, false, "a\nb\n"),
            (&["a", "b"], None, false, "a\nb"),
            (&["a\n", "b"], Some("--"), false, "a\n--\nb"),
            (&["a", "b"], Some(r"-\t-\n"), false, "a\n-\t-\nb"),
            (&["a", "b"], Some(r"-\n"), true, "a\n-\n\nb"),
            (&["a"], Some("--"), false, "a"),
            (&[], Some("--"), false, ""),
            (&["", "b"], Some(r"\x2d\055\q"), false, "\n--\\q\nb"),
        ] {
            let whole = assemble(fragments, delimiter, always);
            assert_eq!(String::from_utf8(whole).unwrap(), want, "{fragments:?} {delimiter:?}");
        }
    }
}

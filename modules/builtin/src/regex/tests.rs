//! Every row is an answer of Python 3.11's `re`.

use super::*;

fn sub(pattern: &str, replacement: &str, text: &str, flags: Flags) -> Result<(String, usize), String> {
    let pattern = Pattern::text(pattern, flags)?;
    let replacement = Replacement::new(replacement, &pattern)?;
    let (out, count) = pattern.replace_all(text.as_bytes(), &replacement)?;
    Ok((String::from_utf8(out).unwrap(), count))
}

const M: Flags = Flags { ignore_case: false, multi_line: true, dot_all: false };
const NONE: Flags = Flags { ignore_case: false, multi_line: false, dot_all: false };

#[test]
fn replaces_as_python_does() {
    for (pattern, replacement, text, flags, want, count) in [
        ("x*", "-", "abxd", NONE, "-a-b--d-", 5),
        ("^", "> ", "a\nb\n", M, "> a\n> b\n> ", 3),
        ("$", "!", "a\n", NONE, "a!\n!", 2),
        (r"\Z", "!", "a\n", NONE, "a\n!", 1),
        (r"(\w+) (\w+)", r"\2 \1", "hello world", NONE, "world hello", 1),
        (r"(?P<k>\w+)=", r"\g<k>: ", "a=1 b=2", NONE, "a: 1 b: 2", 2),
        (r"(a)|b", r"[\1]", "ab", NONE, "[a][]", 2),
        (r"(a)", r"\g<1>0\t", "a", NONE, "a0\t", 1),
        (r"{{ x }}", "y", "a {{ x }}", NONE, "a y", 1),
        (r"a{,2}b", "-", "aaab", NONE, "a-", 1),
        (r"[]\-x]+", ".", "]-xy", NONE, ".y", 1),
        (r"[[&&~-]+", ".", "a[&~-b", NONE, "a.b", 1),
        (r"[^]]+", ".", "ab]c", NONE, ".].", 2),
        (r"\<b\>", "i", "<b>", NONE, "i", 1),
        (r"\#\ \/\-\_\@", "x", "# /-_@", NONE, "x", 1),
        (r"(?i)ABC$", "x", "abc\n", NONE, "x\n", 1),
        (r"(?s)a.b", "x", "a\nb", NONE, "x", 1),
        (r"(?x) a  b # nothing", "x", "ab", NONE, "x", 1),
        (r"(?<=a)b(?!c)", "x", "abcab", NONE, "abcax", 1),
        (r"(.)\1", r"<\1>", "aabccd", NONE, "<a>b<c>d", 2),
        ("é+", "e", "café", NONE, "cafe", 1),
        (r"\x41\101\u00e9", "x", "AAé", NONE, "x", 1),
        (r"a", r"\\n\.", "a", NONE, r"\n\.", 1),
        (r"^(?:a|b)\s*=.*$", "c", "a = 1\nb=2", M, "c\nc", 2),
    ] {
        assert_eq!(sub(pattern, replacement, text, flags), Ok((want.to_owned(), count)), "{pattern}");
    }
}

#[test]
fn refuses_what_python_refuses() {
    for (pattern, replacement, want) in [
        ("(a", "", "missing ), unterminated subpattern at position 0"),
        (r"(a)\10", "", ""),
        ("a)", "", "unbalanced parenthesis at position 1"),
        (r"\q", "", r"bad escape \q at position 0"),
        ("[a", "", "unterminated character set"),
        ("a(?i)", "", "global flags not at the start"),
        ("(a)", r"\2", "invalid group reference 2 at position 1"),
        ("(a)", r"\g<x>", "unknown group name 'x'"),
        ("(a)", r"\q", r"bad escape \q at position 0"),
    ] {
        let error = sub(pattern, replacement, "a", NONE).unwrap_err();
        assert!(error.contains(want), "{pattern}: {error}");
    }
}

#[test]
fn bytes_are_matched_one_by_one() {
    let dot = Pattern::bytes("^.$", Flags::default()).unwrap();
    assert!(dot.is_match(b"\xff\n").unwrap());
    assert!(!dot.is_match("é".as_bytes()).unwrap(), "two bytes");
    assert!(!Pattern::bytes(r"\w", Flags::default()).unwrap().is_match("é".as_bytes()).unwrap());
    let umlauts = Pattern::bytes("[äö]+=ü", Flags::default()).unwrap();
    assert!(umlauts.is_match("ä=ü".as_bytes()).unwrap());
}

#[test]
fn multi_line_is_seen() {
    assert!(Pattern::bytes("(?m)^a", Flags::default()).unwrap().is_multi_line());
    assert!(!Pattern::bytes("^a", Flags::default()).unwrap().is_multi_line());
}

#[test]
fn a_hostile_pattern_ends() {
    let hostile = Pattern::text(r"^(?:(a|aa)+(?!x))+\1c", Flags::default()).unwrap();
    let text = "a".repeat(40) + "b";
    assert!(hostile.search(text.as_bytes(), 0).is_err());
}

//! Python literals, held to what Python makes of them.

use super::literal;

/// Recorded from `ast.literal_eval` of CPython 3.11, with tuples and sets as lists.
#[test]
fn reads_what_python_reads() {
    for (text, want) in [
        ("1", "1"),
        ("-5", "-5"),
        ("+5", "5"),
        ("0x1F", "31"),
        ("0o17", "15"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("00", "0"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("1.", "1.0"),
        ("1e3", "1000.0"),
        ("1_0.0_1e-2", "0.1001"),
        ("True", "True"),
        ("None", "None"),
        ("'a' \"b\"", "'ab'"),
        (r"'a\tb\x41\u00e9\101\q'", r"'a\tbAéA\\q'"),
        (r"r'\n'", r"'\\n'"),
        ("b'x'", "'x'"),
        ("'''a'''", "'a'"),
        ("''", "''"),
        ("[1, 'a', [True,],]", "[1, 'a', [True]]"),
        ("(1)", "1"),
        ("(1,)", "[1]"),
        ("1, 2", "[1, 2]"),
        ("1,", "[1]"),
        ("()", "[]"),
        ("{'a': 1, 2: {'b': None}}", "{'a': 1, 2: {'b': None}}"),
        ("{1, 2, 1}", "[1, 2]"),
        ("{}", "{}"),
        ("set()", "[]"),
        ("...", "'...'"),
        ("1 # c", "1"),
        ("\t 7", "7"),
        ("'a # b'", "'a # b'"),
        ("[1, 2] # c", "[1, 2]"),
        ("-.5", "-0.5"),
        ("- 1", "-1"),
        ("1j", "'1j'"),
        ("1.5J", "'1.5j'"),
        ("[..., 1j, set(), {1, 2}, b'x']", "['...', '1j', [], [1, 2], 'x']"),
    ] {
        assert_eq!(literal(text).map(|v| v.repr()).as_deref(), Some(want), "{text}");
    }
}

#[test]
fn leaves_the_rest_as_text() {
    for text in [
        "",
        "true",
        "yes",
        "0644",
        "1.2.3",
        "1.2.3.4",
        "10L",
        "a",
        "a b",
        "foo # c",
        "[a, b]",
        "{{ x }}",
        "{{ 'x' }}",
        "1 2",
        "5-3",
        "'a",
        "'a'b",
        "f'x'",
        "{'a'}{",
        "[1",
        "1__0",
        "_1",
        "1_",
        "--1",
        "-'a'",
        "{[1]}",
        "{'a': }",
        "http://x",
        "2jx",
        "-2j",
        "-",
        ".",
        "0x",
        "{'a': 1",
        "((1)",
        "True False",
    ] {
        assert!(literal(text).is_none(), "{text}");
    }
}

#[test]
fn deep_nesting_is_text() {
    assert!(literal(&"[".repeat(100_000)).is_none());
}

//! Documents as a whole, held to what PyYAML makes of them.

use super::*;

fn one(text: &str) -> Result<Value> {
    let source = Arc::new(Source { path: "t.yml".into(), text: text.to_owned() });
    let mut warnings = Vec::new();
    let nodes = parse(&source, &mut warnings)?;
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(nodes.len(), 1, "{nodes:?}");
    nodes[0].to_value()
}

#[test]
fn reads_what_pyyaml_reads() {
    // Recorded from PyYAML's SafeLoader; `repr` of the result.
    for (text, want) in [
        ("a: 1\nb: [x, 'y', \"z\\n\"]", "{'a': 1, 'b': ['x', 'y', 'z\\n']}"),
        (
            "- yes\n- 'yes'\n- |\n  two\n  lines\n- >-\n  folded\n  text\n",
            "[True, 'yes', 'two\\nlines\\n', 'folded text']",
        ),
        ("k: |\n  no line feed", "{'k': 'no line feed'}"),
        ("a: !!str 012\nb: !!int '0x1f'\nc: !!float 1\nd: ! yes", "{'a': '012', 'b': 31, 'c': 1.0, 'd': True}"),
        ("a: &x {p: 1}\nb: *x", "{'a': {'p': 1}, 'b': {'p': 1}}"),
        ("\u{feff}a: b", "{'a': 'b'}"),
        ("a: b\r\nc: |\r\n  d\r\n", "{'a': 'b', 'c': 'd\\n'}"),
        ("a:\n- 1\n-   - 2\n    - 3\n", "{'a': [1, [2, 3]]}"),
        ("{a: b, c}", "{'a': 'b', 'c': None}"),
        ("1: a\nfalse: b\nnull: c\n1.5: d", "{1: 'a', False: 'b', None: 'c', '1.5': 'd'}"),
        ("? a\n: b", "{'a': 'b'}"),
        ("a: http://x:80/y#z\nb: c:\\d", "{'a': 'http://x:80/y#z', 'b': 'c:\\\\d'}"),
        ("s: !!set {a, b}\np: !!pairs [a: 1, a: 2]", "{'s': ['a', 'b'], 'p': [['a', 1], ['a', 2]]}"),
        ("b: !!binary aGVsbG8=", "{'b': 'hello'}"),
        ("a: 'it''s'\nb: \"\\u00e9\\x41\\t\"", "{'a': \"it's\", 'b': 'éA\\t'}"),
        ("u: !unsafe '{{ x }}'", "{'u': '{{ x }}'}"),
    ] {
        let got = one(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(got.repr(), want, "{text}");
    }
}

#[test]
fn refuses_with_a_place() {
    for (text, place, part) in [
        ("a: {{ x }}\n", "1:4", "quotes"),
        ("- a\n- b: {{ x }}/y\n", "2:6", "quotes"),
        ("a: !foo bar\n", "1:4", "unknown tag `!foo`"),
        ("a: *nowhere\n", "1:4", "anchor"),
        ("a: =\n", "1:4", "`=`"),
        ("a: <<\n", "1:4", "`<<`"),
        ("a: 0b_\n", "1:4", "not an integer"),
        ("a: &x [*x]\n", "1:8", "own anchor"),
        ("a: b: c\n", "1:", ""),
        ("a:\n\t- b\n", "2:1", "tab"),
        ("a: 'b\n", "", ""),
    ] {
        let error = one(text).expect_err(text);
        let shown = format!("{error} {:?} {:?}", error.hint, error.notes);
        let at = error.places.first().map(|p| p.place.to_string()).unwrap_or_default();
        assert!(at.contains(place) && shown.contains(part), "{text}: {at}: {shown}");
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let alias = format!("*a{}, ", n - 1).repeat(10);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", alias.trim_end_matches(", ")));
    }
    assert!(one(&text).expect_err("a bomb").to_string().contains("aliases stand for more"));
    let deep = "[".repeat(100_000);
    assert!(one(&deep).is_err());
}

#[test]
fn places_are_exact_and_veiled_ones_show_nothing() {
    let text = "é: grün\nlist:\n  - password: hunter2\n";
    let source = Arc::new(Source { path: "t.yml".into(), text: text.to_owned() });
    let node = &parse(&source, &mut Vec::new()).expect("YAML")[0];
    let item = &node.get("list").and_then(Node::as_list).expect("a list")[0];
    let password = item.get("password").expect("a key");
    assert_eq!((password.place.excerpt(), password.place.to_string().as_str()), ("hunter2", "t.yml:3:15"));
    assert_eq!(node.get("é").expect("a key").place.excerpt(), "grün");
    assert_eq!(item.place.excerpt(), "password: hunter2");

    let node = &parse_veiled(&source, &mut Vec::new()).expect("YAML")[0];
    let item = &node.get("list").and_then(Node::as_list).expect("a list")[0];
    let veiled = item.get("password").expect("a key");
    assert_eq!((veiled.place.to_string().as_str(), veiled.as_str()), ("t.yml:3:15", Some("hunter2")));
    assert!(!veiled.place.source.text.contains("hunter"));
}

#[test]
fn reads_several_documents() {
    let source = Arc::new(Source { path: "t.yml".into(), text: "---\na: 1\n---\n---\n- b\n...\n".to_owned() });
    let nodes = parse(&source, &mut Vec::new()).expect("YAML");
    let values: Vec<String> = nodes.iter().map(|n| n.to_value().expect("plain").repr()).collect();
    assert_eq!(values, ["{'a': 1}", "None", "['b']"]);
    let empty = Arc::new(Source { path: "t.yml".into(), text: "# nothing\n".to_owned() });
    assert!(parse(&empty, &mut Vec::new()).expect("YAML").is_empty());
}

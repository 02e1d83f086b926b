//! What makes pairs a mapping: merge keys with PyYAML's precedence, and duplicate keys, of which the last wins.

use super::node::{Data, Node};
use crate::diagnostic::{Diagnostic, Result};
use hostler_sdk::{Key, Value};
use indexmap::IndexMap;
use indexmap::map::Entry;

/// Merges and deduplicates. Merged keys come first and yield to written ones; of several merged mappings the first wins.
/// A key keeps the position at which it came first, as in a Python `dict`.
pub fn finish(pairs: Vec<(Node, Node)>, warnings: &mut Vec<Diagnostic>) -> Result<Vec<(Node, Node)>> {
    let is_merge = |key: &Node| matches!(&*key.data, Data::Scalar { written, plain: true, .. } if &**written == "<<");
    let mut out: IndexMap<Key, (Node, Node)> = IndexMap::with_capacity(pairs.len());
    for (key, value) in pairs.iter().filter(|(k, _)| is_merge(k)) {
        for (k, v) in merged(key, value)? {
            out.insert(identity(k), (k.clone(), v.clone()));
        }
    }
    let inherited = out.len();
    for (key, value) in pairs.into_iter().filter(|(k, _)| !is_merge(k)) {
        match out.entry(identity(&key)) {
            Entry::Vacant(place) => {
                place.insert((key, value));
            }
            Entry::Occupied(mut former) => {
                if former.index() >= inherited || former.get().0.place.start == key.place.start {
                    warnings.push(
                        Diagnostic::warning(format!("Found duplicate mapping key '{}'", key.to_key()))
                            .cause("the last one is used")
                            .at(&key.place, "used")
                            .at(&former.get().0.place, "ignored"),
                    );
                }
                let pair = former.get_mut();
                *pair = (key, value);
            }
        }
    }
    Ok(out.into_values().collect())
}

/// The entries a `<<` brings in, those of later mappings of a list first, so that earlier ones win.
fn merged<'a>(key: &Node, value: &'a Node) -> Result<Vec<&'a (Node, Node)>> {
    let wrong = |at: &Node| {
        Diagnostic::error("could not read the YAML")
            .cause(format!("`<<` merges a mapping or a list of mappings, this is {}", at.kind()))
            .at(&at.place, "")
            .at(&key.place, "merged here")
            .boxed()
    };
    match value.content() {
        Data::Map(entries) => Ok(entries.iter().collect()),
        Data::List(items) => {
            let mut all = Vec::new();
            for item in items.iter().rev() {
                all.extend(item.as_map().ok_or_else(|| wrong(item))?);
            }
            Ok(all)
        }
        _ => Err(wrong(value)),
    }
}

/// What makes two keys the same in Python: `1`, `1.0` and `true` are one.
fn identity(key: &Node) -> Key {
    match key.value() {
        Some(Value::Bool(b)) => Key::Int(i128::from(*b)),
        Some(Value::Float(x)) if x.fract() == 0.0 && x.abs() < 1e30 => Key::Int(*x as i128),
        _ => key.to_key(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::diagnostic::Source;
    use std::sync::Arc;

    #[test]
    fn merges_as_pyyaml_does() {
        // Recorded from PyYAML's SafeLoader.
        for (text, want) in [
            ("b: &b {x: 1, y: 2}\nm: {y: 9, z: 1, <<: *b}", "{'b': {'x': 1, 'y': 2}, 'm': {'x': 1, 'y': 9, 'z': 1}}"),
            (
                "- &a {x: 1, y: 1}\n- &b {x: 2, z: 2}\n- {<<: [*a, *b], q: 0}",
                "[{'x': 1, 'y': 1}, {'x': 2, 'z': 2}, {'x': 1, 'z': 2, 'y': 1, 'q': 0}]",
            ),
            ("- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b}", "[{'x': 1}, {'x': 1, 'y': 2}, {'x': 1, 'y': 2}]"),
            ("'<<': 1", "{'<<': 1}"),
        ] {
            let source = Arc::new(Source { path: "t.yml".into(), text: text.to_owned() });
            let mut warnings = Vec::new();
            let node = &parse(&source, &mut warnings).expect("YAML")[0];
            assert_eq!(node.to_value().expect("plain").repr(), want, "{text}");
            assert!(warnings.is_empty(), "{text}: {warnings:?}");
        }
    }

    #[test]
    fn the_last_duplicate_wins_with_a_warning() {
        let source = Arc::new(Source { path: "t.yml".into(), text: "a: 1\nb: 2\na: 3\n".to_owned() });
        let mut warnings = Vec::new();
        let node = &parse(&source, &mut warnings).expect("YAML")[0];
        assert_eq!(node.to_value().expect("plain").repr(), "{'a': 3, 'b': 2}");
        let places: Vec<String> = warnings[0].places.iter().map(|p| p.place.to_string()).collect();
        assert_eq!(places, ["t.yml:3:1", "t.yml:1:1"]);
    }

    #[test]
    fn only_mappings_are_merged() {
        let source = Arc::new(Source { path: "t.yml".into(), text: "a: {<<: 1}\n".to_owned() });
        let error = parse(&source, &mut Vec::new()).expect_err("no mapping");
        assert!(error.to_string().contains("this is an integer"), "{error}");
    }
}

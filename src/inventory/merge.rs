//! `hash_behaviour = merge`: mappings of several layers become one, deeply; lists and everything else are replaced. Nothing is
//! rendered for it, so a mapping that only a template yields replaces and is replaced whole.

use crate::template::{Templated, TemplatedKey};
use std::sync::Arc;

/// `over` laid over `under`.
pub fn merged(under: &Templated, over: &Templated) -> Templated {
    let (Some(mut entries), Some(more)) = (entries(under), entries(over)) else { return over.clone() };
    for (key, value) in more {
        match entries.iter_mut().find(|(known, _)| same(known, &key)) {
            Some((_, known)) => *known = merged(known, &value),
            None => entries.push((key, value)),
        }
    }
    let plain = |(key, value): &(TemplatedKey, Templated)| match (key, value) {
        (TemplatedKey::Key(key), Templated::Value(value)) => Some((key.clone(), value.clone())),
        _ => None,
    };
    match entries.iter().map(plain).collect::<Option<Vec<_>>>() {
        Some(plain) => Templated::Value(hostler_sdk::Value::Map(Arc::new(plain.into_iter().collect()))),
        None => Templated::Map(Arc::new(entries)),
    }
}

fn entries(value: &Templated) -> Option<Vec<(TemplatedKey, Templated)>> {
    match value {
        Templated::Map(entries) => Some(entries.as_ref().clone()),
        Templated::Value(value) => {
            let map = value.as_map()?;
            Some(map.iter().map(|(k, v)| (TemplatedKey::Key(k.clone()), Templated::Value(v.clone()))).collect())
        }
        Templated::Said(value, _) => Some(said(value.as_map()?)),
        Templated::Facts(facts) if facts.said_whole().is_any() => Some(said(&facts.whole())),
        Templated::Facts(facts) => entries(&Templated::Value(hostler_sdk::Value::Map(facts.whole()))),
        _ => None,
    }
}

fn said(map: &hostler_sdk::Map) -> Vec<(TemplatedKey, Templated)> {
    map.iter().map(|(k, v)| (TemplatedKey::Key(k.clone()), Templated::Said(v.clone(), 0))).collect()
}

fn same(a: &TemplatedKey, b: &TemplatedKey) -> bool {
    match (a, b) {
        (TemplatedKey::Key(a), TemplatedKey::Key(b)) => a == b,
        (TemplatedKey::Template(a), TemplatedKey::Template(b)) => a.source == b.source,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::Value;

    #[test]
    fn merges_mappings_deeply_and_replaces_the_rest() {
        let value = |json: &str| Templated::Value(Value::from_json(json).unwrap());
        let out = merged(&value(r#"{"a":{"x":1,"l":[1]},"b":1}"#), &value(r#"{"a":{"y":2,"l":[2]},"c":{}}"#));
        assert_eq!(out.as_value().unwrap().to_json(), r#"{"a":{"x":1,"l":[2],"y":2},"b":1,"c":{}}"#);
        assert_eq!(merged(&value("{\"a\":1}"), &value("[]")).as_value().unwrap().to_json(), "[]");
    }
}

//! Marks of Ansible's own JSON: `{"__ansible_unsafe": "text"}` is text that is never a template, `{"__ansible_vault": "..."}` what is
//! encrypted. YAML has tags for both, so they mean something only in what is JSON.

use super::node::{Data, Node};
use std::sync::Arc;

/// A document with its marks turned into what they stand for, when its text is JSON.
pub fn unmarked(document: &Node) -> Node {
    let text = document.place.source.text.trim();
    let marked = text.starts_with(['{', '[']) && text.contains("\"__ansible_");
    if marked && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        replaced(document)
    } else {
        document.clone()
    }
}

fn replaced(node: &Node) -> Node {
    let data = match node.content() {
        Data::List(items) => Data::List(items.iter().map(replaced).collect()),
        Data::Map(entries) => match entries.as_slice() {
            [(key, value)] if key.as_str() == Some("__ansible_unsafe") && value.as_str().is_some() => {
                Data::Unsafe(value.clone())
            }
            [(key, value)] if key.as_str() == Some("__ansible_vault") => match value.as_str() {
                Some(armour) => Data::Vault(armour.trim().into()),
                None => return node.clone(),
            },
            _ => Data::Map(entries.iter().map(|(key, value)| (key.clone(), replaced(value))).collect()),
        },
        _ => return node.clone(),
    };
    Node { data: Arc::new(data), place: node.place.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;

    fn read(text: &str) -> Node {
        let place = Place::named("test", text);
        unmarked(&crate::yaml::parse(&place.source, &mut Vec::new()).unwrap()[0])
    }

    #[test]
    fn marks_of_json_are_understood() {
        let node = read(r#"{"a": {"__ansible_unsafe": "{{ x }}"}, "b": [{"__ansible_vault": "$ANSIBLE_VAULT;1"}]}"#);
        assert!(
            matches!(node.get("a").map(|n| &*n.data), Some(Data::Unsafe(text)) if text.as_str() == Some("{{ x }}"))
        );
        let list = node.get("b").and_then(Node::as_list).unwrap();
        assert!(matches!(&*list[0].data, Data::Vault(armour) if &**armour == "$ANSIBLE_VAULT;1"));
    }

    #[test]
    fn yaml_has_none() {
        for text in ["{a: {__ansible_unsafe: x}}", "a: {\"__ansible_unsafe\": x}", r#"{"a": {"__ansible_unsafe": 1}}"#]
        {
            assert!(read(text).get("a").is_some_and(|n| n.as_map().is_some()), "{text}");
        }
    }
}

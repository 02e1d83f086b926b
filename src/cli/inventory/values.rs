//! Variables as values that can be printed: templates as they were written, what is encrypted still encrypted.

use crate::template::{Templated, TemplatedKey, Variables};
use hostler_sdk::{Key, Map, Value};

/// Variables as a mapping. With `marks`, as inventory scripts say it: a vaulted text is `{"__ansible_vault": ...}` and text that
/// only looks like a template `{"__ansible_unsafe": ...}`.
pub fn mapping(variables: &Variables, marks: bool) -> Map {
    variables.0.iter().map(|(name, variable)| (Key::Str(name.clone()), shown(&variable.value, marks))).collect()
}

fn shown(value: &Templated, marks: bool) -> Value {
    match value {
        Templated::Value(value) | Templated::Said(value, _) => match marks {
            true => marked(value),
            false => value.clone(),
        },
        Templated::Facts(facts) => shown(&Templated::Value(Value::Map(facts.whole())), marks),
        Templated::Template(template) => (&*template.source).into(),
        Templated::Vault(vault) => {
            let end = if vault.armour.ends_with('\n') { "" } else { "\n" };
            let text = format!("{}{end}", vault.armour);
            if marks { Map::from_iter([("__ansible_vault", text)]).into() } else { text.into() }
        }
        Templated::List(items) => items.iter().map(|item| shown(item, marks)).collect(),
        Templated::Map(pairs) => {
            let entry = |(key, value): &(TemplatedKey, Templated)| match key {
                TemplatedKey::Key(key) => (key.clone(), shown(value, marks)),
                TemplatedKey::Template(template) => (Key::Str(template.source.clone()), shown(value, marks)),
            };
            pairs.iter().map(entry).collect::<Map>().into()
        }
    }
}

fn marked(value: &Value) -> Value {
    match value {
        Value::Str(text) if ["{{", "{%", "{#"].iter().any(|open| text.contains(open)) => {
            Map::from_iter([("__ansible_unsafe", value.clone())]).into()
        }
        Value::List(items) => items.iter().map(marked).collect(),
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), marked(value))).collect::<Map>().into(),
        other => other.clone(),
    }
}

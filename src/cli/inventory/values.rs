//! Variables as values that can be printed: templates as they were written, what is encrypted still encrypted.

use crate::template::{Templated, TemplatedKey, Variables};
use hostler_sdk::{Key, Map, Value};

/// Variables as a mapping.
pub fn mapping(variables: &Variables) -> Map {
    variables.0.iter().map(|(name, variable)| (Key::Str(name.clone()), shown(&variable.value))).collect()
}

/// A value; a vaulted text is `{"__ansible_vault": ...}`, text that only looks like a template `{"__ansible_unsafe": ...}`, as
/// inventory scripts say it.
fn shown(value: &Templated) -> Value {
    match value {
        Templated::Value(value) => marked(value),
        Templated::Template(template) => (&*template.source).into(),
        Templated::Vault(vault) => Map::from_iter([("__ansible_vault", &*vault.armour)]).into(),
        Templated::List(items) => items.iter().map(shown).collect(),
        Templated::Map(pairs) => {
            let entry = |(key, value): &(TemplatedKey, Templated)| match key {
                TemplatedKey::Key(key) => (key.clone(), shown(value)),
                TemplatedKey::Template(template) => (Key::Str(template.source.clone()), shown(value)),
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

//! From nodes of a YAML file to what may be rendered: texts are templates, `!vault` stays closed until it is read, and what stands
//! below `!unsafe` is plain data.

use super::{Templated, TemplatedKey, VaultText};
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::yaml::{Data, Node};
use hostler_sdk::{Key, Map, Value};
use std::sync::Arc;

/// Reads the text of a scalar.
pub(super) type ReadText<'t> = dyn FnMut(&str, &Place) -> Result<Templated> + 't;

/// A node with every text read by `text`.
pub(super) fn read(node: &Node, text: &mut ReadText<'_>) -> Result<Templated> {
    Ok(match node.data.as_ref() {
        Data::Scalar { value: Value::Str(scalar), .. } => text(scalar, &node.place)?,
        Data::Scalar { value, .. } => Templated::Value(value.clone()),
        Data::Vault(armour) => {
            Templated::Vault(Arc::new(VaultText { armour: armour.clone(), place: node.place.clone() }))
        }
        Data::Unsafe(inner) => Templated::Value(plain(inner)?),
        Data::List(items) => {
            let items = items.iter().map(|n| read(n, text)).collect::<Result<Vec<_>>>()?;
            if items.iter().all(|i| i.as_value().is_some()) {
                let values = items.iter().filter_map(|i| i.as_value().cloned());
                return Ok(Templated::Value(values.collect()));
            }
            Templated::List(Arc::new(items))
        }
        Data::Map(pairs) => {
            let mut items = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                items.push((key_with(key, text)?, read(value, text)?));
            }
            let flat = |(k, v): &(TemplatedKey, Templated)| match (k, v) {
                (TemplatedKey::Key(k), Templated::Value(v)) => Some((k.clone(), v.clone())),
                _ => None,
            };
            match items.iter().map(flat).collect::<Option<Vec<(Key, Value)>>>() {
                Some(flat) => Templated::Value(flat.into_iter().collect::<Map>().into()),
                None => Templated::Map(Arc::new(items)),
            }
        }
    })
}

fn key_with(node: &Node, text: &mut ReadText<'_>) -> Result<TemplatedKey> {
    if let Data::Scalar { value: Value::Str(scalar), .. } = node.data.as_ref()
        && let Templated::Template(template) = text(scalar, &node.place)?
    {
        return Ok(TemplatedKey::Template(template));
    }
    plain_key(node).map(TemplatedKey::Key)
}

/// A node as plain data, whatever its text looks like.
fn plain(node: &Node) -> Result<Value> {
    Ok(match node.data.as_ref() {
        Data::Scalar { value, .. } => value.clone(),
        Data::Vault(_) => {
            return Err(Diagnostic::error("`!vault` cannot stand below `!unsafe`").at(&node.place, "").boxed());
        }
        Data::Unsafe(inner) => plain(inner)?,
        Data::List(items) => items.iter().map(plain).collect::<Result<Vec<_>>>()?.into(),
        Data::Map(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(plain_key(key)?, plain(value)?);
            }
            map.into()
        }
    })
}

fn plain_key(node: &Node) -> Result<Key> {
    match plain(node)? {
        // Floats and dates are rare as keys; their text stands for them.
        Value::Float(f) => Ok(Key::from(Value::Float(f).to_string())),
        value => Key::try_from(value)
            .map_err(|v| Diagnostic::error(format!("a {} cannot be a key", v.type_name())).at(&node.place, "").boxed()),
    }
}

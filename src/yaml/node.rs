//! The tree a document becomes: nodes with places, and the ways to ask them.

use crate::diagnostic::{Diagnostic, Place, Result};
use hostler_sdk::{Key, Map, Value};
use std::sync::Arc;

/// A node of a document with its place. Aliases share their node.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub data: Arc<Data>,
    /// Where it stands; for an alias, where the anchor stands. Of lists and mappings only the first line is marked.
    pub place: Place,
}

/// The content of a node.
#[derive(Clone, Debug)]
pub enum Data {
    /// A scalar resolved by PyYAML's rules; never a list or a mapping.
    Scalar {
        /// The resolved value.
        value: Value,
        /// The text as written, quotes and escapes resolved: `0644`, `yes`.
        written: Arc<str>,
        /// Whether it was plain (unquoted, not a block scalar).
        plain: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping after merge keys, in order, each key once; keys are nodes (scalars) so that errors can point at them.
    Map(Vec<(Node, Node)>),
    /// `!vault`: the armoured ciphertext.
    Vault(Arc<str>),
    /// `!unsafe`: whatever is below is plain data, never a template.
    Unsafe(Node),
}

impl Node {
    /// A node of its own, not read from YAML: for text that is turned into a playbook's structure (`k=v` arguments).
    pub fn scalar(value: impl Into<Value>, place: Place) -> Self {
        let value = value.into();
        let written = value.to_string().into();
        Node { data: Arc::new(Data::Scalar { value, written, plain: false }), place }
    }

    /// A mapping of its own, not read from YAML.
    pub fn mapping(entries: Vec<(Node, Node)>, place: &Place) -> Self {
        Node { data: Arc::new(Data::Map(entries)), place: place.clone() }
    }

    /// A list of its own, not read from YAML.
    pub fn list(items: Vec<Node>, place: &Place) -> Self {
        Node { data: Arc::new(Data::List(items)), place: place.clone() }
    }

    /// The content, `!unsafe` looked through.
    pub fn content(&self) -> &Data {
        let mut data = &*self.data;
        while let Data::Unsafe(inner) = data {
            data = &inner.data;
        }
        data
    }

    /// The resolved value of a scalar.
    pub fn value(&self) -> Option<&Value> {
        match self.content() {
            Data::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The text of a scalar that is text (`yes` and `10` are not).
    pub fn as_str(&self) -> Option<&str> {
        self.value().and_then(Value::as_str)
    }

    /// The text of any scalar, as written: `yes`, `0644`.
    pub fn written(&self) -> Option<&Arc<str>> {
        match self.content() {
            Data::Scalar { written, .. } => Some(written),
            _ => None,
        }
    }

    /// The truth value of a scalar that is one.
    pub fn as_bool(&self) -> Option<bool> {
        self.value().and_then(Value::as_bool)
    }

    /// The whole number of a scalar that is one.
    pub fn as_int(&self) -> Option<i128> {
        self.value().and_then(Value::as_int)
    }

    /// The items of a sequence.
    pub fn as_list(&self) -> Option<&[Node]> {
        match self.content() {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_map(&self) -> Option<&[(Node, Node)]> {
        match self.content() {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether it is `null` (or nothing at all).
    pub fn is_null(&self) -> bool {
        self.value().is_some_and(Value::is_null)
    }

    /// The entry of a mapping whose key is the text `key`: key node and value.
    pub fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        self.as_map()?.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(k, v)| (k, v))
    }

    /// The value of a mapping under the text `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, v)| v)
    }

    /// Where the key `key` stands; the node's own place when it is not there.
    pub fn key_place(&self, key: &str) -> &Place {
        self.entry(key).map_or(&self.place, |(k, _)| &k.place)
    }

    /// What it is in words, with its article: `a mapping`, `an integer`.
    pub fn kind(&self) -> &'static str {
        match self.content() {
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
            Data::Vault(_) => "a vaulted value",
            Data::Unsafe(_) => "an unsafe value",
            Data::Scalar { value, .. } => match value {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Int(_) => "an integer",
                Value::Float(_) => "a float",
                _ => "text",
            },
        }
    }

    /// The plain value. Jinja syntax stays text; a vaulted value is an error, because only a run can open it.
    pub fn to_value(&self) -> Result<Value> {
        Ok(match &*self.data {
            Data::Scalar { value, .. } => value.clone(),
            Data::List(items) => Value::List(Arc::new(items.iter().map(Node::to_value).collect::<Result<_>>()?)),
            Data::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.set(key.to_key(), value.to_value()?);
                }
                map.into()
            }
            Data::Unsafe(inner) => inner.to_value()?,
            Data::Vault(_) => {
                return Err(Diagnostic::error("a vaulted value cannot be used here").at(&self.place, "").boxed());
            }
        })
    }

    /// A scalar as the key of a mapping; floats, which [`Key`] does not have, become their text.
    pub fn to_key(&self) -> Key {
        match self.value().cloned().map(Key::try_from) {
            Some(Ok(key)) => key,
            Some(Err(other)) => Key::from(other.to_string()),
            None => Key::Null,
        }
    }
}

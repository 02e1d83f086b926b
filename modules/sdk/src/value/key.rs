//! The key of a mapping: text nearly always, but YAML and Python also allow numbers, booleans and null.

use super::Value;
use indexmap::Equivalent;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A mapping's key. Text keys hash as text, so a map is asked with a `&str`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `null` as a key.
    Null,
    /// A boolean key.
    Bool(bool),
    /// A whole number as a key (`ports: {22: ssh}`).
    Int(i128),
    /// Text, the usual case.
    Str(Arc<str>),
}

impl Key {
    /// The text, when this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Key::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The key as a value of its own.
    pub fn to_value(&self) -> Value {
        match self {
            Key::Null => Value::Null,
            Key::Bool(b) => Value::Bool(*b),
            Key::Int(i) => Value::Int(*i),
            Key::Str(s) => Value::Str(s.clone()),
        }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Key::Str(s) => s.as_ref().hash(state),
            Key::Null => 0u8.hash(state),
            // True and 1 are one key in Python; they are not equal here, but may share a hash.
            Key::Bool(b) => i128::from(*b).hash(state),
            Key::Int(i) => i.hash(state),
        }
    }
}

impl Equivalent<Key> for str {
    fn equivalent(&self, key: &Key) -> bool {
        key.as_str() == Some(self)
    }
}

/// Text as Python's `str(key)` would print it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Str(s) => f.write_str(s),
            other => other.to_value().fmt(f),
        }
    }
}

impl From<&str> for Key {
    fn from(v: &str) -> Self {
        Key::Str(v.into())
    }
}
impl From<String> for Key {
    fn from(v: String) -> Self {
        Key::Str(v.into())
    }
}
impl From<&String> for Key {
    fn from(v: &String) -> Self {
        Key::Str(v.as_str().into())
    }
}
impl From<Arc<str>> for Key {
    fn from(v: Arc<str>) -> Self {
        Key::Str(v)
    }
}

/// The reverse of [`Key::to_value`]; floats, lists and mappings cannot be keys and come back as the error.
impl TryFrom<Value> for Key {
    type Error = Value;
    fn try_from(v: Value) -> Result<Self, Value> {
        match v {
            Value::Null => Ok(Key::Null),
            Value::Bool(b) => Ok(Key::Bool(b)),
            Value::Int(i) => Ok(Key::Int(i)),
            Value::Str(s) => Ok(Key::Str(s)),
            other => Err(other),
        }
    }
}

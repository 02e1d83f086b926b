//! Values of the operator's files that may hold templates: what YAML nodes become.

use crate::diagnostic::Place;
use hostler_sdk::{Key, Value};
use std::fmt;
use std::sync::Arc;

/// A value as written: plain data, or with templates somewhere inside.
#[derive(Clone, Debug)]
pub enum Templated {
    /// Plain data: rendering it gives it back.
    Value(Value),
    /// A scalar with Jinja syntax.
    Template(Arc<Template>),
    /// `!vault`: opened when it is read, never before.
    Vault(Arc<VaultText>),
    /// A list with a template somewhere inside.
    List(Arc<Vec<Templated>>),
    /// A mapping with a template somewhere inside; keys may be templates too.
    Map(Arc<Vec<(TemplatedKey, Templated)>>),
}

/// A vaulted value as written.
#[derive(Clone, Debug)]
pub struct VaultText {
    /// The armoured ciphertext, `$ANSIBLE_VAULT;` first.
    pub armour: Arc<str>,
    /// Where it was written.
    pub place: Place,
}

/// A mapping's key as written.
#[derive(Clone, Debug)]
pub enum TemplatedKey {
    /// A plain key.
    Key(Key),
    /// A key with Jinja syntax (rendered only where Ansible renders it).
    Template(Arc<Template>),
}

/// What a piece of Jinja source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// Text with `{{ }}` or `{% %}`; exactly one `{{ }}` yields the native value.
    Text,
    /// A bare expression, as `when:` holds.
    Expression,
    /// A whole file for the `template` module; always yields text.
    File,
}

/// A compiled template and its place in the operator's files.
pub struct Template {
    /// The source text.
    pub source: Arc<str>,
    /// What it is.
    pub kind: TemplateKind,
    /// Where it was written.
    pub place: Place,
    // The template helper adds the compiled form here.
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?} at {})", self.source, self.place)
    }
}

impl Templated {
    /// The plain data, when there is no template inside.
    pub fn as_value(&self) -> Option<&Value> {
        match self {
            Templated::Value(v) => Some(v),
            _ => None,
        }
    }
}

impl<T: Into<Value>> From<T> for Templated {
    fn from(v: T) -> Self {
        Templated::Value(v.into())
    }
}

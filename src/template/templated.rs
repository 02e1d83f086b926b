//! Values of the operator's files that may hold templates: what YAML nodes become.

use super::syntax::{Code, FileSyntax, Span};
use super::{HostFacts, Said};
use crate::diagnostic::{Diagnostic, Place};
use hostler_sdk::{Key, Value};
use std::fmt;
use std::sync::Arc;

/// A value as written: plain data, or with templates somewhere inside.
#[derive(Clone, Debug)]
pub enum Templated {
    /// Plain data: rendering it gives it back.
    Value(Value),
    /// Plain data that a host had a say in: what stands behind so many bytes of its text.
    Said(Value, usize),
    /// The facts of a host, a mapping.
    Facts(Arc<HostFacts>),
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
    /// How it is read; what it includes is read the same way.
    pub(crate) syntax: FileSyntax,
    pub(crate) code: Code,
    /// Whether it may change lists or mappings in place; others share them instead.
    pub(crate) mutates: bool,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?} at {})", self.source, self.place)
    }
}

impl Template {
    /// What stands for a source with a mistake in it: it fails with the mistake when it is rendered.
    pub fn broken(source: &str, kind: TemplateKind, place: Place, mistake: &Diagnostic) -> Arc<Template> {
        let mistake = mistake.cause.clone().unwrap_or_else(|| mistake.what.clone());
        Arc::new(Template {
            source: source.into(),
            kind,
            place,
            syntax: FileSyntax::default(),
            code: Code::Broken(mistake),
            mutates: false,
        })
    }

    /// Where a stretch of the template stands in the operator's file. Escapes and indentation make the two texts
    /// differ; then the stretch is sought by its text, and when that is not clear the whole scalar is shown.
    pub(crate) fn place_of(&self, span: Span) -> Place {
        let (start, end) = (span.start as usize, (span.end as usize).min(self.source.len()));
        let (Some(part), excerpt) = (self.source.get(start..end), self.place.excerpt()) else {
            return self.place.clone();
        };
        let at = |offset: usize| {
            Place::new(&self.place.source, self.place.start + offset, self.place.start + offset + part.len())
        };
        if excerpt == self.source.as_ref() {
            return at(start);
        }
        let here: Vec<usize> = self.source.match_indices(part).map(|(n, _)| n).collect();
        let there: Vec<usize> = excerpt.match_indices(part).map(|(n, _)| n).collect();
        match here.iter().position(|n| *n == start) {
            Some(n) if here.len() == there.len() && !part.is_empty() => at(there[n]),
            _ => self.place.clone(),
        }
    }
}

impl Templated {
    /// The plain data, when there is no template inside.
    pub fn as_value(&self) -> Option<&Value> {
        match self {
            Templated::Value(v) | Templated::Said(v, _) => Some(v),
            _ => None,
        }
    }

    /// A list of values; plain when they are.
    pub fn list(items: Vec<Templated>) -> Templated {
        match items.iter().all(|item| matches!(item, Templated::Value(_))) {
            true => Templated::Value(items.iter().map(Templated::as_written).collect()),
            false => Templated::List(Arc::new(items)),
        }
    }

    /// A mapping of values; plain when they are.
    pub fn map(entries: Vec<(Key, Templated)>) -> Templated {
        match entries.iter().all(|(_, item)| matches!(item, Templated::Value(_))) {
            true => {
                let plain = entries.into_iter().map(|(key, item)| (key, item.as_written()));
                Templated::Value(plain.collect::<hostler_sdk::Map>().into())
            }
            false => {
                let written = entries.into_iter().map(|(key, item)| (TemplatedKey::Key(key), item));
                Templated::Map(Arc::new(written.collect()))
            }
        }
    }

    /// Whether it is a list, as far as that is known before it is rendered.
    pub fn is_list(&self) -> bool {
        matches!(self, Templated::List(_)) || self.as_value().is_some_and(|value| value.as_list().is_some())
    }

    /// The members of a rendered list; of what is no list, the value itself.
    pub fn opened(&self) -> Vec<Templated> {
        match self {
            Templated::Value(Value::List(items)) => items.iter().cloned().map(Templated::Value).collect(),
            Templated::Said(Value::List(items), _) => items.iter().map(|v| Templated::Said(v.clone(), 0)).collect(),
            Templated::List(items) => items.to_vec(),
            other => vec![other.clone()],
        }
    }

    /// Whether a host had a say in any part of it. Templates are not asked.
    pub fn said(&self) -> Said {
        let any = |mut parts: Box<dyn Iterator<Item = &Templated> + '_>| match parts.any(|part| part.said().is_any()) {
            true => Said::ALL,
            false => Said::Nothing,
        };
        match self {
            Templated::Said(_, at) => Said::After(*at),
            Templated::Facts(facts) => facts.said_whole(),
            Templated::List(items) => any(Box::new(items.iter())),
            Templated::Map(items) => any(Box::new(items.iter().map(|(_, item)| item))),
            Templated::Value(_) | Templated::Template(_) | Templated::Vault(_) => Said::Nothing,
        }
    }

    /// A plain value that a host had a say in, or not.
    pub fn of(value: Value, said: Said) -> Templated {
        match said {
            Said::Nothing => Templated::Value(value),
            Said::After(at) => Templated::Said(value, at),
        }
    }
}

impl Templated {
    /// The value with templates as the text they were written as: for showing what a file holds.
    pub fn as_written(&self) -> Value {
        match self {
            Templated::Value(value) | Templated::Said(value, _) => value.clone(),
            Templated::Facts(facts) => Value::Map(facts.whole()),
            Templated::Template(template) => (&*template.source).into(),
            Templated::Vault(vault) => (&*vault.armour).into(),
            Templated::List(items) => items.iter().map(Templated::as_written).collect(),
            Templated::Map(pairs) => {
                let written = |(key, value): &(TemplatedKey, Templated)| match key {
                    TemplatedKey::Key(key) => (key.clone(), value.as_written()),
                    TemplatedKey::Template(template) => (Key::Str(template.source.clone()), value.as_written()),
                };
                pairs.iter().map(written).collect::<hostler_sdk::Map>().into()
            }
        }
    }
}

impl<T: Into<Value>> From<T> for Templated {
    fn from(v: T) -> Self {
        Templated::Value(v.into())
    }
}

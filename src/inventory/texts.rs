//! What inventory and variables need of templates and vault: text and nodes become values that may hold templates, files are
//! read whether they are encrypted or not.

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::template::{Said, Scope, Templated, TemplatedKey};
use crate::yaml::Node;
use hostler_sdk::Value;
use std::path::Path;
use std::sync::Arc;

/// Makes templates of the operator's text.
pub trait Texts: Send + Sync {
    /// Text as a value; a template where it has Jinja syntax.
    ///
    /// # Errors
    /// Broken Jinja syntax.
    fn text(&self, text: &str, place: &Place) -> Result<Templated>;
    /// A bare expression as a template.
    ///
    /// # Errors
    /// Broken Jinja syntax.
    fn expression(&self, text: &str, place: &Place) -> Result<Templated>;
    /// A node of YAML, whatever is inside: templates, `!vault`, `!unsafe`.
    ///
    /// # Errors
    /// Broken Jinja syntax.
    fn node(&self, node: &Node) -> Result<Templated>;
    /// All documents of a YAML file, which may be encrypted as a whole.
    ///
    /// # Errors
    /// Files that cannot be read, are no YAML or are encrypted with an unknown password.
    fn file(&self, path: &Path, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Node>>;
    /// The value in a scope.
    ///
    /// # Errors
    /// Whatever templates run into.
    fn render(&self, value: &Templated, scope: &Arc<dyn Scope>) -> Result<Value>;
    /// The same, and whether a host had a say in it.
    ///
    /// # Errors
    /// Whatever templates run into.
    fn render_said(&self, value: &Templated, scope: &Arc<dyn Scope>) -> Result<(Value, Said)> {
        Ok((self.render(value, scope)?, value.said()))
    }
}

/// The same for everything inside a value.
pub(crate) fn templated(value: Value, place: &Place, texts: &dyn Texts) -> Result<Templated> {
    Ok(match value {
        Value::Str(text) => texts.text(&text, place)?,
        Value::List(items) => {
            let made = items.iter().map(|item| templated(item.clone(), place, texts)).collect::<Result<Vec<_>>>()?;
            if made.iter().all(|item| item.as_value().is_some()) {
                Templated::Value(Value::List(items))
            } else {
                Templated::List(Arc::new(made))
            }
        }
        Value::Map(map) => {
            let made = map
                .iter()
                .map(|(key, item)| Ok((TemplatedKey::Key(key.clone()), templated(item.clone(), place, texts)?)))
                .collect::<Result<Vec<_>>>()?;
            if made.iter().all(|(_, item)| item.as_value().is_some()) {
                Templated::Value(Value::Map(map))
            } else {
                Templated::Map(Arc::new(made))
            }
        }
        other => Templated::Value(other),
    })
}

/// Only plain text, for tests that need no templates.
#[cfg(test)]
pub(crate) struct Plain;

#[cfg(test)]
impl Texts for Plain {
    fn text(&self, text: &str, _: &Place) -> Result<Templated> {
        Ok(text.into())
    }
    fn expression(&self, text: &str, _: &Place) -> Result<Templated> {
        Ok(text.into())
    }
    fn node(&self, node: &Node) -> Result<Templated> {
        node.to_value().map(Templated::Value)
    }
    fn file(&self, path: &Path, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Node>> {
        crate::yaml::load_file(path, warnings)
    }
    fn render(&self, value: &Templated, _: &Arc<dyn Scope>) -> Result<Value> {
        Ok(value.as_value().cloned().unwrap_or_default())
    }
}

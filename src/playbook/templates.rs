//! What the loader needs of templates. The run's Jinja environment is the real one.

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::template::{Scope, Template, Templated};
use crate::yaml::Node;
use hostler_sdk::Value;
use std::sync::Arc;

/// Compiles what the operator wrote, and renders the few names that are needed while loading.
pub trait Templates: Send + Sync {
    /// Text as a value; a template where it has Jinja syntax. Broken syntax is an error.
    fn text(&self, source: &str, place: Place) -> Result<Templated>;
    /// A bare expression, as `when:` holds.
    fn expression(&self, source: &str, place: Place) -> Result<Arc<Template>>;
    /// A node with all templates inside compiled; what is below `!unsafe` is plain.
    #[allow(clippy::wrong_self_convention, reason = "it makes a value from a node; `self` is the environment")]
    fn from_node(&self, node: &Node) -> Result<Templated>;
    /// As [`Templates::from_node`], but a scalar with a mistake becomes a template that fails when it is rendered. The mistakes
    /// are put to `mistakes`.
    fn lenient(&self, node: &Node, mistakes: &mut Vec<Diagnostic>) -> Result<Templated> {
        let _ = mistakes;
        self.from_node(node)
    }
    /// The value of something written, in a scope.
    fn render(&self, templated: &Templated, scope: &Arc<dyn Scope>) -> Result<Value>;
    /// Told of what a file holds that is vaulted as a whole: secrets.
    fn secret(&self, node: &Node) {
        let _ = node;
    }
}

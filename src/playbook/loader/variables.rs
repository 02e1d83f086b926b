//! Variables as written: `vars:` of anything, and files of variables.

use super::reading::Reading;
use crate::diagnostic::Diagnostic;
use crate::playbook::reserved;
use crate::template::{Variable, Variables};
use crate::yaml::{Node, unmarked};
use std::path::Path;
use std::sync::Arc;

/// Words that mean something else in a template: no variable of that name could be read.
const RESERVED: [&str; 7] = ["true", "false", "none", "True", "False", "None", "not"];

/// Whether a variable may be called so: a Python identifier (ASCII) that is no word of templates, as in ansible-core 2.19.
pub(crate) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&name)
}

impl Reading<'_> {
    /// The variables of a mapping. `what` says whose they are: "`vars` of a task".
    pub fn variables(&mut self, node: &Node, what: &str) -> Arc<Variables> {
        let mut out = Variables::default();
        if node.is_null() {
            return Arc::new(out);
        }
        let Some(entries) = node.as_map() else {
            self.error(format!("{what} must be a mapping, this is {}", node.kind()), &node.place, "");
            return Arc::new(out);
        };
        for (key, value) in entries {
            match key.as_str() {
                Some(name) if is_name(name) => {
                    self.loader.warn(reserved(name, Some(&key.place)));
                    if let Some(value) = self.templated(value) {
                        out.0.insert(name.into(), Variable { value, place: Some(key.place.clone()) });
                    }
                }
                _ => {
                    let name = key.to_key();
                    self.errors.push(
                        Diagnostic::error(format!("a variable cannot be called `{name}`")).at(&key.place, "").hint(
                            "names are letters, digits and `_`, do not start with a digit and are no word of Python",
                        ),
                    );
                }
            }
        }
        Arc::new(out)
    }

    /// The variables of a file.
    pub fn variables_file(&mut self, path: &Path) -> Arc<Variables> {
        if let Some(known) = self.loader.known.variables(path) {
            return known;
        }
        let what = format!("the variables in `{}`", path.display());
        let before = self.told();
        let Some(node) = self.file(path).map(|node| unmarked(&node)) else { return Arc::default() };
        if self.loader.known.is_vaulted(path) {
            self.loader.templates.secret(&node);
        }
        let variables = self.variables(&node, &what);
        if self.told() == before {
            self.loader.known.keep_variables(path, &variables);
        }
        variables
    }

    /// Parameters of a role: any keys.
    pub fn parameter(&mut self, out: &mut Variables, key: &Node, value: &Node) {
        if let (Some(name), Some(value)) = (key.as_str(), self.templated(value)) {
            self.loader.warn(reserved(name, Some(&key.place)));
            out.set(name, value, Some(key.place.clone()));
        }
    }
}

/// Layers on top of each other, the strongest last. One that is alone is taken as it is.
pub(super) fn layered<'v>(layers: impl IntoIterator<Item = &'v Arc<Variables>>) -> Arc<Variables> {
    let mut layers = layers.into_iter().filter(|layer| !layer.is_empty());
    let Some(first) = layers.next() else { return Arc::default() };
    let mut whole = first.clone();
    for layer in layers {
        let out = Arc::make_mut(&mut whole);
        layer.0.iter().for_each(|(name, variable)| drop(out.0.insert(name.clone(), variable.clone())));
    }
    whole
}

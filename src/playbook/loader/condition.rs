//! Conditions: bare expressions under `when`, `until`, `changed_when`, `failed_when`, `break_when`.

use super::reading::Reading;
use crate::template::{Template, Templated};
use crate::yaml::Node;
use hostler_sdk::Value;
use std::sync::Arc;

impl Reading<'_> {
    /// One or a list of conditions; every one must hold.
    pub fn conditions(&mut self, node: &Node) -> Vec<Arc<Template>> {
        let items = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        items.iter().filter_map(|item| self.condition(item)).collect()
    }

    /// One condition; nothing at all always holds.
    pub fn condition(&mut self, node: &Node) -> Option<Arc<Template>> {
        let text = match node.value() {
            Some(Value::Null) => return None,
            Some(Value::Bool(true)) => "true",
            Some(Value::Bool(false)) => "false",
            Some(_) => node.written().map_or("", |w| w),
            None => {
                self.error(format!("a condition must be text, this is {}", node.kind()), &node.place, "");
                return None;
            }
        };
        if text.trim().is_empty() {
            return None;
        }
        // With delimiters it is a template whose value is judged; Ansible warns about these and takes them.
        if text.contains("{{") || text.contains("{%") {
            let compiled = self.loader.templates.text(text, node.place.clone());
            if let Templated::Template(template) = self.keep(compiled)? {
                return Some(template);
            }
        }
        self.keep(self.loader.templates.expression(text, node.place.clone()))
    }
}

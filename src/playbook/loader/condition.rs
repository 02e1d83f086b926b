//! Conditions: bare expressions under `when`, `until`, `changed_when`, `failed_when`, `break_when`.

use super::lateness::Mistakes;
use super::reading::Reading;
use crate::diagnostic::Diagnostic;
use crate::template::{Template, TemplateKind, Templated};
use crate::yaml::{Data, Node};
use hostler_sdk::Value;
use std::sync::Arc;

impl Reading<'_> {
    /// One or a list of conditions; every one must hold.
    pub fn conditions(&mut self, node: &Node) -> Vec<Arc<Template>> {
        let items = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        items.iter().filter_map(|item| self.condition(item)).collect()
    }

    /// The conditions of `when`. The first is always asked; the others only when those before them hold.
    pub fn when(&mut self, node: &Node) -> Vec<Arc<Template>> {
        let items = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        let mut all = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let how = match self.mistakes {
                Mistakes::Conditional if index == 0 => Mistakes::Refused,
                how => how,
            };
            all.extend(self.taking(how, |reading| reading.condition(item)));
        }
        all
    }

    /// One condition; nothing at all always holds.
    pub fn condition(&mut self, node: &Node) -> Option<Arc<Template>> {
        if let Some(known) = self.loader.known.condition(node) {
            return known;
        }
        let before = self.told();
        let condition = self.compiled(node);
        if self.told() == before {
            self.loader.known.keep_condition(node, &condition);
        }
        condition
    }

    fn compiled(&mut self, node: &Node) -> Option<Arc<Template>> {
        let text = match node.value() {
            Some(Value::Null) => return None,
            Some(Value::Bool(true)) => "true",
            Some(Value::Bool(false)) => "false",
            Some(_) => node.written().map_or("", |w| w),
            None => {
                let what = format!("a condition must be text, this is {}", node.kind());
                let mistake = Diagnostic::error(what).at(&node.place, "");
                return self.broken("", TemplateKind::Expression, node.place.clone(), mistake);
            }
        };
        if matches!(node.data.as_ref(), Data::Unsafe(_)) {
            let mistake = Diagnostic::error("encountered untrusted template or expression")
                .at(&node.place, "")
                .hint("what is marked `!unsafe` is never evaluated");
            return self.broken(text, TemplateKind::Expression, node.place.clone(), mistake);
        }
        if text.trim().is_empty() {
            return None;
        }
        // With delimiters it is a template whose value is judged; Ansible warns about these and takes them.
        if (text.contains("{{") || text.contains("{%"))
            && let Templated::Template(template) = self.text(text, node.place.clone())?
        {
            return Some(template);
        }
        self.expression(text, node.place.clone())
    }
}

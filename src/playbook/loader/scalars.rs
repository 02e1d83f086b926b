//! Values of keywords: templates are compiled, literal ones are checked against what the keyword takes.

use super::lateness::Mistakes;
use super::reading::Reading;
use super::vocabulary::Shape;
use crate::diagnostic::Diagnostic;
use crate::template::Templated;
use crate::yaml::{Data, Node};
use hostler_sdk::{FromValue, Value};

impl Reading<'_> {
    /// A node with its templates compiled.
    pub fn templated(&mut self, node: &Node) -> Option<Templated> {
        if let Some(known) = self.loader.known.value(node) {
            return Some(known);
        }
        if self.mistakes == Mistakes::Refused {
            let value = self.keep(self.loader.templates.from_node(node))?;
            self.loader.known.keep_value(node, &value);
            return Some(value);
        }
        let mut mistakes = Vec::new();
        let value = self.loader.templates.lenient(node, &mut mistakes);
        if let (Ok(value), true) = (&value, mistakes.is_empty()) {
            self.loader.known.keep_value(node, value);
        }
        mistakes.into_iter().for_each(|mistake| {
            self.late(mistake);
        });
        self.keep(value)
    }

    /// The value of a keyword; `None` when it is `null` (as if it were not there) or wrong.
    pub fn keyword(&mut self, key: &Node, node: &Node, shape: Shape) -> Option<Templated> {
        if node.is_null() {
            return None;
        }
        let name = key.as_str().unwrap_or_default();
        let collection = matches!(node.content(), Data::List(_) | Data::Map(_));
        match shape {
            Shape::Texts => {}
            Shape::Own | Shape::Conditions => {}
            _ if collection => {
                self.mismatch(name, node, shape);
                return None;
            }
            _ => {}
        }
        let value = self.templated(node)?;
        let wrong = match (&value, shape) {
            (Templated::Value(literal), _) => !fits(literal, shape),
            (_, Shape::PlainText) => true,
            _ => false,
        };
        (!wrong || self.mismatch(name, node, shape)).then_some(value)
    }

    /// Tells that a value is none of its keyword; whether it is kept for the task to fail with.
    fn mismatch(&mut self, name: &str, node: &Node, shape: Shape) -> bool {
        let wanted = match shape {
            Shape::Bool => "a boolean",
            Shape::Int => "a whole number",
            Shape::Float => "a number",
            Shape::Percent => "a number or a percentage",
            Shape::PlainText => "text without a template",
            _ => "text",
        };
        let what = format!("`{name}` must be {wanted}, this is {}", node.kind());
        let mistake = Diagnostic::error(what).at(&node.place, "");
        if shape == Shape::PlainText {
            self.errors.push(mistake);
            return false;
        }
        self.late(mistake)
    }

    /// One or a list of scalars, each on its own.
    pub fn each(&mut self, key: &Node, node: &Node) -> Vec<Templated> {
        if node.is_null() {
            return Vec::new();
        }
        let items = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        items.iter().filter_map(|item| self.keyword(key, item, Shape::Text)).collect()
    }
}

/// Whether Ansible can turn a literal into what the keyword takes.
fn fits(value: &Value, shape: Shape) -> bool {
    let text = || value.to_string();
    match shape {
        Shape::Bool => bool::from_value(value).is_ok(),
        Shape::Int => match value {
            Value::Bool(_) => true,
            _ => text().trim().parse::<f64>().is_ok_and(|x| x.fract() == 0.0),
        },
        Shape::Float => matches!(value, Value::Bool(_)) || text().trim().parse::<f64>().is_ok(),
        Shape::Percent => text().replace('%', "").trim().parse::<f64>().is_ok(),
        Shape::PlainText => !text().trim().is_empty(),
        _ => true,
    }
}

//! `vars_prompt:`.

use super::reading::Reading;
use super::vocabulary::{Object, Shape};
use crate::diagnostic::Diagnostic;
use crate::playbook::Prompt;
use crate::template::Templated;
use crate::yaml::Node;
use hostler_sdk::{FromValue, Value};

impl Reading<'_> {
    /// The questions of a play: a mapping is one of them.
    pub fn prompts(&mut self, node: &Node) -> Vec<Prompt> {
        if node.is_null() {
            return Vec::new();
        }
        let items = node.as_list().unwrap_or_else(|| std::slice::from_ref(node));
        items.iter().filter_map(|item| self.prompt(item)).collect()
    }

    fn prompt(&mut self, node: &Node) -> Option<Prompt> {
        let entries = self.entries(node, Object::VarsPrompt)?;
        for (key, _) in entries {
            if let Some(word) = key.as_str().filter(|w| Object::VarsPrompt.shape(w).is_none()) {
                let error = Diagnostic::error(format!("`{word}` is no keyword of an entry of `vars_prompt`"));
                self.errors.push(error.at(&key.place, "").nearest(word, Object::VarsPrompt.words()));
            }
        }
        let mut value = |name: &str| {
            let (key, node) = node.entry(name)?;
            if name == "default" {
                self.templated(node)
            } else {
                self.keyword(key, node, Object::VarsPrompt.shape(name)?)
            }
        };
        let (prompt, default) = (value("prompt"), value("default"));
        let plain = |value: Option<Templated>| value.and_then(|v| v.as_value().cloned());
        let flag =
            |value: Option<Value>, default: bool| value.map_or(default, |v| bool::from_value(&v).unwrap_or(default));
        let (private, confirm) = (flag(plain(value("private")), true), flag(plain(value("confirm")), false));
        let r#unsafe = flag(plain(value("unsafe")), false);
        let text = |value: Option<Value>| value.map(|v| v.to_string());
        let (encrypt, salt) = (text(plain(value("encrypt"))), text(plain(value("salt"))));
        let salt_size = plain(value("salt_size")).and_then(|v| u32::from_value(&v).ok());
        let Some((key, name_node)) = node.entry("name") else {
            self.error("Invalid vars_prompt data structure, missing 'name' key", &node.place, "");
            return None;
        };
        let name = self.keyword(key, name_node, Shape::PlainText)?.as_value()?.to_string();
        if !super::variables::is_name(&name) {
            self.error(format!("a variable cannot be called `{name}`"), &name_node.place, "");
        }
        Some(Prompt { name, prompt, default, private, confirm, encrypt, salt, salt_size, r#unsafe })
    }
}

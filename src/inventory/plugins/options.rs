//! The options of an inventory plugin's file.

use crate::diagnostic::{Diagnostic, Result};
use crate::yaml::Node;

/// A mapping of options.
pub(super) struct Options<'n> {
    /// All of it.
    pub root: &'n Node,
    entries: &'n [(Node, Node)],
}

/// An error at a node.
pub(super) fn wrong(what: impl Into<String>, node: &Node) -> Diagnostic {
    Diagnostic::error(what).at(&node.place, "")
}

impl<'n> Options<'n> {
    /// The options in a node, which `what` names.
    pub fn of(root: &'n Node, what: &str) -> Result<Self> {
        match root.as_map() {
            Some(entries) => Ok(Options { root, entries }),
            None => Err(wrong(format!("{what} must be a mapping, this is {}", root.kind()), root).boxed()),
        }
    }

    /// Refuses options that are not among these.
    pub fn known(&self, names: &[&str]) -> Result<()> {
        let odd = self.entries.iter().find(|(key, _)| key.as_str().is_none_or(|name| !names.contains(&name)));
        match odd {
            None => Ok(()),
            Some((key, _)) => {
                let name = key.to_key().to_string();
                let error = wrong(format!("there is no option `{name}`"), key);
                Err(error.nearest(&name, names.iter().copied()).boxed())
            }
        }
    }

    /// An option as written.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
    }

    /// A scalar as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).filter(|node| !node.is_null()).and_then(Node::written).map(|text| text.to_string())
    }

    /// True or false.
    pub fn flag(&self, name: &str, usual: bool) -> Result<bool> {
        match self.get(name).filter(|node| !node.is_null()) {
            None => Ok(usual),
            Some(node) => match node.as_bool().or_else(|| node.as_str().and_then(crate::yaml::boolean)) {
                Some(flag) => Ok(flag),
                None => Err(wrong(format!("`{name}` must be true or false, this is {}", node.kind()), node).boxed()),
            },
        }
    }

    /// A mapping; empty when it is not there.
    pub fn mapping(&self, name: &str) -> Result<&'n [(Node, Node)]> {
        match self.get(name).filter(|node| !node.is_null()) {
            None => Ok(&[]),
            Some(node) => node
                .as_map()
                .ok_or_else(|| wrong(format!("`{name}` must be a mapping, this is {}", node.kind()), node).boxed()),
        }
    }

    /// A list; empty when it is not there.
    pub fn list(&self, name: &str) -> Result<&'n [Node]> {
        match self.get(name).filter(|node| !node.is_null()) {
            None => Ok(&[]),
            Some(node) => node
                .as_list()
                .ok_or_else(|| wrong(format!("`{name}` must be a list, this is {}", node.kind()), node).boxed()),
        }
    }
}

//! What was read once and is asked for again: a role that many plays use is parsed, compiled and its mistakes sought for once.

use super::Loader;
use crate::template::{Templated, Variables};
use crate::yaml::{Data, Node};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a loader knows already.
#[derive(Default)]
pub(super) struct Known {
    /// The documents of files.
    files: Mutex<HashMap<PathBuf, Arc<Vec<Node>>>>,
    /// Files of variables without a mistake.
    variables: Mutex<HashMap<PathBuf, Arc<Variables>>>,
    /// Values with templates, compiled without a mistake, by where the node's content is; the node is kept, so that nothing
    /// else comes to be there.
    values: Mutex<HashMap<usize, (Node, Templated)>>,
    /// Names like those of modules that are not there.
    alike: Mutex<HashMap<String, Option<String>>>,
}

impl Known {
    /// The documents of a file, if it was read.
    pub fn file(&self, path: &Path) -> Option<Arc<Vec<Node>>> {
        held(&self.files).get(path).cloned()
    }

    /// Keeps the documents of a file.
    pub fn keep_file(&self, path: &Path, nodes: &Arc<Vec<Node>>) {
        held(&self.files).insert(path.to_owned(), nodes.clone());
    }

    /// The variables of a file, if it was read.
    pub fn variables(&self, path: &Path) -> Option<Arc<Variables>> {
        held(&self.variables).get(path).cloned()
    }

    /// Keeps the variables of a file.
    pub fn keep_variables(&self, path: &Path, variables: &Arc<Variables>) {
        held(&self.variables).insert(path.to_owned(), variables.clone());
    }

    /// What a node was compiled to.
    pub fn value(&self, node: &Node) -> Option<Templated> {
        held(&self.values).get(&place_of(node)).map(|(_, value)| value.clone())
    }

    /// Keeps what a node was compiled to, unless it is as quickly made anew.
    pub fn keep_value(&self, node: &Node, value: &Templated) {
        if !matches!((&*node.data, value), (Data::Scalar { .. }, Templated::Value(_))) {
            held(&self.values).insert(place_of(node), (node.clone(), value.clone()));
        }
    }
}

impl Loader {
    /// What is most like `name`, which is no module; sought for once.
    pub(super) fn alike(&self, name: &str, seek: impl FnOnce() -> Option<String>) -> Option<String> {
        if let Some(known) = held(&self.known.alike).get(name) {
            return known.clone();
        }
        let found = seek();
        held(&self.known.alike).insert(name.to_owned(), found.clone());
        found
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place_of(node: &Node) -> usize {
    Arc::as_ptr(&node.data) as usize
}

//! What was read once and is asked for again: a role that many plays use is parsed, compiled and its mistakes sought for once.

use super::Loader;
use crate::playbook::ActionCall;
use crate::template::{Template, Templated, Variables};
use crate::yaml::{Data, Node};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What nodes came to, by where their content is; the nodes are kept, so that nothing else comes to be there.
type ByNode<T> = Mutex<HashMap<usize, (Node, T)>>;

/// What a loader knows already.
#[derive(Default)]
pub(super) struct Known {
    /// The documents of files.
    files: Mutex<HashMap<PathBuf, Arc<Vec<Node>>>>,
    /// Files that are vaulted as a whole.
    vaulted: Mutex<HashSet<PathBuf>>,
    /// Files of variables without a mistake.
    variables: Mutex<HashMap<PathBuf, Arc<Variables>>>,
    /// Values with templates, compiled without a mistake.
    values: ByNode<Templated>,
    /// Actions of tasks without a mistake.
    actions: ByNode<KnownAction>,
    /// Conditions without a mistake, compiled.
    conditions: ByNode<Option<Arc<Template>>>,
    /// Names like those of modules that are not there.
    alike: Mutex<HashMap<String, Option<String>>>,
}

/// What a task does, as far as it does not matter where the task stands.
struct KnownAction {
    /// The collections in which the module was sought.
    collections: Vec<String>,
    /// Whether nothing could be missing that `module_defaults` may bring.
    complete: bool,
    action: ActionCall,
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

    /// Notes that a file is vaulted as a whole.
    pub fn note_vaulted(&self, path: &Path) {
        held(&self.vaulted).insert(path.to_owned());
    }

    /// Whether a file that was read is vaulted as a whole.
    pub fn is_vaulted(&self, path: &Path) -> bool {
        held(&self.vaulted).contains(path)
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

    /// The action of a task, if it was read among these `collections`, as `complete` as it has to be.
    pub fn action(&self, task: &Node, collections: &[String], complete: bool) -> Option<ActionCall> {
        let actions = held(&self.actions);
        let (_, known) = actions.get(&place_of(task))?;
        let fits = known.collections == collections && (known.complete || !complete);
        fits.then(|| known.action.clone())
    }

    /// Keeps the action of a task.
    pub fn keep_action(&self, task: &Node, collections: &[String], complete: bool, action: &ActionCall) {
        let known = KnownAction { collections: collections.to_vec(), complete, action: action.clone() };
        held(&self.actions).insert(place_of(task), (task.clone(), known));
    }

    /// What a condition was compiled to; `None` inside for one that always holds.
    pub fn condition(&self, node: &Node) -> Option<Option<Arc<Template>>> {
        held(&self.conditions).get(&place_of(node)).map(|(_, condition)| condition.clone())
    }

    /// Keeps what a condition was compiled to.
    pub fn keep_condition(&self, node: &Node, condition: &Option<Arc<Template>>) {
        held(&self.conditions).insert(place_of(node), (node.clone(), condition.clone()));
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

//! One reading of a playbook or an include: the errors so far, and what is being read around.

use super::Loader;
use super::lateness::Mistakes;
use super::vocabulary::Object;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::playbook::{Role, Task};
use crate::yaml::Node;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Imports within imports; more is a loop whose file names change.
const DEPTH: usize = 100;

/// The state of one reading.
pub(super) struct Reading<'a> {
    pub loader: &'a Loader,
    pub errors: Vec<Diagnostic>,
    /// How mistakes are taken that Ansible finds only when a task runs.
    pub mistakes: Mistakes,
    /// Mistakes that were told as warnings.
    pub warned: usize,
    /// Files (and role entry points) being read, outermost first.
    pub active: Vec<PathBuf>,
    /// Roles that imports brought to the play being read.
    pub imported_roles: Vec<Arc<Role>>,
    /// Handlers that came with them.
    pub imported_handlers: Vec<Arc<Task>>,
}

impl<'a> Reading<'a> {
    pub fn new(loader: &'a Loader) -> Self {
        Reading {
            loader,
            errors: Vec::new(),
            mistakes: Mistakes::default(),
            warned: 0,
            active: Vec::new(),
            imported_roles: Vec::new(),
            imported_handlers: Vec::new(),
        }
    }

    /// The result, unless there were errors. What is wrong in a file that is used many times is told once.
    pub fn finish<T>(mut self, result: T) -> Result<T, Vec<Diagnostic>> {
        once(&mut self.errors);
        if self.errors.is_empty() { Ok(result) } else { Err(self.errors) }
    }

    /// How many mistakes were told: when there are no more than before, what was read meanwhile is right.
    pub fn told(&self) -> usize {
        self.errors.len() + self.warned
    }

    /// Adds an error with one place.
    pub fn error(&mut self, what: impl Into<String>, place: &Place, label: &str) {
        self.errors.push(Diagnostic::error(what).at(place, label));
    }

    /// Keeps the value of a result, or its error.
    pub fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|e| self.errors.push(*e)).ok()
    }

    /// The first document of a file, or nothing when the file is empty. Several documents are refused, as Ansible does.
    pub fn file(&mut self, path: &Path) -> Option<Node> {
        let nodes = self.keep(self.loader.nodes(path))?;
        if let Some(second) = nodes.get(1) {
            self.error("expected one YAML document in this file, found another", &second.place, "starts here");
        }
        nodes.first().cloned()
    }

    /// Reads something inside `path`, unless that is being read already.
    pub fn within<T>(&mut self, path: PathBuf, from: &Place, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.active.contains(&path) || self.active.len() >= DEPTH {
            let chain: Vec<String> = self.active.iter().map(|p| p.display().to_string()).collect();
            let error = Diagnostic::error(format!("`{}` imports itself", path.display()))
                .at(from, "imported again here")
                .note(format!("being read: {}", chain.join(", ")));
            self.errors.push(error);
            return None;
        }
        self.active.push(path);
        let result = read(self);
        self.active.pop();
        result
    }

    /// The entries of a mapping whose keys are texts; anything else is an error.
    pub fn entries<'n>(&mut self, node: &'n Node, object: Object) -> Option<&'n [(Node, Node)]> {
        let Some(entries) = node.as_map() else {
            self.error(format!("{} must be a mapping, this is {}", object.what(), node.kind()), &node.place, "");
            return None;
        };
        for (key, _) in entries.iter().filter(|(key, _)| key.as_str().is_none()) {
            self.error(format!("a keyword of {} must be text, this is {}", object.what(), key.kind()), &key.place, "");
        }
        Some(entries)
    }

    /// The items of a list; `null` is an empty one.
    pub fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if node.is_null() {
            return &[];
        }
        node.as_list().unwrap_or_else(|| {
            self.error(format!("{what} must be a list, this is {}", node.kind()), &node.place, "");
            &[]
        })
    }
}

/// Leaves each complaint once: the same about the same place says nothing new.
pub(super) fn once(complaints: &mut Vec<Diagnostic>) {
    let mut told = HashSet::new();
    complaints.retain(|complaint| {
        let place = complaint.places.first().map(|at| (at.place.path().to_owned(), at.place.start));
        told.insert((complaint.what.clone(), complaint.cause.clone(), place))
    });
}

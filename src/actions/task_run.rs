//! One task on one host (and one item of its loop), as an action sees it.

use super::{ActionError, Doing, SaidArgs};
use crate::diagnostic::Diagnostic;
use crate::link::Body;
use crate::playbook::Task;
use crate::template::{Jinja, Said, Scope, Template, Variables, Wanted, pinned, stays_below};
use hostler_sdk::{Map, Outcome, Output};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an action can have done on the task's host (the delegated one where the task is delegated), as the task's user.
pub trait Hands: Send + Sync {
    /// Calls a module. Check mode, diff, environment and deadline are the task's.
    fn call<'a>(&'a self, module: &'a str, args: Map, bodies: Vec<Body>) -> Doing<'a, Result<Outcome, ActionError>>;
    /// Runs a line through the host's shell, without any module.
    fn raw<'a>(&'a self, line: &'a str, executable: Option<&'a str>) -> Doing<'a, Result<Output, ActionError>>;
    /// Gives the connection up, so that the next call opens a new one.
    fn reset<'a>(&'a self) -> Doing<'a, ()>;
    /// The plain content of a vaulted file.
    fn decrypt(&self, path: &Path, vaulted: &[u8]) -> Result<Vec<u8>, ActionError>;
    /// The variables of a file of the controller, as written, templates included.
    fn variables(&self, path: &Path) -> Result<Arc<Variables>, ActionError>;
    /// Asks the operator for a line; `echo` shows what is typed.
    fn ask<'a>(&'a self, question: &'a str, echo: bool) -> Doing<'a, Result<String, ActionError>>;
}

/// One task on one host.
pub struct TaskRun<'a> {
    /// The task as meant.
    pub task: &'a Arc<Task>,
    /// The host it is for (not the one it is delegated to).
    pub host: &'a str,
    /// Rendered arguments under the names written, free form under its argument; expressions as the text they were written as.
    pub args: &'a Map,
    /// In which of them a host had a say.
    pub said: &'a SaidArgs,
    /// The host's variables, with those of the task and of the loop's item.
    pub scope: &'a Arc<dyn Scope>,
    /// What evaluates expressions in it.
    pub jinja: &'a Jinja,
    /// Whether nothing may be changed.
    pub check: bool,
    /// Whether a diff is wanted.
    pub diff: bool,
    /// `-v` count.
    pub verbosity: u8,
    /// The way to the host.
    pub hands: &'a dyn Hands,
}

impl TaskRun<'_> {
    /// The compiled expressions of an argument.
    pub fn expressions(&self, name: &str) -> &[Arc<Template>] {
        let all = &self.task.action.expressions;
        all.iter().find(|(of, _)| of == name).map(|(_, list)| list.as_slice()).unwrap_or_default()
    }

    /// Calls a module on the host.
    pub async fn call_module(&self, name: &str, args: Map, bodies: Vec<Body>) -> Result<Outcome, ActionError> {
        self.hands.call(name, args, bodies).await
    }

    /// The content of a file of the controller, decrypted when it is vaulted.
    pub fn plain_body(&self, path: &Path) -> Result<Body, ActionError> {
        if !self.is_vaulted(path)? {
            return Ok(Body::File(path.to_owned()));
        }
        let whole = std::fs::read(path).map_err(|e| self.unreadable(path, &e))?;
        Ok(Body::Bytes(self.hands.decrypt(path, &whole)?.into()))
    }

    /// Whether a file of the controller is vaulted as a whole.
    pub fn is_vaulted(&self, path: &Path) -> Result<bool, ActionError> {
        let mut start = [0; VAULTED.len()];
        let mut file = std::fs::File::open(path).map_err(|e| self.unreadable(path, &e))?;
        Ok(file.read_exact(&mut start).is_ok() && start == VAULTED)
    }

    fn unreadable(&self, path: &Path, error: &std::io::Error) -> ActionError {
        Diagnostic::error(format!("could not read `{}`", path.display()))
            .cause(error.to_string())
            .at(&self.task.place, "this task needs it")
            .into()
    }

    /// A file of the controller: absolute, or relative to `kind` (`files`, `templates`, `vars`, `tasks`) or itself of the first
    /// directory on the search path that has it.
    /// One that a host would choose is refused.
    pub fn find_file(&self, kind: &str, name: &str, said: Said) -> Result<PathBuf, ActionError> {
        let searched = candidates(&self.scope.search_path(), kind, name);
        if let Some(path) = searched.iter().find(|path| path.exists()) {
            self.chosen(name, said, path, Wanted::Read)?;
            return Ok(path.clone());
        }
        let list: Vec<String> = searched.iter().map(|p| format!("\t{}", p.display())).collect();
        let what = format!("Could not find or access '{name}'\nSearched in:\n{}", list.join("\n"));
        Err(Diagnostic::error(what).at(&self.task.place, "this task needs it").into())
    }

    /// Refuses a file that a host would choose: `path` is where `name` was found or would be.
    pub fn chosen(&self, name: &str, said: Said, path: &Path, wanted: Wanted) -> Result<(), ActionError> {
        if !said.is_any() {
            return Ok(());
        }
        pinned(name, said, path, wanted, &self.scope.project())
            .map_err(|refusal| refusal.at(&self.task.place, "this task names it").into())
    }

    /// Refuses names of hosts and groups that a host had a say in and that lead elsewhere: variables are read from files of that name.
    pub fn named_by_host(&self, arguments: &[&str], names: &[String]) -> Result<(), ActionError> {
        if !self.said.of(arguments).is_any() {
            return Ok(());
        }
        match names.iter().find(|name| !stays_below(name)) {
            Some(name) => Err(Diagnostic::error(format!("`{name}` is no name to be taken, because a host chose it"))
                .cause("it is a path that leads elsewhere, and variables are read from files of that name")
                .at(&self.task.place, "this task names it")
                .into()),
            None => Ok(()),
        }
    }
}

/// How a vaulted file begins.
const VAULTED: [u8; 14] = *b"$ANSIBLE_VAULT";

/// Where `name` is looked for, in order.
fn candidates(search: &[PathBuf], kind: &str, name: &str) -> Vec<PathBuf> {
    let name = match (name.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(name),
    };
    if name.is_absolute() {
        return vec![name];
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for directory in search {
        for path in [directory.join(kind).join(&name), directory.join(&name)] {
            if !found.contains(&path) && !under_twice(&path, kind) {
                found.push(path);
            }
        }
    }
    found
}

/// `files/files/x`: the name already starts with the kind.
fn under_twice(path: &Path, kind: &str) -> bool {
    path.components().filter(|c| c.as_os_str() == kind).count() > 1 && !path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_kind_before_the_directory_itself() {
        let search = [PathBuf::from("/r/roles/x"), PathBuf::from("/r")];
        let found: Vec<String> =
            candidates(&search, "files", "a/b").iter().map(|p| p.to_string_lossy().into_owned()).collect();
        assert_eq!(found, ["/r/roles/x/files/a/b", "/r/roles/x/a/b", "/r/files/a/b", "/r/a/b"]);
    }

    #[test]
    fn absolute_names_are_taken_as_they_are() {
        assert_eq!(candidates(&[PathBuf::from("/r")], "files", "/etc/x"), [PathBuf::from("/etc/x")]);
    }
}

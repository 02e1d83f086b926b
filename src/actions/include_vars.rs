//! `include_vars`: variables from files of the controller, for one host from here on.

use super::{Act, ActionError, ActionResult, Done, Effect, TaskRun, register};
use crate::inventory::merged;
use crate::template::{Binding, Templated, TemplatedKey, Variable, Variables, Wanted};
use hostler_builtin::regex::{Flags, Pattern};
use hostler_sdk::{Choice, Key, Map, Module, Outcome, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Load variables from files, dynamically within a task
///
/// The files are searched for in `vars/` of the role and beside the play. Their variables stand above those of the play, the
/// inventory and the role, and below `set_fact`.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "include_vars",
    free_form = "_raw_params",
    returns(
        ("ansible_facts", "dict", "the variables that were included"),
        ("ansible_included_var_files", "list", "the files they came from")
    ),
    examples = r#"
- name: Include vars of stuff.yaml into the 'stuff' variable
  ansible.builtin.include_vars:
    file: stuff.yaml
    name: stuff
"#
)]
pub struct IncludeVars {
    /// The file.
    #[arg(name = "_raw_params")]
    free_form: Option<String>,
    /// The file.
    file: Option<String>,
    /// A directory whose files are all included, in the order of their names.
    dir: Option<String>,
    /// A variable that the included ones become members of.
    name: Option<String>,
    /// How many directories, counted from `dir` itself, are looked into; 0 is all.
    #[arg(default = "0")]
    depth: usize,
    /// Only files of `dir` whose names match this pattern.
    files_matching: Option<String>,
    /// Files of `dir` that are left out: patterns for the ends of their names.
    ignore_files: Option<Vec<String>>,
    /// Endings of the files of `dir` that are read.
    extensions: Option<Vec<String>>,
    /// Whether files of `dir` with other endings are passed over rather than an error.
    #[arg(default = "no")]
    ignore_unknown_extensions: bool,
    /// Whether mappings are merged with those that are there or replace them; by default as `hash_behaviour` is set.
    hash_behaviour: Option<Behaviour>,
}

/// What becomes of a mapping that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
enum Behaviour {
    /// It is replaced.
    Replace,
    /// It is merged with the new one, deeply.
    Merge,
}

register!(of IncludeVars);

impl Act for IncludeVars {
    const OWN: &'static [&'static str] = &["ansible_included_var_files"];

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let file = self.file.as_deref().or(self.free_form.as_deref()).filter(|f| !f.is_empty());
        let files = match (file, self.dir.as_deref()) {
            (Some(_), Some(_)) => {
                return Err(ActionError::new(
                    "You are mixing file only and dir only arguments, these are incompatible",
                ));
            }
            (Some(file), None) => vec![task.find_file("vars", file, task.said.of(&["_raw_params", "file"]))?],
            (None, Some(dir)) => {
                let root = root(task, dir);
                task.chosen(dir, task.said.of(&["dir"]), &root, Wanted::Read)?;
                self.files_of(task, &root)?
            }
            (None, None) => return Err(ActionError::new("one of the following is required: file, dir")),
        };
        let mut vars = Variables::default();
        // What was vaulted is not shown, nor what was read with it.
        let hidden = files.iter().try_fold(false, |any, path| Ok::<_, ActionError>(any | task.is_vaulted(path)?))?;
        for path in &files {
            for (name, variable) in &task.hands.variables(path)?.0 {
                vars.0.insert(name.clone(), variable.clone());
            }
        }
        if let Some(name) = &self.name {
            vars = nested(name, &vars);
        }
        if self.hash_behaviour == Some(Behaviour::Merge) {
            for (name, variable) in &mut vars.0 {
                if let Some(Binding::Templated(there)) = task.scope.get(name) {
                    variable.value = merged(&there, &variable.value);
                }
            }
        }
        let shown: Map = vars.0.iter().map(|(name, v)| (Key::from(name.clone()), v.value.as_written())).collect();
        let files: Value = files.iter().map(|path| path.display().to_string()).collect();
        let outcome = Outcome::default().with("ansible_facts", shown).with("ansible_included_var_files", files);
        Ok(Done { hidden, ..Done::from(outcome).effect(Effect::IncludeVars(Arc::new(vars))) })
    }
}

impl IncludeVars {
    /// The files of a directory that are to be read, in order.
    fn files_of(&self, task: &TaskRun<'_>, root: &Path) -> Result<Vec<PathBuf>, ActionError> {
        if !root.exists() {
            return Err(ActionError::new(format!("{} directory does not exist", root.display())));
        }
        if !root.is_dir() {
            return Err(ActionError::new(format!("{} is not a directory", root.display())));
        }
        let compile = |pattern: &str| Pattern::text(pattern, Flags::default()).map_err(ActionError::new);
        let wanted = self.files_matching.as_deref().map(compile).transpose()?;
        let ignored: Vec<String> = self.ignore_files.iter().flatten().map(|end| format!("{end}$")).collect();
        let ignored = ignored.iter().map(|pattern| compile(pattern)).collect::<Result<Vec<_>, _>>()?;
        let usual = ["yaml", "yml", "json"].map(String::from).to_vec();
        let endings = self.extensions.as_ref().unwrap_or(&usual);
        let main = task.task.role.as_ref().map(|role| role.path.join("vars/main.yml"));
        let mut directories = Vec::new();
        walk(root, &mut directories)?;
        directories.sort();
        if self.depth != 0 {
            // The directory itself is the first level.
            directories
                .retain(|found| found.strip_prefix(root).is_ok_and(|below| below.components().count() < self.depth));
        }
        let mut found = Vec::new();
        for directory in &directories {
            for path in files(directory)? {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let is = |pattern: &Pattern| pattern.is_match(name.as_bytes()).map_err(ActionError::new);
                // The role's own variables are there already.
                if main.as_ref() == Some(&path) || wanted.as_ref().map(is).transpose()? == Some(false) {
                    continue;
                }
                if ignored.iter().map(is).collect::<Result<Vec<_>, _>>()?.contains(&true) {
                    continue;
                }
                let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
                if endings.contains(&ending) {
                    found.push(path);
                } else if !self.ignore_unknown_extensions {
                    return Err(ActionError::new(format!(
                        "{} does not have a valid extension: {}",
                        path.display(),
                        endings.join(", ")
                    )));
                }
            }
        }
        Ok(found)
    }
}

/// A relative directory: below `vars/` of the role, otherwise beside the file of the task.
fn root(task: &TaskRun<'_>, dir: &str) -> PathBuf {
    if let Some(role) = &task.task.role {
        // `vars/x` is the role's own.
        let within = if Path::new(dir).starts_with("vars") { role.path.join(dir) } else { PathBuf::new() };
        return if within.exists() { within } else { role.path.join("vars").join(dir) };
    }
    task.task.place.path().parent().unwrap_or(Path::new("")).join(dir)
}

fn unreadable(path: &Path, error: &std::io::Error) -> ActionError {
    ActionError::new(format!("could not read the directory {}: {error}", path.display()))
}

/// A directory and all below it, links followed.
fn walk(directory: &Path, into: &mut Vec<PathBuf>) -> Result<(), ActionError> {
    into.push(directory.to_owned());
    for entry in std::fs::read_dir(directory).map_err(|e| unreadable(directory, &e))? {
        let path = entry.map_err(|e| unreadable(directory, &e))?.path();
        // A link to a directory above would go on for ever.
        if path.is_dir() && into.len() < 10_000 {
            walk(&path, into)?;
        }
    }
    Ok(())
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, ActionError> {
    let entries = std::fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|e| unreadable(directory, &e))?;
    let mut paths: Vec<PathBuf> = entries.iter().map(|entry| entry.path()).filter(|path| !path.is_dir()).collect();
    paths.sort();
    Ok(paths)
}

/// All variables as members of one.
fn nested(name: &str, vars: &Variables) -> Variables {
    let members = vars.0.iter();
    let place = vars.0.values().next().and_then(|first| first.place.clone());
    let plain: Option<Map> =
        members.clone().map(|(key, v)| Some((Key::from(key.clone()), v.value.as_value()?.clone()))).collect();
    let value = match plain {
        Some(map) => Templated::Value(map.into()),
        None => Templated::Map(Arc::new(
            members.map(|(key, v)| (TemplatedKey::Key(Key::from(key.clone())), v.value.clone())).collect(),
        )),
    };
    let mut out = Variables::default();
    out.0.insert(name.into(), Variable { value, place });
    out
}

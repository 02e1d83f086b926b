//! `vars_files:` of a play: each entry a file, or a list of which the first that exists is taken. Names may hold templates and
//! are rendered for each host.

use super::beside::lock;
use super::file;
use super::play::PlayContext;
use super::store::{VarStore, reserved_in};
use crate::diagnostic::{Diagnostic, Result};
use crate::template::{Binding, Said, Scope, Templated, Variables, Wanted, pinned};
use hostler_sdk::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// A file's name, and whether a host had a say in it.
type Named = (String, Said);

impl VarStore {
    /// The files of a play for a host, weakest first. `scope` is what their names may use.
    pub(super) fn vars_files(
        &self,
        play: &PlayContext,
        scope: &Arc<dyn Scope>,
        in_task: bool,
    ) -> Result<Arc<Vec<Arc<Variables>>>> {
        let mut files = Vec::new();
        for entry in &play.play.vars_files {
            let names = match self.names(entry, scope) {
                Ok(names) => names,
                // Facts may not be there yet: the entry comes in when they are.
                Err(error) if !in_task || !gathered(scope) => {
                    let mut warning =
                        Diagnostic::warning("skipping an entry of `vars_files`, its name cannot be rendered yet");
                    warning.cause = Some(error.to_string());
                    self.warn(warning);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut candidates: Vec<(PathBuf, &Named)> = Vec::new();
            for name in &names {
                candidates.extend(self.candidates(play, &name.0).into_iter().map(|path| (path, name)));
            }
            match candidates.iter().find(|(path, _)| path.is_file()) {
                Some((path, (name, said))) => {
                    pinned(name, *said, path, Wanted::Read, &scope.project())
                        .map_err(|refusal| refusal.at(&play.play.place, "in this play").boxed())?;
                    files.push(self.vars_file(path)?);
                }
                None => self.warn(
                    Diagnostic::warning(format!("no file of the `vars_files` entry {} was found", quoted(&names)))
                        .at(&play.play.place, "in this play")
                        .note("ansible-playbook says nothing about this and goes on, too"),
                ),
            }
        }
        Ok(Arc::new(files))
    }

    fn names(&self, entry: &Templated, scope: &Arc<dyn Scope>) -> Result<Vec<Named>> {
        let parts: Vec<Templated> = match entry {
            Templated::List(items) => items.as_ref().clone(),
            other => vec![other.clone()],
        };
        let mut names = Vec::new();
        for part in parts {
            let (value, said) = self.texts().render_said(&part, scope)?;
            for value in value.as_list().unwrap_or(std::slice::from_ref(&value)) {
                match value {
                    Value::Str(name) => names.push((name.to_string(), said)),
                    other => {
                        let what = format!(
                            "an entry of `vars_files` must be text or a list of texts, this is a {}",
                            other.type_name()
                        );
                        return Err(Diagnostic::error(what).boxed());
                    }
                }
            }
        }
        Ok(names)
    }

    fn candidates(&self, play: &PlayContext, name: &str) -> Vec<PathBuf> {
        let around = &self.settings().around;
        [play.dir.join("vars"), play.dir.clone()]
            .iter()
            .map(|base| crate::config::absolute(name, base, around))
            .collect()
    }

    fn vars_file(&self, path: &PathBuf) -> Result<Arc<Variables>> {
        if let Some(known) = lock(self.known_files()).get(path) {
            return Ok(known.clone());
        }
        let mut warnings = Vec::new();
        let vars = file::read(path, self.texts().as_ref(), &mut warnings)?;
        warnings.extend(reserved_in(&vars));
        warnings.into_iter().for_each(|warning| self.warn(warning));
        lock(self.known_files()).insert(path.clone(), vars.clone());
        Ok(vars)
    }
}

/// Whether the host's facts are there.
fn gathered(scope: &Arc<dyn Scope>) -> bool {
    match scope.get("ansible_facts") {
        Some(Binding::Templated(Templated::Facts(facts))) => facts.known.get("module_setup").is_some_and(Value::truthy),
        Some(Binding::Templated(value)) => {
            value.as_value().and_then(|facts| facts.get("module_setup")).is_some_and(Value::truthy)
        }
        _ => false,
    }
}

fn quoted(names: &[Named]) -> String {
    names.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

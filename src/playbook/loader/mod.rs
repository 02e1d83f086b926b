//! From files to plays. Everything static (imports, roles, dependencies) is resolved while loading, and all errors of a playbook are
//! collected and given together, before any connection. What is dynamic is loaded through the same loader when its turn comes.

mod action;
mod action_groups;
mod arguments;
mod block;
mod condition;
mod early;
mod find;
mod import;
mod include;
mod known;
mod lateness;
mod own;
mod play;
mod playbook;
mod prompt;
mod reading;
mod role;
mod role_files;
mod role_spec;
mod role_use;
mod scalars;
mod section;
mod survey;
mod task;
mod variables;
mod vocabulary;

#[cfg(test)]
mod tests;

pub(crate) use action_groups::full_name as full_group_name;
pub use include::{FromFiles, Included};
pub use survey::{Survey, Surveyed};
pub(crate) use variables::is_name;

use super::{Catalogue, Play, Templates};
use crate::config::OnProblem;
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::template::Variables;
use crate::vault::{self, Keyring};
use crate::yaml::{self, Node};
use known::Known;
use playbook::Imported;
use reading::Reading;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What loading depends on besides the files.
#[derive(Clone, Debug, Default)]
pub struct LoaderOptions {
    /// `roles_path`: searched after `roles/` beside the playbook.
    pub roles_path: Vec<PathBuf>,
    /// `collections_path`: each holds an `ansible_collections` directory. `collections/` beside the playbook comes first.
    pub collections_path: Vec<PathBuf>,
    /// Variables of the command line, which names of imports and roles may use.
    pub extra: Arc<Variables>,
    /// `private_role_vars`, when it was set: whether the variables of roles stay within them.
    pub private: Option<bool>,
    /// Opens files that are vaulted as a whole.
    pub keyring: Arc<Keyring>,
    /// What to do about keys that are twice in a mapping.
    pub duplicates: OnProblem,
}

/// Loads playbooks, and what they include while they run.
pub struct Loader {
    templates: Arc<dyn Templates>,
    catalogue: Arc<dyn Catalogue>,
    options: LoaderOptions,
    warnings: Mutex<Vec<Diagnostic>>,
    known: Known,
    ids: AtomicU64,
}

impl Loader {
    /// A loader for one run.
    pub fn new(templates: Arc<dyn Templates>, catalogue: Arc<dyn Catalogue>, options: LoaderOptions) -> Self {
        Loader {
            templates,
            catalogue,
            options,
            warnings: Mutex::default(),
            known: Known::default(),
            ids: AtomicU64::new(1),
        }
    }

    /// Loads a playbook with all that is static in it; imported playbooks bring their plays. The errors are all there are.
    pub fn load(&self, path: &Path) -> Result<Vec<Arc<Play>>, Vec<Diagnostic>> {
        let mut reading = Reading::new(self);
        let plays = reading.playbook(path);
        reading.finish(plays)
    }

    /// One play that stands in no file, as if its playbook were in `folder`. The errors are all there are.
    pub fn play(&self, node: &Node, folder: &Path) -> Result<Arc<Play>, Vec<Diagnostic>> {
        let mut reading = Reading::new(self);
        let play = reading.play(node, folder, &Imported::default());
        match (play, reading.errors) {
            (Some(play), errors) if errors.is_empty() => Ok(play),
            (_, errors) => Err(errors),
        }
    }

    /// The warnings since the last time they were taken.
    pub fn take_warnings(&self) -> Vec<Diagnostic> {
        let mut warnings = std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        reading::once(&mut warnings);
        warnings
    }

    /// A number no other task or role of the run has.
    fn id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    fn warn_once(&self, warning: Diagnostic) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if !warnings.iter().any(|known| known.what == warning.what) {
            warnings.push(warning);
        }
    }

    fn warn(&self, warnings: impl IntoIterator<Item = Diagnostic>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(warnings);
    }

    /// The documents of a file, parsed once per run however often it is included.
    fn nodes(&self, path: &Path) -> Result<Arc<Vec<Node>>> {
        if let Some(known) = self.known.file(path) {
            return Ok(known);
        }
        let mut twice = Vec::new();
        let source = yaml::read(path)?;
        let nodes = if vault::is_vaulted(&source.text) {
            let header = source.text.lines().next().map_or(0, str::len);
            let text = self.options.keyring.open(&source.text, &Place::new(&source, 0, header))?;
            let opened = Arc::new(Source { path: path.to_owned(), text: text.to_string() });
            self.known.note_vaulted(path);
            yaml::parse_veiled(&opened, &mut twice)?
        } else {
            yaml::parse(&source, &mut twice)?
        };
        let nodes = Arc::new(nodes);
        let mut warnings = Vec::new();
        self.options.duplicates.judge(twice, &mut warnings)?;
        self.warn(warnings);
        self.known.keep_file(path, &nodes);
        Ok(nodes)
    }
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").field("options", &self.options).finish_non_exhaustive()
    }
}

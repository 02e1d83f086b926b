//! `group_vars/` and `host_vars/` beside inventories and playbooks: found once, read when first needed, kept for the run.

use super::file;
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Texts;
use crate::template::Variables;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

/// Group or host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Group,
    Host,
}

/// What one name has in one directory: its files in order, weakest first.
type Files = Arc<Vec<Arc<Variables>>>;

/// A `group_vars/` or `host_vars/`: its entries, and what was read of them.
#[derive(Debug, Default)]
struct Directory {
    /// Name to whether it is a directory itself.
    entries: BTreeMap<String, bool>,
    read: Mutex<HashMap<String, Arc<OnceLock<Files>>>>,
}

/// All directories looked into so far.
#[derive(Debug, Default)]
pub(super) struct Beside {
    extensions: Vec<String>,
    directories: Mutex<HashMap<(PathBuf, Kind), Arc<Directory>>>,
}

impl Beside {
    pub fn new(extensions: Vec<String>) -> Self {
        Beside { extensions, ..Beside::default() }
    }

    /// Forgets what was read, for `meta: refresh_inventory`.
    pub fn forget(&self) {
        lock(&self.directories).clear();
    }

    /// The variables of a group or host in `base`'s `group_vars/` or `host_vars/`, weakest first.
    pub fn vars(
        &self,
        base: &Path,
        kind: Kind,
        name: &str,
        texts: &dyn Texts,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Files> {
        // Names like `/chroot/path` are no file names.
        if name.starts_with('/') {
            return Ok(Files::default());
        }
        let directory = self.directory(base, kind, warnings);
        let paths = self.paths(&directory, base, kind, name);
        if paths.is_empty() {
            return Ok(Files::default());
        }
        let cell = lock(&directory.read).entry(name.to_owned()).or_default().clone();
        if let Some(known) = cell.get() {
            return Ok(known.clone());
        }
        let files = paths.iter().map(|path| file::read(path, texts, warnings)).collect::<Result<Vec<_>>>()?;
        Ok(cell.get_or_init(|| Arc::new(files)).clone())
    }

    fn directory(&self, base: &Path, kind: Kind, warnings: &mut Vec<Diagnostic>) -> Arc<Directory> {
        let mut known = lock(&self.directories);
        let key = (base.to_owned(), kind);
        if let Some(directory) = known.get(&key) {
            return directory.clone();
        }
        let path = base.join(kind.name());
        let directory = Arc::new(Directory { entries: list(&path), ..Directory::default() });
        if path.exists() && !path.is_dir() {
            warnings.push(Diagnostic::warning(format!("`{}` is no directory, skipping it", path.display())));
        }
        known.insert(key, directory.clone());
        directory
    }

    /// The files of a name: of `name/` all, otherwise the first of `name`, `name.yml`, `name.yaml`, `name.json`.
    fn paths(&self, directory: &Directory, base: &Path, kind: Kind, name: &str) -> Vec<PathBuf> {
        let root = base.join(kind.name());
        for ending in std::iter::once("").chain(self.extensions.iter().map(String::as_str)) {
            let entry = format!("{name}{ending}");
            // A name with a slash lies deeper than the listing.
            let is_dir = match directory.entries.get(&entry) {
                Some(is_dir) => *is_dir,
                None if name.contains('/') && root.join(&entry).exists() => root.join(&entry).is_dir(),
                None => continue,
            };
            return if is_dir { self.below(&root.join(&entry)) } else { vec![root.join(&entry)] };
        }
        Vec::new()
    }

    /// All files below a directory by name; hidden ones, backups and foreign endings are left out.
    fn below(&self, path: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for (name, is_dir) in list(path) {
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let full = path.join(&name);
            let ending = full.extension().map(|e| format!(".{}", e.to_string_lossy()));
            if is_dir {
                if ending.is_none() {
                    found.extend(self.below(&full));
                }
            } else if ending.is_none_or(|ending| self.extensions.contains(&ending)) {
                found.push(full);
            }
        }
        found
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Group => "group_vars",
            Kind::Host => "host_vars",
        }
    }
}

/// The entries of a directory by name; none when it is not there.
fn list(path: &Path) -> BTreeMap<String, bool> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir())).collect()
}

/// A lock that a panic elsewhere does not take away: what it guards is only replaced whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

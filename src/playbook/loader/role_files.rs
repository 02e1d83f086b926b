//! The files of a role: `tasks/main.yml`, `vars/main/`, or what `tasks_from` and its like name.

use super::find::{listed, tidy};
use super::reading::Reading;
use super::variables::layered;
use crate::diagnostic::{Diagnostic, Place};
use crate::template::Variables;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ENDINGS: [&str; 3] = [".yml", ".yaml", ".json"];

impl Reading<'_> {
    /// The file of one part of a role; `None` when there is none and none was asked for by name.
    pub fn role_file(&mut self, role: &Path, part: &str, from: Option<&str>, place: &Place) -> Option<PathBuf> {
        self.role_files(role, part, from, false, place).into_iter().next()
    }

    /// The variables of one part (`defaults`, `vars`), all files of a directory together.
    pub fn role_variables(&mut self, role: &Path, part: &str, from: Option<&str>, place: &Place) -> Arc<Variables> {
        let files = self.role_files(role, part, from, true, place);
        let layers: Vec<Arc<Variables>> = files.iter().map(|file| self.variables_file(file)).collect();
        layered(&layers)
    }

    fn role_files(
        &mut self,
        role: &Path,
        part: &str,
        from: Option<&str>,
        folders: bool,
        place: &Place,
    ) -> Vec<PathBuf> {
        let folder = role.join(part);
        let name = from.unwrap_or("main");
        let plain = std::iter::once("");
        let endings: Vec<&str> = match from {
            // A name that is given may have its ending already.
            Some(_) => plain.chain(ENDINGS).collect(),
            None => ENDINGS.into_iter().chain(plain).collect(),
        };
        let mut tried = Vec::new();
        for ending in endings {
            let path = tidy(&folder.join(format!("{name}{ending}")));
            if !path.starts_with(tidy(&folder)) {
                let inside = tidy(&folder);
                let role = role.file_name().unwrap_or_default().to_string_lossy();
                let what = format!(
                    "Failed loading '{}' for role ({role}) as it is not inside the expected role path: '{}'",
                    path.display(),
                    inside.display()
                );
                self.error(what, place, "");
                return Vec::new();
            }
            if path.is_file() {
                return vec![path];
            }
            if path.is_dir() && folders {
                let mut files = Vec::new();
                collect(&path, &mut files);
                return files;
            }
            tried.push(path);
        }
        // A role need not have the folder at all; then nothing was promised.
        if from.is_some() && folder.is_dir() {
            let error = Diagnostic::error(format!("could not find specified file in role: {part}/{name}"));
            self.errors.push(error.at(place, "").note(format!("looked for {}", listed(&tried))));
        }
        Vec::new()
    }
}

/// All files of variables below a directory, sorted by path; hidden ones and backups left out.
fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let name = super::find::base_name(&path);
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if path.is_dir() {
            collect(&path, out);
        } else if !name.contains('.') || ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            out.push(path);
        }
    }
}

//! `hostler survey`: how much of playbooks and roles is supported, task by task, before anything is tried on a host.

use super::exit;
use super::flags::VaultFlags;
use super::session::loaded;
use super::vault_passwords;
use crate::actions::Modules;
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::{Loader, LoaderOptions, Survey};
use crate::run::Language;
use clap::Args;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Flags of `hostler survey`.
#[derive(Args, Debug)]
pub struct SurveyCommand {
    /// Playbooks, files of tasks, roles, or directories that hold them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only the summary, not every task
    #[arg(short, long)]
    summary: bool,
    #[command(flatten)]
    vault: VaultFlags,
}

/// Directories in which no tasks are that an operator runs.
const PASSED_OVER: [&str; 9] =
    ["defaults", "files", "group_vars", "host_vars", "meta", "molecule", "templates", "tests", "vars"];

/// What was found in all files.
#[derive(Default)]
struct Totals {
    files: usize,
    tasks: usize,
    supported: usize,
    /// How many tasks lack something, by what it is.
    lacking: IndexMap<String, usize>,
    /// Files that could not be read, and mistakes around tasks.
    around: usize,
}

impl SurveyCommand {
    /// Prints and gives the exit code.
    pub fn run(&self) -> u8 {
        self.done().unwrap_or_else(|e| {
            super::complain(&e);
            exit::ERROR
        })
    }

    fn done(&self) -> Result<u8> {
        let mut settings = loaded()?;
        self.vault.apply(&mut settings);
        let keyring = Arc::new(vault_passwords::keyring(&settings)?);
        let settings = Arc::new(settings);
        let language = Language::new(keyring.clone(), settings.clone());
        let options = LoaderOptions {
            roles_path: (*settings.roles_path).clone(),
            collections_path: (*settings.collections_path).clone(),
            extra: Arc::default(),
            private: None,
            keyring,
            duplicates: *settings.duplicate_dict_key,
        };
        let loader = Loader::new(Arc::new(language), Arc::new(Modules), options);
        let mut totals = Totals::default();
        for path in &self.paths {
            let root = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            if !root.exists() {
                return Err(Diagnostic::error(format!("there is no `{}`", path.display())).boxed());
            }
            let folder = if root.is_dir() { root.clone() } else { root.parent().unwrap_or(&root).to_owned() };
            for file in files(&root) {
                if let Some(survey) = loader.survey(&file, &folder) {
                    totals.add(&survey, self.summary);
                }
            }
        }
        totals.print(self.summary);
        Ok(exit::OK)
    }
}

/// The YAML files of a directory and those below it, sorted; a file is itself.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut out = Vec::new();
    let Ok(entries) = std::fs::read_dir(path) else { return out };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') || path.is_symlink();
        if path.is_dir() {
            if !hidden && !PASSED_OVER.contains(&name.as_str()) {
                out.extend(files(&path));
            }
        } else if !hidden && (name.ends_with(".yml") || name.ends_with(".yaml")) {
            out.push(path);
        }
    }
    out
}

/// What is wrong, in one line.
fn sentence(mistake: &Diagnostic) -> String {
    let mut text = mistake.what.clone();
    if let Some(cause) = &mistake.cause {
        text = format!("{text}: {cause}");
    }
    text.lines().next().unwrap_or_default().to_owned()
}

impl Totals {
    fn add(&mut self, survey: &Survey, summary: bool) {
        self.files += 1;
        self.around += survey.around.len();
        for mistake in survey.around.iter().filter(|_| !summary) {
            let place = mistake.places.first().map(|at| format!("{}: ", at.place)).unwrap_or_default();
            println!("{place}{}", sentence(mistake));
        }
        for task in &survey.tasks {
            self.tasks += 1;
            let Some(first) = task.mistakes.first() else {
                self.supported += 1;
                continue;
            };
            *self.lacking.entry(sentence(first)).or_default() += 1;
            for mistake in task.mistakes.iter().filter(|_| !summary) {
                let place = mistake.places.first().map_or(&task.place, |at| &at.place);
                println!("{place}: {}: {}", task.name, sentence(mistake));
            }
        }
    }

    fn print(&self, summary: bool) {
        if !summary && (self.supported < self.tasks || self.around > 0) {
            println!();
        }
        let share = if self.tasks == 0 { 100.0 } else { self.supported as f64 * 100.0 / self.tasks as f64 };
        println!(
            "{} of {} tasks in {} files are fully supported ({share:.1} %)",
            self.supported, self.tasks, self.files
        );
        let mut lacking: Vec<(&String, &usize)> = self.lacking.iter().collect();
        lacking.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        if !lacking.is_empty() {
            println!("what the others lack, by the number of tasks:");
            for (what, count) in lacking {
                println!("{count:7}  {what}");
            }
        }
        if self.around > 0 {
            println!("{} mistakes stand outside of tasks: in plays, blocks, or files that cannot be read", self.around);
        }
    }
}

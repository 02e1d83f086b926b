//! A playbook's file: plays and `import_playbook`.

use super::find::tidy;
use super::reading::Reading;
use super::variables::layered;
use super::vocabulary::Object;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::playbook::{Play, Site};
use crate::template::{Template, Templated, Variables};
use crate::yaml::Node;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the imports around a playbook add to its plays.
#[derive(Clone, Default)]
pub(super) struct Imported {
    pub vars: Arc<Variables>,
    pub when: Vec<Arc<Template>>,
    pub tags: Vec<Templated>,
}

const IMPORT: [&str; 3] = ["import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"];

impl Reading<'_> {
    /// The plays of a playbook.
    pub fn playbook(&mut self, path: &Path) -> Vec<Arc<Play>> {
        let start = Source { path: path.to_owned(), text: String::new() };
        self.plays(path, &Place::new(&Arc::new(start), 0, 0), &Imported::default())
    }

    fn plays(&mut self, path: &Path, from: &Place, imported: &Imported) -> Vec<Arc<Play>> {
        let read = |reading: &mut Self| Some(reading.plays_of(path, imported));
        self.within(path.to_owned(), from, read).unwrap_or_default()
    }

    fn plays_of(&mut self, path: &Path, imported: &Imported) -> Vec<Arc<Play>> {
        let before = self.errors.len();
        let Some(node) = self.file(path).filter(|node| !node.is_null()) else {
            if self.errors.len() == before {
                self.errors.push(Diagnostic::error(format!("empty playbook, nothing to do: `{}`", path.display())));
            }
            return Vec::new();
        };
        if node.as_list().is_some_and(<[Node]>::is_empty) {
            self.error("A playbook must contain at least one play", &node.place, "");
            return Vec::new();
        }
        let Some(items) = node.as_list() else {
            self.error(format!("a playbook must be a list of plays, this is {}", node.kind()), &node.place, "");
            return Vec::new();
        };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut plays = Vec::new();
        for item in items {
            if IMPORT.iter().any(|word| item.get(word).is_some()) {
                plays.extend(self.import_playbook(item, folder, imported));
            } else {
                plays.extend(self.play(item, folder, imported));
            }
        }
        plays
    }

    fn import_playbook(&mut self, node: &Node, folder: &Path, around: &Imported) -> Vec<Arc<Play>> {
        let Some(entries) = self.entries(node, Object::ImportPlaybook) else {
            return Vec::new();
        };
        let own = self.own(entries, Object::ImportPlaybook, |_| false);
        for (key, _) in entries {
            let word = key.as_str().unwrap_or_default();
            let used = ["name", "vars", "when", "tags"].contains(&word) || IMPORT.contains(&word);
            if !used && Object::ImportPlaybook.shape(word).is_some() {
                let what = format!("`{word}` has no effect on `import_playbook`");
                self.loader.warn([Diagnostic::warning(what).at(&key.place, "")]);
            }
        }
        let names: Vec<&(Node, Node)> =
            entries.iter().filter(|(k, _)| k.as_str().is_some_and(|k| IMPORT.contains(&k))).collect();
        let [(key, name)] = names.as_slice() else {
            self.error("an entry imports one playbook", &node.place, "");
            return Vec::new();
        };
        let own_vars = own.vars.clone().unwrap_or_default();
        let site =
            Site { playbook_dir: folder.to_owned(), play_vars: layered([&around.vars, &own_vars]), ..Site::default() };
        let Some(file) = self.early_node(name, &site, None, "the name of an imported playbook") else {
            return Vec::new();
        };
        let path: PathBuf = match self.collection_playbook(&file, &site) {
            Some(path) => path,
            None => tidy(&folder.join(&file)),
        };
        if !path.is_file() {
            let error = Diagnostic::error(format!("could not find the imported playbook `{file}`"))
                .at(&name.place, "")
                .note(format!("looked for `{}`", path.display()));
            self.errors.push(error);
            return Vec::new();
        }
        let inner = Imported {
            // What is outside wins.
            vars: layered([&own_vars, &around.vars]),
            when: around.when.iter().cloned().chain(own.keywords.when).collect(),
            tags: around.tags.iter().cloned().chain(own.keywords.tags).collect(),
        };
        self.plays(&path, &key.place, &inner)
    }
}

//! A look at every task that is written in a file, each by itself: whether its module, its arguments, its keywords and its templates are
//! known here. What it includes or imports is not followed, so that every task is counted once, where it stands.

use super::Loader;
use super::action::is_static;
use super::find::base_name;
use super::lateness::Mistakes;
use super::reading::Reading;
use super::vocabulary::Object;
use crate::diagnostic::{Diagnostic, Place};
use crate::playbook::{Role, Site};
use crate::yaml::Node;
use std::path::Path;
use std::sync::Arc;

/// A task as it stands in its file.
#[derive(Debug)]
pub struct Surveyed {
    /// Its name, or what it does.
    pub name: String,
    /// Where it begins.
    pub place: Place,
    /// What is not supported.
    pub mistakes: Vec<Diagnostic>,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Survey {
    /// Its tasks.
    pub tasks: Vec<Surveyed>,
    /// What is wrong around them: in plays and blocks, or with the file as a whole.
    pub around: Vec<Diagnostic>,
}

/// Lists of tasks that a play has.
const SECTIONS: [&str; 4] = ["pre_tasks", "tasks", "post_tasks", "handlers"];
/// Lists of tasks that a block has.
const PARTS: [&str; 3] = ["block", "rescue", "always"];

impl Loader {
    /// Looks at the tasks of a playbook, or of a file in a directory `tasks` or `handlers`; `None` when it is neither. `folder` stands for
    /// the directory of the playbook that uses the file.
    pub fn survey(&self, path: &Path, folder: &Path) -> Option<Survey> {
        let mut reading = Reading::new(self);
        let kind = kind_of_tasks(path, folder);
        let node = reading.file(path);
        let Some(node) = node.filter(|node| node.as_list().is_some()) else {
            // Only where tasks are expected is something else worth a word.
            let around = reading.errors;
            return (kind.is_some() && !around.is_empty()).then(|| Survey { around, ..Survey::default() });
        };
        let items = node.as_list().unwrap_or_default();
        let mut survey = Survey::default();
        let is_play = |item: &Node| {
            ["hosts", "import_playbook", "ansible.builtin.import_playbook"].iter().any(|k| item.get(k).is_some())
        };
        if items.iter().any(is_play) {
            let folder = path.parent().unwrap_or(folder);
            for play in items.iter().filter(|item| item.get("hosts").is_some()) {
                self.survey_play(play, folder, &mut survey);
            }
        } else {
            let mut site = Site { playbook_dir: folder.to_owned(), handlers: kind? == "handlers", ..Site::default() };
            site.task_dirs.extend(path.parent().map(Path::to_owned));
            site.role = role_of(path, folder).map(Arc::new);
            self.survey_list(items, &Arc::new(site), &mut survey);
        }
        // Those of the tasks are with the tasks.
        self.take_warnings();
        Some(survey)
    }

    fn survey_play(&self, play: &Node, folder: &Path, out: &mut Survey) {
        let mut reading = Reading::new(self);
        let Some(entries) = reading.entries(play, Object::Play) else {
            out.around.extend(reading.errors);
            return;
        };
        let own = reading.own(entries, Object::Play, |_| false);
        out.around.extend(reading.errors);
        let site = Site { playbook_dir: folder.to_owned(), ..Site::default() }.inside(&own);
        for name in SECTIONS {
            let site = Arc::new(Site { handlers: name == "handlers", ..site.clone() });
            self.survey_list(play.get(name).and_then(Node::as_list).unwrap_or_default(), &site, out);
        }
    }

    fn survey_list(&self, items: &[Node], site: &Arc<Site>, out: &mut Survey) {
        for item in items {
            let mut reading = Reading::new(self);
            let Some(entries) = reading.entries(item, Object::Task) else {
                out.around.extend(reading.errors);
                continue;
            };
            if PARTS.iter().any(|part| item.get(part).is_some()) {
                let own = reading.own(entries, Object::Block, |_| false);
                out.around.extend(reading.errors);
                let inner = Arc::new(Site { in_block: true, ..site.inside(&own) });
                for part in PARTS {
                    self.survey_list(item.get(part).and_then(Node::as_list).unwrap_or_default(), &inner, out);
                }
                continue;
            }
            let mut name = item.get("name").and_then(Node::written).map(|name| name.to_string());
            let mistakes = reading.taking(Mistakes::Refused, |reading| {
                let written = reading.written(item, entries, site);
                let known = written.as_ref().map(|written| written.name.clone());
                match &written {
                    Some(written) if is_static(&written.name).is_some() => {
                        let _ = reading.own(entries, Object::Task, |name| Reading::is_action_key(written, name));
                    }
                    Some(_) => {
                        // Found once more, with its mistakes told once.
                        reading.errors.clear();
                        let _ = reading.task_steps(item, entries, site);
                    }
                    None => {}
                }
                name = name.take().or(known);
                std::mem::take(&mut reading.errors)
            });
            let name = name.unwrap_or_else(|| "a task".to_owned());
            out.tasks.push(Surveyed { name, place: item.place.clone(), mistakes });
        }
    }
}

/// `tasks` or `handlers`, for a file in a directory of that name.
fn kind_of_tasks<'p>(path: &'p Path, folder: &Path) -> Option<&'p str> {
    let inside = path.strip_prefix(folder).unwrap_or(path).parent()?;
    let parts: Vec<&str> = inside.iter().filter_map(|part| part.to_str()).collect();
    parts.into_iter().rev().find(|part| matches!(*part, "tasks" | "handlers"))
}

/// The role whose `tasks` or `handlers` a file is among.
fn role_of(path: &Path, folder: &Path) -> Option<Role> {
    let among = path.ancestors().skip(1).find(|dir| matches!(base_name(dir).as_str(), "tasks" | "handlers"))?;
    let root = among.parent().filter(|root| *root != folder || root.join("meta").is_dir())?;
    Some(Role {
        name: base_name(root),
        path: root.to_owned(),
        collection: None,
        exports: Arc::default(),
        defaults: Arc::default(),
        vars: Arc::default(),
        params: Arc::default(),
        parents: Vec::new(),
        includers: Vec::new(),
        dependencies: Vec::new(),
        public: false,
        id: 0,
        allow_duplicates: false,
    })
}

//! Which facts plays ask for at their start: those that anything of the run may read. What is loaded has told that when it was compiled;
//! files that tasks may yet include are looked through. Whatever escapes this is fetched when it is read (`late_facts`).

use super::context::RunContext;
use super::engine::Engine;
use crate::playbook::{Play, Role, Step, Task};
use crate::template::{Mentions, Templated, TemplatedKey};
use hostler_sdk::Value;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Directories of a role, or beside a playbook, in which tasks find what they name.
const PARTS: [&str; 6] = ["tasks", "handlers", "vars", "defaults", "templates", "meta"];
/// Files that are looked through at most; in larger projects that takes longer than gathering all facts.
const FILES: usize = 2000;
/// Bytes that are looked through at most.
const BYTES: u64 = 16 << 20;

/// Arguments that name what is included.
const NAMING: [&str; 4] = ["file", "src", "dir", "_raw_params"];

/// The facts that the plays of a run ask for.
pub(super) struct FactsAsked<'a> {
    playbooks: &'a [(PathBuf, Vec<Arc<Play>>)],
    /// What files read that nothing has loaded yet; made when it is first needed.
    to_come: Option<Mentions>,
    /// Plays that are over, through which what they left out can still be fetched.
    pub kept: Vec<Arc<Engine>>,
}

impl<'a> FactsAsked<'a> {
    /// Of a run of these playbooks.
    pub fn new(playbooks: &'a [(PathBuf, Vec<Arc<Play>>)]) -> Self {
        FactsAsked { playbooks, to_come: None, kept: Vec::new() }
    }

    /// The names of the facts to ask for, without their prefix; `None` when all are wanted.
    pub fn of(&mut self, ctx: &RunContext, play: &Play) -> Option<Arc<BTreeSet<String>>> {
        // What is kept for other runs, or shown to somebody, is whole. What `module_defaults` say of `setup` is the operator's.
        if ctx.options.all_facts || ctx.vars.keeps_facts() || !play.keywords.module_defaults.is_empty() {
            return None;
        }
        // Where nobody could wait for the rest while a template is rendered, nothing is left out.
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            return None;
        }
        let mut all = ctx.language.jinja.mentions();
        all.names()?;
        all.add(self.to_come.get_or_insert_with(|| to_come(ctx, self.playbooks)));
        all.names().cloned().map(Arc::new)
    }
}

/// What files mention that tasks may include.
fn to_come(ctx: &RunContext, playbooks: &[(PathBuf, Vec<Arc<Play>>)]) -> Mentions {
    let mut tasks = Loaded::default();
    let plays = || playbooks.iter().flat_map(|(_, plays)| plays);
    for play in plays() {
        play.roles.iter().for_each(|role| tasks.role(role));
        play.handlers.iter().for_each(|task| tasks.task(task));
        play.vars_files.iter().for_each(|file| tasks.file(file));
        play.sections.iter().flat_map(|section| &section.steps).for_each(|step| tasks.step(step));
    }
    let mut reading = Reading::default();
    reading.seen.extend(playbooks.iter().filter_map(|(path, _)| std::path::absolute(path).ok()));
    let mut beside: Vec<&Path> = plays().map(|play| play.dir.as_path()).collect();
    beside.dedup();
    beside.iter().for_each(|dir| reading.parts(dir));
    tasks.roles.iter().for_each(|role| reading.parts(role));
    beside.iter().for_each(|dir| reading.beside(dir, &tasks));
    if tasks.includes_roles || reading.includes_roles {
        let beside = beside.iter().map(|dir| dir.join("roles"));
        for place in beside.chain(ctx.settings.roles_path.iter().cloned()) {
            for role in fs::read_dir(place).into_iter().flatten().flatten() {
                reading.parts(&role.path());
            }
        }
    }
    reading.mentions
}

/// What is known of tasks that are loaded.
#[derive(Default)]
struct Loaded {
    roles: BTreeSet<PathBuf>,
    /// Whether tasks include roles.
    includes_roles: bool,
    /// The names, without directories, of files that tasks include.
    files: HashSet<String>,
    /// Whether they may include files of any name.
    any_file: bool,
}

impl Loaded {
    fn role(&mut self, role: &Role) {
        if self.roles.insert(role.path.clone()) {
            role.dependencies.iter().for_each(|role| self.role(role));
        }
    }

    fn task(&mut self, task: &Task) {
        if let Some(role) = &task.role {
            self.role(role);
        }
        match task.action.spec.name {
            "include_role" => self.includes_roles = true,
            "include_tasks" | "include_vars" | "template" => match &task.action.args {
                Templated::Map(args) => {
                    let named = |key: &TemplatedKey| matches!(key, TemplatedKey::Key(key) if NAMING.contains(&&*key.to_string()));
                    args.iter().filter(|(key, _)| named(key)).for_each(|(_, value)| self.file(value));
                }
                whole => self.file(whole),
            },
            _ => {}
        }
    }

    /// A file that is named somewhere in a value.
    fn file(&mut self, named: &Templated) {
        match named.as_value() {
            Some(Value::Str(path)) => self.files.extend(path.rsplit('/').next().map(str::to_owned)),
            Some(Value::List(list)) => list.iter().for_each(|value| self.file(&value.clone().into())),
            Some(Value::Map(map)) => map.iter().for_each(|(_, value)| self.file(&value.clone().into())),
            Some(_) => {}
            None => self.any_file = true,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Task(task) => self.task(task),
            Step::RoleEnd(role) => self.role(role),
            Step::Block(block) => {
                let parts = [&block.block, &block.rescue, &block.always];
                parts.into_iter().flatten().for_each(|step| self.step(step));
            }
        }
    }
}

/// Files that are looked through.
#[derive(Default)]
struct Reading {
    mentions: Mentions,
    seen: HashSet<PathBuf>,
    bytes: u64,
    includes_roles: bool,
    includes_files: bool,
}

impl Reading {
    fn parts(&mut self, dir: &Path) {
        PARTS.iter().for_each(|part| self.directory(&dir.join(part)));
    }

    /// The files right beside a playbook that may be included. Others are playbooks, most of the time.
    fn beside(&mut self, dir: &Path, loaded: &Loaded) {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut waiting: Vec<PathBuf> = entries.filter(|path| path.is_file() && is_ours(path)).collect();
        loop {
            let any = loaded.any_file || self.includes_files;
            let wanted = |path: &PathBuf| {
                any || path.file_name().and_then(|name| name.to_str()).is_some_and(|name| loaded.files.contains(name))
            };
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(wanted);
            if now.is_empty() || self.mentions.names().is_none() {
                return;
            }
            now.into_iter().for_each(|path| self.file(path));
            waiting = later;
        }
    }

    /// The files of a directory and of all below it, whatever they are called.
    fn directory(&mut self, dir: &Path) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            if self.mentions.names().is_none() {
                return;
            }
            let (path, kind) = (entry.path(), entry.file_type());
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // A link may lead anywhere, and to what it lies in; files behind links are read.
            match kind.is_ok_and(|kind| kind.is_dir()) {
                true => self.directory(&path),
                false => self.file(path),
            }
        }
    }

    fn file(&mut self, path: PathBuf) {
        if self.seen.contains(&path) {
            return;
        }
        let length = fs::metadata(&path).map_or(0, |meta| if meta.is_file() { meta.len() } else { 0 });
        self.bytes += length;
        if self.bytes > BYTES || self.seen.len() >= FILES {
            return self.mentions.any();
        }
        // What cannot be read now is read when it is included, or fails there.
        let text = if length > 0 { fs::read(&path).unwrap_or_default() } else { Vec::new() };
        let text = String::from_utf8_lossy(&text);
        self.includes_roles |= text.contains("include_role");
        self.includes_files |= ["include", "template"].iter().any(|word| text.contains(word));
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yml" | "yaml") => self.mentions.read_yaml(&text),
            _ => self.mentions.read(&text),
        }
        self.seen.insert(path);
    }
}

fn is_ours(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yml" | "yaml" | "json" | "j2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(reading: &Reading) -> Option<Vec<&str>> {
        reading.mentions.names().map(|names| names.iter().map(String::as_str).collect())
    }

    #[test]
    fn files_to_come_are_looked_through() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("site.yml", "when: ansible_site");
        write("more.yml", "when: ansible_more");
        write("notes.txt", "ansible_notes");
        write("templates/deep/motd", "{{ ansible_motd }}");
        write("templates/.hidden", "{{ ansible_hidden }}");
        write("tasks/x.yml", "- x: name={{ ansible_task }}");
        let read = |named: &str| {
            let mut reading = Reading::default();
            reading.seen.insert(folder.path().join("site.yml"));
            reading.parts(folder.path());
            let mut loaded = Loaded::default();
            loaded.file(&named.into());
            reading.beside(folder.path(), &loaded);
            names(&reading).map(|names| names.join(" "))
        };
        assert_eq!(read("other.yml").as_deref(), Some("motd task"));
        assert_eq!(read("../x/more.yml").as_deref(), Some("more motd task"));
        // Whatever is included may include others.
        write("tasks/y.yml", "- include_role: name={{ x }}\n- include_tasks: '{{ x }}.yml'");
        assert_eq!(read("other.yml").as_deref(), Some("more motd task"));
        let mut reading = Reading::default();
        reading.parts(folder.path());
        assert!(reading.includes_roles && reading.includes_files);
    }

    #[test]
    fn a_project_that_is_too_large_may_read_anything() {
        let folder = tempfile::tempdir().unwrap();
        fs::File::create(folder.path().join("large.j2")).unwrap().set_len(BYTES + 1).unwrap();
        let mut reading = Reading::default();
        reading.directory(folder.path());
        assert_eq!(names(&reading), None);
    }
}

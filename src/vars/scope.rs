//! The variables of one host as one task (and one item of its loop) sees them: the layers, asked from the strongest down.

use super::definition::{Definition, Layer, Layered};
use super::hostvars::HostVars;
use super::magic;
use super::play::PlayContext;
use super::state::State;
use super::store::VarStore;
use crate::inventory::{Host, Inventory, merged};
use crate::playbook::{Role, Task};
use crate::template::{Binding, Said, Scope, Templated, Variable, Variables};
use hostler_sdk::Value;
use indexmap::IndexSet;
use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A host's variables at one moment. What happens to the host later is seen by later scopes.
pub struct HostScope {
    pub(super) store: Arc<VarStore>,
    pub(super) inventory: Arc<Inventory>,
    pub(super) host: Arc<Host>,
    pub(super) dir: Arc<PathBuf>,
    pub(super) layers: Arc<Vec<Layered>>,
    pub(super) state: State,
    pub(super) play: Option<Arc<PlayContext>>,
    pub(super) public: Arc<[Arc<Role>]>,
    pub(super) files: Arc<Vec<Arc<Variables>>>,
    pub(super) task: Option<Arc<Task>>,
    pub(super) overlay: Arc<Variables>,
    pub(super) rendered: Mutex<HashMap<Box<str>, (Value, Said)>>,
}

/// What one layer has under a name.
enum Found<'a> {
    Set(&'a Variable),
    Made(Templated),
}

/// Names for the same thing (`MAGIC_VARIABLE_MAPPING` of ansible-core).
const SAME: [&[&str]; 5] = [
    &["ansible_host", "ansible_ssh_host"],
    &["ansible_user", "ansible_ssh_user"],
    &["ansible_port", "ansible_ssh_port"],
    &["ansible_timeout", "ansible_ssh_timeout"],
    &["ansible_private_key_file", "ansible_ssh_private_key_file"],
];

type Visit<'a> = dyn FnMut(&dyn Fn() -> Layer, Found<'_>) -> ControlFlow<()> + 'a;

impl HostScope {
    /// Every definition of a variable, the strongest first.
    pub fn explain(&self, name: &str) -> Vec<Definition> {
        let mut found = Vec::new();
        let _ = self.walk(name, &mut |layer, what| {
            let variable = match what {
                Found::Set(variable) => variable.clone(),
                Found::Made(value) => Variable { value, place: None },
            };
            found.push(Definition { layer: layer(), variable });
            ControlFlow::Continue(())
        });
        found
    }

    /// The host these variables are of.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Goes through the layers from the strongest to the weakest.
    fn walk(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.walk_set(name, visit)?;
        match self.connection(name) {
            Some(value) => visit(&|| Layer::Connection, Found::Made(value)),
            None => ControlFlow::Continue(()),
        }
    }

    /// The layers in which somebody has set something.
    fn walk_set(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.of_task(name, visit)?;
        let set = |vars: &Variables, layer: Layer, visit: &mut Visit<'_>| match vars.get(name) {
            Some(variable) => visit(&|| layer.clone(), Found::Set(variable)),
            None => ControlFlow::Continue(()),
        };
        set(&self.state.set, Layer::SetFact, visit)?;
        set(&self.state.included, Layer::IncludeVars, visit)?;
        if let Some(task) = &self.task {
            for vars in task.vars.iter().rev() {
                set(vars, Layer::BlockOrTaskVars, visit)?;
            }
            if let Some(role) = &task.role
                && let Some(variable) = role.vars.get(name)
            {
                visit(&|| Layer::RoleVars(role.name.clone()), Found::Set(variable))?;
            }
        }
        self.of_play(name, visit)?;
        if name == "ansible_facts" {
            visit(&|| Layer::Facts, Found::Made(self.state.all_facts()))?;
        } else if let Some(fact) = self.state.fact(name, self.store.inject_facts()) {
            visit(&|| Layer::Facts, Found::Made(fact))?;
        }
        for layered in self.layers.iter() {
            if let Some(variable) = layered.vars().get(name) {
                visit(&|| layered.layer.clone(), Found::Set(variable))?;
            }
        }
        self.defaults(name, visit)
    }

    /// What is above all that a host has: loops, magic, the command line, parameters.
    fn of_task(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        if let Some(variable) = self.overlay.get(name) {
            visit(&|| Layer::Loop, Found::Set(variable))?;
        }
        if let Some(value) = self.magic(name) {
            visit(&|| Layer::Magic, Found::Made(value))?;
        }
        if let Some(variable) = self.store.extra().get(name) {
            visit(&|| Layer::ExtraVars, Found::Set(variable))?;
        }
        let Some(task) = &self.task else { return ControlFlow::Continue(()) };
        for variable in task.include_params.iter().rev().filter_map(|vars| vars.get(name)) {
            visit(&|| Layer::IncludeParams, Found::Set(variable))?;
        }
        if let Some(role) = &task.role {
            for role in [role].into_iter().chain(&role.parents) {
                if let Some(variable) = role.params.get(name) {
                    visit(&|| Layer::RoleParams(role.name.clone()), Found::Set(variable))?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn of_play(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let Some(play) = &self.play else { return ControlFlow::Continue(()) };
        for role in self.public.iter().rev() {
            if let Some(variable) = role.exports.get(name) {
                visit(&|| Layer::RoleExports(role.name.clone()), Found::Set(variable))?;
            }
        }
        for variable in self.files.iter().rev().filter_map(|vars| vars.get(name)) {
            visit(&|| Layer::VarsFile, Found::Set(variable))?;
        }
        if let Some(variable) = play.prompted.get(name) {
            visit(&|| Layer::Prompt, Found::Set(variable))?;
        }
        match play.play.vars.get(name) {
            Some(variable) => visit(&|| Layer::PlayVars, Found::Set(variable)),
            None => ControlFlow::Continue(()),
        }
    }

    fn defaults(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let own = self.task.as_ref().and_then(|task| task.role.as_ref());
        if let Some(role) = own
            && let Some(variable) = role.defaults.get(name)
        {
            visit(&|| Layer::RoleDefaults(role.name.clone()), Found::Set(variable))?;
        }
        for role in self.public.iter().rev() {
            if let Some(variable) = role.defaults.get(name) {
                visit(&|| Layer::PlayRoleDefaults(role.name.clone()), Found::Set(variable))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The strongest value that somebody has set.
    fn set(&self, name: &str) -> Option<Templated> {
        let mut found = None;
        let _ = self.walk_set(name, &mut |_, what| {
            found = Some(match what {
                Found::Set(variable) => variable.value.clone(),
                Found::Made(value) => value,
            });
            ControlFlow::Break(())
        });
        found
    }

    fn magic(&self, name: &str) -> Option<Templated> {
        match name {
            "groups" => return Some(self.inventory.groups_value().into()),
            "playbook_dir" => return Some(self.dir.display().to_string().into()),
            "ansible_search_path" if self.task.is_some() => {
                return Some(self.search_path().iter().map(|p| p.display().to_string()).collect::<Value>().into());
            }
            _ => {}
        }
        if let Some(value) = self.store.run_facts().get(name) {
            return Some(value.clone().into());
        }
        let of_play = self.play.as_ref().and_then(|play| magic::of_play(name, play)).map(Templated::Value);
        of_play.or_else(|| self.task.as_ref().and_then(|task| magic::of_task(name, task)))
    }

    /// Variables that say how the host is reached, where nobody set them: what is set under another of their names, otherwise what
    /// keywords and settings say. Only tasks see them, as in Ansible.
    fn connection(&self, name: &str) -> Option<Templated> {
        if name == "ansible_managed" {
            return Some(self.store.managed());
        }
        let keywords = &self.task.as_ref()?.keywords;
        let same = SAME.iter().find(|names| names.contains(&name));
        if let Some(value) = same.and_then(|names| names.iter().find_map(|other| self.set(other))) {
            return Some(value);
        }
        let settings = self.store.settings();
        match name {
            "ansible_connection" => {
                Some(keywords.connection.clone().unwrap_or_else(|| (*settings.transport).clone().into()))
            }
            "ansible_host" | "ansible_ssh_host" => {
                Some(if self.host.implicit { "127.0.0.1".into() } else { Value::Str(self.host.name.clone()).into() })
            }
            "ansible_user" | "ansible_ssh_user" | "ansible_connection_user" => {
                let set = settings.remote_user.as_ref().map(|user| Templated::from(user.as_str()));
                keywords.remote_user.clone().or(set)
            }
            "ansible_port" | "ansible_ssh_port" => {
                keywords.port.clone().or_else(|| settings.remote_port.map(Templated::from))
            }
            "ansible_timeout" | "ansible_ssh_timeout" => Some((*settings.timeout).into()),
            "ansible_private_key_file" | "ansible_ssh_private_key_file" => {
                settings.private_key_file.as_ref().map(|path| path.display().to_string().into())
            }
            "ansible_shell_executable" => Some(settings.executable.as_str().into()),
            _ => None,
        }
    }

    /// Mappings of all layers as one (`hash_behaviour = merge`).
    fn merged(&self, name: &str) -> Option<Templated> {
        let mut found =
            self.explain(name).into_iter().filter(|d| d.layer != Layer::Connection || d.variable.place.is_some());
        let strongest = found.next()?.variable.value;
        Some(found.fold(strongest, |over, under| merged(&under.variable.value, &over)))
    }
}

impl Scope for HostScope {
    fn get(&self, name: &str) -> Option<Binding> {
        if name == "hostvars" && self.play.is_some() && self.overlay.get(name).is_none() {
            return Some(Binding::Hosts(Arc::new(HostVars::new(&self.store, &self.inventory, &self.dir))));
        }
        if self.store.merges() {
            return self.merged(name).or_else(|| self.connection(name)).map(Binding::Templated);
        }
        self.set(name).or_else(|| self.connection(name)).map(Binding::Templated)
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names: IndexSet<Arc<str>> = IndexSet::new();
        let mut add = |vars: &Variables| names.extend(vars.0.keys().cloned());
        add(&self.overlay);
        add(self.store.extra());
        add(&self.state.set);
        add(&self.state.included);
        self.layers.iter().for_each(|layered| add(layered.vars()));
        self.files.iter().for_each(|vars| add(vars));
        if let Some(play) = &self.play {
            add(&play.prompted);
            add(&play.play.vars);
        }
        for role in self.public.iter() {
            add(&role.exports);
            add(&role.defaults);
        }
        if let Some(task) = &self.task {
            task.include_params.iter().chain(&task.vars).for_each(|vars| add(vars));
            if let Some(role) = &task.role {
                [role].into_iter().chain(&role.parents).for_each(|role| add(&role.params));
                add(&role.vars);
                add(&role.defaults);
            }
        }
        names.extend(
            self.state
                .fact_names()
                .filter(|name| self.state.fact(name, self.store.inject_facts()).is_some())
                .map(Arc::from),
        );
        names.extend(["ansible_facts", "groups", "playbook_dir", "ansible_managed"].map(Arc::from));
        names.extend(self.store.run_facts().keys().filter_map(|key| key.as_str()).map(Arc::from));
        if self.play.is_some() {
            names.extend(magic::OF_PLAY.iter().copied().chain(["hostvars"]).map(Arc::from));
        }
        if let Some(task) = &self.task {
            names.extend(
                magic::OF_TASK.iter().copied().filter(|name| magic::of_task(name, task).is_some()).map(Arc::from),
            );
            names.insert("ansible_search_path".into());
        }
        names.into_iter().collect()
    }

    fn cached(&self, name: &str) -> Option<(Value, Said)> {
        super::beside::lock(&self.rendered).get(name).cloned()
    }

    fn remember(&self, name: &str, value: &Value, said: Said) {
        super::beside::lock(&self.rendered).insert(name.into(), (value.clone(), said));
    }

    fn origin(&self, name: &str) -> Option<String> {
        self.explain(name).first().map(ToString::to_string)
    }

    fn search_path(&self) -> Vec<PathBuf> {
        let mut path: Vec<PathBuf> = Vec::new();
        let mut add = |dir: PathBuf| {
            if !path.contains(&dir) {
                path.push(dir);
            }
        };
        if let Some(task) = &self.task {
            if let Some(role) = &task.role {
                [role].into_iter().chain(&role.parents).for_each(|role| add(role.path.clone()));
            }
            let file = task.place.path();
            if let Some(dir) = file.parent().filter(|_| !file.to_string_lossy().starts_with('<')) {
                add(std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()));
            }
        }
        add(self.dir.as_ref().clone());
        path
    }

    fn project(&self) -> Vec<PathBuf> {
        let settings = self.store.settings();
        let mut project = self.search_path();
        project.extend(self.store.sources.iter().cloned());
        project.extend(settings.roles_path.iter().chain(settings.collections_path.iter()).cloned());
        project
    }
}

impl fmt::Debug for HostScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostScope({})", self.host.name)
    }
}

//! One use of a role: found, its variables gathered, its dependencies loaded before it, its tasks and handlers read.

use super::find::listed;
use super::include::{FromFiles, handlers};
use super::reading::Reading;
use super::variables::layered;
use super::vocabulary::Object;
use crate::diagnostic::{Diagnostic, Place};
use crate::playbook::{OwnKeywords, Role, Site, Step, Task};
use crate::template::{Templated, Variables};
use crate::yaml::Node;
use hostler_sdk::FromValue;
use std::path::PathBuf;
use std::sync::Arc;

/// A use of a role, as it was asked for.
pub(super) struct RoleCall {
    pub name: String,
    pub place: Place,
    /// Keywords of this use.
    pub own: OwnKeywords,
    pub params: Arc<Variables>,
    pub from: FromFiles,
    /// What an import or include says; otherwise the role's meta data does.
    pub allow_duplicates: Option<bool>,
    pub public: bool,
    /// Whether the role's argument specification is checked.
    pub validate: bool,
    /// Directory in which dependencies are looked for: that of the role that has them.
    pub beside: Option<PathBuf>,
}

/// What a role is loaded for.
#[derive(Clone, Copy)]
pub(super) enum For<'a> {
    /// The `roles:` of a play.
    Play,
    /// A task that includes or imports it, of this role if of any.
    Task(Option<&'a Arc<Role>>),
    /// A role that depends on it.
    Role(&'a Arc<Role>),
}

/// A role that was loaded.
pub(super) struct LoadedRole {
    pub role: Arc<Role>,
    /// Steps of its dependencies, then its own.
    pub steps: Vec<Step>,
    /// The same for handlers.
    pub handlers: Vec<Arc<Task>>,
}

/// What `meta/main.yml` says.
#[derive(Default)]
struct Meta {
    allow_duplicates: bool,
    collections: Vec<String>,
    dependencies: Vec<Node>,
    argument_specs: Option<Node>,
}

impl Reading<'_> {
    /// Loads one use of a role into a site.
    pub fn role(&mut self, call: &RoleCall, site: &Arc<Site>, what: For<'_>) -> Option<LoadedRole> {
        let found = match self.find_role(&call.name, site, call.beside.as_deref()) {
            Ok(found) => found,
            Err(tried) => {
                let error = Diagnostic::error(format!("the role `{}` was not found", call.name))
                    .at(&call.place, "")
                    .note(format!("looked for {}", listed(&tried)));
                self.errors.push(error);
                return None;
            }
        };
        // The same role by another entry point is no loop.
        let entry = found.path.join("tasks").join(call.from.tasks.as_deref().unwrap_or("main"));
        self.within(entry.join(":role"), &call.place, |reading| {
            let with = |one: &Arc<Role>, others: &[Arc<Role>]| [std::slice::from_ref(one), others].concat();
            let (parents, includers) = match what {
                For::Play | For::Task(None) => (Vec::new(), Vec::new()),
                For::Task(Some(by)) => (with(by, &by.parents), with(by, &by.includers)),
                For::Role(by) => (with(by, &by.parents), by.includers.clone()),
            };
            let exports = reading.role_variables(&found.path, "vars", call.from.vars.as_deref(), &call.place);
            let defaults = reading.role_variables(&found.path, "defaults", call.from.defaults.as_deref(), &call.place);
            let meta = reading.meta(&found.path, &call.place);
            let specs = meta.argument_specs.clone();
            let own_vars = call.own.vars.clone().unwrap_or_default();
            let above: Vec<Arc<Variables>> = parents.iter().rev().map(|role| role.vars.clone()).collect();
            let mut bare = Role {
                name: found.name.clone(),
                path: found.path.clone(),
                collection: found.collection.clone(),
                exports: exports.clone(),
                defaults: layered(parents.iter().rev().map(|p| &p.defaults).chain([&defaults])),
                vars: layered(above.iter().chain([&exports, &own_vars])),
                params: layered(parents.iter().rev().map(|p| &p.params).chain([&call.params])),
                parents,
                includers,
                dependencies: Vec::new(),
                public: call.public,
                id: reading.loader.id(),
                allow_duplicates: call.allow_duplicates.unwrap_or(meta.allow_duplicates),
            };
            // `vars:` of a role are variables of the role, weaker than those of blocks.
            let mut inner = site.inside(&OwnKeywords { vars: None, ..call.own.clone() });
            inner.task_dirs.clear();
            inner.keywords.collections = found.collection.iter().cloned().chain(meta.collections).collect();

            // Dependencies know the role that has them, so it has to be there before it knows what they export.
            let (mut steps, mut hands) = (Vec::new(), Vec::new());
            let parent = Arc::new(bare);
            let around = Arc::new(Site { role: None, ..inner.clone() });
            let mut dependencies = Vec::new();
            for node in &meta.dependencies {
                let Some(mut call) = reading.role_use(node, &around) else { continue };
                call.beside = parent.path.parent().map(PathBuf::from);
                if let Some(loaded) = reading.role(&call, &around, For::Role(&parent)) {
                    steps.extend(loaded.steps);
                    hands.extend(loaded.handlers);
                    dependencies.push(loaded.role);
                }
            }
            let role = if dependencies.is_empty() {
                parent
            } else {
                let below = dependencies.iter().map(|d| &d.exports);
                bare = Role {
                    name: parent.name.clone(),
                    path: parent.path.clone(),
                    collection: parent.collection.clone(),
                    vars: layered(above.iter().chain(below.clone()).chain([&exports, &own_vars])),
                    exports: layered(below.chain([&exports])),
                    defaults: layered(dependencies.iter().map(|d| &d.defaults).chain([&parent.defaults])),
                    params: parent.params.clone(),
                    parents: parent.parents.clone(),
                    includers: parent.includers.clone(),
                    dependencies,
                    public: parent.public,
                    id: parent.id,
                    allow_duplicates: parent.allow_duplicates,
                };
                Arc::new(bare)
            };
            inner.role = Some(role.clone());
            inner.handlers = false;
            let mut own = Vec::new();
            if call.validate {
                let entry = call.from.tasks.as_deref().unwrap_or("main");
                own.extend(reading.validation(&role, entry, specs.as_ref(), &inner, &call.place));
            }
            if let Some(file) = reading.role_file(&role.path, "tasks", call.from.tasks.as_deref(), &call.place) {
                own.extend(reading.steps_file(&file, &inner));
            }
            if !own.is_empty() {
                steps.extend(own);
                steps.push(Step::RoleEnd(role.clone()));
            }
            (inner.handlers, inner.in_block) = (true, false);
            if let Some(file) = reading.role_file(&role.path, "handlers", call.from.handlers.as_deref(), &call.place) {
                hands.extend(handlers(&reading.steps_file(&file, &inner)));
            }
            Some(LoadedRole { role, steps, handlers: hands })
        })
    }

    fn meta(&mut self, role: &std::path::Path, place: &Place) -> Meta {
        let mut meta = Meta::default();
        let Some(node) = self.role_file(role, "meta", None, place).and_then(|file| self.file(&file)) else {
            return meta;
        };
        if node.is_null() {
            return meta;
        }
        let Some(entries) = self.entries(&node, Object::RoleMeta) else { return meta };
        let own = self.own(entries, Object::RoleMeta, |_| false);
        meta.collections = own.keywords.collections;
        if let Some((key, value)) = node.entry("allow_duplicates") {
            match self.keyword(key, value, super::vocabulary::Shape::Bool) {
                Some(Templated::Value(value)) => meta.allow_duplicates = bool::from_value(&value).unwrap_or_default(),
                Some(_) => self.error("`allow_duplicates` cannot be a template", &value.place, ""),
                None => {}
            }
        }
        meta.argument_specs = node.get("argument_specs").cloned();
        if let Some(list) = node.get("dependencies") {
            meta.dependencies = self.list(list, "`dependencies`").to_vec();
        }
        meta
    }
}

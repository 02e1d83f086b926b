//! `include_tasks` and `include_role`: loaded when their turn comes, into the site of the task that asks.

use super::Loader;
use super::find::listed;
use super::reading::Reading;
use super::role::{For, RoleCall};
use super::section::tasks;
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::{OwnKeywords, Role, Site, Step, Task};
use crate::template::Variables;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which files of a role are used instead of `main`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromFiles {
    /// `tasks_from`.
    pub tasks: Option<String>,
    /// `vars_from`.
    pub vars: Option<String>,
    /// `defaults_from`.
    pub defaults: Option<String>,
    /// `handlers_from`.
    pub handlers: Option<String>,
}

impl FromFiles {
    /// The arguments that give them.
    pub const NAMES: [&'static str; 4] = ["tasks_from", "vars_from", "defaults_from", "handlers_from"];
}

/// What an include brought.
#[derive(Debug)]
pub struct Included {
    /// The file of tasks, or the role's directory.
    pub path: PathBuf,
    /// Steps to run next; for an include among handlers, its tasks are handlers.
    pub steps: Vec<Step>,
    /// Handlers that came with roles.
    pub handlers: Vec<Arc<Task>>,
    /// Roles that were loaded, for the variables of those that are public.
    pub roles: Vec<Arc<Role>>,
}

impl Loader {
    /// Loads the file an `include_tasks` task names, when it `may` be read. `vars` are those of the loop's item; all errors come back
    /// together.
    pub fn include_tasks(
        &self,
        task: &Task,
        file: &str,
        vars: &Arc<Variables>,
        may: &dyn Fn(&Path) -> Result<()>,
    ) -> Result<Included, Vec<Diagnostic>> {
        let mut reading = Reading::new(self);
        let site = included_site(task, vars);
        let path = reading.tasks_file(file, &site).map_err(|tried| {
            let path = tried.last().map_or_else(|| file.to_owned(), |path| path.display().to_string());
            let error = Diagnostic::error(format!("Could not find or access '{path}' on the Ansible Controller."));
            vec![error.at(&task.action.place, "").note(format!("looked for {}", listed(&tried)))]
        })?;
        may(&path).map_err(|refusal| vec![refusal.at(&task.action.place, "")])?;
        let steps = reading.steps_file(&path, &site);
        let roles = std::mem::take(&mut reading.imported_roles);
        let handlers = std::mem::take(&mut reading.imported_handlers);
        reading.finish(Included { path, steps, handlers, roles })
    }

    /// Whether the play sees the variables of an included role that says nothing of it (`public`).
    pub fn shows_included(&self) -> bool {
        self.options.private.is_some_and(|private| !private)
    }

    #[allow(clippy::too_many_arguments, reason = "they are the arguments of `include_role`")]
    /// Loads the role an `include_role` task names. `public`, `allow_duplicates` and `rolespec_validate` are its
    /// arguments, rendered.
    pub fn include_role(
        &self,
        task: &Task,
        name: &str,
        from: FromFiles,
        public: bool,
        allow_duplicates: bool,
        validate: bool,
        vars: &Arc<Variables>,
    ) -> Result<Included, Vec<Diagnostic>> {
        let mut reading = Reading::new(self);
        let site = Arc::new(included_site(task, vars));
        let call = RoleCall {
            name: name.to_owned(),
            place: task.action.place.clone(),
            own: OwnKeywords {
                vars: task.vars.last().filter(|_| has_own_vars(task)).cloned(),
                ..OwnKeywords::default()
            },
            params: Arc::default(),
            from,
            allow_duplicates: Some(allow_duplicates),
            public,
            validate,
            beside: None,
        };
        let Some(loaded) = reading.role(&call, &site, For::Task(task.site.role.as_ref())) else {
            return Err(reading.errors);
        };
        let mut roles = std::mem::take(&mut reading.imported_roles);
        let mut handlers = loaded.handlers;
        handlers.extend(std::mem::take(&mut reading.imported_handlers));
        roles.push(loaded.role.clone());
        reading.finish(Included { path: loaded.role.path.clone(), steps: loaded.steps, handlers, roles })
    }
}

/// Whether the task itself has `vars:`, beyond what surrounds it.
fn has_own_vars(task: &Task) -> bool {
    task.vars.len() > task.site.vars.len()
}

/// What included steps inherit: all that surrounds the include and its `apply:`, but not its own conditions and tags; its `vars:`
/// as variables and, stronger, as parameters.
fn included_site(task: &Task, vars: &Arc<Variables>) -> Site {
    let mut site = match &task.action.apply {
        Some(apply) => task.site.inside(apply),
        None => (*task.site).clone(),
    };
    if has_own_vars(task) {
        let at = task.site.vars.len();
        site.vars.splice(at..at, task.vars[at..].iter().cloned());
    }
    site.include_params.clone_from(&task.include_params);
    if !vars.is_empty() {
        site.include_params.push(vars.clone());
    }
    // Handlers in a play are never inherited by what is no handler.
    site.handlers = task.site.handlers;
    site
}

/// The handlers among steps.
pub(super) fn handlers(steps: &[Step]) -> Vec<Arc<Task>> {
    tasks(steps)
}

//! A play as meant.

use super::{Keywords, Role, Step, Task};
use crate::diagnostic::Place;
use crate::template::{Templated, Variables};
use std::path::PathBuf;
use std::sync::Arc;

/// A play.
#[derive(Debug)]
pub struct Play {
    /// Name as written; the host pattern when there is none.
    pub name: Option<Templated>,
    /// Where it stands.
    pub place: Place,
    /// Directory of its playbook.
    pub dir: PathBuf,
    /// `hosts:`.
    pub hosts: Templated,
    /// Keywords tasks inherit (already merged into them) and those only a play has.
    pub keywords: Keywords,
    /// `gather_facts:`; `None` follows the `gathering` setting.
    pub gather_facts: Option<Templated>,
    /// `gather_subset:`.
    pub gather_subset: Option<Templated>,
    /// `gather_timeout:` in seconds.
    pub gather_timeout: Option<Templated>,
    /// `fact_path:`.
    pub fact_path: Option<Templated>,
    /// `strategy:`.
    pub strategy: Option<Templated>,
    /// `serial:`: numbers, percentages or a list of them.
    pub serial: Option<Templated>,
    /// `max_fail_percentage:`.
    pub max_fail_percentage: Option<Templated>,
    /// `force_handlers:`.
    pub force_handlers: Option<Templated>,
    /// `order:`.
    pub order: Option<Templated>,
    /// `vars:`.
    pub vars: Arc<Variables>,
    /// `vars_files:`: each entry a path or a list of which the first found is taken.
    pub vars_files: Vec<Templated>,
    /// `vars_prompt:`.
    pub vars_prompt: Vec<Prompt>,
    /// What is run, in order: pre_tasks, roles, tasks, post_tasks.
    pub sections: Vec<Section>,
    /// Handlers of the roles and of the play, in order of definition.
    pub handlers: Vec<Arc<Task>>,
    /// The roles in use, for their defaults and `ansible_play_role_names`.
    pub roles: Vec<Arc<Role>>,
}

/// A part of a play after which notified handlers are run.
#[derive(Debug)]
pub struct Section {
    /// `pre_tasks`, `roles`, `tasks` or `post_tasks`.
    pub name: &'static str,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One question of `vars_prompt:`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Prompt {
    pub name: String,
    pub prompt: Option<Templated>,
    pub default: Option<Templated>,
    /// Whether what is typed is hidden (the default).
    pub private: bool,
    pub confirm: bool,
    pub encrypt: Option<String>,
    pub salt: Option<String>,
    pub salt_size: Option<u32>,
    pub r#unsafe: bool,
}

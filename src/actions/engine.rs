//! Tasks that the engine does itself; here they are only declared.

use super::register;
use hostler_sdk::{Map, Module};

/// Execute Ansible 'actions'
///
/// Influences the run itself: `flush_handlers`, `end_play`, `end_host`, `end_batch`, `end_role`, `clear_facts`,
/// `clear_host_errors`, `refresh_inventory`, `reset_connection`, `noop`.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "meta",
    free_form = "_raw_params",
    examples = r#"
- name: Force all notified handlers to run at this point
  ansible.builtin.meta: flush_handlers
"#
)]
pub struct MetaTask {
    /// What to do.
    #[arg(name = "_raw_params")]
    #[allow(dead_code, reason = "the engine reads the argument as written")]
    free_form: String,
}

register!(engine MetaTask);

/// Dynamically include a task list
///
/// The file is read when the task's turn comes, for each host (and each item of a loop) that asks for it.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "include_tasks",
    free_form = "_raw_params",
    examples = r#"
- name: Include the tasks of the distribution
  ansible.builtin.include_tasks: "{{ ansible_facts['os_family'] }}.yml"
"#
)]
#[allow(dead_code, reason = "the engine reads the arguments as rendered")]
pub struct IncludeTasks {
    /// The file, relative to the file the task is in.
    #[arg(name = "_raw_params")]
    free_form: Option<String>,
    /// The file, relative to the file the task is in.
    file: Option<String>,
    /// Keywords for all tasks of the file.
    apply: Option<Map>,
}

register!(engine IncludeTasks);

/// Load and execute a role
///
/// The role is read when the task's turn comes, for each host (and each item of a loop) that asks for it.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "include_role",
    examples = r#"
- name: Run a role with other tasks
  ansible.builtin.include_role:
    name: myrole
    tasks_from: other
"#
)]
#[allow(dead_code, reason = "the engine reads the arguments as rendered")]
pub struct IncludeRole {
    /// The role.
    #[arg(alias("role"))]
    name: String,
    /// Keywords for all tasks of the role.
    apply: Option<Map>,
    /// Another file than `tasks/main`.
    tasks_from: Option<String>,
    /// Another file than `vars/main`.
    vars_from: Option<String>,
    /// Another file than `defaults/main`.
    defaults_from: Option<String>,
    /// Another file than `handlers/main`.
    handlers_from: Option<String>,
    /// Whether the role may be run more than once with the same parameters.
    #[arg(default = "true")]
    allow_duplicates: bool,
    /// Whether its variables and defaults are seen by later tasks.
    #[arg(default = "false")]
    public: bool,
    /// Whether the role's argument specification is checked first.
    #[arg(default = "true")]
    rolespec_validate: bool,
}

register!(engine IncludeRole);

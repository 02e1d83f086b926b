//! `group_by`: groups made of what is known of hosts.

use super::act::invalid_options;
use super::{Act, ActionResult, Done, Effect, TaskRun, register};
use hostler_sdk::{ArgError, Module, Outcome};

/// Create Ansible groups based on facts
///
/// The host joins the group named by `key`, for later plays and for `groups`.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "group_by",
    examples = r#"
- name: Create groups based on the distribution
  ansible.builtin.group_by:
    key: os_{{ ansible_facts['distribution'] }}
"#
)]
pub struct GroupBy {
    /// The group's name; spaces become dashes.
    key: String,
    /// Groups the group itself belongs to.
    #[arg(default = "all")]
    parents: Vec<String>,
}

register!(of GroupBy);

impl Act for GroupBy {
    fn refused(refusal: ArgError) -> ArgError {
        invalid_options(Self::SPEC.name, refusal)
    }

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let group = self.key.replace(' ', "-");
        let parents: Vec<String> = self.parents.iter().map(|name| name.replace(' ', "-")).collect();
        task.named_by_host(&["key"], std::slice::from_ref(&group))?;
        task.named_by_host(&["parents"], &parents)?;
        let outcome = Outcome { changed: true, ..Outcome::default() }
            .with("add_group", group.as_str())
            .with("parent_groups", parents.clone());
        Ok(Done::from(outcome).effect(Effect::JoinGroup { group, parents }))
    }
}

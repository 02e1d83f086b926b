//! `set_stats`: values for the end of the run.

use super::set_fact::{invalid, is_variable};
use super::{Act, ActionError, ActionResult, Done, Effect, TaskRun, register};
use hostler_sdk::{Map, Module, Outcome, Value};

/// Define and display stats for the current ansible run
///
/// Shown at the end when `show_custom_stats` is on.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "set_stats",
    examples = r#"
- name: Aggregate packages
  ansible.builtin.set_stats:
    data:
      packages_installed: 31
"#
)]
pub struct SetStats {
    /// The values.
    data: Option<Map>,
    /// Whether they belong to the host rather than to the run.
    #[arg(default = "false")]
    per_host: bool,
    /// Whether they are added to values that are there already.
    #[arg(default = "true")]
    aggregate: bool,
}

register!(of SetStats);

impl Act for SetStats {
    async fn act(self, _task: &TaskRun<'_>) -> ActionResult {
        let data = self.data.unwrap_or_default();
        if let Some(bad) = data.keys().map(ToString::to_string).find(|key| !is_variable(key)) {
            return Err(ActionError::new(invalid(&bad)));
        }
        let stats = Map::from_iter([
            ("data", Value::from(data.clone())),
            ("per_host", self.per_host.into()),
            ("aggregate", self.aggregate.into()),
        ]);
        let effect = Effect::Stats { data, per_host: self.per_host, aggregate: self.aggregate };
        Ok(Done::from(Outcome::default().with("ansible_stats", stats)).effect(effect))
    }
}

//! `set_stats`: values for the end of the run.

use super::act::invalid_options;
use super::set_fact::invalid;
use super::{Act, ActionError, ActionResult, Done, Effect, TaskRun, register};
use crate::playbook::is_name;
use hostler_sdk::{ArgError, FromValue, Map, Module, Outcome, Value};

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
    data: Option<Value>,
    /// Whether they belong to the host rather than to the run.
    per_host: Option<Value>,
    /// Whether they are added to values that are there already.
    aggregate: Option<Value>,
}

register!(of SetStats);

impl Act for SetStats {
    fn refused(refusal: ArgError) -> ArgError {
        invalid_options(Self::SPEC.name, refusal)
    }

    async fn act(self, _task: &TaskRun<'_>) -> ActionResult {
        let data = match self.data {
            Some(Value::Map(data)) => (*data).clone(),
            None | Some(Value::Null) => Map::new(),
            Some(_) => return Err(ActionError::new("The 'data' option needs to be a dictionary/hash")),
        };
        let (per_host, aggregate) = (flag(self.per_host, false), flag(self.aggregate, true));
        if let Some(bad) = data.keys().find(|key| !key.as_str().is_some_and(is_name)) {
            return Err(invalid(bad).into());
        }
        let stats = Map::from_iter([
            ("data", Value::from(data.clone())),
            ("per_host", per_host.into()),
            ("aggregate", aggregate.into()),
        ]);
        let effect = Effect::Stats { data, per_host, aggregate };
        Ok(Done::from(Outcome::default().with("ansible_stats", stats)).effect(effect))
    }
}

/// What is no boolean is false, as Ansible takes these options.
fn flag(value: Option<Value>, usual: bool) -> bool {
    value.map_or(usual, |value| bool::from_value(&value).unwrap_or(false))
}

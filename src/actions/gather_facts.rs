//! `gather_facts`: what plays do at their start, as a task.

use super::{Act, ActionResult, TaskRun, register};
use hostler_sdk::Module;

/// Gathers facts about remote hosts
///
/// Calls `setup` with its arguments.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "gather_facts",
    any_args,
    examples = r#"
- name: Gather facts now
  ansible.builtin.gather_facts:
"#
)]
pub struct GatherFacts {
    /// Accepted as Ansible's; there is one module to run, so nothing could be parallel.
    #[allow(dead_code, reason = "nothing to decide")]
    parallel: Option<bool>,
}

register!(of GatherFacts);

impl Act for GatherFacts {
    const AHEAD: bool = true;

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let mut args = task.args.clone();
        args.take("parallel");
        Ok(task.call_module("setup", args, Vec::new()).await?.into())
    }
}

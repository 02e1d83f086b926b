//! `fail`: fails with a message.

use super::act::invalid_options;
use super::{Act, ActionResult, TaskRun, register};
use hostler_sdk::{ArgError, Module, Outcome};

/// Fail with a custom message
///
/// Fails the progress of the host it runs on; useful with `when`.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "fail",
    examples = r#"
- name: Refuse to go on
  ansible.builtin.fail:
    msg: The system may not be provisioned according to the CMDB status.
  when: cmdb_status != "to-be-staged"
"#
)]
pub struct Fail {
    /// The message.
    #[arg(default = "Failed as requested from task")]
    msg: String,
}

register!(of Fail);

impl Act for Fail {
    fn refused(refusal: ArgError) -> ArgError {
        invalid_options(Self::SPEC.name, refusal)
    }

    async fn act(self, _task: &TaskRun<'_>) -> ActionResult {
        Ok(Outcome::failure(self.msg).into())
    }
}

//! `assert`: conditions that must hold.

use super::{Act, ActionError, ActionResult, Done, TaskRun, register};
use crate::diagnostic::Diagnostic;
use hostler_sdk::{Map, Module, Outcome, Value};

/// Asserts given expressions are true
///
/// Fails with the first expression that is not.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "assert",
    examples = r#"
- name: After version 2.7 both 'msg' and 'fail_msg' can customize failing assertion message
  ansible.builtin.assert:
    that:
      - my_param <= 100
      - my_param >= 0
    fail_msg: "'my_param' must be between 0 and 100"
    success_msg: "'my_param' is between 0 and 100"
"#
)]
pub struct Assert {
    /// The expressions, a list or one.
    that: Value,
    /// Message when one does not hold, text or list.
    #[arg(alias("msg"))]
    fail_msg: Option<Value>,
    /// Message when all hold, text or list.
    success_msg: Option<Value>,
    /// Whether nothing is shown when all hold.
    #[arg(default = "false")]
    quiet: bool,
}

register!(of Assert);

impl Act for Assert {
    const EXPRESSIONS: &'static [&'static str] = &["that"];

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        if self.that.as_map().is_some() {
            return Err(ActionError::new("'that' must be a conditional, or a list of conditionals, not a dictionary"));
        }
        let conditions = task.expressions("that");
        let mut broken = None;
        for condition in conditions {
            if !task.jinja.test(condition, task.scope)? {
                let written = self.that.as_bool().is_some().then(|| self.that.clone());
                broken = Some(written.unwrap_or_else(|| (&*condition.source).into()));
                break;
            }
        }
        // Arguments that are a template as a whole hold values, not conditions.
        if conditions.is_empty() {
            let values = self.that.as_list().unwrap_or(std::slice::from_ref(&self.that));
            for value in values {
                if !holds(value)? {
                    broken = Some(value.clone());
                    break;
                }
            }
        }
        if let Some(assertion) = broken {
            let values = Map::from_iter([
                ("evaluated_to", Value::from(false)),
                ("assertion", assertion),
                ("msg", self.fail_msg.clone().unwrap_or_else(|| "Assertion failed".into())),
            ]);
            let outcome = Outcome { failed: Some("Assertion failed".to_owned()), values, ..Outcome::default() };
            return Ok(Done { verbose: !self.quiet, ..outcome.into() });
        }
        let msg = self.success_msg.unwrap_or_else(|| "All assertions passed".into());
        Ok(Done { verbose: !self.quiet, ..Outcome::default().with("msg", msg).into() })
    }
}

/// The truth of a value that a template gave. A text is never evaluated, whoever wrote it, for it may be a host's.
fn holds(value: &Value) -> Result<bool, ActionError> {
    value.as_bool().ok_or_else(|| {
        let what = "a condition that a template gave is not evaluated (untrusted template or expression)";
        let hint = "write the conditions themselves below `that`";
        Diagnostic::error(what).cause(format!("it is the {} {value}", value.type_name())).hint(hint).into()
    })
}

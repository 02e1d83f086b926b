//! `debug`: shows a message or the value of an expression.

use super::{Act, ActionResult, Done, TaskRun, register};
use crate::template::Templated;
use hostler_sdk::{Module, Outcome, Value};

/// Print statements during execution
///
/// Shows `msg`, or the value of the expression `var`, whatever the verbosity of the run is.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "debug",
    mutually_exclusive("msg", "var"),
    examples = r#"
- name: Print the gateway for each host when defined
  ansible.builtin.debug:
    msg: System {{ inventory_hostname }} has gateway {{ ansible_facts['default_ipv4']['gateway'] }}
  when: ansible_facts['default_ipv4']['gateway'] is defined
"#
)]
pub struct Debug {
    /// What to show.
    msg: Option<Value>,
    /// An expression whose value is shown under its text.
    var: Option<String>,
    /// `-v` count from which on it is shown at all.
    #[arg(default = "0")]
    verbosity: u32,
}

register!(of Debug);

impl Act for Debug {
    const EXPRESSIONS: &'static [&'static str] = &["var"];

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        if self.verbosity > u32::from(task.verbosity) {
            let outcome = Outcome { skipped: Some(String::new()), ..Outcome::default() };
            return Ok(outcome.with("skipped_reason", "Verbosity threshold not met.").into());
        }
        let outcome = match (self.var.filter(|var| !var.is_empty()), task.expressions("var").first()) {
            (Some(var), Some(expression)) => {
                let value = task.jinja.render(&Templated::Template(expression.clone()), task.scope);
                // Showing what is undefined is no failure: one looks at variables to find that out.
                let value = value.unwrap_or_else(|e| format!("<< error 1 - {} >>", e.what).into());
                Outcome::default().with(&var, value)
            }
            _ => Outcome::default().with("msg", self.msg.unwrap_or_else(|| "Hello world!".into())),
        };
        Ok(Done { verbose: true, ..outcome.into() })
    }
}

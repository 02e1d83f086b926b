//! `debug`: shows a message or the value of an expression.

use super::{Act, ActionResult, Done, TaskRun, register};
use crate::diagnostic::Diagnostic;
use crate::template::{Binding, TemplateKind};
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
    var: Option<Value>,
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
        let expression = task.expressions("var").first();
        let outcome = match (self.var, expression) {
            (Some(Value::Str(name)), Some(template)) if template.kind == TemplateKind::Text => {
                if !is_reference(&template.source) {
                    let what = "Error while resolving `var` expression: Encountered untrusted template or expression.";
                    let mistake = Diagnostic::error(what).at(&template.place, "what this gives is not evaluated again");
                    return Err(mistake.hint("write the expression itself, without `{{ }}`").into());
                }
                let value = match task.scope.get(&name) {
                    Some(Binding::Templated(value)) => task.jinja.render(&value, task.scope)?,
                    _ => format!("<< error 1 - '{name}' is undefined >>").into(),
                };
                Outcome::default().with(&name, value)
            }
            (Some(Value::Str(var)), Some(expression)) => {
                let value = task.jinja.show(expression, task.scope).map_err(|mut e| {
                    e.what = format!("Error while resolving `var` expression: {}", e.what);
                    e
                })?;
                let omitted = (value.as_str() == Some("<<Omit>>")).then(|| {
                    "The result of the `var` expression could not be omitted; a placeholder was used instead."
                        .to_owned()
                });
                let missing = missing(&value).map(|what| format!("Encountered 1 template error.\n{what}"));
                let warnings = missing.into_iter().chain(omitted).collect();
                Outcome { warnings, ..Outcome::default() }.with(&var, value)
            }
            (Some(var), _) if var.truthy() => {
                let what = format!(
                    "argument 'var' is of type {0} and we were unable to convert to str: '{var}' is not a string and conversion is not allowed",
                    var.type_name()
                );
                return Err(Diagnostic::error(what).at(&task.task.place, "in this task").into());
            }
            _ => Outcome::default().with("msg", self.msg.unwrap_or_else(|| "Hello world!".into())),
        };
        Ok(Done { verbose: true, ..outcome.into() })
    }
}

/// What stands for a value that is not there, without its brackets.
fn missing(shown: &Value) -> Option<&str> {
    shown.as_str()?.strip_prefix("<< ").filter(|text| text.starts_with("error 1 - "))?.strip_suffix(" >>")
}

/// Whether a template is nothing but a variable.
fn is_reference(source: &str) -> bool {
    let inner = source.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let name = inner.map(str::trim).unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

//! `set_fact`: variables of a host for the rest of the run.

use super::{Act, ActionError, ActionResult, Done, Effect, TaskRun, register};
use crate::diagnostic::Diagnostic;
use crate::playbook::is_name;
use hostler_sdk::{Key, Module, Outcome};

/// Set host variable(s) and fact(s)
///
/// Sets variables for the current host that last until the end of the run; with `cacheable` they also go to the fact cache.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "set_fact",
    any_args,
    returns(("ansible_facts", "dict", "the variables that were set")),
    examples = r#"
- name: Set facts
  ansible.builtin.set_fact:
    one_fact: something
    other_fact: "{{ local_var }}"
    cacheable: true
"#
)]
pub struct SetFact {
    /// Whether the variables also become facts in the cache.
    #[arg(default = "false")]
    cacheable: bool,
}

register!(of SetFact);

impl Act for SetFact {
    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let mut facts = task.args.clone();
        facts.take("cacheable");
        if facts.is_empty() {
            return Err(ActionError::new(
                "No key/value pairs provided, at least one is required for this action to succeed",
            ));
        }
        if let Some(bad) = facts.keys().find(|key| !key.as_str().is_some_and(is_name)) {
            return Err(invalid(bad).into());
        }
        let set = task.said.variables(&facts);
        let outcome = Outcome::default().with("ansible_facts", facts);
        Ok(Done::from(outcome).effect(Effect::SetFacts { facts: set, cacheable: self.cacheable }))
    }
}

/// What is said of a name that cannot be one.
pub(super) fn invalid(key: &Key) -> Diagnostic {
    let kind = match key.as_str() {
        Some(_) => String::new(),
        None => format!(" of type '{}'", key.to_value().type_name()),
    };
    Diagnostic::error(format!("Invalid variable name '{key}'{kind}.")).hint(
        "Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores.",
    )
}

#[cfg(test)]
mod tests {
    use crate::playbook::is_name;

    #[test]
    fn names_of_variables() {
        for (name, good) in [
            ("a", true),
            ("_a1", true),
            ("1a", false),
            ("a-b", false),
            ("", false),
            ("class", true),
            ("é", false),
            ("true", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
    }
}

//! `set_fact`: variables of a host for the rest of the run.

use super::{Act, ActionError, ActionResult, Done, Effect, TaskRun, register};
use hostler_sdk::{Module, Outcome};

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
        if let Some(bad) = facts.keys().map(ToString::to_string).find(|key| !is_variable(key)) {
            return Err(ActionError::new(invalid(&bad)));
        }
        let outcome = Outcome::default().with("ansible_facts", facts.clone());
        Ok(Done::from(outcome).effect(Effect::SetFacts { facts, cacheable: self.cacheable }))
    }
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether a name can be a variable's: a Python identifier (ASCII) that is no keyword.
pub(super) fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
}

pub(super) fn invalid(name: &str) -> String {
    if KEYWORDS.contains(&name) {
        format!("Invalid variable name '{name}'. Variable names cannot be Python keywords.")
    } else {
        format!(
            "Invalid variable name '{name}'. Variable names must be strings starting with a letter or underscore character, and contain only letters, numbers and underscores."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::is_variable;

    #[test]
    fn names_of_variables() {
        for (name, good) in
            [("a", true), ("_a1", true), ("1a", false), ("a-b", false), ("", false), ("class", false), ("é", false)]
        {
            assert_eq!(is_variable(name), good, "{name}");
        }
    }
}

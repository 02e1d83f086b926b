//! Names that mean something to playbooks or templates. A variable may be called so, but hides it or is hidden by it: a warning says so,
//! as in ansible-core.

use crate::diagnostic::{Diagnostic, Place};

/// Keywords of plays, roles, blocks and tasks, and what templates have without any variable; in order.
#[rustfmt::skip]
const NAMES: [&str; 74] = [
    "action", "always", "any_errors_fatal", "args", "async", "async_val", "become", "become_exe", "become_flags", "become_method",
    "become_user", "block", "changed_when", "check_mode", "collections", "connection", "cycler", "debugger", "delay",
    "delegate_facts", "delegate_to", "dict", "diff", "environment", "fact_path", "failed_when", "force_handlers", "gather_facts",
    "gather_timeout", "handlers", "hosts", "ignore_errors", "ignore_unreachable", "joiner", "lipsum", "local_action", "lookup",
    "loop", "loop_control", "loop_with", "max_fail_percentage", "module_defaults", "name", "namespace", "no_log", "notify", "now",
    "omit", "order", "poll", "port", "post_tasks", "pre_tasks", "q", "query", "range", "register", "remote_user", "rescue",
    "retries", "roles", "run_once", "serial", "strategy", "tags", "tasks", "throttle", "timeout", "undef", "until", "vars_files",
    "vars_prompt", "when", "with_",
];

/// The warning for a variable that is called so, set at `place` where that is known.
pub fn reserved(name: &str, place: Option<&Place>) -> Option<Diagnostic> {
    NAMES.binary_search(&name).ok()?;
    let warning = Diagnostic::warning(format!("Found variable using reserved name '{name}'"));
    Some(match place {
        Some(place) => warning.at(place, ""),
        None => warning,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn keywords_and_globals_are_told() {
        for name in ["query", "lipsum", "environment", "port", "when"] {
            assert!(reserved(name, None).is_some(), "{name}");
        }
        for name in ["vars", "web_port", "gather_subset", "item", ""] {
            assert!(reserved(name, None).is_none(), "{name}");
        }
    }
}

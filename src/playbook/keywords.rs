//! Keywords that are inherited: play to role to block to task, the nearest one set wins.

use crate::template::{Template, Templated, Variables};
use std::sync::Arc;

/// Inheritable keywords as merged for one task (or play). `None` is "not set anywhere": the default applies.
/// Values are rendered per host when the task runs.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Keywords {
    pub r#become: Option<Templated>,
    pub become_user: Option<Templated>,
    pub become_method: Option<Templated>,
    pub become_flags: Option<Templated>,
    pub become_exe: Option<Templated>,
    pub connection: Option<Templated>,
    pub remote_user: Option<Templated>,
    pub port: Option<Templated>,
    pub check_mode: Option<Templated>,
    pub diff: Option<Templated>,
    pub no_log: Option<Templated>,
    pub ignore_errors: Option<Templated>,
    pub ignore_unreachable: Option<Templated>,
    pub any_errors_fatal: Option<Templated>,
    pub run_once: Option<Templated>,
    pub throttle: Option<Templated>,
    pub timeout: Option<Templated>,
    pub debugger: Option<Templated>,
    /// `environment:` outermost first; each is a mapping or a list of mappings.
    pub environment: Vec<Templated>,
    /// `module_defaults:` outermost first.
    pub module_defaults: Vec<Templated>,
    /// Full names of the groups in `module_defaults` that the task's module is in.
    pub groups: Vec<String>,
    /// `collections:` of the nearest that set it.
    pub collections: Vec<String>,
    /// All conditions, outermost first; every one must hold.
    pub when: Vec<Arc<Template>>,
    /// Union of all tags (templates are rendered without host variables).
    pub tags: Vec<Templated>,
    /// What stands in, the nearest first, for a keyword whose template comes to `omit`.
    pub outer: Vec<(&'static str, Templated)>,
}

/// What one object (a block, a task, `apply:`) itself says of the things that are inherited.
#[derive(Clone, Debug, Default)]
pub struct OwnKeywords {
    /// Merged keywords.
    pub keywords: Keywords,
    /// `vars:`.
    pub vars: Option<Arc<Variables>>,
    /// `notify:`; `None` when it is not given.
    pub notify: Option<Vec<Templated>>,
    /// `delegate_to:`.
    pub delegate_to: Option<Templated>,
    /// `delegate_facts:`.
    pub delegate_facts: Option<Templated>,
}

impl Keywords {
    /// What a task with `own` keywords has below these: its own where it set them, conditions and tags added up.
    #[must_use]
    pub fn with(&self, mut own: Keywords) -> Keywords {
        let mut outer = std::mem::take(&mut own.outer);
        macro_rules! nearest {
            ($($field:ident),*) => {{
                $(self.stand_in(&mut outer, word(stringify!($field)), own.$field.as_ref(), self.$field.as_ref());)*
                Keywords {
                    $($field: own.$field.or_else(|| self.$field.clone()),)*
                    environment: joined(&self.environment, own.environment),
                    module_defaults: joined(&self.module_defaults, own.module_defaults),
                    groups: own.groups,
                    collections: if own.collections.is_empty() { self.collections.clone() } else { own.collections },
                    when: joined(&self.when, own.when),
                    tags: joined(&self.tags, own.tags),
                    outer,
                }
            }};
        }
        nearest!(
            r#become,
            become_user,
            become_method,
            become_flags,
            become_exe,
            connection,
            remote_user,
            port,
            check_mode,
            diff,
            no_log,
            ignore_errors,
            ignore_unreachable,
            any_errors_fatal,
            run_once,
            throttle,
            timeout,
            debugger
        )
    }

    /// Adds what stands in for an own value that may come to nothing. A plain value ends the way outwards.
    fn stand_in(
        &self,
        outer: &mut Vec<(&'static str, Templated)>,
        name: &'static str,
        own: Option<&Templated>,
        inherited: Option<&Templated>,
    ) {
        let last = outer.iter().rev().find(|(of, _)| *of == name).map(|(_, value)| value).or(own);
        match last {
            Some(Templated::Value(_)) => return,
            Some(_) => outer.extend(inherited.map(|value| (name, value.clone()))),
            None => {}
        }
        outer.extend(self.outer.iter().filter(|(of, _)| *of == name).cloned());
    }

    /// What stands in for a keyword whose template comes to `omit`, the nearest first.
    pub fn outer_of<'k>(&'k self, name: &'k str) -> impl Iterator<Item = &'k Templated> {
        self.outer.iter().filter(move |(of, _)| *of == name).map(|(_, value)| value)
    }
}

/// A field's name as it is written in playbooks.
fn word(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

fn joined<T: Clone>(outer: &[T], own: Vec<T>) -> Vec<T> {
    let mut all = outer.to_vec();
    all.extend(own);
    all
}

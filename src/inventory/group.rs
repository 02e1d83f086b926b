//! A group of hosts and groups.

use super::HostName;
use crate::config::GroupNames;
use crate::diagnostic::Diagnostic;
use crate::template::Variables;
use indexmap::IndexSet;
use std::sync::Arc;

/// A group's name.
pub type GroupName = Arc<str>;

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// Variables set for it in inventory sources (not `group_vars/`).
    pub vars: Variables,
    /// Direct members.
    pub hosts: IndexSet<HostName>,
    /// Groups directly below.
    pub children: IndexSet<GroupName>,
    /// Groups directly above.
    pub parents: IndexSet<GroupName>,
    /// Longest way down from `all`; variables of deeper groups are stronger.
    pub depth: usize,
    /// `ansible_group_priority`: decides between groups of one depth.
    pub priority: i64,
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        Group {
            name: name.into(),
            vars: Variables::default(),
            hosts: IndexSet::new(),
            children: IndexSet::new(),
            parents: IndexSet::new(),
            depth: 0,
            priority: 1,
        }
    }
}

/// A group's name as it is used: characters that no variable name may have are replaced where the settings say so.
pub(super) fn safe_name(name: &str, rule: GroupNames, warnings: &mut Vec<Diagnostic>) -> String {
    let bad = |(at, c): (usize, char)| !(c == '_' || c.is_alphanumeric()) || (at == 0 && c.is_numeric());
    if !name.char_indices().any(bad) {
        return name.to_owned();
    }
    let mut warn = |what: &str| {
        if !warnings.iter().any(|w| w.what == what) {
            warnings.push(Diagnostic::warning(what).note(format!("the first such group is `{name}`")));
        }
    };
    match rule {
        GroupNames::Ignore => return name.to_owned(),
        GroupNames::Never => {
            warn("Invalid characters were found in group names but not replaced");
            return name.to_owned();
        }
        GroupNames::Always => warn("Invalid characters were found in group names and automatically replaced"),
        GroupNames::Silently => {}
    }
    let mut out = String::new();
    for part in name.char_indices() {
        out.push(if bad(part) { '_' } else { part.1 });
    }
    out
}

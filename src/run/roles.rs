//! Which roles a play has run on which host: a role that does not allow duplicates is run once per host with the same parameters.

use super::steps::Work;
use super::world::Host;
use crate::playbook::Role;
use std::collections::HashSet;

/// What was run of which role.
#[derive(Debug, Default)]
pub(super) struct RoleLedger {
    started: HashSet<(String, Host)>,
    over: HashSet<(String, Host)>,
}

impl RoleLedger {
    /// A task of a role did something (was not skipped).
    pub fn ran(&mut self, task: &Work, host: &Host) {
        if let Some(role) = &task.role {
            self.started.insert((identity(role), host.clone()));
        }
    }

    /// The role a task ends is done on a host.
    pub fn ended(&mut self, task: &Work, host: &Host) {
        if let Some(role) = &task.role {
            let key = (identity(role), host.clone());
            if self.started.contains(&key) {
                self.over.insert(key);
            }
        }
    }

    /// Whether the task's role was run on the host and must not be run twice.
    pub fn is_over(&self, task: &Work, host: &Host) -> bool {
        match &task.role {
            Some(role) if !role.allow_duplicates && !self.over.is_empty() => {
                self.over.contains(&(identity(role), host.clone()))
            }
            _ => false,
        }
    }
}

/// Uses of a role with the same directory and parameters are one.
fn identity(role: &Role) -> String {
    format!("{}\n{:?}", role.path.display(), role.params.0.iter().map(|(k, v)| (k, &v.value)).collect::<Vec<_>>())
}

//! `systemd`: units of systemd.

use super::unit::{Plan, State, Wanted, systemctl};
use crate::facts::security::is_chroot;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Choice, Look, Module, Outcome};

/// Manage systemd units
///
/// Starts, stops, enables and masks units, and reloads systemd's own configuration.
#[derive(Module)]
#[module(
    kind = "action",
    name = "systemd",
    aliases("systemd_service"),
    check = "full",
    required_one_of("state", "enabled", "masked", "daemon_reload", "daemon_reexec"),
    returns(
        ("name", "str", "the unit as it was named"),
        ("state", "str", "the state it is in now"),
        ("enabled", "bool", "whether it is enabled now"),
        ("status", "dict", "what `systemctl show` said before")
    ),
    examples = r#"- name: Make sure a service unit is running
  ansible.builtin.systemd_service:
    state: started
    name: httpd

- name: Enable a timer unit for dnf-automatic
  ansible.builtin.systemd_service:
    name: dnf-automatic.timer
    state: started
    enabled: true

- name: Just force systemd to reread configs
  ansible.builtin.systemd_service:
    daemon_reload: true
"#
)]
pub struct Systemd {
    /// Name of the unit; `.service` may be left out.
    #[arg(alias("service", "unit"))]
    pub(super) name: Option<String>,
    /// State the unit is brought to.
    pub(super) state: Option<State>,
    /// Whether the unit starts with the system.
    pub(super) enabled: Option<bool>,
    /// Whether links of others are replaced when a unit is enabled.
    pub(super) force: Option<bool>,
    /// Whether the unit is masked, so that nothing can start it.
    pub(super) masked: Option<bool>,
    /// Makes systemd read its unit files again, before anything else.
    #[arg(alias = "daemon-reload", default = "no")]
    pub(super) daemon_reload: bool,
    /// Makes systemd start itself anew, before anything else.
    #[arg(alias = "daemon-reexec", default = "no")]
    pub(super) daemon_reexec: bool,
    /// Whose manager is meant: the system's, the user's, or that of all users.
    #[arg(default = "system")]
    pub(super) scope: Scope,
    /// Whether to go on without waiting for the unit.
    #[arg(default = "no")]
    pub(super) no_block: bool,
}

/// Whose systemd.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The system's.
    System,
    /// That of the user the task runs as.
    User,
    /// That of every user.
    Global,
}

impl Systemd {
    fn wanted<'a>(&'a self, name: &'a str) -> Wanted<'a> {
        Wanted {
            unit: name,
            state: self.state,
            enabled: self.enabled,
            masked: self.masked,
            options: self.options(),
            system: self.scope == Scope::System,
        }
    }

    fn options(&self) -> Vec<&'static str> {
        let scope = match self.scope {
            Scope::System => None,
            Scope::User => Some("--user"),
            Scope::Global => Some("--global"),
        };
        let no_block = self.no_block.then_some("--no-block");
        let force = (self.force == Some(true)).then_some("--force");
        [scope, no_block, force].into_iter().flatten().collect()
    }

    /// What the declaration cannot say.
    fn check_arguments(&self, look: &Look) -> Result<()> {
        if let Some(name) = &self.name {
            if let Some(pattern) = ['*', '?', '['].into_iter().find(|c| name.contains(*c)) {
                return Err(Failure::new(format!(
                    "This module does not currently support using glob patterns, found '{pattern}' in service name: {name}"
                )));
            }
        } else {
            let needs = [
                ("state", self.state.is_some()),
                ("enabled", self.enabled.is_some()),
                ("masked", self.masked.is_some()),
            ];
            if let Some((argument, _)) = needs.iter().find(|(_, given)| *given) {
                return Err(Failure::new(format!("missing parameter(s) required by '{argument}': name")));
            }
        }
        if look.which("systemctl").is_none() {
            let paths = look.env("PATH").unwrap_or_default();
            return Err(Failure::new(format!("Failed to find required executable \"systemctl\" in paths: {paths}")));
        }
        Ok(())
    }

    fn plan(&self, look: &Look) -> Result<Option<Plan>> {
        self.name.as_deref().map(|name| self.wanted(name).plan(look)).transpose()
    }

    fn reload(&self, change: &Change) -> Result<()> {
        for (asked, verb) in [(self.daemon_reload, "daemon-reload"), (self.daemon_reexec, "daemon-reexec")] {
            if !asked {
                continue;
            }
            let output = change.run(&systemctl(change, &self.options(), &[verb]))?;
            if output.ok() {
                continue;
            }
            let (rc, err) = (output.status, output.err());
            if !is_chroot(change) && change.env("SYSTEMD_OFFLINE").as_deref() != Some("1") {
                return Err(Failure::new(format!("failure {rc} during {verb}: {err}")));
            }
            change.warn(format!(
                "{verb} failed, but target is a chroot or systemd is offline. Continuing. Error was: {rc} / {err}"
            ));
        }
        Ok(())
    }
}

fn nothing() -> Outcome {
    Outcome::default().with("name", hostler_sdk::Value::Null).with("status", hostler_sdk::Map::new())
}

impl Action for Systemd {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        self.check_arguments(look)?;
        let mut outcome = self.plan(look)?.map_or_else(nothing, Plan::outcome);
        outcome.must_run = self.daemon_reload || self.daemon_reexec;
        Ok(Some(outcome))
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        self.check_arguments(change)?;
        self.reload(change)?;
        match (self.plan(change)?, self.name.as_deref()) {
            (Some(plan), Some(name)) => self.wanted(name).apply(change, plan),
            _ => Ok(nothing()),
        }
    }
}

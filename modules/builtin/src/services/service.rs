//! `service`: a service, whatever manages it. Who manages it is found by our own probe of the host or named by `use`;
//! no fact decides it.

use super::initscript;
use super::systemd::{Scope, Systemd};
use super::unit::State;
use crate::facts::managers::{runs_systemd, service_manager};
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Look, Module, Outcome};

/// Manage services
///
/// With systemd it does what `systemd` does; otherwise it uses OpenRC or init scripts.
#[derive(Module)]
#[module(
    kind = "action",
    name = "service",
    check = "full",
    required_one_of("state", "enabled", "masked", "daemon_reload", "daemon_reexec"),
    returns(
        ("name", "str", "the service"),
        ("state", "str", "the state it is in now"),
        ("enabled", "bool", "whether it starts with the system"),
        ("status", "dict", "with systemd, what `systemctl show` said before")
    ),
    examples = r#"- name: Start service httpd, if not started
  ansible.builtin.service:
    name: httpd
    state: started

- name: Enable service httpd, and not touch the state
  ansible.builtin.service:
    name: httpd
    enabled: true
"#
)]
pub struct Service {
    /// Name of the service. Only systemd itself can be told something without one.
    name: Option<String>,
    /// State the service is brought to.
    state: Option<State>,
    /// Seconds between stop and start of a restart; not with systemd.
    sleep: Option<u64>,
    /// Text in the process list that shows that the service runs, for scripts without `status`; not with systemd.
    pattern: Option<String>,
    /// Whether the service starts with the system.
    enabled: Option<bool>,
    /// Runlevel, with OpenRC.
    #[arg(default = "default")]
    runlevel: String,
    /// More words for the init script; not with systemd.
    #[arg(default = "", alias = "args")]
    arguments: String,
    /// Makes systemd read its unit files again, before anything else; only with systemd.
    #[arg(alias = "daemon-reload", default = "no")]
    daemon_reload: bool,
    /// Makes systemd start itself anew, before anything else; only with systemd.
    #[arg(alias = "daemon-reexec", default = "no")]
    daemon_reexec: bool,
    /// Whether the unit is masked; only with systemd.
    masked: Option<bool>,
    /// Whether links of others are replaced when the unit is enabled; only with systemd.
    force: Option<bool>,
    /// Whose manager is meant; only with systemd.
    #[arg(default = "system")]
    scope: Scope,
    /// Whether to go on without waiting for the unit; only with systemd.
    #[arg(default = "no")]
    no_block: bool,
    /// Who manages the service: `auto`, `systemd`, `openrc`, `sysvinit` or `service`.
    #[arg(name = "use", default = "auto")]
    manager: String,
}

impl Service {
    fn by_systemd(&self, look: &Look) -> Result<bool> {
        match self.manager.to_lowercase().as_str() {
            "auto" => Ok(service_manager(look) == "systemd" || runs_systemd(look)),
            "systemd" | "ansible.builtin.systemd" | "systemd_service" => Ok(true),
            "openrc" | "sysvinit" | "service" | "ansible.builtin.service" | "ansible.builtin.sysvinit" => Ok(false),
            other => Err(Failure::new(format!("the service manager `{other}` is not supported"))),
        }
    }

    /// The same task as `systemd` does it.
    fn unit(&self, look: &Look) -> Systemd {
        let unused = [
            ("pattern", self.pattern.is_some()),
            ("sleep", self.sleep.is_some()),
            ("runlevel", self.runlevel != "default"),
            ("arguments", !self.arguments.is_empty()),
        ];
        for (name, _) in unused.iter().filter(|(_, given)| *given) {
            look.warn(format!("Ignoring \"{name}\" as it is not used in \"systemd\""));
        }
        Systemd {
            name: self.name.clone(),
            state: self.state,
            enabled: self.enabled,
            force: self.force,
            masked: self.masked,
            daemon_reload: self.daemon_reload,
            daemon_reexec: self.daemon_reexec,
            scope: self.scope,
            no_block: self.no_block,
        }
    }

    /// Arguments that nothing but systemd has a use for are an error elsewhere, as they are for Ansible's module there.
    fn only_systemd(&self) -> Result<()> {
        let given = [
            ("daemon_reload", self.daemon_reload),
            ("daemon_reexec", self.daemon_reexec),
            ("masked", self.masked.is_some()),
            ("force", self.force.is_some()),
            ("scope", self.scope != Scope::System),
            ("no_block", self.no_block),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(Failure::new(format!("Unsupported parameters for (service) module: {name}"))),
            None => Ok(()),
        }
    }

    /// What is about one unit needs its name.
    fn is_named(&self) -> Result<()> {
        let about =
            [("state", self.state.is_some()), ("enabled", self.enabled.is_some()), ("masked", self.masked.is_some())];
        match about.iter().find(|(_, given)| *given && self.name.is_none()) {
            Some((what, _)) => Err(Failure::new(format!("missing parameter(s) required by '{what}': name"))),
            None => Ok(()),
        }
    }

    fn script(&self) -> Result<initscript::Wanted<'_>> {
        let Some(name) = &self.name else { return Err(Failure::new("missing required arguments: name")) };
        Ok(initscript::Wanted {
            name,
            state: self.state,
            enabled: self.enabled,
            sleep: self.sleep,
            pattern: self.pattern.as_deref(),
            runlevel: &self.runlevel,
            arguments: &self.arguments,
        })
    }
}

impl Action for Service {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        if self.by_systemd(look)? {
            self.is_named()?;
            return self.unit(look).check(look);
        }
        self.only_systemd()?;
        self.script()?.check(look).map(Some)
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        if self.by_systemd(change)? {
            self.is_named()?;
            return self.unit(change).run(change);
        }
        self.only_systemd()?;
        self.script()?.run(change)
    }
}

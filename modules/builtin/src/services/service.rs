//! `service`: a service, whatever manages it. Who manages it is found by our own probe of the host or named by `use`;
//! no fact decides it.

use super::initscript;
use super::unit::{State, Wanted};
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
    required_one_of("state", "enabled"),
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
    /// Name of the service.
    name: String,
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

    fn unit(&self, look: &Look) -> Wanted<'_> {
        let unused = [
            ("pattern", self.pattern.is_some()),
            ("sleep", self.sleep.is_some()),
            ("runlevel", self.runlevel != "default"),
            ("arguments", !self.arguments.is_empty()),
        ];
        for (name, _) in unused.iter().filter(|(_, given)| *given) {
            look.warn(format!("Ignoring \"{name}\" as it is not used in \"systemd\""));
        }
        Wanted {
            unit: &self.name,
            state: self.state,
            enabled: self.enabled,
            masked: None,
            options: Vec::new(),
            system: true,
        }
    }

    fn script(&self) -> initscript::Wanted<'_> {
        initscript::Wanted {
            name: &self.name,
            state: self.state,
            enabled: self.enabled,
            sleep: self.sleep,
            pattern: self.pattern.as_deref(),
            runlevel: &self.runlevel,
            arguments: &self.arguments,
        }
    }
}

impl Action for Service {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        let outcome =
            if self.by_systemd(look)? { self.unit(look).plan(look)?.outcome() } else { self.script().check(look)? };
        Ok(Some(outcome))
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        if !self.by_systemd(change)? {
            return self.script().run(change);
        }
        let wanted = self.unit(change);
        let plan = wanted.plan(change)?;
        wanted.apply(change, plan)
    }
}

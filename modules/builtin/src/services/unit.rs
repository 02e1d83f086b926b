//! A systemd unit: what is asked of it, what must be done. `systemd` and `service` both stand on this.

use super::show;
use crate::facts::security::is_chroot;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::moment::Question;
use hostler_sdk::{Change, Choice, Command, Look, Map, Outcome, Output};
use std::sync::Arc;

/// The states of a service.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Reloads its configuration; started when it does not run.
    Reloaded,
    /// Stopped and started; started when it does not run.
    Restarted,
    /// Runs.
    Started,
    /// Does not run.
    Stopped,
}

/// What is asked of a unit.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub unit: &'a str,
    pub state: Option<State>,
    pub enabled: Option<bool>,
    pub masked: Option<bool>,
    /// Options of every systemctl call: `--user`, `--no-block`, `--force`.
    pub options: Vec<&'static str>,
    /// Whether the system's own manager is meant, for which init scripts count.
    pub system: bool,
}

/// A systemctl verb on the unit, and how its failure is told.
#[derive(Debug, PartialEq)]
struct Step {
    verb: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Mask,
    Enable,
    State,
}

/// What to do, and the result it leads to.
#[derive(Debug)]
pub(super) struct Plan {
    steps: Vec<Step>,
    values: Map,
    found: bool,
}

/// systemctl with the unit's options and a place for the user manager's socket.
pub(super) fn systemctl(look: &Look, options: &[&str], words: &[&str]) -> Command {
    let argv = std::iter::once("systemctl").chain(options.iter().copied()).chain(words.iter().copied());
    let command = Command::new(argv);
    match look.env("XDG_RUNTIME_DIR") {
        Some(_) => command,
        None => command.env("XDG_RUNTIME_DIR", &format!("/run/user/{}", look.euid())),
    }
}

fn offline(look: &Look) -> bool {
    look.env("SYSTEMD_OFFLINE").as_deref() == Some("1") || is_chroot(look)
}

impl Wanted<'_> {
    /// What systemctl says; several tasks that look at one unit are told the same.
    fn query(&self, look: &Look, words: &[&str]) -> Result<Arc<Output>> {
        let command = systemctl(look, &self.options, words);
        Ok(look.of_the_moment(Question::Command(command.clone()), || look.query(&command))?)
    }

    /// Looks at the unit and says what must be done. One process tells nearly always all.
    pub(super) fn plan(&self, look: &Look) -> Result<Plan> {
        let mut values = Map::new();
        values.set("name", self.unit);
        let (status, known) = self.look_up(look)?;
        let script = look.access(&format!("/etc/init.d/{}", self.unit), 1);
        if script && !known {
            look.warn(format!(
                "The service ({}) is actually an init script but the system is managed by systemd",
                self.unit
            ));
        }
        let mut plan = Plan { steps: Vec::new(), values, found: known || script };
        plan.values.set("status", status.clone());
        let wanted = self.enabled.is_some() || self.state.is_some();
        if !plan.found && wanted && look.may_come(&format!("Service {} not found on host", self.unit)) {
            return Ok(self.expected(plan));
        }
        if let Some(masked) = self.masked {
            let now = match known_state(&status, self.unit) {
                Some(state) => state == "masked",
                None => self.query(look, &["is-enabled", self.unit])?.out().trim() == "masked",
            };
            if now != masked {
                plan.push(if masked { "mask" } else { "unmask" }, Kind::Mask);
            }
        }
        if let Some(enabled) = self.enabled {
            plan.must_exist(self.unit)?;
            let now = self.is_enabled(look, &status, script)?;
            if now != enabled {
                plan.push(if enabled { "enable" } else { "disable" }, Kind::Enable);
            }
            plan.values.set("enabled", enabled);
        }
        if let Some(state) = self.state {
            plan.must_exist(self.unit)?;
            self.plan_state(look, state, &status, &mut plan)?;
        }
        Ok(plan)
    }

    /// The plan for a unit that is yet to come: all that is asked of it is still to be done.
    fn expected(&self, mut plan: Plan) -> Plan {
        if self.masked == Some(true) {
            plan.push("mask", Kind::Mask);
        }
        if let Some(enabled) = self.enabled {
            plan.push(if enabled { "enable" } else { "disable" }, Kind::Enable);
            plan.values.set("enabled", enabled);
        }
        if let Some(state) = self.state {
            plan.push(verb(state, "inactive").unwrap_or("stop"), Kind::State);
            plan.values.set("state", if state == State::Stopped { "stopped" } else { "started" });
        }
        plan
    }

    /// The unit's properties, and whether systemd knows it.
    fn look_up(&self, look: &Look) -> Result<(Map, bool)> {
        let output = self.query(look, &["show", self.unit])?;
        let (out, err) = (output.out(), output.err());
        if output.ok() && !show::ignored(&out) && !show::ignored(&err) {
            let status = show::parse(&out);
            let load = status.str("LoadState");
            let known = load.is_some_and(|state| state != "not-found");
            if let Some(error) = status.str("LoadError").filter(|_| known && load != Some("masked")) {
                return Err(Failure::new(format!("Error loading unit file '{}': {error}", self.unit)));
            }
            return Ok((status, known));
        }
        if output.status == 1 && err.contains("Failed to parse bus message") {
            let mut status = show::parse(&out);
            let base = self.unit.find('@').map_or(self.unit, |at| &self.unit[..=at]);
            let files = self.query(look, &["list-unit-files", &format!("{base}*")])?;
            let active = self.query(look, &["is-active", self.unit])?;
            status.set("ActiveState", active.out().trim_end_matches('\n'));
            return Ok((status, files.out().contains(base)));
        }
        let states = [
            "enabled",
            "enabled-runtime",
            "linked",
            "linked-runtime",
            "masked",
            "masked-runtime",
            "static",
            "indirect",
            "disabled",
            "generated",
            "transient",
        ];
        let enabled = self.query(look, &["is-enabled", self.unit])?;
        if states.contains(&enabled.out().trim()) {
            return Ok((Map::new(), true));
        }
        if self.query(look, &["list-unit-files", self.unit])?.ok() {
            return Ok((Map::new(), true));
        }
        // Whether systemctl works at all: its own words are the best explanation.
        let plain = self.query(look, &[])?;
        if plain.ok() {
            return Ok((Map::new(), false));
        }
        let failure = Failure::new(plain.err().trim_end().to_owned());
        Err(failure.with("rc", plain.status).with("stdout", plain.out()).with("stderr", plain.err()))
    }

    fn is_enabled(&self, look: &Look, status: &Map, script: bool) -> Result<bool> {
        if let Some(state) = known_state(status, self.unit) {
            match state {
                "enabled" | "static" => return Ok(true),
                "disabled" | "masked" if !script => return Ok(false),
                _ => {}
            }
        }
        let output = self.query(look, &["is-enabled", self.unit, "-l"])?;
        let out = output.out();
        let word = out.trim();
        Ok(match output.status {
            // Enabled only until the next start, or by another name: enabling it is still to be done.
            0 => !matches!(word, "enabled-runtime" | "indirect" | "alias"),
            1 => {
                self.system
                    && script
                    && !word.ends_with("disabled")
                    && super::initscript::has_start_link(look, self.unit)
            }
            _ => false,
        })
    }

    fn plan_state(&self, look: &Look, state: State, status: &Map, plan: &mut Plan) -> Result<()> {
        let result = if state == State::Stopped { "stopped" } else { "started" };
        plan.values.set("state", result);
        let Some(active) = status.str("ActiveState") else {
            if offline(look) {
                plan.values.set("state", state.as_str());
                look.warn("Target is a chroot or systemd is offline. This can lead to false positives or prevent the init system tools from working.");
                return Ok(());
            }
            return Err(Failure::new("Service is in unknown state").with("status", status.clone()));
        };
        if let Some(verb) = verb(state, active) {
            plan.push(verb, Kind::State);
        }
        Ok(())
    }

    /// Carries the plan out.
    pub(super) fn apply(&self, change: &Change, plan: Plan) -> Result<Outcome> {
        for step in &plan.steps {
            let output = change.run(&systemctl(change, &self.options, &[step.verb, self.unit]))?;
            if output.ok() {
                continue;
            }
            let (unit, err) = (self.unit, output.err());
            return Err(Failure::new(match step.kind {
                Kind::Mask => {
                    plan.must_exist(unit)?;
                    format!("Failed to {} the service ({unit}): {}", step.verb, err.trim())
                }
                Kind::Enable => format!("Unable to {} service {unit}: {}{err}", step.verb, output.out()),
                Kind::State => format!("Unable to {} service {unit}: {err}", step.verb),
            }));
        }
        Ok(plan.outcome())
    }
}

/// The verb that brings a unit in the state `active` to the wanted one.
fn verb(wanted: State, active: &str) -> Option<&'static str> {
    let runs = matches!(active, "active" | "activating");
    match wanted {
        State::Started if runs => None,
        State::Stopped if runs || active == "deactivating" => Some("stop"),
        State::Stopped => None,
        State::Restarted if runs => Some("restart"),
        State::Reloaded if runs => Some("reload"),
        State::Started | State::Restarted | State::Reloaded => Some("start"),
    }
}

/// What `is-enabled` would say, when `show` tells it surely: the unit is asked under its own name.
fn known_state<'s>(status: &'s Map, unit: &str) -> Option<&'s str> {
    let id = status.str("Id")?;
    let own = id == unit || id.strip_suffix(".service") == Some(unit);
    status.str("UnitFileState").filter(|state| own && matches!(*state, "enabled" | "static" | "disabled" | "masked"))
}

impl Plan {
    fn push(&mut self, verb: &'static str, kind: Kind) {
        self.steps.push(Step { verb, kind });
    }

    fn must_exist(&self, unit: &str) -> Result<()> {
        if self.found {
            return Ok(());
        }
        Err(Failure::new(format!("Could not find the requested service {unit}: host")))
    }

    /// The result, as if the plan had been carried out.
    pub(super) fn outcome(self) -> Outcome {
        Outcome { changed: !self.steps.is_empty(), values: self.values, ..Outcome::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_follows_from_the_state() {
        use State::{Reloaded, Restarted, Started, Stopped};
        for (wanted, active, verb_) in [
            (Started, "active", None),
            (Started, "activating", None),
            (Started, "failed", Some("start")),
            (Started, "deactivating", Some("start")),
            (Stopped, "inactive", None),
            (Stopped, "failed", None),
            (Stopped, "deactivating", Some("stop")),
            (Restarted, "active", Some("restart")),
            (Restarted, "inactive", Some("start")),
            (Reloaded, "active", Some("reload")),
            (Reloaded, "inactive", Some("start")),
        ] {
            assert_eq!(verb(wanted, active), verb_, "{wanted:?} {active}");
        }
    }

    #[test]
    fn an_alias_is_asked_again() {
        let status = show::parse("Id=ssh.service\nUnitFileState=enabled\n");
        assert_eq!(known_state(&status, "ssh"), Some("enabled"));
        assert_eq!(known_state(&status, "ssh.service"), Some("enabled"));
        assert_eq!(known_state(&status, "sshd"), None);
        assert_eq!(known_state(&show::parse("Id=x.service\nUnitFileState=generated\n"), "x"), None);
    }
}

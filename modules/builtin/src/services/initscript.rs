//! Services without systemd: OpenRC, and init scripts with update-rc.d, chkconfig or insserv.

use super::unit::State;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Command, Look, Map, Outcome, Output};
use std::time::Duration;

/// What is asked of a service.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub name: &'a str,
    pub state: Option<State>,
    pub enabled: Option<bool>,
    /// Seconds between stop and start of a restart.
    pub sleep: Option<u64>,
    /// Text in the process list that shows that it runs.
    pub pattern: Option<&'a str>,
    /// Runlevel of OpenRC.
    pub runlevel: &'a str,
    /// Words after the action.
    pub arguments: &'a str,
}

/// What enables a service at boot.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Boot {
    OpenRc,
    UpdateRc,
    Insserv,
    Chkconfig,
}

#[derive(Debug)]
struct Tools {
    openrc: bool,
    boot: Option<Boot>,
    /// `service` or the script itself.
    control: String,
}

/// The verb to run, and what to do about booting.
type Plan = (Option<&'static str>, Option<(Boot, bool)>);

/// Whether some runlevel starts the init script.
pub(super) fn has_start_link(look: &Look, name: &str) -> bool {
    links(look, 'S', name)
}

fn links(look: &Look, letter: char, name: &str) -> bool {
    "0123456S".chars().any(|level| {
        let names = look.list(&format!("/etc/rc{level}.d")).unwrap_or_default();
        names.iter().any(|link| link.starts_with(letter) && link.get(3..) == Some(name))
    })
}

impl Wanted<'_> {
    fn tools(&self, look: &Look) -> Result<Tools> {
        let has = |program: &str| look.which(program).is_some();
        if has("rc-service") {
            return Ok(Tools { openrc: true, boot: Some(Boot::OpenRc), control: "rc-service".to_owned() });
        }
        let script = format!("/etc/init.d/{}", self.name);
        if !matches!(look.stat(&script), Ok(Some(_))) {
            return Err(Failure::new(format!("Could not find the requested service {}: host", self.name)));
        }
        let known = [("update-rc.d", Boot::UpdateRc), ("insserv", Boot::Insserv), ("chkconfig", Boot::Chkconfig)];
        let boot = known.into_iter().find(|(program, _)| has(program)).map(|(_, boot)| boot);
        Ok(Tools { openrc: false, boot, control: if has("service") { "service".to_owned() } else { script } })
    }

    fn command(&self, tools: &Tools, verb: &str) -> Command {
        let named = (tools.control == "service" || tools.openrc).then_some(self.name);
        let words = std::iter::once(tools.control.as_str()).chain(named).chain([verb]);
        Command::new(words.chain(self.arguments.split_whitespace())).env("LC_ALL", "C")
    }

    fn running(&self, look: &Look, tools: &Tools) -> Result<bool> {
        if let Some(pattern) = self.pattern {
            let list = look.query(&Command::new(["ps", "-ww", "-eo", "args"]))?;
            return Ok(list.out().lines().any(|line| line.contains(pattern)));
        }
        let output = look.query(&self.command(tools, "status"))?;
        status(self.name, tools.openrc, &output)
            .ok_or_else(|| Failure::new("failed determining service state, possible typo of service name?"))
    }

    fn enabled_now(&self, look: &Look, boot: Boot) -> Result<bool> {
        let ask = |words: &[&str]| look.query(&Command::new(words.iter().copied()).env("LC_ALL", "C"));
        Ok(match boot {
            Boot::OpenRc => openrc_has(&ask(&["rc-update", "show"])?.out(), self.name, self.runlevel),
            Boot::UpdateRc | Boot::Insserv => has_start_link(look, self.name),
            Boot::Chkconfig => {
                let list = ask(&["chkconfig", "--list", self.name])?;
                if !list.out().contains(self.name) && !list.err().contains("chkconfig --add") {
                    return Err(Failure::new(format!("service {} does not support chkconfig", self.name)));
                }
                list.out().contains("3:on") && list.out().contains("5:on")
            }
        })
    }

    /// The verbs to run for the state, and whether boot must change.
    fn plan(&self, look: &Look, tools: &Tools) -> Result<Plan> {
        let verb = match self.state {
            None => None,
            Some(State::Restarted) => Some("restart"),
            Some(state) => {
                let runs = self.running(look, tools)?;
                match (state, runs) {
                    (State::Started, false) | (State::Reloaded, false) => Some("start"),
                    (State::Reloaded, true) => Some("reload"),
                    (State::Stopped, true) => Some("stop"),
                    _ => None,
                }
            }
        };
        let boot = match (self.enabled, tools.boot) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(Failure::new(format!(
                    "cannot detect command to enable service {}, typo or init system potentially unknown",
                    self.name
                )));
            }
            (Some(enabled), Some(boot)) => (self.enabled_now(look, boot)? != enabled).then_some((boot, enabled)),
        };
        Ok((verb, boot))
    }

    fn outcome(&self, changed: bool) -> Outcome {
        let mut values = Map::new();
        values.set("name", self.name);
        values.set_some("enabled", self.enabled);
        values.set_some("state", self.state.map(|s| if s == State::Stopped { "stopped" } else { "started" }));
        Outcome { changed, values, ..Outcome::default() }
    }

    /// Says what a run would do.
    pub(super) fn check(&self, look: &Look) -> Result<Outcome> {
        let tools = self.tools(look)?;
        let (verb, boot) = self.plan(look, &tools)?;
        Ok(self.outcome(verb.is_some() || boot.is_some()))
    }

    /// Does it.
    pub(super) fn run(&self, change: &Change) -> Result<Outcome> {
        let tools = self.tools(change)?;
        let (verb, boot) = self.plan(change, &tools)?;
        if let Some((boot, enabled)) = boot {
            for words in self.boot_commands(change, boot, enabled) {
                succeed(change.run(&Command::new(words).env("LC_ALL", "C"))?)?;
            }
        }
        match verb {
            None => {}
            Some("restart") if !tools.openrc => {
                // A service that does not run may fail to stop; that it starts is what counts.
                change.run(&self.command(&tools, "stop"))?;
                if let Some(seconds) = self.sleep {
                    std::thread::sleep(Duration::from_secs(seconds));
                }
                succeed(change.run(&self.command(&tools, "start"))?)?;
            }
            Some(verb) => succeed(change.run(&self.command(&tools, verb))?)?,
        }
        Ok(self.outcome(verb.is_some() || boot.is_some()))
    }

    fn boot_commands(&self, look: &Look, boot: Boot, enabled: bool) -> Vec<Vec<String>> {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let name = self.name;
        match (boot, enabled) {
            (Boot::OpenRc, true) => vec![words(&["rc-update", "add", name, self.runlevel])],
            (Boot::OpenRc, false) => vec![words(&["rc-update", "delete", name, self.runlevel])],
            (Boot::UpdateRc, true) => {
                let defaults = (!links(look, 'K', name)).then(|| words(&["update-rc.d", name, "defaults"]));
                defaults.into_iter().chain([words(&["update-rc.d", name, "enable"])]).collect()
            }
            (Boot::UpdateRc, false) => vec![words(&["update-rc.d", name, "disable"])],
            (Boot::Insserv, true) => vec![words(&["insserv", name])],
            (Boot::Insserv, false) => vec![words(&["insserv", "-r", name])],
            (Boot::Chkconfig, on) => {
                vec![words(&["chkconfig", "--level", "2345", name, if on { "on" } else { "off" }])]
            }
        }
    }
}

fn succeed(output: Output) -> Result<()> {
    if output.ok() {
        return Ok(());
    }
    let (out, err) = (output.out(), output.err());
    let msg = if err.trim().is_empty() { out.clone() } else { err.clone() };
    Err(Failure::new(msg.trim().to_owned()).with("rc", output.status).with("stdout", out).with("stderr", err))
}

/// Reads the answer of an init script's `status`: its return code first, then its words.
fn status(name: &str, openrc: bool, output: &Output) -> Option<bool> {
    let (out, err) = (output.out(), output.err());
    if openrc {
        return Some(out.contains("started") && !err.contains("crashed"));
    }
    if matches!(output.status, 1..=4 | 69) {
        return Some(false);
    }
    if out.matches('\n').count() <= 1 {
        let words = out.to_lowercase().replace(&name.to_lowercase(), "");
        if words.contains("stop") {
            return Some(false);
        }
        if words.contains("run") {
            return Some(!words.contains("not "));
        }
        if words.contains("start") && !words.contains("not ") {
            return Some(true);
        }
        let dead = [
            "could not access pid file",
            "is dead and pid file exists",
            "dead but subsys locked",
            "dead but pid file exists",
        ];
        if dead.iter().any(|text| words.contains(text)) {
            return Some(false);
        }
    }
    (output.status == 0).then_some(true)
}

/// Whether `rc-update show` lists the service in the runlevel.
fn openrc_has(list: &str, name: &str, runlevel: &str) -> bool {
    list.lines()
        .filter_map(|line| line.split_once('|'))
        .any(|(service, levels)| service.trim() == name && levels.split_whitespace().any(|level| level == runlevel))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(status: i32, text: &str) -> Output {
        Output { status, stdout: text.as_bytes().to_vec(), ..Output::default() }
    }

    #[test]
    fn answers_of_init_scripts_are_read() {
        for (rc, text, want) in [
            (0, "cron is running.\n", Some(true)),
            (3, "cron is not running ... failed!\n", Some(false)),
            (0, "cron is not running\n", Some(false)),
            (0, "cron (pid 12) is started\n", Some(true)),
            (0, "cron stopped\n", Some(false)),
            (0, "", Some(true)),
            (5, "what?\n", None),
        ] {
            assert_eq!(status("cron", false, &output(rc, text)), want, "{rc} {text}");
        }
        assert_eq!(status("cron", true, &output(0, " * status: started\n")), Some(true));
        assert_eq!(status("cron", true, &output(3, " * status: stopped\n")), Some(false));
    }

    #[test]
    fn runlevels_are_read() {
        let list = "                 acpid |      default                 \n                cgroups | sysinit\n";
        assert!(openrc_has(list, "acpid", "default"));
        assert!(!openrc_has(list, "cgroups", "default"));
        assert!(!openrc_has(list, "acp", "default"));
    }
}

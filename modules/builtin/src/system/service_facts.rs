//! `service_facts`: the services of the host and their state. With systemd two runs of `systemctl` tell all.

use crate::facts::managers::runs_systemd;
use hostler_sdk::module::Result;
use hostler_sdk::{Command, Facts, FileKind, Look, Map, Module, Outcome, Value};

/// Return service state information as fact data
///
/// The facts come back as `services`, by the service's name.
#[derive(Module)]
#[module(
    kind = "facts",
    name = "service_facts",
    returns(("ansible_facts", "dict", "`services`, by name")),
    examples = r#"- name: Populate service facts
  ansible.builtin.service_facts:
"#
)]
pub struct ServiceFacts {}

impl Facts for ServiceFacts {
    fn gather(&self, look: &Look) -> Result<Outcome> {
        let mut services = Map::new();
        for (name, state) in scripts(look)? {
            services.set(name.as_str(), entry(&name, state, None, "sysv"));
        }
        if runs_systemd(look) {
            let list = |words: &[&str]| -> Result<String> {
                let argv = ["systemctl"].into_iter().chain(words.iter().copied());
                Ok(look.query(&Command::new(argv).env("LC_ALL", "C"))?.out())
            };
            let units = list(&["list-units", "--no-pager", "--type", "service", "--all", "--plain"])?;
            let files = list(&["list-unit-files", "--no-pager", "--type", "service", "--all"])?;
            for (name, value) in systemd(&units, &files) {
                services.set(name, value);
            }
        }
        let facts: Map = [("services", services)].into_iter().collect();
        Ok(Outcome::default().with("ansible_facts", facts))
    }
}

fn entry(name: &str, state: &str, status: Option<&str>, source: &str) -> Map {
    let mut out = Map::new();
    out.set("name", name);
    out.set("state", state);
    out.set_some("status", status);
    out.set("source", source);
    out
}

/// Init scripts, with the answer of `service --status-all`.
fn scripts(look: &Look) -> Result<Vec<(String, &'static str)>> {
    let there = matches!(look.stat("/etc/init.d"), Ok(Some(meta)) if meta.kind == FileKind::Directory);
    if !there || look.which("service").is_none() || look.which("chkconfig").is_some() {
        return Ok(Vec::new());
    }
    let output = look.query(&Command::new(["service", "--status-all"]).env("LC_ALL", "C"))?;
    Ok(output.out().lines().filter_map(script).collect())
}

/// ` [ + ]  ssh`
fn script(line: &str) -> Option<(String, &'static str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["[", sign, "]", name] = words[..] else { return None };
    Some((name.to_owned(), if sign == "+" { "running" } else { "stopped" }))
}

fn systemd(units: &str, files: &str) -> Map {
    const BAD: [&str; 3] = ["not-found", "masked", "failed"];
    let mut out = Map::new();
    for line in units.lines() {
        let words: Vec<&str> = line.trim_start_matches(['●', '○', '×', '*', ' ']).split_whitespace().collect();
        let [name, _, active, sub, ..] = words[..] else { continue };
        if name.ends_with(".service") {
            let bad = BAD.into_iter().find(|bad| words[1..4].contains(bad));
            let state = if sub == "running" { "running" } else { "stopped" };
            out.set(name, entry(name, state, Some(bad.unwrap_or(active)), "systemd"));
        }
    }
    for line in files.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(status)) = (words.next(), words.next()) else { continue };
        if !name.ends_with(".service") {
            continue;
        }
        let value = match out.get(name).and_then(Value::as_map) {
            // What is wrong with a unit says more than how its file is enabled.
            Some(known) if known.str("status").is_some_and(|s| BAD.contains(&s)) => continue,
            Some(known) => entry(name, known.str("state").unwrap_or("stopped"), Some(status), "systemd"),
            // Systemd has not loaded it: it cannot be active. A template has no state at all.
            None => {
                entry(name, if name.ends_with("@.service") { "unknown" } else { "inactive" }, Some(status), "systemd")
            }
        };
        out.set(name, value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_files_are_joined() {
        let units = "  UNIT LOAD ACTIVE SUB DESCRIPTION\nssh.service loaded active running OpenBSD Secure Shell\nquotaon.service not-found inactive dead quotaon.service\nx.service loaded failed failed X\n2 loaded units listed.\n";
        let files = "UNIT FILE STATE PRESET\nssh.service enabled enabled\nx.service enabled enabled\ngetty@.service enabled enabled\nrsync.service disabled enabled\n";
        let services = systemd(units, files);
        let of = |name: &str| {
            let service = services.get(name).and_then(Value::as_map).expect(name);
            (service.str("state").unwrap_or_default().to_owned(), service.str("status").unwrap_or_default().to_owned())
        };
        assert_eq!(of("ssh.service"), ("running".to_owned(), "enabled".to_owned()));
        assert_eq!(of("quotaon.service"), ("stopped".to_owned(), "not-found".to_owned()));
        assert_eq!(of("x.service"), ("stopped".to_owned(), "failed".to_owned()));
        assert_eq!(of("getty@.service"), ("unknown".to_owned(), "enabled".to_owned()));
        assert_eq!(of("rsync.service"), ("inactive".to_owned(), "disabled".to_owned()));
        assert_eq!(services.len(), 5);
    }

    #[test]
    fn init_scripts_are_read() {
        assert_eq!(script(" [ + ]  ssh"), Some(("ssh".to_owned(), "running")));
        assert_eq!(script(" [ - ]  cron"), Some(("cron".to_owned(), "stopped")));
        assert_eq!(script("what"), None);
    }
}

//! `hostname`: the host's name, now and after a restart.

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Choice, Command, Diff, FileKind, Look, Map, Module, Resource, WriteFile};

/// Manage hostname
///
/// With systemd it uses `hostnamectl`; otherwise it writes `/etc/hostname` and calls `hostname`.
#[derive(Module)]
#[module(
    kind = "resource",
    name = "hostname",
    diff,
    returns(("name", "str", "the name"), ("ansible_facts", "dict", "facts about the name")),
    examples = r#"- name: Set a hostname
  ansible.builtin.hostname:
    name: web01
"#
)]
pub struct Hostname {
    /// The name.
    name: String,
    /// How the name is set; the host decides when left out.
    #[arg(name = "use")]
    strategy: Option<Strategy>,
}

/// Ways to set the name.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// `/etc/hostname`.
    Alpine,
    /// `/etc/hostname`.
    Debian,
    /// `hostnamectl`.
    Systemd,
    /// `/etc/hostname`.
    Generic,
}

/// The names a host has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    now: String,
    permanent: String,
}

impl Hostname {
    fn by_systemd(&self, look: &Look) -> bool {
        match self.strategy {
            Some(strategy) => strategy == Strategy::Systemd,
            None => look.which("hostnamectl").is_some() && crate::facts::managers::runs_systemd(look),
        }
    }
}

fn valid(name: &str) -> bool {
    let label =
        |l: &str| !l.is_empty() && !l.starts_with('-') && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    name.len() <= 64 && name.split('.').all(label)
}

impl Resource for Hostname {
    type State = State;

    fn current(&self, look: &Look) -> Result<State> {
        if !valid(&self.name) {
            return Err(Failure::new(format!("`{}` is not a host name", self.name)));
        }
        let line = |path: &str| {
            let text = look.read_text(path).unwrap_or_default();
            text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#')).unwrap_or_default().to_owned()
        };
        Ok(State { now: line("/proc/sys/kernel/hostname"), permanent: line("/etc/hostname") })
    }

    fn desired(&self, _current: &State, _look: &Look) -> Result<State> {
        Ok(State { now: self.name.clone(), permanent: self.name.clone() })
    }

    fn apply(&self, change: &Change, current: &State, desired: &State) -> Result<Map> {
        let run = |words: &[&str]| -> Result<()> {
            let output = change.run(&Command::new(words.iter().copied()))?;
            if output.ok() {
                return Ok(());
            }
            let msg = format!("Command failed rc={}, out={}, err={}", output.status, output.out(), output.err());
            Err(Failure::new(msg))
        };
        if self.by_systemd(change) {
            if current.now != desired.now {
                run(&["hostnamectl", "--transient", "set-hostname", &self.name])?;
            }
            if current.permanent != desired.permanent {
                run(&["hostnamectl", "--pretty", "--static", "set-hostname", &self.name])?;
            }
            return Ok(Map::new());
        }
        if current.permanent != desired.permanent {
            let path = match change.lstat("/etc/hostname")? {
                Some(meta) if meta.kind == FileKind::Link => change.real_path("/etc/hostname")?,
                _ => "/etc/hostname".to_owned(),
            };
            change.write(WriteFile::new(&path, &mut format!("{}\n", self.name).as_bytes()))?;
        }
        if current.now != desired.now {
            run(&["hostname", &self.name])?;
        }
        Ok(Map::new())
    }

    fn returns(&self, _look: &Look, _current: &State, _desired: &State) -> Result<Map> {
        let (host, domain) = self.name.split_once('.').unwrap_or((&self.name, ""));
        let mut facts = Map::new();
        facts.set("ansible_hostname", host);
        facts.set("ansible_nodename", self.name.as_str());
        facts.set("ansible_fqdn", self.name.as_str());
        facts.set("ansible_domain", domain);
        let mut values = Map::new();
        values.set("name", self.name.as_str());
        values.set("ansible_facts", facts);
        Ok(values)
    }

    fn diff(&self, _look: &Look, current: &State, desired: &State) -> Result<Vec<Diff>> {
        let text = |name: &str| format!("hostname = {name}\n");
        // The name that differs is the one to show.
        let before = if current.now == desired.now { &current.permanent } else { &current.now };
        Ok(vec![Diff { before: text(before).into(), after: text(&desired.now).into(), ..Diff::default() }])
    }
}

#[cfg(test)]
mod tests {
    use super::valid;

    #[test]
    fn names_are_checked() {
        assert!(valid("web-01.example.org"));
        for bad in ["", "-a", "a b", "a..b", "$(id)"] {
            assert!(!valid(bad), "{bad}");
        }
    }
}

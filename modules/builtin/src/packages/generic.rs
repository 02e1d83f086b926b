//! Package managers that `package` knows by their command lines alone: what asks for a package, what installs, upgrades
//! and removes.

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Command, Look, Outcome, Output};

/// A package manager's command lines; packages follow.
#[derive(Debug)]
pub(super) struct Manager {
    names: &'static [&'static str],
    /// Succeeds when one package is installed.
    installed: &'static [&'static str],
    /// Tells whether a newer version of one package is there.
    newer: Newer,
    install: &'static [&'static str],
    upgrade: &'static [&'static str],
    remove: &'static [&'static str],
}

/// How a manager tells that a newer version is there.
#[derive(Debug)]
enum Newer {
    /// By this status.
    Status(&'static [&'static str], i32),
    /// By printing anything.
    Output(&'static [&'static str]),
}

const MANAGERS: &[Manager] = &[
    Manager {
        names: &["dnf", "dnf4", "dnf5", "yum"],
        installed: &["rpm", "-q", "--whatprovides"],
        newer: Newer::Status(&["dnf", "-q", "check-update"], 100),
        install: &["dnf", "-y", "install"],
        upgrade: &["dnf", "-y", "upgrade"],
        remove: &["dnf", "-y", "remove"],
    },
    Manager {
        names: &["apk", "community.general.apk"],
        installed: &["apk", "info", "-e"],
        newer: Newer::Output(&["apk", "version", "-q", "-l", "<"]),
        install: &["apk", "add"],
        upgrade: &["apk", "add", "-u"],
        remove: &["apk", "del"],
    },
];

/// The manager of this name.
pub(super) fn find(name: &str) -> Option<&'static Manager> {
    MANAGERS.iter().find(|m| m.names.contains(&name))
}

/// What is wanted of which packages.
#[derive(Debug)]
pub(super) struct Task {
    names: Vec<String>,
    wanted: Wanted,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    Present,
    Latest,
    Absent,
}

/// Packages by what must be done with them.
#[derive(Debug, Default, PartialEq)]
struct Plan {
    install: Vec<String>,
    upgrade: Vec<String>,
    remove: Vec<String>,
}

fn command(words: &[&str], names: &[String]) -> Command {
    Command::new(words.iter().copied().chain(names.iter().map(String::as_str))).env("LC_ALL", "C")
}

impl Task {
    /// From the arguments of `package`.
    pub(super) fn new(names: Vec<String>, state: &str) -> Result<Self> {
        let wanted = match state {
            "present" | "installed" => Wanted::Present,
            "latest" => Wanted::Latest,
            "absent" | "removed" => Wanted::Absent,
            other => {
                let msg =
                    format!("value of state must be one of: absent, installed, latest, present, removed, got: {other}");
                return Err(Failure::new(msg));
            }
        };
        // A leading dash would be an option of the manager.
        if let Some(name) = names.iter().find(|n| n.is_empty() || n.starts_with('-')) {
            return Err(Failure::new(format!("invalid package spec: {name}")));
        }
        Ok(Task { names, wanted })
    }

    fn plan(&self, manager: &Manager, look: &Look) -> Result<Plan> {
        let mut plan = Plan::default();
        for name in &self.names {
            let there = look.query(&command(manager.installed, std::slice::from_ref(name)))?.ok();
            match (self.wanted, there) {
                (Wanted::Absent, true) => plan.remove.push(name.clone()),
                (Wanted::Present | Wanted::Latest, false) => plan.install.push(name.clone()),
                (Wanted::Latest, true) if newer(manager, look, name)? => plan.upgrade.push(name.clone()),
                _ => {}
            }
        }
        Ok(plan)
    }

    /// Says what a run would do.
    pub(super) fn check(&self, manager: &Manager, look: &Look) -> Result<Outcome> {
        let changed = self.plan(manager, look)? != Plan::default();
        Ok(Outcome { changed, ..Outcome::default() })
    }

    /// Does it.
    pub(super) fn run(&self, manager: &Manager, change: &Change) -> Result<Outcome> {
        let plan = self.plan(manager, change)?;
        let mut outcome = Outcome { changed: plan != Plan::default(), ..Outcome::default() };
        let mut said = (String::new(), String::new());
        for (words, names) in
            [(manager.install, &plan.install), (manager.upgrade, &plan.upgrade), (manager.remove, &plan.remove)]
        {
            if names.is_empty() {
                continue;
            }
            let output = change.run(&command(words, names))?;
            succeed(&output, words, names)?;
            said.0.push_str(&output.out());
            said.1.push_str(&output.err());
        }
        if outcome.changed {
            outcome = outcome.with("stdout", said.0).with("stderr", said.1).with("rc", 0);
        }
        Ok(outcome)
    }
}

fn newer(manager: &Manager, look: &Look, name: &String) -> Result<bool> {
    let name = std::slice::from_ref(name);
    Ok(match manager.newer {
        Newer::Status(words, status) => look.query(&command(words, name))?.status == status,
        Newer::Output(words) => !look.query(&command(words, name))?.out().trim().is_empty(),
    })
}

fn succeed(output: &Output, words: &[&str], names: &[String]) -> Result<()> {
    if output.ok() {
        return Ok(());
    }
    let what = format!("{} {}", words.join(" "), names.join(" "));
    Err(Failure::new(format!("'{what}' failed: {}", output.err().trim()))
        .with("rc", output.status)
        .with("stdout", output.out())
        .with("stderr", output.err()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managers_are_known_by_their_names() {
        assert!(find("dnf").is_some() && find("apk").is_some());
        assert!(find("portage").is_none());
        assert!(Task::new(vec!["a".to_owned()], "build-dep").is_err());
        assert!(Task::new(vec!["-y".to_owned()], "present").is_err());
    }
}

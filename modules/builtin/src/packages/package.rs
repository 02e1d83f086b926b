//! `package`: packages, whatever manages them. Which manager it is is found by our own probe of the host or named by
//! `use`; no fact decides it.

use super::apt::Apt;
use super::generic::{self, Manager};
use crate::facts::managers::package_manager;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Args, Change, Look, Map, Module, Outcome, Value};

/// Generic OS package manager
///
/// Further arguments go to the module of the host's package manager.
#[derive(Module)]
#[module(
    kind = "action",
    name = "package",
    check = "full",
    diff,
    any_args,
    examples = r#"- name: Install ntpdate
  ansible.builtin.package:
    name: ntpdate
    state: present
"#
)]
pub struct Package {
    /// Names of packages; managers differ in how they name versions.
    name: Option<Value>,
    /// `present`, `absent` or `latest`; some managers know more. Without it the manager's own default holds.
    state: Option<String>,
    /// Name of a package manager instead of the one that is found.
    #[arg(name = "use", default = "auto")]
    manager: String,
    /// Arguments for the manager's own module.
    #[arg(rest)]
    rest: Map,
}

enum Chosen {
    Apt(Box<Apt>),
    Other(&'static Manager),
}

impl Package {
    fn choose(&self, look: &Look) -> Result<Chosen> {
        let found = match self.manager.as_str() {
            "auto" => package_manager(look),
            named => named.strip_prefix("ansible.builtin.").unwrap_or(named).to_owned(),
        };
        if found == "apt" {
            let mut args = self.rest.clone();
            args.set_some("name", self.name.clone());
            args.set_some("state", self.state.as_deref());
            let apt = Apt::parse(&Args::new(&args)).map_err(|e| Failure::new(e.to_string()))?;
            return Ok(Chosen::Apt(Box::new(apt)));
        }
        let Some(manager) = generic::find(&found) else {
            return Err(match found.as_str() {
                "unknown" => Failure::new("Could not detect a package manager. Try using the \"use\" option."),
                other => Failure::new(format!("Could not find a matching action for the \"{other}\" package manager.")),
            });
        };
        if let Some(name) = self.rest.keys().next() {
            return Err(Failure::new(format!(
                "the argument `{name}` is not supported for the package manager `{found}`"
            )));
        }
        Ok(Chosen::Other(manager))
    }

    fn task(&self) -> Result<generic::Task> {
        let names = match &self.name {
            None => return Err(Failure::new("missing required arguments: name")),
            Some(Value::List(all)) => all.iter().map(ToString::to_string).collect(),
            Some(other) => other.to_string().split(',').map(|n| n.trim().to_owned()).collect(),
        };
        generic::Task::new(names, self.state.as_deref().unwrap_or("present"))
    }
}

impl Action for Package {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        match self.choose(look)? {
            Chosen::Apt(apt) => apt.check(look),
            Chosen::Other(manager) => Ok(Some(self.task()?.check(manager, look)?)),
        }
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        match self.choose(change)? {
            Chosen::Apt(apt) => apt.run(change),
            Chosen::Other(manager) => self.task()?.run(manager, change),
        }
    }
}

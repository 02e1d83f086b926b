//! `add_host`: hosts that are not in any inventory source.

use super::{Act, ActionError, ActionResult, Done, Effect, TaskRun, register};
use hostler_sdk::{Map, Module, Outcome, Value};

/// Add a host (and alternatively a group) to the in-memory inventory
///
/// Later plays of the same run can use the host. Everything besides its name and groups becomes a variable of the host. The task
/// is done once, for the first host of the play.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "add_host",
    any_args,
    examples = r#"
- name: Add a new host to the group just_created
  ansible.builtin.add_host:
    name: "{{ ip }}"
    groups: just_created
    role: frontend
"#
)]
pub struct AddHost {
    /// Name or address of the host, a port after a colon becomes `ansible_ssh_port`.
    #[arg(alias("hostname", "host"))]
    name: Option<Value>,
    /// Groups to add it to: a list, or names with commas between.
    #[arg(alias("group", "groupname"))]
    groups: Option<Value>,
}

register!(of AddHost);

const NAMES: &[&str] = &["name", "hostname", "host"];
const GROUPS: &[&str] = &["groups", "group", "groupname"];

impl Act for AddHost {
    const ONCE: bool = true;

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let given = self.name.filter(|name| !name.is_null());
        let given = given.ok_or_else(|| ActionError::new("name, host or hostname needs to be provided"))?.to_string();
        let mut vars = Map::new();
        let (name, port) = split_port(&given);
        let groups = names(self.groups.as_ref())?;
        for (arguments, texts) in [(NAMES, vec![name.to_owned()]), (GROUPS, groups.clone())] {
            task.named_by_host(arguments, &texts)?;
        }
        for (key, value) in task.args {
            if !key.as_str().is_some_and(|key| NAMES.contains(&key) || GROUPS.contains(&key)) {
                vars.insert(key.clone(), value.clone());
            }
        }
        vars.set_some("ansible_ssh_port", port);
        let shown = Map::from_iter([
            ("host_name", Value::from(name)),
            ("groups", groups.clone().into()),
            ("host_vars", vars.clone().into()),
        ]);
        let outcome = Outcome { changed: true, ..Outcome::default() }.with("add_host", shown);
        let vars = task.said.variables(&vars);
        Ok(Done::from(outcome).effect(Effect::AddHost { name: name.to_owned(), groups, vars }))
    }
}

/// `host:22`, `[::1]:22`; anything else is a name as it stands.
fn split_port(given: &str) -> (&str, Option<u16>) {
    let bracketed = given.strip_prefix('[').and_then(|rest| rest.split_once("]:"));
    let plain = given.rsplit_once(':').filter(|(name, _)| !name.contains(':'));
    match bracketed.or(plain).map(|(name, port)| (name, port.parse())) {
        Some((name, Ok(port))) => (name, Some(port)),
        _ => (given, None),
    }
}

fn names(groups: Option<&Value>) -> Result<Vec<String>, ActionError> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = name.trim().to_owned();
        if !name.is_empty() && !out.contains(&name) {
            out.push(name);
        }
    };
    match groups {
        None | Some(Value::Null) => {}
        Some(Value::Str(text)) => text.split(',').for_each(&mut add),
        Some(Value::List(list)) => list.iter().for_each(|name| add(&name.to_string())),
        Some(_) => return Err(ActionError::new("Groups must be specified as a list.")),
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_split_off() {
        for (given, name, port) in [
            ("web1", "web1", None),
            ("web1:2222", "web1", Some(2222)),
            ("[2001:db8::1]:22", "2001:db8::1", Some(22)),
            ("2001:db8::1", "2001:db8::1", None),
        ] {
            assert_eq!(split_port(given), (name, port), "{given}");
        }
    }

    #[test]
    fn groups_are_a_list_or_text() {
        assert_eq!(names(Some(&"a, b,a".into())).unwrap(), ["a", "b"]);
        assert_eq!(names(Some(&vec!["a", "b"].into())).unwrap(), ["a", "b"]);
        assert!(names(Some(&Value::Int(1))).is_err());
    }
}

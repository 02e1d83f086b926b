//! `group`: a group is there, or is not.

use super::{need, run};
use hostler_sdk::accounts::Group as Entry;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Choice, Command, Look, Map, Module, Resource};

/// Add or remove groups
///
/// Uses `groupadd`, `groupmod` and `groupdel`, their `l` variants for `local`, or BusyBox's `addgroup` and `delgroup`.
#[derive(Module)]
#[module(
    kind = "resource",
    name = "group",
    required_if("non_unique", "true", "gid"),
    returns(
        ("gid", "int", "number of the group, when it is there"),
        ("name", "str", "name of the group"),
        ("state", "str", "`present` or `absent`"),
        ("system", "bool", "the argument `system`, when the group is there")
    ),
    examples = r#"- name: Ensure group "somegroup" exists
  ansible.builtin.group:
    name: somegroup
    state: present

- name: Ensure group "docker" exists with correct gid
  ansible.builtin.group:
    name: docker
    state: present
    gid: 1750
"#
)]
pub struct Group {
    /// Name of the group.
    name: String,
    /// Number of the group.
    gid: Option<u32>,
    /// Whether the group is there or not.
    #[arg(default = "present")]
    state: Presence,
    /// Whether to delete a group that is some user's primary group.
    #[arg(default = "no")]
    force: bool,
    /// Whether a new group's number comes from those for system groups.
    #[arg(default = "no")]
    system: bool,
    /// Whether only the host's own file counts, not a directory service.
    #[arg(default = "no")]
    local: bool,
    /// Whether the number may be that of another group too.
    #[arg(default = "no")]
    non_unique: bool,
    /// Lowest number for a new group; not with `local`.
    gid_min: Option<u32>,
    /// Highest number for a new group; not with `local`.
    gid_max: Option<u32>,
}

/// Whether something is there.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is not.
    Absent,
    /// It is.
    Present,
}

impl Group {
    fn entry(&self, look: &Look) -> Result<Option<Entry>> {
        if !self.local {
            return Ok(look.group_named(&self.name)?);
        }
        let text = look.read_text("/etc/group").map_err(|_| {
            Failure::new("'local: true' specified but unable to find local group file /etc/group to parse.")
        })?;
        Ok(text.lines().filter_map(Entry::parse).find(|g| g.name == self.name))
    }

    fn check_arguments(&self) -> Result<()> {
        if self.force && self.local {
            return Err(
                "force is not a valid option for local, force=True and local=True are mutually exclusive".into()
            );
        }
        for (name, given) in [("gid_min", self.gid_min.is_some()), ("gid_max", self.gid_max.is_some())] {
            if self.local && given {
                return Err(Failure::new(format!("'{name}' can not be used with 'local'")));
            }
        }
        Ok(())
    }

    /// The command that leads from one state to the other. `busybox`: there is only `addgroup`.
    fn command(&self, current: &State, desired: &State, busybox: bool) -> Vec<String> {
        let tool = |name: &str| if self.local { format!("l{name}") } else { name.to_owned() };
        let number = |gid: Option<u32>| {
            let gid = gid.into_iter().flat_map(|gid| ["-g".to_owned(), gid.to_string()]);
            gid.chain(self.non_unique.then(|| "-o".to_owned())).collect::<Vec<_>>()
        };
        let name = self.name.clone();
        match (current, desired) {
            (_, State::Absent) if busybox => vec!["delgroup".to_owned(), name],
            (_, State::Absent) => {
                let force = self.force.then(|| "-f".to_owned());
                [tool("groupdel")].into_iter().chain(force).chain([name]).collect()
            }
            (State::Absent, State::Present { .. }) if busybox => {
                let gid = self.gid.into_iter().flat_map(|gid| ["-g".to_owned(), gid.to_string()]);
                let system = self.system.then(|| "-S".to_owned());
                ["addgroup".to_owned()].into_iter().chain(gid).chain(system).chain([name]).collect()
            }
            (State::Absent, State::Present { .. }) => {
                let mut words = vec![tool("groupadd")];
                if self.gid.is_some() {
                    words.extend(number(self.gid));
                }
                words.extend(self.system.then(|| "-r".to_owned()));
                for (key, value) in [("GID_MIN", self.gid_min), ("GID_MAX", self.gid_max)] {
                    words.extend(value.into_iter().flat_map(|v| ["-K".to_owned(), format!("{key}={v}")]));
                }
                words.push(name);
                words
            }
            (State::Present { .. }, State::Present { gid }) => {
                let words = [tool("groupmod")].into_iter().chain(number(*gid));
                words.chain([name]).collect()
            }
        }
    }
}

/// What is managed of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not there.
    Absent,
    /// There; a number that the host will choose is not known yet.
    Present {
        /// Its number.
        gid: Option<u32>,
    },
}

impl Resource for Group {
    type State = State;

    fn current(&self, look: &Look) -> Result<State> {
        self.check_arguments()?;
        Ok(self.entry(look)?.map_or(State::Absent, |group| State::Present { gid: Some(group.gid) }))
    }

    fn desired(&self, current: &State, look: &Look) -> Result<State> {
        let present = match (self.state, current) {
            (Presence::Absent, _) => return Ok(State::Absent),
            (Presence::Present, State::Absent) => State::Present { gid: self.gid },
            (Presence::Present, State::Present { gid }) => State::Present { gid: self.gid.or(*gid) },
        };
        if let (true, Some(gid), true) = (self.local, self.gid, present != *current) {
            let taken = look.group_numbered(gid)?.filter(|other| other.name != self.name);
            if let Some(other) = taken {
                return Err(Failure::new(format!("GID '{gid}' already exists with group '{}'", other.name)));
            }
        }
        Ok(present)
    }

    fn apply(&self, change: &Change, current: &State, desired: &State) -> Result<Map> {
        let busybox = change.which("groupadd").is_none() && change.which("addgroup").is_some();
        let words = self.command(current, desired, busybox);
        if let Some(program) = words.first() {
            need(change, program)?;
        }
        let (out, err) = run(change, &self.name, &Command::new(words))?;
        let mut values = Map::new();
        values.set_some("stdout", Some(out).filter(|text| !text.is_empty()));
        values.set_some("stderr", Some(err).filter(|text| !text.is_empty()));
        if let (State::Present { .. }, Some(entry)) = (desired, self.entry(change)?) {
            values.set("gid", entry.gid);
        }
        Ok(values)
    }

    fn returns(&self, _look: &Look, current: &State, desired: &State) -> Result<Map> {
        let mut values = Map::new();
        values.set("name", self.name.as_str());
        values.set("state", self.state.as_str());
        if let State::Present { gid } = desired {
            values.set("system", self.system);
            let now = if let State::Present { gid } = current { *gid } else { None };
            values.set_some("gid", gid.or(now));
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::Args;

    fn group(arguments: &[(&str, &str)]) -> Group {
        let map: Map = arguments.iter().copied().collect();
        Group::parse(&Args::new(&map)).expect("good arguments")
    }

    #[test]
    fn command_lines_are_those_of_ansible() {
        let (absent, auto, one) = (State::Absent, State::Present { gid: None }, State::Present { gid: Some(7) });
        for (arguments, from, to, want) in [
            (&[("name", "g")][..], &absent, &auto, "groupadd g"),
            (&[("name", "g"), ("gid", "7"), ("system", "yes")], &absent, &one, "groupadd -g 7 -r g"),
            (&[("name", "g"), ("gid", "7"), ("non_unique", "yes")], &auto, &one, "groupmod -g 7 -o g"),
            (&[("name", "g"), ("gid_min", "900")], &absent, &auto, "groupadd -K GID_MIN=900 g"),
            (&[("name", "g"), ("state", "absent"), ("force", "yes")], &one, &absent, "groupdel -f g"),
            (&[("name", "g"), ("local", "yes")], &absent, &auto, "lgroupadd g"),
        ] {
            assert_eq!(group(arguments).command(from, to, false).join(" "), want);
        }
        assert_eq!(group(&[("name", "g"), ("system", "yes")]).command(&absent, &auto, true).join(" "), "addgroup -S g");
    }
}

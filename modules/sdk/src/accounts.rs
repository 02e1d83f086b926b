//! Names and numbers of users and groups, read from `/etc/passwd` and `/etc/group`, and asked of `getent` only when the
//! files do not know them and `nsswitch.conf` names another source. Nothing here calls into the C library's NSS.

use crate::backend::{Command, HostResult};
use crate::host::Look;
use std::any::Any;
use std::sync::Arc;

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// Number.
    pub uid: u32,
    /// Number of the primary group.
    pub gid: u32,
    /// The comment field (GECOS).
    pub comment: String,
    /// Home directory.
    pub home: String,
    /// Login shell.
    pub shell: String,
}

/// A line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Number.
    pub gid: u32,
    /// Names of the users who are in it beside their primary group.
    pub members: Vec<String>,
}

impl User {
    /// From a line of the file; `None` when it is not one.
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split(':').collect();
        let &[name, _, uid, gid, comment, home, shell] = fields.as_slice() else { return None };
        Some(User {
            name: name.to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            comment: comment.to_owned(),
            home: home.to_owned(),
            shell: shell.to_owned(),
        })
    }
}

impl Group {
    /// From a line of the file; `None` when it is not one.
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split(':').collect();
        let &[name, _, gid, members] = fields.as_slice() else { return None };
        let members = members.split(',').filter(|m| !m.is_empty()).map(str::to_owned).collect();
        Some(Group { name: name.to_owned(), gid: gid.parse().ok()?, members })
    }
}

/// Where a database is asked.
struct Database<T> {
    file: &'static str,
    name: &'static str,
    parse: fn(&str) -> Option<T>,
    all: fn(&str) -> Vec<T>,
}

const PASSWD: Database<User> = Database {
    file: "/etc/passwd",
    name: "passwd",
    parse: User::parse,
    all: |text| text.lines().filter_map(User::parse).collect(),
};
const GROUP: Database<Group> = Database {
    file: "/etc/group",
    name: "group",
    parse: Group::parse,
    all: |text| text.lines().filter_map(Group::parse).collect(),
};

/// Databases that `nsswitch.conf` has asked elsewhere than in their files.
struct Elsewhere(Vec<String>);

impl Elsewhere {
    fn parse(text: &str) -> Self {
        let beyond = |source: &str| !source.starts_with('[') && !matches!(source, "files" | "compat" | "systemd");
        let lines = text.lines().filter_map(|line| line.split('#').next()?.split_once(':'));
        let asked = lines.filter(|(_, sources)| sources.split_whitespace().any(beyond));
        Elsewhere(asked.map(|(name, _)| name.trim().to_owned()).collect())
    }
}

impl<T: Clone + Any + Send + Sync> Database<T> {
    fn find(&self, look: &Look, key: &str, is: impl Fn(&T) -> bool) -> HostResult<Option<T>> {
        let all = match look.remembered(self.file, self.all) {
            Err(e) if e.not_found() => Arc::default(),
            all => all?,
        };
        if let Some(found) = all.iter().find(|found| is(found)) {
            return Ok(Some(found.clone()));
        }
        let elsewhere = look.remembered("/etc/nsswitch.conf", Elsewhere::parse);
        if !elsewhere.is_ok_and(|names| names.0.iter().any(|name| name == self.name)) {
            return Ok(None);
        }
        let Some(getent) = look.which("getent") else { return Ok(None) };
        let output = look.query(&Command::new([getent.as_str(), self.name, key]).env("LC_ALL", "C"))?;
        Ok(output.out().lines().filter_map(self.parse).find(is))
    }
}

impl Look<'_> {
    /// The user of this name.
    pub fn user_named(&self, name: &str) -> HostResult<Option<User>> {
        PASSWD.find(self, name, |user| user.name == name)
    }
    /// The user of this number.
    pub fn user_numbered(&self, uid: u32) -> HostResult<Option<User>> {
        PASSWD.find(self, &uid.to_string(), |user| user.uid == uid)
    }
    /// The group of this name.
    pub fn group_named(&self, name: &str) -> HostResult<Option<Group>> {
        GROUP.find(self, name, |group| group.name == name)
    }
    /// The group of this number.
    pub fn group_numbered(&self, gid: u32) -> HostResult<Option<Group>> {
        GROUP.find(self, &gid.to_string(), |group| group.gid == gid)
    }
}

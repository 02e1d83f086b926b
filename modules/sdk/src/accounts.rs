//! Names and numbers of users and groups, read from `/etc/passwd` and `/etc/group`, and asked of `getent` only when the
//! files do not know them and `nsswitch.conf` names another source. Nothing here calls into the C library's NSS.

use crate::backend::{Command, HostResult};
use crate::host::Look;
use std::collections::HashMap;
use std::rc::Rc;

/// The account files read during one call, so that a shell on the far side is asked once; forgotten when anything changes.
pub(crate) type Known = HashMap<&'static str, Rc<str>>;

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
struct Database {
    file: &'static str,
    name: &'static str,
}

const PASSWD: Database = Database { file: "/etc/passwd", name: "passwd" };
const GROUP: Database = Database { file: "/etc/group", name: "group" };

/// The text of a file, empty when there is none.
fn known(look: &Look, file: &'static str) -> HostResult<Rc<str>> {
    if let Some(text) = look.known.borrow().get(file) {
        return Ok(text.clone());
    }
    let text: Rc<str> = match look.read_text(file) {
        Err(e) if e.not_found() => "".into(),
        text => text?.into(),
    };
    look.known.borrow_mut().insert(file, text.clone());
    Ok(text)
}

impl Database {
    fn find<T>(
        &self,
        look: &Look,
        key: &str,
        parse: fn(&str) -> Option<T>,
        is: impl Fn(&T) -> bool,
    ) -> HostResult<Option<T>> {
        let text = known(look, self.file)?;
        if let Some(found) = text.lines().filter_map(parse).find(&is) {
            return Ok(Some(found));
        }
        if !self.elsewhere(look) {
            return Ok(None);
        }
        let Some(getent) = look.which("getent") else { return Ok(None) };
        let output = look.query(&Command::new([getent.as_str(), self.name, key]).env("LC_ALL", "C"))?;
        Ok(output.out().lines().filter_map(parse).find(is))
    }

    /// Whether accounts may come from elsewhere than the file.
    fn elsewhere(&self, look: &Look) -> bool {
        let Ok(text) = known(look, "/etc/nsswitch.conf") else { return false };
        text.lines()
            .filter_map(|line| line.split('#').next()?.split_once(':'))
            .filter(|(name, _)| name.trim() == self.name)
            .flat_map(|(_, sources)| sources.split_whitespace())
            .any(|source| !source.starts_with('[') && !matches!(source, "files" | "compat" | "systemd"))
    }
}

impl Look<'_> {
    /// The user of this name.
    pub fn user_named(&self, name: &str) -> HostResult<Option<User>> {
        PASSWD.find(self, name, User::parse, |user| user.name == name)
    }
    /// The user of this number.
    pub fn user_numbered(&self, uid: u32) -> HostResult<Option<User>> {
        PASSWD.find(self, &uid.to_string(), User::parse, |user| user.uid == uid)
    }
    /// The group of this name.
    pub fn group_named(&self, name: &str) -> HostResult<Option<Group>> {
        GROUP.find(self, name, Group::parse, |group| group.name == name)
    }
    /// The group of this number.
    pub fn group_numbered(&self, gid: u32) -> HostResult<Option<Group>> {
        GROUP.find(self, &gid.to_string(), Group::parse, |group| group.gid == gid)
    }
}

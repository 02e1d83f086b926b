//! In which groups a user is.

use hostler_sdk::accounts::Group;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, Look};
use std::collections::BTreeSet;

/// Names of the groups that list the user as a member. The primary group is only among them when it lists the user too.
pub(super) fn of(look: &Look, name: &str) -> Result<BTreeSet<String>> {
    let listed = |text: &str| -> BTreeSet<String> {
        let groups = text.lines().filter_map(Group::parse);
        groups.filter(|g| g.members.iter().any(|m| m == name)).map(|g| g.name).collect()
    };
    let mut out = listed(&look.read_text("/etc/group")?);
    // Directory services can be listed only by getent, and only where one is configured.
    let sources = look.read_text("/etc/nsswitch.conf").unwrap_or_default();
    let line = sources.lines().find_map(|l| l.trim().strip_prefix("group:")).unwrap_or_default();
    let local = ["files", "compat", "systemd"];
    if line.split_whitespace().any(|s| !s.starts_with('[') && !local.contains(&s)) {
        out.extend(listed(&look.query(&Command::new(["getent", "group"]))?.out()));
    }
    Ok(out)
}

/// A group by number or name, number first.
pub(super) fn find(look: &Look, group: &str) -> Result<Group> {
    let numbered = match group.parse() {
        Ok(gid) => look.group_numbered(gid)?,
        Err(_) => None,
    };
    let found = match numbered {
        Some(found) => Some(found),
        None => look.group_named(group)?,
    };
    found.ok_or_else(|| Failure::new(format!("Group {group} does not exist")))
}

/// A group as [`find`] finds it. In check mode a group that is not there is a warning and `None`: an earlier task of the same run
/// may make it.
pub(super) fn find_or_expect(look: &Look, group: &str) -> Result<Option<Group>> {
    match find(look, group) {
        Err(_) if look.check_mode() => {
            look.warn(format!("failed to look up group {group}. Create group up to this point in real play"));
            Ok(None)
        }
        found => found.map(Some),
    }
}

//! The user the facts are gathered as.

use hostler_sdk::{Command, Look, Map};

pub(super) fn gather(look: &Look) -> Map {
    let status = look.read_text("/proc/self/status").unwrap_or_default();
    let number = |name: &str, column: usize| -> Option<u32> {
        let line = status.lines().find_map(|l| l.strip_prefix(name))?;
        line.split_whitespace().nth(column)?.parse().ok()
    };
    let (real, effective) = (number("Uid:", 0), look.euid());
    let login = ["LOGNAME", "USER", "LNAME", "USERNAME"].iter().find_map(|v| look.env(v).filter(|n| !n.is_empty()));
    let uid = real.unwrap_or(effective).to_string();
    let entry = login.as_deref().and_then(|name| entry(look, name)).or_else(|| entry(look, &uid));
    let mut out = Map::new();
    if let Some(line) = entry {
        let fields: Vec<&str> = line.split(':').collect();
        if let [name, _, uid, gid, gecos, dir, shell] = fields[..] {
            out.set("user_id", login.as_deref().unwrap_or(name));
            out.set_some("user_uid", uid.parse::<u32>().ok());
            out.set_some("user_gid", gid.parse::<u32>().ok());
            out.set("user_gecos", gecos);
            out.set("user_dir", dir);
            out.set("user_shell", shell.trim_end());
        }
    }
    out.set("real_user_id", real.unwrap_or(effective));
    out.set("effective_user_id", effective);
    out.set_some("real_group_id", number("Gid:", 0));
    out.set_some("effective_group_id", number("Gid:", 1));
    out
}

/// The line of the account database for a name or number: from the file, else from the configured sources.
fn entry(look: &Look, key: &str) -> Option<String> {
    let text = look.read_text("/etc/passwd").unwrap_or_default();
    let found = text.lines().find(|line| {
        let mut fields = line.split(':');
        fields.next() == Some(key) || fields.nth(1) == Some(key)
    });
    found.map(str::to_owned).or_else(|| {
        let output = look.query(&Command::new(["getent", "passwd", key])).ok().filter(|o| o.ok())?;
        output.out().lines().next().map(str::to_owned)
    })
}

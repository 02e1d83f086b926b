//! What `lsb_release -a` would print. The tool is a slow script on many hosts: what it prints is read from the files it
//! reads itself, and only when those do not say it, is the tool run.

use super::os_release::value;
use hostler_sdk::{Command, Look, Map};

const KEYS: [(&str, &str); 4] = [
    ("id", "DISTRIB_ID"),
    ("description", "DISTRIB_DESCRIPTION"),
    ("release", "DISTRIB_RELEASE"),
    ("codename", "DISTRIB_CODENAME"),
];

pub(super) fn gather(look: &Look) -> Map {
    let file = look.read_text("/etc/lsb-release").unwrap_or_default();
    let mut out: Map = KEYS.iter().filter_map(|(name, key)| Some((*name, value(&file, key)?))).collect();
    if out.len() < KEYS.len() && look.which("lsb_release").is_some() {
        let os = look.read_text("/etc/os-release").unwrap_or_default();
        out = from_debian(&os).or_else(|| from_tool(look)).unwrap_or(out);
    }
    if let Some(release) = out.str("release").map(str::to_owned) {
        out.set("major_release", release.split('.').next().unwrap_or_default());
    }
    out
}

/// Since Debian 12 the tool is a shell script over os-release.
fn from_debian(os: &str) -> Option<Map> {
    let release = value(os, "VERSION_ID")?;
    if value(os, "ID")? != "debian" || release.parse::<u32>().ok()? < 12 {
        return None;
    }
    let mut out = Map::new();
    out.set("id", "Debian");
    out.set("description", value(os, "PRETTY_NAME")?);
    out.set("release", release);
    out.set("codename", value(os, "VERSION_CODENAME")?);
    Some(out)
}

fn from_tool(look: &Look) -> Option<Map> {
    let output = look.query(&Command::new(["lsb_release", "-a"]).env("LC_ALL", "C")).ok().filter(|o| o.ok())?;
    Some(parse(&output.out()))
}

fn parse(text: &str) -> Map {
    let names = [
        ("LSB Version", "release"),
        ("Distributor ID", "id"),
        ("Description", "description"),
        ("Release", "release"),
        ("Codename", "codename"),
    ];
    let mut out = Map::new();
    for (key, value) in text.lines().filter_map(|l| l.split_once(':')) {
        if let Some((_, name)) = names.iter().find(|(k, _)| *k == key.trim()) {
            out.set(*name, value.trim().trim_matches(['\'', '"', '\\']));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_says_it_in_os_release() {
        let os =
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";
        let facts = from_debian(os).expect("debian 12");
        assert_eq!(facts.str("description"), Some("Debian GNU/Linux 12 (bookworm)"));
        assert!(from_debian("ID=debian\nVERSION_ID=11\nPRETTY_NAME=x\nVERSION_CODENAME=bullseye").is_none());
    }

    #[test]
    fn the_tool_is_read() {
        let facts = parse(
            "LSB Version:\t:core-4.1-amd64\nDistributor ID:\tRocky\nDescription:\t\"Rocky Linux 9\"\nRelease:\t9.3\nCodename:\tBlueOnyx\n",
        );
        assert_eq!(facts.str("id"), Some("Rocky"));
        assert_eq!(facts.str("release"), Some("9.3"));
        assert_eq!(facts.str("description"), Some("Rocky Linux 9"));
    }
}

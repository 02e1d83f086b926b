//! The Python on the host, when there is one. Nothing of Hostler needs it and it is not started: the path is found, the
//! version read from the name of the file that `python3` links to, so that the patch level is not known.

use hostler_sdk::{Look, Map, Value};

/// A version without its patch level.
pub(super) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    pub(super) fn text(&self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

fn executable(look: &Look) -> Option<String> {
    let usual = "/usr/bin/python3";
    let there = look.access(usual, 1).then(|| usual.to_owned());
    there.or_else(|| look.which("python3")).or_else(|| look.which("python"))
}

pub(super) fn version(look: &Look) -> Option<Version> {
    parse(&look.real_path(&executable(look)?).ok()?)
}

fn parse(path: &str) -> Option<Version> {
    let (major, minor) = path.rsplit('/').next()?.strip_prefix("python")?.split_once('.')?;
    Some(Version { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

pub(super) fn gather(look: &Look) -> Map {
    let Some(executable) = executable(look) else { return Map::new() };
    let mut python = Map::new();
    if let Some(version) = parse(&look.real_path(&executable).unwrap_or_default()) {
        let mut parts = Map::new();
        parts.set("major", version.major);
        parts.set("minor", version.minor);
        python.set("version", parts);
        python.set("version_info", Value::from(vec![version.major, version.minor]));
        python.set("type", "cpython");
    }
    python.set("executable", executable);
    let mut out = Map::new();
    out.set("python", python);
    out
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_version_is_in_the_name() {
        assert_eq!(parse("/usr/bin/python3.11").map(|v| v.text()).as_deref(), Some("3.11"));
        assert!(parse("/usr/bin/python3").is_none());
    }
}

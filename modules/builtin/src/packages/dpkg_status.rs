//! dpkg's own record of what is installed, `/var/lib/dpkg/status`, read in the process and remembered while it is the same: what a
//! converged task needs to know costs no process.

use hostler_sdk::Look;
use hostler_sdk::module::Result;
use std::collections::HashMap;
use std::sync::Arc;

/// A package of the record.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Entry {
    pub arch: Box<str>,
    pub version: Box<str>,
    /// `installed`, `config-files`, `half-configured`, ...
    pub state: Box<str>,
    /// Whether it is kept at its version.
    pub hold: bool,
    provides: Box<str>,
}

impl Entry {
    /// Whether it is installed and configured.
    pub(super) fn installed(&self) -> bool {
        &*self.state == "installed"
    }
    /// Whether files of it are left though it is not installed.
    pub(super) fn leftovers(&self) -> bool {
        !matches!(&*self.state, "installed" | "not-installed")
    }
}

/// The record, by package name.
#[derive(Debug, Default)]
pub(super) struct Status {
    packages: HashMap<Box<str>, Vec<Entry>>,
}

impl Status {
    /// The host's record as it is now.
    pub(super) fn read(look: &Look) -> Result<Arc<Self>> {
        Ok(look.remembered("/var/lib/dpkg/status", Status::parse)?)
    }

    /// Reads the file's text.
    pub(super) fn parse(text: &str) -> Self {
        let mut packages: HashMap<Box<str>, Vec<Entry>> = HashMap::new();
        let (mut name, mut entry) = ("", Entry::default());
        for line in text.lines().chain([""]) {
            if line.is_empty() {
                if !name.is_empty() {
                    packages.entry(name.into()).or_default().push(std::mem::take(&mut entry));
                    name = "";
                }
                continue;
            }
            // Continuation lines, the bulk of the file, start with a blank.
            if line.starts_with(' ') {
                continue;
            }
            let Some((key, value)) = line.split_once(": ") else { continue };
            match key {
                "Package" => name = value,
                "Status" => {
                    entry.hold = value.starts_with("hold ");
                    entry.state = value.rsplit(' ').next().unwrap_or_default().into();
                }
                "Architecture" => entry.arch = value.into(),
                "Version" => entry.version = value.into(),
                "Provides" => entry.provides = value.into(),
                _ => {}
            }
        }
        Status { packages }
    }

    /// The host's own architecture: that of dpkg itself.
    pub(super) fn native(&self) -> &str {
        self.packages.get("dpkg").and_then(|entries| entries.first()).map_or("", |entry| &*entry.arch)
    }

    /// The entry of `name` or `name:arch`; without one the host's own architecture is meant.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        let (base, arch) = name.split_once(':').unwrap_or((name, ""));
        let entries = self.packages.get(base)?;
        let native = self.native();
        let is = |entry: &Entry, arch: &str| *entry.arch == *arch;
        match arch {
            "any" => entries.first(),
            "" | "native" => entries.iter().find(|e| is(e, native) || is(e, "all")),
            arch => entries.iter().find(|e| is(e, arch) || arch == native && is(e, "all")),
        }
    }

    /// Names of all packages, `:arch` added to those of other architectures.
    pub(super) fn names(&self) -> impl Iterator<Item = String> + '_ {
        let native = self.native();
        self.packages.iter().flat_map(move |(name, entries)| {
            entries.iter().filter(|e| &*e.state != "not-installed").map(move |entry| {
                let own = &*entry.arch == native || &*entry.arch == "all";
                if own { name.to_string() } else { format!("{name}:{}", entry.arch) }
            })
        })
    }

    /// Names of installed packages that provide `name`.
    pub(super) fn providers(&self, name: &str) -> Vec<&str> {
        let base = name.split(':').next().unwrap_or(name);
        let provides = |entry: &Entry| {
            entry.installed()
                && entry.provides.split(',').any(|p| {
                    let provided = p.split_whitespace().next().unwrap_or_default();
                    provided.split(':').next() == Some(base)
                })
        };
        self.packages.iter().filter(|(_, entries)| entries.iter().any(provides)).map(|(name, _)| &**name).collect()
    }
}

/// Packages that apt has marked as automatically installed, from the text of `/var/lib/apt/extended_states`.
pub(super) fn automatic(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n\n").filter_map(|paragraph| {
        let field = |key: &str| paragraph.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(": "));
        (field("Auto-Installed")? == "1").then_some((field("Package")?, field("Architecture").unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21.22\nDescription: x\n Package: no\n\nPackage: zlib1g\nStatus: install ok installed\nArchitecture: i386\nVersion: 1:1.2\n\nPackage: postfix\nStatus: hold ok installed\nArchitecture: amd64\nProvides: default-mta, mail-transport-agent (= 1)\nVersion: 3.7\n\nPackage: nano\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 7.2\n\nPackage: tzdata\nStatus: install ok installed\nArchitecture: all\nVersion: 2025b\n";

    #[test]
    fn the_record_is_read() {
        let status = Status::parse(TEXT);
        assert_eq!(status.native(), "amd64");
        assert!(status.find("zlib1g").is_none());
        assert_eq!(status.find("zlib1g:i386").map(|e| &*e.version), Some("1:1.2"));
        assert!(status.find("tzdata:amd64").is_some_and(Entry::installed));
        assert!(status.find("postfix").is_some_and(|e| e.hold && e.installed()));
        assert!(status.find("nano").is_some_and(|e| !e.installed() && e.leftovers()));
        assert_eq!(status.providers("mail-transport-agent"), ["postfix"]);
        assert!(status.providers("agent").is_empty());
        assert!(status.names().any(|name| name == "zlib1g:i386"));
    }

    #[test]
    fn automatic_packages_are_listed() {
        let text = "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: b\nArchitecture: amd64\nAuto-Installed: 0\n";
        assert_eq!(automatic(text).collect::<Vec<_>>(), [("a", "amd64")]);
    }
}

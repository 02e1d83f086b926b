//! What apt could install: candidates, versions and providers, asked of `apt-cache`. Only tasks that may have something
//! to install come here.

use crate::packages::spec::Wanted;
use crate::packages::version;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, Look};
use std::collections::HashMap;

/// What `apt-cache policy` says of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// The version apt would choose; `None` for a virtual package.
    pub candidate: Option<String>,
}

fn apt_cache(look: &Look, release: Option<&str>, words: &[&str]) -> Result<String> {
    let release = release.map(|release| format!("APT::Default-Release={release}"));
    let option = release.as_deref().into_iter().flat_map(|option| ["-o", option]);
    let argv = ["apt-cache"].into_iter().chain(option).chain(words.iter().copied());
    let output = look.query(&Command::new(argv).env("LC_ALL", "C"))?;
    if !output.ok() && output.stdout.is_empty() && !output.err().contains("Unable to locate") {
        return Err(Failure::new(output.err().trim().to_owned()).with("rc", output.status));
    }
    Ok(output.out())
}

/// Candidates of packages; those apt does not know at all are left out.
pub(super) fn policies(look: &Look, release: Option<&str>, names: &[&str]) -> Result<HashMap<String, Policy>> {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let words: Vec<&str> = ["policy", "--"].into_iter().chain(names.iter().copied()).collect();
    Ok(parse_policy(&apt_cache(look, release, &words)?))
}

fn parse_policy(text: &str) -> HashMap<String, Policy> {
    let mut out = HashMap::new();
    let mut name: Option<&str> = None;
    for line in text.lines() {
        if !line.starts_with(' ') {
            name = line.strip_suffix(':');
        } else if let (Some(name), Some(version)) = (name, line.trim().strip_prefix("Candidate: ")) {
            let candidate = (version != "(none)").then(|| version.to_owned());
            out.insert(name.to_owned(), Policy { candidate });
        }
    }
    out
}

/// The newest version in the sources that fits.
pub(super) fn newest(look: &Look, name: &str, wanted: &Wanted) -> Result<Option<String>> {
    let text = apt_cache(look, None, &["madison", "--", name])?;
    let versions = text.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    Ok(versions.filter(|v| wanted.accepts(v)).max_by(|a, b| version::compare(a, b)).map(str::to_owned))
}

/// Names of packages in the sources that provide a virtual one.
pub(super) fn providers(look: &Look, name: &str) -> Result<Vec<String>> {
    Ok(parse_providers(&apt_cache(look, None, &["showpkg", "--", name])?))
}

fn parse_providers(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines().skip_while(|l| l.trim() != "Reverse Provides:").skip(1) {
        let name = line.split_whitespace().next().unwrap_or_default();
        if !name.is_empty() && !out.iter().any(|n| n == name) {
            out.push(name.to_owned());
        }
    }
    out
}

/// Names of all packages in the sources.
pub(super) fn names(look: &Look) -> Result<Vec<String>> {
    Ok(apt_cache(look, None, &["pkgnames"])?.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read() {
        let text = "bash:\n  Installed: 5.2.15-2+b8\n  Candidate: 5.2.15-2+b13\n  Version table:\n     5.2.15-2+b13 500\nmail-transport-agent:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n";
        let all = parse_policy(text);
        assert_eq!(all["bash"].candidate.as_deref(), Some("5.2.15-2+b13"));
        assert_eq!(all["mail-transport-agent"].candidate, None);
        assert!(!all.contains_key("nosuch"));
    }

    #[test]
    fn providers_are_read() {
        let text = "Package: awk\nVersions: \n\nReverse Depends: \n  x,awk\nDependencies: \nProvides: \nReverse Provides: \nmawk 1.3 (= )\noriginal-awk 1 (= )\nmawk 1.2 (= )\n";
        assert_eq!(parse_providers(text), ["mawk", "original-awk"]);
    }
}

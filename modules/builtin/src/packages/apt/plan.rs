//! What apt-get must be told so that the wanted packages are there, or gone.

use super::index::{self, Policy};
use crate::commands::matches;
use crate::packages::dpkg_status::{self, Status};
use crate::packages::spec::{Spec, Wanted};
use hostler_sdk::Look;
use hostler_sdk::module::{Failure, Result};
use std::collections::HashMap;

/// How packages are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct How<'a> {
    /// The newest version, not just any.
    pub latest: bool,
    /// Only packages that are installed already.
    pub only_upgrade: bool,
    /// Release that candidates come from first.
    pub release: Option<&'a str>,
}

/// Replaces patterns by the names they match, in the record first; apt is asked only for what the record cannot tell.
pub(super) fn expand(look: &Look, specs: &[Spec], status: &Status, installing: bool) -> Result<Vec<Spec>> {
    let mut out = Vec::new();
    for spec in specs {
        if !spec.is_pattern() {
            out.push(spec.clone());
            continue;
        }
        let foreign = spec.name.contains(':');
        let fits = |name: &String| (foreign || !name.contains(':')) && matches(&spec.name, name);
        let mut names: Vec<String> = status.names().filter(fits).collect();
        if installing || names.is_empty() {
            names.extend(index::names(look)?.into_iter().filter(fits));
        }
        if names.is_empty() {
            return Err(Failure::new(format!("No package(s) matching '{}' available", spec.name)));
        }
        names.sort_unstable();
        names.dedup();
        out.extend(names.iter().map(|name| spec.named(name)));
    }
    Ok(out)
}

/// Words for `apt-get install`; none when everything is as wanted.
pub(super) fn install(look: &Look, specs: &[Spec], status: &Status, how: How) -> Result<Vec<String>> {
    // The candidates that will be needed, asked for at once.
    let installed = |spec: &Spec| status.find(&spec.name).filter(|e| e.installed());
    let needs_candidate = |spec: &&Spec| match installed(spec) {
        None => !how.only_upgrade,
        Some(entry) => how.latest || !spec.version.accepts(&entry.version),
    };
    let names: Vec<&str> = specs.iter().filter(needs_candidate).map(|spec| spec.name.as_str()).collect();
    let policies = index::policies(look, how.release, &names)?;
    let mut words = Vec::new();
    for spec in specs {
        let word = match installed(spec) {
            Some(entry) => upgrade(look, spec, &entry.version, &policies, how)?,
            None if how.only_upgrade => None,
            None => fresh(look, spec, status, &policies)?,
        };
        words.extend(word);
    }
    Ok(words)
}

fn no_candidate(spec: &Spec) -> Failure {
    let text = match &spec.version {
        Wanted::Any => spec.name.clone(),
        Wanted::Is(version) => format!("{}={version}", spec.name),
        Wanted::AtLeast(version) => format!("{}>={version}", spec.name),
    };
    Failure::new(format!("no available installation candidate for {text}"))
}

/// For a package that is installed at `now`.
fn upgrade(
    look: &Look,
    spec: &Spec,
    now: &str,
    policies: &HashMap<String, Policy>,
    how: How,
) -> Result<Option<String>> {
    let good = spec.version.accepts(now);
    let pattern = matches!(&spec.version, Wanted::Is(version) if version.contains(['*', '?', '[']));
    if good && !how.latest && !pattern {
        return Ok(None);
    }
    let best = match &spec.version {
        // An exact version, or a pattern whose newest match is wanted.
        Wanted::Is(_) => index::newest(look, &spec.name, &spec.version)?,
        _ => policies.get(&spec.name).and_then(|p| p.candidate.clone()),
    };
    let best = best.filter(|version| version != now && spec.version.accepts(version));
    match best {
        Some(version) => Ok(Some(format!("{}={version}", spec.name))),
        None if good => Ok(None),
        None => Err(no_candidate(spec)),
    }
}

/// For a package that is not installed.
fn fresh(look: &Look, spec: &Spec, status: &Status, policies: &HashMap<String, Policy>) -> Result<Option<String>> {
    let Some(policy) = policies.get(&spec.name).or_else(|| policies.get(base(&spec.name))) else {
        return Err(Failure::new(format!("No package matching '{}' is available", spec.name)));
    };
    let Some(candidate) = &policy.candidate else { return virtual_package(look, spec, status) };
    let version = match &spec.version {
        Wanted::Is(_) => index::newest(look, &spec.name, &spec.version)?.ok_or_else(|| no_candidate(spec))?,
        Wanted::AtLeast(_) if !spec.version.accepts(candidate) => return Err(no_candidate(spec)),
        _ => candidate.clone(),
    };
    Ok(Some(format!("{}={version}", spec.name)))
}

fn base(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// A name that only others provide: there when one of them is installed.
fn virtual_package(look: &Look, spec: &Spec, status: &Status) -> Result<Option<String>> {
    let unversioned = spec.version == Wanted::Any;
    if unversioned && !status.providers(&spec.name).is_empty() {
        return Ok(None);
    }
    if !unversioned || index::providers(look, &spec.name)?.is_empty() {
        return Err(no_candidate(spec));
    }
    Ok(Some(spec.name.clone()))
}

/// Words for `apt-get remove`; none when nothing of the packages is there.
pub(super) fn remove(specs: &[Spec], status: &Status, purge: bool) -> Vec<String> {
    let there = |spec: &&Spec| {
        status.find(&spec.name).is_some_and(|entry| {
            if entry.installed() { spec.version.accepts(&entry.version) } else { purge && entry.leftovers() }
        })
    };
    specs.iter().filter(there).map(|spec| spec.name.clone()).collect()
}

/// Which of the packages are marked as automatically installed, though a task wants them.
pub(super) fn to_mark(specs: &[Spec], status: &Status, extended_states: &str) -> Vec<String> {
    let mut marked: Vec<String> = dpkg_status::automatic(extended_states)
        .flat_map(|(name, arch)| {
            let own = arch == status.native() || arch == "all";
            specs.iter().filter(move |spec| {
                let (base, wanted) = spec.name.split_once(':').unwrap_or((&spec.name, ""));
                base == name && (wanted == arch || wanted.is_empty() && own)
            })
        })
        .filter(|spec| status.find(&spec.name).is_some_and(dpkg_status::Entry::installed))
        .map(|spec| spec.name.clone())
        .collect();
    marked.sort_unstable();
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\nPackage: nginx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.22\n\nPackage: nano\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 7\n";

    fn specs(texts: &[&str]) -> Vec<Spec> {
        texts.iter().map(|text| Spec::parse(text).expect("good")).collect()
    }

    #[test]
    fn only_what_is_there_is_removed() {
        let status = Status::parse(STATUS);
        assert_eq!(remove(&specs(&["nginx", "nano", "vim"]), &status, false), ["nginx"]);
        assert_eq!(remove(&specs(&["nginx=9", "nano"]), &status, true), ["nano"]);
    }

    #[test]
    fn wanted_packages_are_not_automatic() {
        let status = Status::parse(STATUS);
        let states = "Package: nginx\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: nano\nArchitecture: amd64\nAuto-Installed: 1\n";
        assert_eq!(to_mark(&specs(&["nginx", "nano"]), &status, states), ["nginx"]);
    }
}

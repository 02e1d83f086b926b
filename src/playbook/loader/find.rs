//! Where files and roles are looked for.

use super::reading::Reading;
use crate::playbook::Site;
use std::path::{Component, Path, PathBuf};

/// A role that was found.
pub(super) struct FoundRole {
    pub name: String,
    pub path: PathBuf,
    pub collection: Option<String>,
}

impl Reading<'_> {
    /// A file of tasks: beside the files around, in the role, beside the playbook. The paths tried when there is none.
    pub fn tasks_file(&self, name: &str, site: &Site) -> Result<PathBuf, Vec<PathBuf>> {
        let kind = if site.handlers { "handlers" } else { "tasks" };
        let mut places: Vec<PathBuf> = site.task_dirs.clone();
        if let Some(role) = &site.role {
            places.push(role.path.join(kind));
            places.push(role.path.join("tasks"));
            places.push(role.path.clone());
        }
        places.push(site.playbook_dir.join(kind));
        places.push(site.playbook_dir.clone());
        first_file(&places, name)
    }

    /// A role by its name as written (a name, `namespace.collection.role`, or a path).
    pub fn find_role(&self, name: &str, site: &Site, beside: Option<&Path>) -> Result<FoundRole, Vec<PathBuf>> {
        let mut tried = Vec::new();
        let parts: Vec<&str> = name.split('.').collect();
        let mut collections: Vec<(String, &str)> = Vec::new();
        if let [namespace, collection, role @ ..] = parts.as_slice()
            && !role.is_empty()
            && parts.iter().all(|part| super::variables::is_name(part))
        {
            let prefix = format!("{namespace}.{collection}");
            collections.push((prefix.clone(), &name[prefix.len() + 1..]));
        } else if !name.contains('/') {
            collections.extend(site.keywords.collections.iter().map(|c| (c.clone(), name)));
        }
        for (collection, role) in collections {
            for root in self.collection_roots(site) {
                let Some((namespace, short)) = collection.split_once('.') else { continue };
                let path = root.join(namespace).join(short).join("roles").join(role.replace('.', "/"));
                if path.is_dir() {
                    return Ok(FoundRole { name: role.to_owned(), path, collection: Some(collection) });
                }
                tried.push(path);
            }
        }
        let mut places = vec![site.playbook_dir.join("roles")];
        places.extend(self.loader.options.roles_path.iter().cloned());
        places.extend(beside.map(Path::to_owned));
        places.push(site.playbook_dir.clone());
        for place in places {
            let path = tidy(&place.join(expand(name)));
            if path.is_dir() {
                let name = if name.contains('/') { base_name(&path) } else { name.to_owned() };
                return Ok(FoundRole { name, path, collection: None });
            }
            tried.push(path);
        }
        Err(tried)
    }

    /// A playbook of a collection (`namespace.collection.playbook`).
    pub fn collection_playbook(&self, name: &str, site: &Site) -> Option<PathBuf> {
        let mut parts = name.splitn(3, '.');
        let (namespace, collection, playbook) = (parts.next()?, parts.next()?, parts.next()?);
        if name.contains('/') {
            return None;
        }
        let file = playbook.strip_suffix(".yml").or(playbook.strip_suffix(".yaml")).unwrap_or(playbook);
        let roots = self.collection_roots(site);
        let candidates = roots.iter().flat_map(|root| {
            let folder = root.join(namespace).join(collection).join("playbooks");
            [folder.join(format!("{file}.yml")), folder.join(format!("{file}.yaml"))]
        });
        candidates.into_iter().find(|path| path.is_file())
    }

    /// The `ansible_collections` directories, those beside the playbook first.
    pub fn collection_roots(&self, site: &Site) -> Vec<PathBuf> {
        let beside = site.playbook_dir.join("collections");
        let all = std::iter::once(&beside).chain(&self.loader.options.collections_path);
        all.map(
            |path| if path.ends_with("ansible_collections") { path.clone() } else { path.join("ansible_collections") },
        )
        .collect()
    }
}

/// The first of `places` that has the file.
pub(super) fn first_file(places: &[PathBuf], name: &str) -> Result<PathBuf, Vec<PathBuf>> {
    let mut tried = Vec::new();
    for place in places {
        let path = tidy(&place.join(expand(name)));
        if path.is_file() {
            return Ok(path);
        }
        if !tried.contains(&path) {
            tried.push(path);
        }
    }
    Err(tried)
}

/// `~/` of the operator.
fn expand(name: &str) -> PathBuf {
    match (name.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(name),
    }
}

/// Without `.` and `..` where that can be said from the path alone.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// The last part of a path.
pub(super) fn base_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Paths one a line, for a note.
pub(super) fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| format!("`{}`", p.display())).collect::<Vec<_>>().join(", ")
}

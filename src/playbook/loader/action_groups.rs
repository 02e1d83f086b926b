//! Groups of `module_defaults` (`group/NAMESPACE.COLLECTION.NAME`): which modules a collection says belong together, in its
//! `meta/runtime.yml`. The names without a collection are ansible-core's own, which lead to collections of clouds.

use super::reading::Reading;
use crate::diagnostic::Diagnostic;
use crate::playbook::Site;
use crate::template::{Templated, TemplatedKey};
use crate::yaml::Node;
use hostler_sdk::{ModuleSpec, Value};
use std::path::PathBuf;

/// ansible-core's own groups, and those of collections they stand for.
const OWN: [(&str, &[&str]); 10] = [
    ("acme", &["community.crypto.acme"]),
    ("aws", &["amazon.aws.aws", "community.aws.aws"]),
    ("azure", &["azure.azcollection.azure"]),
    ("cpm", &["wti.remote.cpm"]),
    ("docker", &["community.general.docker", "community.docker.docker"]),
    ("gcp", &["google.cloud.gcp"]),
    (
        "k8s",
        &[
            "community.kubernetes.k8s",
            "community.general.k8s",
            "community.kubevirt.k8s",
            "community.okd.k8s",
            "kubernetes.core.k8s",
        ],
    ),
    ("os", &["openstack.cloud.os"]),
    ("ovirt", &["ovirt.ovirt.ovirt", "community.general.ovirt"]),
    ("vmware", &["community.vmware.vmware"]),
];

const CORE: &str = "ansible.builtin.";

/// The full name of a group; one without a collection is ansible-core's.
pub fn full_name(group: &str) -> String {
    if group.matches('.').count() >= 2 { group.to_owned() } else { format!("{CORE}{group}") }
}

/// What is known of a group.
enum Found {
    Actions(Vec<String>),
    /// Its collection is there and has no such group.
    NoGroup,
    /// There is no such collection here.
    NoCollection,
}

impl Reading<'_> {
    /// The groups in `module_defaults` of what surrounds a task that its module is in, by their full names.
    pub fn groups_of(&mut self, spec: &ModuleSpec, defaults: &[Templated], site: &Site) -> Vec<String> {
        let mut out = Vec::new();
        for name in defaults.iter().flat_map(keys).filter_map(|key| Some(key.strip_prefix("group/")?.to_owned())) {
            let full = full_name(&name);
            if out.contains(&full) {
                continue;
            }
            let mut seen = Vec::new();
            match self.group(&full, site, &mut seen) {
                Found::Actions(actions) if actions.iter().any(|action| spec.answers_to(action)) => out.push(full),
                Found::Actions(_) => {}
                Found::NoGroup => self.no_group(&full),
                Found::NoCollection => self.no_collection(&full),
            }
        }
        out
    }

    fn no_group(&mut self, full: &str) {
        let what = format!("could not resolve the module_defaults group {full}");
        if !self.errors.iter().any(|error| error.what == what) {
            let own = OWN.iter().map(|(name, _)| *name);
            let short = full.strip_prefix(CORE).unwrap_or(full);
            self.errors.push(Diagnostic::error(what).nearest(short, own));
        }
    }

    fn no_collection(&self, full: &str) {
        let what =
            format!("the collection of the module_defaults group {full} is not here, so no module is in the group");
        self.loader.warn_once(Diagnostic::warning(what));
    }

    fn group(&mut self, full: &str, site: &Site, seen: &mut Vec<String>) -> Found {
        if seen.iter().any(|known| known == full) {
            return Found::Actions(Vec::new());
        }
        seen.push(full.to_owned());
        if let Some(short) = full.strip_prefix(CORE) {
            let Some((_, more)) = OWN.iter().find(|(name, _)| *name == short) else { return Found::NoGroup };
            return Found::Actions(more.iter().flat_map(|group| self.extended(group, site, seen)).collect());
        }
        let mut parts = full.splitn(3, '.');
        let (Some(namespace), Some(collection), Some(short)) = (parts.next(), parts.next(), parts.next()) else {
            return Found::NoGroup;
        };
        let roots = self.collection_roots(site);
        let Some(folder) = roots.iter().map(|root| root.join(namespace).join(collection)).find(|path| path.is_dir())
        else {
            return Found::NoCollection;
        };
        let Some(list) = self.listed_group(folder.join("meta/runtime.yml"), full, short) else { return Found::NoGroup };
        let prefix = format!("{namespace}.{collection}.");
        let complete = |name: &str| if name.contains('.') { name.to_owned() } else { format!("{prefix}{name}") };
        let mut actions = Vec::new();
        for item in &list {
            let more = item.get("metadata").and_then(|data| data.get("extend_group"));
            let more = more.map(|groups| groups.as_list().unwrap_or(std::slice::from_ref(groups))).unwrap_or_default();
            for group in more.iter().filter_map(Node::as_str) {
                actions.extend(self.extended(&complete(group), site, seen));
            }
            actions.extend(item.as_str().map(complete));
        }
        Found::Actions(actions)
    }

    /// A group that another takes in; one that is not there adds nothing.
    fn extended(&mut self, full: &str, site: &Site, seen: &mut Vec<String>) -> Vec<String> {
        match self.group(full, site, seen) {
            Found::Actions(actions) => actions,
            Found::NoGroup | Found::NoCollection => Vec::new(),
        }
    }

    fn listed_group(&mut self, file: PathBuf, full: &str, short: &str) -> Option<Vec<Node>> {
        if !file.is_file() {
            return None;
        }
        let node = self.file(&file)?;
        let groups = node.get("action_groups")?;
        groups.get(full).or_else(|| groups.get(short))?.as_list().map(<[Node]>::to_vec)
    }
}

/// The keys of one `module_defaults`.
fn keys(defaults: &Templated) -> Vec<String> {
    match defaults {
        Templated::Value(Value::Map(map)) => map.keys().map(ToString::to_string).collect(),
        Templated::Map(pairs) => pairs
            .iter()
            .filter_map(|(key, _)| match key {
                TemplatedKey::Key(key) => Some(key.to_string()),
                TemplatedKey::Template(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

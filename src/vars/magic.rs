//! Variables that nobody sets: about the run, the play, the role.

use super::play::PlayContext;
use crate::config::Settings;
use crate::playbook::{Role, Task};
use crate::template::Templated;
use hostler_sdk::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// What of a run's options is visible in variables.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// `ansible_check_mode`.
    pub check: bool,
    /// `ansible_diff_mode`.
    pub diff: bool,
    /// `ansible_forks`.
    pub forks: usize,
    /// `ansible_verbosity`.
    pub verbosity: u8,
    /// `ansible_run_tags`; empty stands for `all`.
    pub tags: Vec<String>,
    /// `ansible_skip_tags`.
    pub skip_tags: Vec<String>,
    /// `ansible_limit`, when there is one.
    pub limit: Option<String>,
}

/// The variables that stay the same for a whole run.
pub(super) fn of_run(run: &RunFacts, settings: &Settings, sources: &[String]) -> Map {
    let mut map = Map::new();
    let tags = if run.tags.is_empty() { vec!["all".to_owned()] } else { run.tags.clone() };
    map.set("ansible_version", version());
    map.set("ansible_check_mode", run.check);
    map.set("ansible_diff_mode", run.diff);
    map.set("ansible_forks", run.forks);
    map.set("ansible_verbosity", u32::from(run.verbosity));
    map.set("ansible_run_tags", tags);
    map.set("ansible_skip_tags", run.skip_tags.clone());
    map.set("ansible_inventory_sources", sources.to_vec());
    map.set("ansible_config_file", settings.config_file.as_ref().map(|p| p.display().to_string()));
    map.set_some("ansible_limit", run.limit.clone());
    map.set_some("ansible_playbook_python", python(settings));
    map
}

/// The version of ansible-core whose language is spoken: roles ask for it to know what they may use.
fn version() -> Value {
    let mut map = Map::new();
    map.set("string", "2.19.14");
    map.set("full", "2.19.14");
    map.set("major", 2);
    map.set("minor", 19);
    map.set("revision", 14);
    map.into()
}

/// The controller's `python3`. None runs Hostler, but playbooks use the name to run scripts here; without one it is undefined.
fn python(settings: &Settings) -> Option<String> {
    let path = settings.around.var("PATH")?;
    path.split(':')
        .map(|dir| PathBuf::from(dir).join("python3"))
        .find(|p| p.is_absolute() && p.exists())
        .map(|p| p.display().to_string())
}

/// Variables of a play and of a task; `None` when `name` is none of them.
pub(super) fn of_play(name: &str, play: &PlayContext) -> Option<Value> {
    let roles = || play.shown().public;
    let names = |roles: &[Arc<Role>]| roles.iter().map(|role| full_name(role)).collect::<Value>();
    Some(match name {
        "ansible_play_name" => play.name.as_str().into(),
        "ansible_play_hosts_all" => play.all_hosts(),
        "ansible_play_hosts" => play.shown().hosts,
        "ansible_play_batch" | "play_hosts" => play.shown().batch,
        "ansible_play_role_names" | "role_names" => names(&roles()),
        "ansible_dependent_role_names" => names(&dependencies(&roles())),
        "ansible_role_names" => {
            let mut all = roles().to_vec();
            all.extend(dependencies(&roles()));
            let mut seen: Vec<String> = Vec::new();
            for name in all.iter().map(|role| full_name(role)) {
                if !seen.contains(&name) {
                    seen.push(name);
                }
            }
            seen.into()
        }
        _ => return None,
    })
}

/// Names that [`of_play`] knows.
pub(super) const OF_PLAY: &[&str] = &[
    "ansible_play_name",
    "ansible_play_hosts_all",
    "ansible_play_hosts",
    "ansible_play_batch",
    "play_hosts",
    "ansible_play_role_names",
    "role_names",
    "ansible_dependent_role_names",
    "ansible_role_names",
];

/// Variables of a task.
pub(super) fn of_task(name: &str, task: &Task) -> Option<Templated> {
    if name == "environment" {
        return Some(Templated::List(Arc::new(task.keywords.environment.clone())));
    }
    let role = task.role.as_ref()?;
    Some(match name {
        "role_name" => short_name(role).into(),
        "ansible_role_name" => full_name(role).into(),
        "role_path" => role.path.display().to_string().into(),
        "role_uuid" => format!("{:032x}", role.id).into(),
        "ansible_collection_name" => Value::from(role.collection.clone()).into(),
        "ansible_parent_role_names" if !role.includers.is_empty() => {
            role.includers.iter().map(|parent| full_name(parent)).collect::<Value>().into()
        }
        "ansible_parent_role_paths" if !role.includers.is_empty() => {
            role.includers.iter().map(|parent| parent.path.display().to_string()).collect::<Value>().into()
        }
        _ => return None,
    })
}

/// Names that [`of_task`] knows.
pub(super) const OF_TASK: &[&str] = &[
    "environment",
    "role_name",
    "ansible_role_name",
    "role_path",
    "role_uuid",
    "ansible_collection_name",
    "ansible_parent_role_names",
    "ansible_parent_role_paths",
];

fn dependencies(roles: &[Arc<Role>]) -> Vec<Arc<Role>> {
    let mut found: Vec<Arc<Role>> = Vec::new();
    for role in roles {
        for dependency in &role.dependencies {
            for one in dependencies(std::slice::from_ref(dependency)).into_iter().chain([dependency.clone()]) {
                if !found.iter().any(|known| known.name == one.name) {
                    found.push(one);
                }
            }
        }
    }
    found
}

/// The name with the collection in front.
fn full_name(role: &Role) -> String {
    match &role.collection {
        Some(collection) => format!("{collection}.{}", short_name(role)),
        None => role.name.clone(),
    }
}

/// The name without the collection.
fn short_name(role: &Role) -> &str {
    let prefix = role.collection.as_deref().and_then(|c| role.name.strip_prefix(c)).and_then(|n| n.strip_prefix('.'));
    prefix.unwrap_or(&role.name)
}

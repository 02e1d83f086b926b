//! What variables need to know about the play that is running: its hosts, its batch, who is out, its roles.

use super::beside::lock;
use crate::inventory::HostName;
use crate::playbook::{Play, Role};
use crate::template::Variables;
use hostler_sdk::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A running play. Shared by all its hosts; what changes during the play changes inside.
#[derive(Debug)]
pub struct PlayContext {
    /// The play.
    pub play: Arc<Play>,
    /// `ansible_play_name`, rendered.
    pub name: String,
    /// `playbook_dir`: the absolute directory of the playbook's file.
    pub dir: PathBuf,
    /// Answers to `vars_prompt:`.
    pub prompted: Arc<Variables>,
    /// All hosts of the play, within `--limit`, in the play's order.
    hosts: Value,
    names: Vec<HostName>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    batch: Vec<HostName>,
    removed: HashSet<HostName>,
    roles: Vec<Arc<Role>>,
    /// Made from the above when first asked for.
    shown: Option<Shown>,
}

/// The parts that are variables.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// `ansible_play_hosts`.
    pub hosts: Value,
    /// `ansible_play_batch`.
    pub batch: Value,
    /// Roles whose defaults and vars the whole play sees.
    pub public: Arc<[Arc<Role>]>,
}

impl PlayContext {
    /// A play that begins. `dir` is its playbook's directory, made absolute here.
    pub fn new(play: Arc<Play>, name: String, dir: &Path, hosts: Vec<HostName>, prompted: Variables) -> Self {
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        let state = State { batch: hosts.clone(), roles: play.roles.clone(), ..State::default() };
        PlayContext {
            name,
            dir: crate::config::normalise(&dir),
            prompted: Arc::new(prompted),
            hosts: list(hosts.iter()),
            names: hosts,
            state: Mutex::new(state),
            play,
        }
    }

    /// Tells which hosts the current `serial` batch has.
    pub fn set_batch(&self, hosts: &[HostName]) {
        let mut state = lock(&self.state);
        state.batch = hosts.to_vec();
        state.shown = None;
    }

    /// Tells which hosts are out: failed, unreachable or ended.
    pub fn set_removed(&self, hosts: &[HostName]) {
        let mut state = lock(&self.state);
        state.removed = hosts.iter().cloned().collect();
        state.shown = None;
    }

    /// Tells of a role that came in at run time (`include_role`); counts for the play when it is public.
    pub fn add_role(&self, role: &Arc<Role>) {
        let mut state = lock(&self.state);
        if !state.roles.iter().any(|known| known.id == role.id) {
            state.roles.push(role.clone());
            state.shown = None;
        }
    }

    /// All hosts of the play (`ansible_play_hosts_all`).
    pub fn hosts(&self) -> &[HostName] {
        &self.names
    }

    pub(super) fn all_hosts(&self) -> Value {
        self.hosts.clone()
    }

    pub(super) fn shown(&self) -> Shown {
        let mut state = lock(&self.state);
        if let Some(shown) = &state.shown {
            return shown.clone();
        }
        let left = |hosts: &[HostName]| list(hosts.iter().filter(|host| !state.removed.contains(*host)));
        let public = state.roles.iter().filter(|role| role.public).cloned().collect();
        let shown = Shown { hosts: left(&self.names), batch: left(&state.batch), public };
        state.shown = Some(shown.clone());
        shown
    }
}

fn list<'a>(hosts: impl Iterator<Item = &'a HostName>) -> Value {
    hosts.map(|host| Value::Str(host.clone())).collect()
}

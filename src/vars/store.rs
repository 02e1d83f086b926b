//! All variables of a run: those of the inventory, of each play and of the command line, put together for a host.

use super::beside::{Beside, lock};
use super::definition::Layered;
use super::fact_cache::FactCache;
use super::growing::Growing;
use super::host_layers::Finder;
use super::magic::{self, RunFacts};
use super::play::PlayContext;
use super::scope::HostScope;
use super::sharing::Pool;
use super::state::State;
use crate::config::{HashBehaviour, Settings};
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::inventory::{Host, HostName, Inventory, Texts};
use crate::playbook::{Task, reserved};
use crate::template::{Scope, Templated, Variables, managed};
use hostler_sdk::Map;
use rayon::prelude::*;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

/// From how many hosts on their files are read by several threads; starting those takes longer than reading for fewer.
const WORTH_THREADS: usize = 16;

/// The variables of a run. One for all hosts; nothing of it is locked while a template is rendered.
pub struct VarStore {
    settings: Arc<Settings>,
    texts: Arc<dyn Texts>,
    extra: Arc<Variables>,
    run: Map,
    managed: Templated,
    pub(super) growing: Growing,
    pub(super) sources: Vec<PathBuf>,
    pub(super) beside: Beside,
    pub(super) cache: Option<FactCache>,
    pub(super) states: RwLock<HashMap<HostName, Arc<Mutex<State>>>>,
    pub(super) pool: Mutex<Pool>,
    layers: Mutex<HashMap<HostName, Vec<Layers>>>,
    bare: Mutex<HashMap<HostName, Bare>>,
    files: Mutex<HashMap<PathBuf, Arc<Variables>>>,
    warnings: Mutex<Vec<Diagnostic>>,
}

/// The layers of a host for a playbook's directory, and the inventory they were made from.
struct Layers {
    changes: u64,
    dir: PathBuf,
    layers: Arc<Vec<Layered>>,
}

/// A scope of `hostvars` and what it was made from.
struct Bare {
    epoch: u64,
    changes: u64,
    dir: Arc<PathBuf>,
    scope: Arc<HostScope>,
}

impl VarStore {
    /// The variables of a run over an inventory. `extra` is what [`super::extra_vars`] read.
    ///
    /// # Errors
    /// A broken template in the setting `ansible_managed`.
    pub fn new(
        settings: Arc<Settings>,
        inventory: Inventory,
        extra: Variables,
        run: &RunFacts,
        texts: Arc<dyn Texts>,
    ) -> Result<Arc<Self>> {
        let text = managed(&settings.ansible_managed);
        let managed = match settings.ansible_managed.origin().place() {
            Some(place) => texts.text(&text, place)?,
            None => texts.text(&text, &Place::named("setting ansible_managed", &text))?,
        };
        let mut warnings = Vec::new();
        if *settings.playbook_vars_root != crate::config::VarsRoot::Top {
            let what = "only the `group_vars` and `host_vars` beside the playbook are read, whatever `playbook_vars_root` says";
            warnings.push(Diagnostic::warning(what).note(format!("set by {}", settings.playbook_vars_root.origin())));
        }
        warnings.extend(reserved_in(&extra));
        let cache = FactCache::of(&settings, &mut warnings);
        Ok(Arc::new(VarStore {
            run: magic::of_run(run, &settings, &inventory.sources),
            sources: source_dirs(&inventory.sources),
            growing: Growing::new(inventory),
            cache,
            beside: Beside::new((*settings.yaml_valid_extensions).clone()),
            extra: Arc::new(extra),
            managed,
            states: RwLock::default(),
            pool: Mutex::default(),
            layers: Mutex::default(),
            bare: Mutex::default(),
            files: Mutex::default(),
            warnings: Mutex::new(warnings),
            settings,
            texts,
        }))
    }

    /// Reads what hosts need of `group_vars/` and `host_vars/`, all at once. What is wrong in them is told before anything runs.
    ///
    /// # Errors
    /// All files that cannot be read.
    pub fn prepare(&self, hosts: &[HostName], play: &PlayContext) -> Result<(), Vec<Diagnostic>> {
        let inventory = self.inventory();
        let prepare = |name: &HostName| self.layers(&host_of(&inventory, name), &play.dir).err();
        let found: Vec<_> = if hosts.len() < WORTH_THREADS {
            hosts.iter().filter_map(prepare).collect()
        } else {
            hosts.par_iter().filter_map(prepare).collect()
        };
        let mut errors: Vec<Diagnostic> = found.into_iter().map(|error| *error).collect();
        let mut seen = Vec::new();
        errors.retain(|error| {
            let text = error.to_string();
            let new = !seen.contains(&text);
            seen.push(text);
            new
        });
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// The variables of a host in a play, for a task when there is one; `overlay` (the loop's item) is above everything.
    /// A host that no inventory has is one without groups.
    ///
    /// # Errors
    /// Files of variables that cannot be read.
    pub fn scope(
        self: &Arc<Self>,
        host: &str,
        play: &Arc<PlayContext>,
        task: Option<&Arc<Task>>,
        overlay: Variables,
    ) -> Result<Arc<HostScope>> {
        let (inventory, _) = self.snapshot();
        let host = host_of(&inventory, host);
        let dir = Arc::new(play.dir.clone());
        let overlay = Arc::new(overlay);
        let within_play = || -> Result<HostScope> {
            let mut scope = self.bare(&inventory, &host, &dir)?;
            scope.public = play.shown().public;
            scope.play = Some(play.clone());
            scope.overlay = overlay.clone();
            Ok(scope)
        };
        let mut scope = within_play()?;
        if !play.play.vars_files.is_empty() {
            // Names of files may use whatever is there without them.
            let names: Arc<dyn Scope> = Arc::new(scope);
            let files = self.vars_files(play, &names, task.is_some())?;
            scope = within_play()?;
            scope.files = files;
        }
        scope.task = task.cloned();
        Ok(Arc::new(scope))
    }

    /// The variables of a play that belong to no host, for its keywords: those of the command line, of the play and of its roles.
    ///
    /// # Errors
    /// Files of variables that cannot be read.
    pub fn play_scope(self: &Arc<Self>, play: &Arc<PlayContext>, task: Option<&Arc<Task>>) -> Result<Arc<HostScope>> {
        let (inventory, _) = self.snapshot();
        let within_play = || HostScope {
            store: self.clone(),
            inventory: inventory.clone(),
            layers: Arc::default(),
            host: Arc::new(Host::stranger("")),
            dir: Arc::new(play.dir.clone()),
            state: State::default(),
            play: Some(play.clone()),
            public: play.shown().public,
            files: Arc::default(),
            task: task.cloned(),
            overlay: Arc::default(),
            rendered: Mutex::default(),
        };
        let mut scope = within_play();
        if !play.play.vars_files.is_empty() {
            let names: Arc<dyn Scope> = Arc::new(scope);
            let files = self.vars_files(play, &names, false)?;
            scope = within_play();
            scope.files = files;
        }
        Ok(Arc::new(scope))
    }

    /// The variables of a file (`include_vars`), as written.
    ///
    /// # Errors
    /// Files that cannot be read or that hold no variables.
    pub fn file(&self, path: &Path) -> Result<Arc<Variables>> {
        let mut warnings = Vec::new();
        let vars = super::file::read(path, self.texts.as_ref(), &mut warnings)?;
        warnings.extend(reserved_in(&vars));
        warnings.into_iter().for_each(|warning| self.warn(warning));
        Ok(vars)
    }

    /// Whether the command line sets a variable.
    pub fn is_extra(&self, name: &str) -> bool {
        self.extra.get(name).is_some()
    }

    /// The variables of a host without a play (`hostvars`, `hostler inventory`): `dir` is the directory of the playbook.
    ///
    /// # Errors
    /// Files of variables that cannot be read.
    pub fn bare_scope(self: &Arc<Self>, host: &Arc<Host>, dir: &Arc<PathBuf>) -> Result<Arc<HostScope>> {
        let (inventory, changes) = self.snapshot();
        let epoch = lock(&self.state(&host.name)).epoch;
        let same = |b: &&Bare| b.epoch == epoch && b.changes == changes && b.dir == *dir;
        if let Some(known) = lock(&self.bare).get(&host.name).filter(same) {
            return Ok(known.scope.clone());
        }
        let scope = Arc::new(self.bare(&inventory, host, dir)?);
        let bare = Bare { epoch, changes, dir: dir.clone(), scope: scope.clone() };
        lock(&self.bare).insert(host.name.clone(), bare);
        Ok(scope)
    }

    fn bare(self: &Arc<Self>, inventory: &Arc<Inventory>, host: &Arc<Host>, dir: &Arc<PathBuf>) -> Result<HostScope> {
        let state = lock(&self.state(&host.name)).clone();
        Ok(HostScope {
            store: self.clone(),
            inventory: inventory.clone(),
            layers: self.layers(host, dir)?,
            host: host.clone(),
            dir: dir.clone(),
            state,
            play: None,
            public: Arc::new([]),
            files: Arc::default(),
            task: None,
            overlay: Arc::default(),
            rendered: Mutex::default(),
        })
    }

    fn layers(&self, host: &Arc<Host>, dir: &Path) -> Result<Arc<Vec<Layered>>> {
        let (inventory, changes) = self.snapshot();
        let same = |known: &&Layers| known.changes == changes && known.dir == dir;
        if let Some(known) = lock(&self.layers).get(&host.name).and_then(|all| all.iter().find(same)) {
            return Ok(known.layers.clone());
        }
        let finder = Finder {
            inventory: &inventory,
            beside: &self.beside,
            sources: &self.sources,
            dir,
            precedence: &self.settings.precedence,
            texts: self.texts.as_ref(),
            python: self.run.get("ansible_playbook_python"),
        };
        let mut warnings = Vec::new();
        let layers = Arc::new(finder.layers(host, &mut warnings)?);
        warnings.extend(layers.iter().flat_map(|layered| reserved_in(layered.vars())));
        warnings.into_iter().for_each(|warning| self.warn(warning));
        let mut all = lock(&self.layers);
        let all = all.entry(host.name.clone()).or_default();
        all.retain(|known| known.changes == changes && known.dir != dir);
        all.push(Layers { changes, dir: dir.to_owned(), layers: layers.clone() });
        Ok(layers)
    }

    /// Warnings since the last call.
    pub fn take_warnings(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut *lock(&self.warnings))
    }

    /// Keeps a warning, each once.
    pub(super) fn warn(&self, warning: Diagnostic) {
        let mut warnings = lock(&self.warnings);
        if !warnings.iter().any(|known| known.to_string() == warning.to_string()) {
            warnings.push(warning);
        }
    }

    /// Settings of the run.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// What reads texts and files.
    pub fn texts(&self) -> &Arc<dyn Texts> {
        &self.texts
    }

    /// Extra vars of the command line.
    pub fn extra(&self) -> &Variables {
        &self.extra
    }

    pub(super) fn run_facts(&self) -> &Map {
        &self.run
    }

    pub(super) fn managed(&self) -> Templated {
        self.managed.clone()
    }

    pub(super) fn inject_facts(&self) -> bool {
        *self.settings.inject_facts_as_vars
    }

    pub(super) fn merges(&self) -> bool {
        *self.settings.hash_behaviour == HashBehaviour::Merge
    }

    /// Files of variables read so far, by path.
    pub(super) fn known_files(&self) -> &Mutex<HashMap<PathBuf, Arc<Variables>>> {
        &self.files
    }
}

impl fmt::Debug for VarStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VarStore")
    }
}

/// Warnings for variables whose names mean something else.
pub(super) fn reserved_in(vars: &Variables) -> impl Iterator<Item = Diagnostic> {
    vars.0.iter().filter_map(|(name, variable)| reserved(name, variable.place.as_ref()))
}

/// A host of the inventory, the implicit localhost, or one that is known by name alone.
fn host_of(inventory: &Inventory, name: &str) -> Arc<Host> {
    inventory.host(name).unwrap_or_else(|| Arc::new(Host::stranger(name)))
}

/// The directories whose `group_vars/` and `host_vars/` count, in order of the sources.
fn source_dirs(sources: &[String]) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = Vec::new();
    for source in sources {
        let path = Path::new(source);
        let dir = match (path.is_dir(), path.exists() || !source.contains(',')) {
            (true, _) => path,
            (false, true) => path.parent().unwrap_or(path),
            (false, false) => continue,
        };
        let dir = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
        // Reading a directory twice changes nothing, but the last one wins.
        dirs.retain(|known| *known != dir);
        dirs.push(dir);
    }
    dirs
}

//! A role as used once: its directory, its variables, and the parameters of this use.

use crate::template::Variables;
use std::path::PathBuf;
use std::sync::Arc;

/// One use of a role.
#[derive(Debug)]
pub struct Role {
    /// Name as written: `nginx`, `acme.web.nginx`.
    pub name: String,
    /// Its directory.
    pub path: PathBuf,
    /// The collection it is in, when it is in one.
    pub collection: Option<String>,
    /// Its own `vars/` without anybody else's: what it exports to the play when it is public.
    pub exports: Arc<Variables>,
    /// `defaults/`, those of its dependencies and parents below its own.
    pub defaults: Arc<Variables>,
    /// Variables of the role, later ones winning already: its parents' and dependencies' `vars/`, its own, and `vars:` of this use.
    pub vars: Arc<Variables>,
    /// Parameters given where it is used.
    pub params: Arc<Variables>,
    /// The roles that pulled it in, nearest first: those that depend on it, and those with a task that includes it.
    pub parents: Vec<Arc<Role>>,
    /// Those of them whose tasks include it, or what it is a dependency of (`ansible_parent_role_names`).
    pub includers: Vec<Arc<Role>>,
    /// The roles it depends on directly.
    pub dependencies: Vec<Arc<Role>>,
    /// Whether its variables and defaults are seen by the rest of the play.
    pub public: bool,
    /// Unique within the run for one use of the role.
    pub id: u64,
    /// Whether running it twice with equal parameters is allowed.
    pub allow_duplicates: bool,
}

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
    /// `defaults/`.
    pub defaults: Arc<Variables>,
    /// `vars/` of the role, its parents' and dependencies' before its own.
    pub vars: Arc<Variables>,
    /// Parameters given where it is used.
    pub params: Arc<Variables>,
    /// The roles that pulled it in, nearest first (`ansible_parent_role_names`).
    pub parents: Vec<Arc<Role>>,
    /// Unique within the run for one use of the role.
    pub id: u64,
    /// Whether running it twice with equal parameters is allowed.
    pub allow_duplicates: bool,
}

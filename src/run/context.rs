//! What a whole run stands on.

use super::{Answers, Language, Links, Profile, RunOptions};
use crate::config::Settings;
use crate::inventory::Limit;
use crate::playbook::Loader;
use crate::vars::VarStore;
use std::sync::Arc;

/// Everything plays need: made once by the command line, shared by all hosts.
pub struct RunContext {
    /// Settings, each from the file, the environment or a flag.
    pub settings: Arc<Settings>,
    /// How to run.
    pub options: RunOptions,
    /// `--limit`, read.
    pub limit: Option<Limit>,
    /// Inventory and variables.
    pub vars: Arc<VarStore>,
    /// Templates and vault.
    pub language: Language,
    /// Loads what tasks include.
    pub loader: Arc<Loader>,
    /// Connections.
    pub links: Links,
    /// Where the time goes, when somebody wants to know.
    pub profile: Option<Profile>,
    /// What hosts have answered ahead.
    pub answers: Answers,
}

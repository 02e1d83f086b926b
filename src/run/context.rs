//! What a whole run stands on.

use super::{Answers, Language, Links, Profile, RunOptions};
use crate::config::Settings;
use crate::diagnostic::render;
use crate::inventory::Limit;
use crate::playbook::Loader;
use crate::report::Event;
use crate::vars::VarStore;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

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

impl RunContext {
    /// Tells what reading and learning variables gave to warn about since the last time.
    pub(super) fn tell_warnings(&self, events: &UnboundedSender<Event>) {
        for warning in self.vars.take_warnings() {
            // When nobody listens any more, nothing is lost.
            let _ = events.send(Event::Warning { text: render(&warning, false) });
        }
    }
}

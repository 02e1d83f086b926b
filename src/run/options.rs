//! What a run is told from outside, and what comes back of it.

use crate::report::HostStats;
use hostler_sdk::Map;

/// How to run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// `--check`: change nothing.
    pub check: bool,
    /// `--diff`.
    pub diff: bool,
    /// Hosts worked on at the same time, at least 1.
    pub forks: usize,
    /// `--tags`; empty means all.
    pub tags: Vec<String>,
    /// `--skip-tags`.
    pub skip_tags: Vec<String>,
    /// `--limit`, as given.
    pub limit: Option<String>,
    /// `--start-at-task`: a name or a shell pattern.
    pub start_at_task: Option<String>,
    /// `--step`: ask before each task (standard input must be a terminal).
    pub step: bool,
    /// Whether hosts are asked ahead what tasks would change (`--no-check-ahead` turns it off).
    pub ahead: bool,
    /// `--force-handlers`.
    pub force_handlers: bool,
    /// `-v` count; 3 and more put `invocation` into results.
    pub verbosity: u8,
    /// Whether plays gather all facts, not only those that something reads: where results are shown whole.
    pub all_facts: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            check: false,
            diff: false,
            forks: 50,
            tags: Vec::new(),
            skip_tags: Vec::new(),
            limit: None,
            start_at_task: None,
            step: false,
            ahead: true,
            force_handlers: false,
            verbosity: 0,
            all_facts: false,
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct RunResult {
    /// Counts per host, in the order of appearance.
    pub stats: Vec<(String, HostStats)>,
    /// `set_stats` of the run.
    pub custom: Map,
    /// The exit code as ansible-playbook gives it: 0, 2 (failed), 4 (unreachable), 1 (an error that is no host's), 99 (interrupted).
    pub exit_code: u8,
}

//! `async_wrapper`: begins another module's call as a job in the background. The engine calls it for tasks with `async`.

use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Look, Map, Module, Outcome};

/// Begins a job in the background
///
/// Not called by playbooks: it is how tasks with `async` are run.
#[derive(Module)]
#[module(
    kind = "action",
    name = "async_wrapper",
    check = "none",
    returns(
        ("ansible_job_id", "str", "the job's name, for `async_status`"),
        ("results_file", "str", "where the job leaves its outcome"),
        ("started", "bool", "whether it was begun"),
        ("finished", "bool", "whether it is over")
    ),
    examples = ""
)]
pub struct AsyncWrapper {
    /// The module.
    module: String,
    /// Its arguments.
    arguments: Map,
    /// The job's name.
    jid: String,
    /// Longest time it may take, in seconds.
    limit: u64,
    /// Where jobs leave their outcomes.
    #[arg(default = "~/.ansible_async")]
    directory: HostPath,
}

impl Action for AsyncWrapper {
    fn check(&self, _: &Look) -> Result<Option<Outcome>> {
        Ok(None)
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        if self.jid.contains('/') {
            return Err(Failure::new("a job's name holds no slash"));
        }
        let directory = change.absolute(&self.directory);
        change.begin(&self.module, self.arguments.clone(), &self.jid, &directory, self.limit)?;
        Ok(Outcome { changed: true, ..Outcome::default() }
            .with("started", true)
            .with("finished", false)
            .with("ansible_job_id", self.jid.as_str())
            .with("results_file", format!("{directory}/{}", self.jid)))
    }
}

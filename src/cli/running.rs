//! Running what was loaded: a runtime, the report in a thread of its own, and the operator's interrupts.

use super::reporting::Reporting;
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::Play;
use crate::report::Reporter;
use crate::run::{RunContext, run};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// Threads for work that blocks, beyond one for each host; they are started when they are needed.
const BLOCKING: usize = 512;

/// Runs playbooks and gives the exit code.
///
/// # Errors
/// What the run needs of this machine cannot be had.
pub fn apply(
    context: Arc<RunContext>,
    playbooks: &[(PathBuf, Vec<Arc<Play>>)],
    reporters: Vec<Box<dyn Reporter>>,
) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // A template that waits for facts holds a thread, whose other work goes on in one of these.
        .max_blocking_threads(BLOCKING.saturating_add(context.options.forks))
        .build()
        .map_err(|e| Diagnostic::error("could not start the run").cause(e.to_string()).boxed())?;
    let (reporting, events) = Reporting::start(reporters, context.language.secrets.clone())?;
    let result = runtime.block_on(async {
        let (stop, interrupt) = watch::channel(false);
        let watcher = tokio::spawn(async move {
            // The first interrupt stops the run in order; the operating system's way is left for the second.
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = stop.send(true);
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(super::exit::INTERRUPTED));
            }
        });
        let result = run(context, playbooks, events, interrupt).await;
        watcher.abort();
        result
    });
    reporting.finish();
    // Tasks that still wait for something that will not come must not hold the program.
    runtime.shutdown_background();
    Ok(result.exit_code)
}

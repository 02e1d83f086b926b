//! `wait_for_connection`: until a host answers.

use super::act::invalid_options;
use super::{Act, ActionResult, TaskRun, register};
use hostler_sdk::{ArgError, Map, Module, Outcome};
use std::time::{Duration, Instant};

/// Waits until remote system is reachable/usable
///
/// Opens a new connection again and again until a module answers there.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "wait_for_connection",
    check = "none",
    looks_beyond,
    returns(("elapsed", "int", "seconds that were waited")),
    examples = r#"
- name: Wait 600 seconds for target connection to become reachable/usable
  ansible.builtin.wait_for_connection:
    timeout: 600
"#
)]
pub struct WaitForConnection {
    /// Seconds for one try.
    #[arg(default = "5")]
    connect_timeout: u64,
    /// Seconds before the first try.
    #[arg(default = "0")]
    delay: u64,
    /// Seconds between tries.
    #[arg(default = "1")]
    sleep: u64,
    /// Seconds for everything.
    #[arg(default = "600")]
    timeout: u64,
}

register!(of WaitForConnection);

impl Act for WaitForConnection {
    fn refused(refusal: ArgError) -> ArgError {
        invalid_options(Self::SPEC.name, refusal)
    }

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        if task.check {
            return Ok(Outcome { skipped: Some(String::new()), ..Outcome::default() }.into());
        }
        let start = Instant::now();
        tokio::time::sleep(Duration::from_secs(self.delay)).await;
        let end = Instant::now() + Duration::from_secs(self.timeout);
        let mut why = String::from("no try was made");
        while Instant::now() < end {
            task.hands.reset().await;
            let patience = Duration::from_secs(self.connect_timeout.max(1)).min(end - Instant::now());
            match tokio::time::timeout(patience, task.call_module("ping", Map::new(), Vec::new())).await {
                Ok(Ok(outcome)) if outcome.failed.is_none() => {
                    return Ok(Outcome::default().with("elapsed", start.elapsed().as_secs()).into());
                }
                Ok(Ok(outcome)) => why = outcome.failed.unwrap_or_default(),
                Ok(Err(e)) => why = e.to_string(),
                Err(_) => why = format!("no answer within {} seconds", patience.as_secs()),
            }
            let rest = end.saturating_duration_since(Instant::now());
            tokio::time::sleep(Duration::from_secs(self.sleep).min(rest)).await;
        }
        let msg = format!("timed out waiting for ping module test: {why}");
        Ok(Outcome::failure(msg).with("elapsed", start.elapsed().as_secs()).into())
    }
}

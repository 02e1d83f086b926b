//! When apt's lists of packages were last refreshed, and refreshing them.

use super::command::environment;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Command, Look};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const STAMP: &str = "/var/lib/apt/periodic/update-success-stamp";
const LISTS: &str = "/var/lib/apt/lists";

/// When the lists were refreshed, in whole seconds since the epoch; 0 when they never were.
pub(super) fn updated(look: &Look) -> Result<f64> {
    let stamp = match look.stat(STAMP)? {
        Some(meta) => Some(meta),
        None => look.stat(LISTS)?,
    };
    Ok(stamp.map_or(0.0, |meta| meta.mtime))
}

/// Whether lists of that age are too old.
pub(super) fn is_stale(updated: f64, valid: u64) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    updated + (valid as f64) < now
}

/// Refreshes the lists, trying again with growing pauses.
pub(super) fn update(change: &Change, retries: u32, longest_pause: u64, lock_timeout: u64) -> Result<()> {
    let lock = format!("DPkg::Lock::Timeout={lock_timeout}");
    let words = ["apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "-o", &lock, "update"];
    let mut last = String::new();
    for attempt in 0..retries.max(1) {
        let output = change.run(&environment(Command::new(words)))?;
        if output.ok() {
            return Ok(());
        }
        last = output.err().trim().to_owned();
        change.warn(format!("Failed to update cache after {} retries due to {last}, retrying", attempt + 1));
        if attempt + 1 < retries {
            let pause = 2u64.saturating_pow(attempt).min(longest_pause);
            change.warn(format!("Sleeping for {pause} seconds, before attempting to refresh the cache again"));
            std::thread::sleep(Duration::from_secs(pause));
        }
    }
    let reason = if last.is_empty() { "unknown reason" } else { &last };
    Err(Failure::new(format!("Failed to update apt cache after {retries} retries: {reason}")))
}

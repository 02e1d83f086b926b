//! Modules for users and groups, and for asking the account databases.

mod busybox;
mod expiry;
mod getent;
mod group;
mod home;
mod membership;
mod shadow;
mod shadow_utils;
mod ssh_key;
#[cfg(test)]
mod tests;
mod user;
mod user_state;

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Command};

/// Runs a command of the account tools; its standard error is the message when it fails. Its output comes back.
fn run(change: &Change, name: &str, command: &Command) -> Result<(String, String)> {
    let output = change.run(command)?;
    let (out, err) = (output.out(), output.err());
    if output.ok() {
        return Ok((out, err));
    }
    let msg = if err.trim().is_empty() { out } else { err };
    Err(Failure::new(msg).with("name", name).with("rc", output.status))
}

/// A program of the account tools, or the failure that it is missing.
fn need(change: &Change, program: &str) -> Result<()> {
    if change.which(program).is_some() {
        return Ok(());
    }
    let paths = change.env("PATH").unwrap_or_default();
    Err(Failure::new(format!("Failed to find required executable \"{program}\" in paths: {paths}")))
}

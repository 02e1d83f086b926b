//! Command lines of apt-get and what comes of them.

use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Command, Diff, Map, Outcome, Output};

/// No questions, and English for what is read from the output.
pub(super) fn environment(command: Command) -> Command {
    [
        ("DEBIAN_FRONTEND", "noninteractive"),
        ("DEBIAN_PRIORITY", "critical"),
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("LC_MESSAGES", "C.UTF-8"),
        ("LC_CTYPE", "C.UTF-8"),
        ("LANGUAGE", "C.UTF-8"),
    ]
    .into_iter()
    .fold(command, |command, (key, value)| command.env(key, value))
}

/// `force-confdef,force-confold` as options of apt-get.
pub(super) fn dpkg_options(list: &str, lock_timeout: u64) -> Vec<String> {
    let each = list.split(',').map(str::trim).filter(|o| !o.is_empty());
    let options = each.flat_map(|option| ["-o".to_owned(), format!("Dpkg::Options::=--{option}")]);
    options.chain(["-o".to_owned(), format!("DPkg::Lock::Timeout={lock_timeout}")]).collect()
}

/// Counts that mean that apt-get had nothing to do.
pub(super) const NOTHING: &str = "0 upgraded, 0 newly installed, 0 to remove";

/// The part of apt's words that tells what changes, for the diff.
pub(super) fn summary(out: &str) -> String {
    let lines: Vec<&str> = out.lines().collect();
    let after = |text: &str| lines.iter().position(|line| *line == text);
    let start =
        after("Resolving dependencies...").or_else(|| after("Reading state information...")).map_or(0, |at| at + 1);
    let counts = |line: &&str| {
        let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < line.len() && (digits.starts_with(" upgraded") || digits.starts_with(" packages upgraded"))
    };
    let end = lines.iter().position(counts).map_or(lines.len(), |at| at + 1);
    lines.get(start..end).unwrap_or_default().join("\n")
}

/// The outcome of a run of apt-get that went well.
pub(super) fn outcome(output: &Output, changed: bool, wants_diff: bool) -> Outcome {
    let out = output.out();
    let mut values = Map::new();
    let diff = Diff { prepared: Some(summary(&out)), ..Diff::default() };
    values.set("stdout", out);
    values.set("stderr", output.err());
    let diff = if wants_diff && changed { vec![diff] } else { Vec::new() };
    Outcome { changed, values, diff, ..Outcome::default() }
}

/// The failure of one that did not; `what` is how the message names it.
pub(super) fn check(output: &Output, what: &str) -> Result<()> {
    if output.ok() {
        return Ok(());
    }
    Err(Failure::new(format!("'{what}' failed: {}", output.err()))
        .with("stdout", output.out())
        .with("stderr", output.err())
        .with("rc", output.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_what_changes() {
        let out = "Reading package lists...\nBuilding dependency tree...\nReading state information...\nThe following NEW packages will be installed:\n  hello\n0 upgraded, 1 newly installed, 0 to remove and 3 not upgraded.\nInst hello (2.10)\n";
        assert_eq!(
            summary(out),
            "The following NEW packages will be installed:\n  hello\n0 upgraded, 1 newly installed, 0 to remove and 3 not upgraded."
        );
        assert_eq!(summary("a\nb"), "a\nb");
    }

    #[test]
    fn options_go_through_to_dpkg() {
        assert_eq!(
            dpkg_options("force-confdef,force-confold", 60).join(" "),
            "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=60"
        );
    }
}

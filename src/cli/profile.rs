//! `--profile`: a table of where the time went, and the trace file.

use crate::diagnostic::{Diagnostic, Result};
use crate::run::{Profile, Spent};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

/// Tasks and hosts that are listed.
const LISTED: usize = 15;

/// Prints the table on standard error, where it is in no parser's way, and writes the trace.
///
/// # Errors
/// A file that cannot be written.
pub fn show(profile: &Profile, whole: Duration, trace: &Path) -> Result<()> {
    eprintln!(
        "\nWHERE THE TIME WENT (summed over hosts, which work at the same time; the run took {})",
        seconds(whole)
    );
    let totals = profile.totals();
    for spent in Spent::ALL {
        eprintln!("  {:<22} {:>10}", spent.word(), seconds(totals.get(&spent).copied().unwrap_or_default()));
    }
    let tasks = profile.tasks();
    eprintln!("\n  {:<44} {:>11} {:>11} {:>11} {:>11}", "task", "connecting", "waiting", "on host", "own");
    for (name, kinds) in tasks.iter().take(LISTED) {
        let of = |spent: Spent| seconds(kinds.get(&spent).copied().unwrap_or_default());
        let name: String = name.chars().take(44).collect();
        let [a, b, c, d] = Spent::ALL.map(of);
        eprintln!("  {name:<44} {a:>11} {b:>11} {c:>11} {d:>11}");
    }
    let hosts = profile.hosts();
    if hosts.len() > 1 {
        eprintln!("\n  slowest hosts");
        for (name, took) in hosts.iter().take(LISTED) {
            eprintln!("  {name:<44} {:>11}", seconds(*took));
        }
    }
    let failed = |e: std::io::Error| {
        Diagnostic::error(format!("could not write the trace `{}`", trace.display())).cause(e.to_string()).boxed()
    };
    let file = File::create(trace).map_err(failed)?;
    profile.write_trace(BufWriter::new(file)).map_err(failed)?;
    eprintln!("\n  trace: {} (open it in Perfetto or chrome://tracing)", trace.display());
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

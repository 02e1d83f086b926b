//! Each host's result in a file of its own (`--tree`, ansible's callback `tree`).

use super::dump::{self, DumpOptions};
use super::{Event, Reporter, Status};
use std::path::PathBuf;

/// Writes the last result of each host to a file called like the host.
pub struct Tree {
    directory: PathBuf,
    verbosity: u8,
    told: bool,
}

impl Tree {
    /// A reporter that writes into `directory`, which is made when it is not there.
    pub fn new(directory: PathBuf, verbosity: u8) -> Self {
        Tree { directory, verbosity, told: false }
    }
}

impl Reporter for Tree {
    fn shows_facts(&self) -> bool {
        true
    }
    fn event(&mut self, event: &Event) {
        let Event::HostDone { host, status, result, .. } = event else { return };
        // A host's name is no path.
        if *status == Status::Skipped || host.contains('/') || matches!(host.as_str(), "." | "..") {
            return;
        }
        let text =
            dump::result(result, false, DumpOptions { verbosity: self.verbosity.min(2), ..DumpOptions::default() });
        let written =
            std::fs::create_dir_all(&self.directory).and_then(|()| std::fs::write(self.directory.join(host), text));
        if let (Err(e), false) = (written, self.told) {
            self.told = true;
            eprintln!("warning: could not write results to `{}`: {e}", self.directory.display());
        }
    }
}

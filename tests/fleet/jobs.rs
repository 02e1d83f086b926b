//! `async` over SSH: jobs of the login user and of others outlive the connection and the run that began them, a later run finds
//! them, and one whose time is up is ended with all it began.

use crate::hosts::{Fleet, available, text};
use std::path::PathBuf;

#[test]
fn jobs_outlive_the_run_that_began_them() {
    if !available() {
        return;
    }
    let fleet = Fleet::up(7, 1, false);
    let names = format!("names={}", fleet.work().join("names.json").display());
    for playbook in ["begin.yml", "end.yml"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fleet/jobs").join(playbook);
        let run = fleet.play(&path, &["--output", "plain", "-e", &names]);
        assert!(run.status.success(), "{playbook}: {}", text(&run));
    }
}

//! Accounts of users as whom tasks were done a moment ago: the host's tools refuse to change those while a process of theirs runs,
//! and the runner is one.

use crate::hosts::{Fleet, available, text};
use std::path::Path;

#[test]
fn a_user_for_whom_tasks_were_done_can_be_changed_and_removed() {
    if !available() {
        return;
    }
    let fleet = Fleet::up(8, 1, false);
    let playbook = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/accounts.yml"));
    for more in [&[][..], &["--no-check-ahead"]] {
        let run = fleet.play(playbook, &[&["--output", "plain"], more].concat());
        assert!(run.status.success(), "{more:?}: {}", text(&run));
    }
}

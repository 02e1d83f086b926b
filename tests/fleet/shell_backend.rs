//! The role over the shell of a host without Python: where the runner is not wanted, and where it cannot run. The host ends as one
//! that had the runner.

use crate::hosts::{Fleet, available, text};
use crate::{second_run_is_calm, site, upper};

/// Takes away every directory from which the runner could be started.
const NOEXEC: &str = "for d in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o noexec,mode=1777 tmpfs $d || exit; done; \
                      mount --bind /root /root && mount -o remount,bind,noexec /root";

#[test]
fn a_host_ends_the_same_over_its_shell() {
    if !available() {
        return;
    }
    let applied = |prepare: &str, more: &[&str]| {
        let fleet = Fleet::up(5, 1, false);
        assert_eq!(fleet.on(1, &format!("{prepare} && echo ready")), "ready\n");
        let run = fleet.play(site(), &[&["--output", "plain"], more].concat());
        assert!(run.status.success(), "{}", text(&run));
        let fell_back = text(&run).contains("modules use its shell");
        assert_eq!(fell_back, prepare == NOEXEC, "{}", text(&run));
        second_run_is_calm(&fleet, 1);
        (upper::read(&fleet.upper(1)), fleet.on(1, "systemctl is-active demo-web cron; systemctl is-enabled demo-web"))
    };
    let (runner, services) = applied("true", &[]);
    for (way, prepare, more) in
        [("asked for", "true", &["--backend", "shell"][..]), ("for want of the runner", NOEXEC, &[])]
    {
        let (shell, same) = applied(prepare, more);
        let differing = upper::differences(&shell, &runner);
        assert!(differing.is_empty(), "the shell, {way}:\n{}", differing.join("\n"));
        assert_eq!(same, services);
    }
}

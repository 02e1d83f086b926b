//! Becoming another user by systemd's own ways, which polkit allows or not: `machinectl shell`, whose sessions are at terminals of systemd's
//! that end at three bytes 0x1d in a row and with a status of their own, and `run0`, whose units have our streams.

use crate::hosts::{Fleet, available, text};
use std::path::Path;

/// Says so where a runner is still there after a moment.
const LEFT: &str = "for i in $(seq 100); do pgrep -f 'hostler-[s]tuffed' >/dev/null || exit 0; sleep .1; done; pgrep -af 'hostler-[s]tuffed'";

/// Hosts whose users are changed, and a file with bytes that terminals and sessions take for themselves.
struct Users {
    fleet: Fleet,
    bytes: Vec<u8>,
    given: [String; 3],
}

impl Users {
    fn new(number: u8, layer: &str, method: &str, action: &str) -> Users {
        let fleet = Fleet::with(number, 1, Some(layer));
        let ends = b"\x1d\x1d\x1d\x1d\x10\x10.\n~.\n\x04\x03\x13\r\n\0";
        let bytes: Vec<u8> = (0..1 << 20)
            .map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .chain(0..=255)
            .chain(ends.iter().copied().cycle().take(100_000))
            .collect();
        let file = fleet.work().join("bytes");
        std::fs::write(&file, &bytes).unwrap();
        let given = [
            format!("source={}", file.display()),
            format!("method={method}"),
            format!("polkit_action=org.freedesktop.{action}"),
        ];
        Users { fleet, bytes, given }
    }

    fn run(&self, more: &[&str]) -> std::process::Output {
        let playbook = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/systemd_become.yml"));
        let given: Vec<&str> = self.given.iter().flat_map(|one| ["-e", one]).collect();
        self.fleet.play(playbook, &[&["--output", "plain"], &given[..], more].concat())
    }

    /// A run that ends well, after which both users have the file as it was sent.
    fn play(&self, more: &[&str]) -> String {
        let run = self.run(more);
        assert!(run.status.success(), "{more:?}: {}", text(&run));
        for copy in ["home/app/bytes", "root/bytes"] {
            assert!(
                std::fs::read(self.fleet.upper(1).join(copy)).unwrap() == self.bytes,
                "{copy} is not what was sent"
            );
        }
        text(&run)
    }

    /// Runs twice, the second time without a change.
    fn settle(&self) {
        self.play(&[]);
        let again = self.play(&[]);
        assert!(again.contains("changed=0 "), "a second run changed something:\n{again}");
    }
}

#[test]
fn users_are_changed_in_sessions_of_systemd() {
    if !available() {
        return;
    }
    let users = Users::new(9, "--machined", "machinectl", "machine1.host-shell");
    users.settle();
    let fleet = &users.fleet;
    assert_eq!(fleet.on(1, LEFT), "", "runners that outlived their run");
    // The same over the system's ssh, which has bytes of its own that end it.
    fleet.on(1, "rm /home/app/bytes /root/bytes");
    users.play(&["-e", "ansible_connection=openssh"]);
    assert_eq!(fleet.on(1, LEFT), "", "runners that outlived their run over ssh");
    // The shell is of no use at a terminal.
    let refused = users.run(&["--backend", "shell"]);
    assert!(!refused.status.success() && text(&refused).contains("of no use behind a terminal"), "{}", text(&refused));
}

#[test]
fn users_are_changed_in_units_of_systemd() {
    if !available() {
        return;
    }
    let users = Users::new(10, "--trixie", "run0", "systemd1.manage-units");
    users.settle();
    users.fleet.on(1, "rm /home/app/bytes /root/bytes");
    users.play(&["--backend", "shell"]);
}

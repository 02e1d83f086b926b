//! Becoming another user by `machinectl shell`: its sessions are at terminals of systemd's, which end at three bytes 0x1d in a row and
//! with a status of their own.

use crate::hosts::{Fleet, available, text};
use std::path::Path;

/// Says so where a runner is still there after a moment.
const LEFT: &str = "for i in $(seq 100); do pgrep -f 'hostler-[s]tuffed' >/dev/null || exit 0; sleep .1; done; pgrep -af 'hostler-[s]tuffed'";

#[test]
fn users_are_changed_in_sessions_of_systemd() {
    if !available() {
        return;
    }
    let fleet = Fleet::with(9, 1, Some("--machined"));
    let ends = b"\x1d\x1d\x1d\x1d\x10\x10.\n~.\n\x04\x03\x13\r\n\0";
    let bytes: Vec<u8> = (0..1 << 20)
        .map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .chain(0..=255)
        .chain(ends.iter().copied().cycle().take(100_000))
        .collect();
    let file = fleet.work().join("bytes");
    std::fs::write(&file, &bytes).unwrap();
    let playbook = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/machinectl.yml"));
    let source = format!("source={}", file.display());
    let play = |more: &[&str]| {
        let run = fleet.play(playbook, &[&["--output", "plain", "-e", &source], more].concat());
        assert!(run.status.success(), "{more:?}: {}", text(&run));
        text(&run)
    };
    play(&[]);
    for copy in ["home/app/bytes", "root/bytes"] {
        assert!(std::fs::read(fleet.upper(1).join(copy)).unwrap() == bytes, "{copy} is not what was sent");
    }
    let again = play(&[]);
    assert!(again.contains("changed=0 "), "a second run changed something:\n{again}");
    assert_eq!(fleet.on(1, LEFT), "", "runners that outlived their run");
    // The same over the system's ssh, which has bytes of its own that end it.
    fleet.on(1, "rm /home/app/bytes /root/bytes");
    play(&["-e", "ansible_connection=openssh"]);
    assert!(std::fs::read(fleet.upper(1).join("home/app/bytes")).unwrap() == bytes);
    assert_eq!(fleet.on(1, LEFT), "", "runners that outlived their run over ssh");
    // The shell is of no use at a terminal.
    let refused = fleet.play(playbook, &["--output", "plain", "-e", &source, "--backend", "shell"]);
    assert!(!refused.status.success() && text(&refused).contains("of no use behind a terminal"), "{}", text(&refused));
}

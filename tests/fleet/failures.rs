//! Hosts that fail in the ways hosts fail: the error is clear, the other hosts go on, nothing is half-written.

use super::hosts::{Fleet, available, text};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

impl Fleet {
    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.work().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn holds(screen: &str, parts: &[&str]) {
    for part in parts {
        assert!(screen.contains(part), "`{part}` is missing in:\n{screen}");
    }
}

#[test]
fn failing_hosts_stop_no_other() {
    if !available() {
        return;
    }
    let fleet = Fleet::up(3, 3, false);
    a_wrong_key(&fleet);
    a_refused_sudo(&fleet);
    a_full_disk(&fleet);
    a_host_that_dies(&fleet);
}

fn a_wrong_key(fleet: &Fleet) {
    let key = fleet.work().join("stranger");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    let inventory = fs::read_to_string(&fleet.inventory).unwrap();
    let (first, others) = inventory.split_once('\n').unwrap();
    let first = first.replace(&format!("{}/id", fleet.directory()), &key.display().to_string());
    let inventory = fleet.write("wrong_key", &format!("{first}\n{others}"));
    let playbook = fleet.write(
        "wrong_key.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: say hello\n      ansible.builtin.ping:\n    - name: and again\n      ansible.builtin.ping:\n",
    );
    let (inventory, playbook) = (inventory.display().to_string(), playbook.display().to_string());
    let arguments = ["play", "-i", &inventory, &playbook, "--output", "plain"];
    let run = fleet.controller(env!("CARGO_BIN_EXE_hostler"), &arguments);
    let screen = text(&run);
    holds(&screen, &["fatal: [h1]: UNREACHABLE! => ", "Permission denied", "stranger: refused", "= help: "]);
    holds(&stdout(&run), &["h2                         : ok=2    changed=0    unreachable=0    failed=0"]);
    assert_eq!(run.status.code(), Some(4), "{screen}");
}

fn a_refused_sudo(fleet: &Fleet) {
    for host in 1..=2 {
        let script = "useradd -m -s /bin/sh op && cp -r /root/.ssh /home/op/.ssh && chown -R op: /home/op/.ssh";
        fleet.on(host, script);
    }
    fleet.on(2, "echo 'op ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/op");
    let playbook = fleet.write(
        "sudo.yml",
        "- hosts: h1,h2\n  gather_facts: false\n  become: true\n  vars:\n    ansible_user: op\n  tasks:\n    - name: as root\n      ansible.builtin.command: id -un\n      changed_when: false\n    - name: and on\n      ansible.builtin.ping:\n",
    );
    let run = fleet.play(&playbook, &["--output", "plain"]);
    let screen = text(&run);
    holds(&screen, &["fatal: [h1]: FAILED! => ", "Missing sudo password", "`--ask-become-pass` (`-K`)", "sudo.yml:"]);
    holds(&screen, &["h2                         : ok=2    changed=0    unreachable=0    failed=0"]);
    assert_eq!(run.status.code(), Some(2), "{screen}");
    // With a password: a wrong one is told as that, and is nowhere on the screen.
    let password = fleet.write("password", "not-the-password\n");
    let run = fleet.play(&playbook, &["--output", "plain", "--become-password-file", &password.display().to_string()]);
    let screen = text(&run);
    holds(&screen, &["fatal: [h1]: FAILED! => ", "Incorrect sudo password"]);
    assert!(!screen.contains("not-the-password"), "{screen}");
    assert_eq!(run.status.code(), Some(2), "{screen}");
}

fn a_full_disk(fleet: &Fleet) {
    fleet.on(1, "mkdir /srv/small && mount -t tmpfs -o size=64k tmpfs /srv/small && echo old >/srv/small/big");
    fleet.on(2, "mkdir /srv/small && echo old >/srv/small/big");
    fleet.write("big", &"x".repeat(1 << 20));
    let playbook = fleet.write(
        "full.yml",
        "- hosts: h1,h2\n  gather_facts: false\n  tasks:\n    - name: a large file\n      ansible.builtin.copy:\n        src: big\n        dest: /srv/small/big\n        mode: '0644'\n    - name: and on\n      ansible.builtin.ping:\n",
    );
    let run = fleet.play(&playbook, &["--output", "plain"]);
    let screen = text(&run);
    holds(&screen, &["fatal: [h1]: FAILED! => ", "No space left on device", "/srv/small", "changed: [h2]"]);
    assert_eq!(run.status.code(), Some(2), "{screen}");
    assert_eq!(fleet.on(1, "ls -A /srv/small; cat /srv/small/big"), "big\nold\n", "half-written");
    assert_eq!(fleet.on(2, "ls -A /srv/small; stat -c %s /srv/small/big"), "big\n1048576\n");
}

fn a_host_that_dies(fleet: &Fleet) {
    let playbook = fleet.write(
        "dies.yml",
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: wait for the end\n      ansible.builtin.command: sh -c 'test $(hostname) != h3 || exec sleep 571'\n      changed_when: false\n    - name: the others go on\n      ansible.builtin.copy:\n        content: here\n        dest: /srv/after\n        mode: '0644'\n",
    );
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| fleet.play(&playbook, &["--output", "plain"]));
        // The host dies only when the task is under way on it.
        let start = Instant::now();
        while fleet.on(3, "pgrep -x sleep -a").matches("sleep 571").count() == 0 {
            assert!(start.elapsed() < Duration::from_secs(120), "the task did not begin");
            std::thread::sleep(Duration::from_millis(200));
        }
        fleet.script(["kill", "3"]);
        run.join().unwrap()
    });
    let screen = text(&run);
    holds(&screen, &["fatal: [h3]: UNREACHABLE! => ", "while the task was running", "may have had an effect"]);
    holds(&screen, &["changed: [h1]", "changed: [h2]", "h3                         : ok=0"]);
    assert_eq!(run.status.code(), Some(4), "{screen}");
}

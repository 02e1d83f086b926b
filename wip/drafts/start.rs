//! How long the program itself takes: a run of 200 `ping` tasks on this machine, and the start up to the first connection.
//! Whole processes are timed, so build with `--release` first (`cargo bench` does).

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 11;

fn main() {
    let work = tempfile::tempdir().unwrap();
    let many = work.path().join("many.yml");
    let tasks: String = (0..200).map(|n| format!("    - name: ping {n}\n      ansible.builtin.ping:\n")).collect();
    std::fs::write(&many, format!("- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n{tasks}")).unwrap();
    let one = work.path().join("one.yml");
    std::fs::write(&one, "- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    - ansible.builtin.ping:\n").unwrap();
    for (name, playbook) in [("200 tasks of ping on localhost", &many), ("one task of ping on localhost", &one)] {
        let mut times: Vec<Duration> = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                let status = Command::new(env!("CARGO_BIN_EXE_hostler"))
                    .arg("play")
                    .arg(playbook)
                    .args(["--output", "plain"])
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .status()
                    .unwrap();
                assert!(status.success());
                start.elapsed()
            })
            .collect();
        times.sort();
        println!("{name}: median {:?}, {:?} to {:?} of {RUNS}", times[RUNS / 2], times[0], times[RUNS - 1]);
    }
}

//! How long the program itself takes: a run of 200 `ping` tasks on this machine, and the start up to the first connection.
//! `cargo bench --bench start` times whole processes of the release build.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot run says so by panicking")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 21;

fn main() {
    let work = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = work.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let tasks: String = (0..200).map(|n| format!("    - name: ping {n}\n      ansible.builtin.ping:\n")).collect();
    let local = "- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n";
    let many = write("many.yml", &format!("{local}{tasks}"));
    told("200 tasks of ping on localhost", || {
        assert!(hostler(&[&many]).wait().unwrap().success());
    });

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let inventory = write("hosts", &format!("far ansible_host=127.0.0.1 ansible_port={port} ansible_user=nobody\n"));
    let one = write("one.yml", "- hosts: far\n  gather_facts: false\n  tasks:\n    - ansible.builtin.ping:\n");
    told("start to the first connection", || {
        let mut child = hostler(&[&one, Path::new("-i"), &inventory]);
        drop(listener.accept().unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
    });
}

fn hostler(arguments: &[&Path]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostler"));
    command.arg("play").args(arguments).args(["--output", "plain"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn told(what: &str, run: impl Fn()) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("{what}: median {:.1?}, from {:.1?} to {:.1?}, of {RUNS}", times[RUNS / 2], times[0], times[RUNS - 1]);
}

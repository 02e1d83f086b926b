//! Real hosts: Debian with systemd, each in its own network namespace. The role of about thirty tasks beside this file is checked,
//! applied, applied again, and compared with what ansible-core makes of twins; then hosts fail in the ways hosts fail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by panicking that it failed")]

mod accounts;
mod failures;
mod faults;
mod hosts;
mod jobs;
mod shell_backend;
mod systemd_become;
mod upper;

use hostler_sdk::Value;
use hosts::{Fleet, available, text};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::{Command, Output};

fn site() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/site.yml"))
}

/// `(task, host)` of every change in a run with `--output json`. Handlers are left out: they follow from the changes.
fn changes(output: &Output) -> BTreeSet<(String, String)> {
    let mut names = HashMap::new();
    let mut changed = BTreeSet::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let event = Value::from_json(line).unwrap();
        let field = |key: &str| event.get(key).map(Value::to_string).unwrap_or_default();
        match field("event").as_str() {
            "task_start" => {
                let task = event.get("task").unwrap();
                names.insert(task.get("id").unwrap().to_string(), task.get("name").unwrap().to_string());
            }
            "host_done" if field("status") == "changed" => {
                changed.insert((names[&field("task")].clone(), field("host")));
            }
            _ => {}
        }
    }
    changed
}

/// What a run with `--output json` says of failures, for messages.
fn complaints(output: &Output) -> String {
    let screen = text(output);
    let failed = screen.lines().filter(|line| !line.starts_with('{') || line.contains("\"error\":{"));
    failed.collect::<Vec<_>>().join("\n")
}

fn second_run_is_calm(fleet: &Fleet, hosts: usize) {
    let output = fleet.play(site(), &["--output", "plain"]);
    let screen = text(&output);
    assert!(output.status.success(), "exit {:?}:\n{screen}", output.status.code());
    assert_eq!(screen.matches("changed=0 ").count(), hosts, "a second run changed something:\n{screen}");
}

#[test]
fn check_touches_nothing_and_tells_what_a_run_changes() {
    if !available() {
        return;
    }
    let fleet = Fleet::up(1, 2, false);
    assert_eq!(fleet.on(2, "command -v python3"), "", "these hosts are to be without Python");
    let before = upper::read(&fleet.upper(1));
    let check = fleet.play(site(), &["--check", "--diff", "--no-cache", "--output", "json"]);
    assert!(check.status.success(), "{}", complaints(&check));
    let touched = upper::differences(&upper::read(&fleet.upper(1)), &before);
    assert!(touched.is_empty(), "check mode changed the host:\n{}", touched.join("\n"));

    let announced = changes(&check);
    assert!(announced.len() > 40, "{announced:?}");
    let applied = fleet.play(site(), &["--diff", "--output", "json"]);
    assert!(applied.status.success(), "{}", complaints(&applied));
    assert_eq!(announced, changes(&applied), "check announced something else than the run changed");

    second_run_is_calm(&fleet, 2);
    let services = fleet.on(1, "systemctl is-active demo-web cron; systemctl is-enabled demo-web");
    assert_eq!(services, "active\nactive\nenabled\n");
}

#[test]
fn ten_hosts_end_as_ansible_core_leaves_its_twins() {
    if !available() {
        return;
    }
    let Some(ansible) = ansible_playbook() else { return };
    const SERVICES: &str = "for u in cron demo-web ssh; do systemctl is-active $u; systemctl is-enabled $u; done";
    let ours = Fleet::up(2, 10, true);
    let run = ours.play(site(), &["--output", "plain"]);
    assert!(run.status.success(), "{}", text(&run));
    second_run_is_calm(&ours, 10);
    let made: Vec<_> = (1..=10).map(|host| (upper::read(&ours.upper(host)), ours.on(host, SERVICES))).collect();
    drop(ours);

    // The twins have the same addresses and names, so that files with them in are equal too.
    let theirs = Fleet::up(2, 10, true);
    let inventory = theirs.inventory.display().to_string();
    let run = theirs.controller(&ansible, &["-i", &inventory, &site().display().to_string()]);
    assert!(run.status.success(), "{}", text(&run));
    for (index, (ours, services)) in made.iter().enumerate() {
        let host = index + 1;
        let differing = upper::differences(ours, &upper::read(&theirs.upper(host)));
        assert!(differing.is_empty(), "host {host} differs:\n{}", differing.join("\n"));
        assert_eq!(*services, theirs.on(host, SERVICES), "services of host {host}");
    }
}

/// ansible-core's ansible-playbook; `None`, told, where it cannot be had.
fn ansible_playbook() -> Option<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/ansible.sh");
    let made = Command::new("timeout").args(["900", script]).output().unwrap();
    if made.status.success() {
        return Some(String::from_utf8_lossy(&made.stdout).trim().to_owned());
    }
    assert!(std::env::var_os("CI").is_none(), "CI skips nothing: {}", text(&made));
    hosts::skipped(&format!("the comparison with ansible-core, which cannot be installed: {}", text(&made)));
    None
}

//! `hostler inventory` and host patterns, held to what ansible-core's programs said of the same inventories
//! (`tests/cases/inventory/record.py`).

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/inventory")
}

fn recorded() -> Value {
    serde_json::from_str(&std::fs::read_to_string(cases().join("recorded.json")).unwrap()).unwrap()
}

fn hostler(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hostler"));
    command.args(args).current_dir(cases());
    command.env("ANSIBLE_CONFIG", "ansible.cfg").env("ANSIBLE_HOST_PATTERN_MISMATCH", "ignore");
    command.output().unwrap()
}

#[test]
fn prints_what_ansible_inventory_prints() {
    let mut wrong = Vec::new();
    let recorded = recorded();
    for run in recorded["runs"].as_array().unwrap() {
        let args: Vec<&str> = run["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        let done = hostler(&[&["inventory"], &args[..]].concat());
        let said = String::from_utf8_lossy(&done.stdout);
        if said != run["stdout"].as_str().unwrap() || done.status.code().map(i64::from) != run["code"].as_i64() {
            wrong.push(format!("{args:?} ({:?})\n{said}{}", done.status.code(), String::from_utf8_lossy(&done.stderr)));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn patterns_stand_for_the_hosts_ansible_takes() {
    let mut wrong = Vec::new();
    let recorded = recorded();
    for (pattern, want) in recorded["patterns"].as_object().unwrap() {
        let done = hostler(&["run", "-i", "hosts.ini", "--list-hosts", "--", pattern]);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let hosts: Vec<&str> = said.lines().skip(1).map(str::trim).collect();
        let got = if done.status.success() { Value::from(hosts) } else { Value::Null };
        if got != *want {
            wrong.push(format!("{pattern}: {got}, not {want}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

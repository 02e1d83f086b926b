//! What is read by the program as a whole: it is run on each input, and ends by itself with a status that it is known for.

use std::process::Command;

fn program(name: &str, bytes: &[u8], arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("timeout")
        .args(["60", env!("CARGO_BIN_EXE_hostler")])
        .args(arguments)
        .arg(&file)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let fine = output.status.code().is_some_and(|code| code <= 5 || code == 250);
    assert!(fine && !said.contains("panicked"), "{:?}: {said}", output.status);
}

pub fn read_inventory(bytes: &[u8]) {
    program("hosts.ini", bytes, &["inventory", "--list", "-i"]);
}

pub fn read_playbook(bytes: &[u8]) {
    program("site.yml", bytes, &["play", "-i", "localhost,", "--syntax-check"]);
}

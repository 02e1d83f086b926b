//! Every example playbook runs as its first line says, its second run changes nothing, and every sample inventory is read without
//! a complaint.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by panicking that it failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn entries(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn hostler(folder: &Path, home: &Path, arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hostler"))
        .args(arguments)
        .current_dir(folder)
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn examples_run_and_their_second_run_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let playbooks: Vec<PathBuf> = entries("playbooks-examples")
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "yml"))
        .filter(|path| fs::read_to_string(path).unwrap().starts_with("# hostler play "))
        .collect();
    assert!(playbooks.len() >= 8, "{playbooks:?}");
    for playbook in playbooks {
        let source = fs::read_to_string(&playbook).unwrap();
        let line = source.lines().next().unwrap().trim_start_matches("# hostler ");
        let mut arguments = shell_words::split(line).unwrap();
        assert_eq!(Path::new(&arguments[1]), playbook.file_name().unwrap());
        arguments.extend(["--output".to_owned(), "plain".to_owned()]);
        for run in ["first", "second"] {
            let output = hostler(playbook.parent().unwrap(), home.path(), &arguments);
            let screen = text(&output);
            assert!(output.status.success(), "{} ({run} run):\n{screen}", playbook.display());
            let calm = !screen.contains("changed: [");
            assert!(run == "first" || calm, "{} changes something on its second run:\n{screen}", playbook.display());
        }
    }
}

#[test]
fn sample_inventories_are_read_without_a_complaint() {
    let work = tempfile::tempdir().unwrap();
    let playbook = work.path().join("all.yml");
    fs::write(&playbook, "- hosts: all\n  gather_facts: false\n  tasks: []\n").unwrap();
    let samples = entries("inventories");
    assert!(samples.len() >= 4, "{samples:?}");
    for sample in samples {
        let arguments = ["play", "-i", &sample.display().to_string(), "all.yml", "--list-hosts"].map(str::to_owned);
        let output = hostler(work.path(), work.path(), &arguments);
        let hosts = String::from_utf8_lossy(&output.stdout).matches("example.com").count();
        assert!(
            output.status.success() && output.stderr.is_empty() && hosts >= 3,
            "{}:\n{}",
            sample.display(),
            text(&output)
        );
    }
}

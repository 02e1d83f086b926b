//! Every example playbook runs, and its second run changes nothing.

use std::process::{Command, Stdio};

#[test]
fn examples_run_and_their_second_run_changes_nothing() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/playbooks-examples");
    let mut playbooks: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yml"))
        .collect();
    playbooks.sort();
    assert!(!playbooks.is_empty());
    for playbook in playbooks {
        for run in ["first", "second"] {
            let output = Command::new(env!("CARGO_BIN_EXE_hostler"))
                .arg("play")
                .arg(&playbook)
                .args(["--output", "plain"])
                .current_dir(folder)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let screen = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{} ({run} run):\n{screen}", playbook.display());
            assert!(run == "first" || screen.contains("changed=0 "), "{} changes on its second run:\n{screen}", playbook.display());
        }
    }
}

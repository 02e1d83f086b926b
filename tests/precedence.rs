//! The order in which variables win, held to what ansible-core said of the same project (`tests/cases/precedence/record.py`).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn variables_win_as_in_ansible() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/precedence");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("winners.json");
    let run = Command::new(env!("CARGO_BIN_EXE_hostler"))
        .args(["play", "site.yml", "-e", "@extra.yml", "-e"])
        .arg(format!("out={}", out.display()))
        .current_dir(cases.join("project"))
        .env("ANSIBLE_CONFIG", "ansible.cfg")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}\n{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let read = |path: &Path| -> BTreeMap<String, String> {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let (want, got) = (read(&cases.join("winners.json")), read(&out));
    assert!(want.len() > 200);
    let wrong: Vec<String> = want
        .iter()
        .filter(|(k, v)| got.get(*k) != Some(v))
        .map(|(k, v)| format!("{k}: {v}, got {:?}", got.get(k)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

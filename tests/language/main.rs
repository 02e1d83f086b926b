//! The playbook language from the outside: every playbook in `playbooks/` is run on this machine by the real program and judges
//! itself with `assert`. `# exit: N` in its first line is the exit code it must have; `# out: TEXT` lines must be printed, `# not: TEXT` must not;
//! `# in: TEXT` lines are typed, `# env: NAME=VALUE` lines are in the environment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn playbooks() -> std::io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language/playbooks");
    let entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    let mut found: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    found.retain(|path| path.extension().is_some_and(|e| e == "yml"));
    found.sort();
    Ok(found)
}

/// What the comments at the top of a playbook say after `# key: `.
fn said<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    let head = text.lines().take_while(|line| line.starts_with('#'));
    head.filter_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": ")).collect()
}

#[test]
fn playbooks_do_what_they_assert() {
    let home = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for path in playbooks().unwrap() {
        let text = std::fs::read_to_string(&path).unwrap();
        let arguments: Vec<&str> = said(&text, "run").iter().flat_map(|line| line.split(' ')).collect();
        let typed: String = said(&text, "in").iter().flat_map(|line| [line, "\n"]).collect();
        let settings = said(&text, "env").into_iter().filter_map(|line| line.split_once('='));
        let mut child = Command::new(env!("CARGO_BIN_EXE_hostler"))
            .arg("play")
            .args(["-i", "one,two,three,"])
            .args(["-e", "ansible_connection=local"])
            .args(arguments)
            .arg(&path)
            .env("HOME", home.path())
            .env_remove("ANSIBLE_CONFIG")
            .envs(settings)
            .current_dir(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that asks for nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let wanted: i32 = said(&text, "exit").first().map_or(0, |code| code.parse().unwrap());
        let missing: Vec<&str> = said(&text, "out").into_iter().filter(|line| !printed.contains(line)).collect();
        let leaked: Vec<&str> = said(&text, "not").into_iter().filter(|text| printed.contains(text)).collect();
        if output.status.code() != Some(wanted) || !missing.is_empty() || !leaked.is_empty() {
            wrong.push(format!(
                "{}: exit {:?} instead of {wanted}, not printed: {missing:?}, printed: {leaked:?}\n{printed}",
                path.display(),
                output.status.code()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}

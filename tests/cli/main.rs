//! Whole screens: each folder of `tests/cli` holds files, a `run` with one command line a line, and the `screen` that must
//! come of it: what is typed, standard output, standard error, exit code. `UPDATE=1` writes the screens anew; read them then.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by panicking that it failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs the command lines of a case in a copy of its folder.
fn screen(case: &Path, work: &Path) -> String {
    let home = work.join("home");
    let place = work.join("case");
    copy_tree(case, &place);
    fs::create_dir_all(&home).unwrap();
    let lines = fs::read_to_string(case.join("run")).unwrap();
    let mut screen = String::new();
    for line in lines.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let mut words = shell_words::split(line).unwrap().into_iter();
        let program = words.next().unwrap();
        let mut command = match program.as_str() {
            "hostler" => Command::new(env!("CARGO_BIN_EXE_hostler")),
            other => Command::new(other),
        };
        let output = command
            .args(words)
            .current_dir(&place)
            .env_clear()
            .env("HOME", &home)
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let _ = writeln!(screen, "$ {line}");
        screen.push_str(&in_order_of_hosts(&String::from_utf8_lossy(&output.stdout)));
        let errors = String::from_utf8_lossy(&output.stderr);
        if !errors.is_empty() {
            let _ = write!(screen, "--- standard error\n{errors}");
        }
        let _ = writeln!(screen, "--- exit {}", output.status.code().unwrap_or(-1));
    }
    normalise(&screen, work)
}

/// Hosts are done with a task in any order. Where several are, what is told of the task comes first here, then the results by host.
fn in_order_of_hosts(screen: &str) -> String {
    let results = fancy_regex::Regex::new(r"^(?:ok|changed|skipping|failed|fatal): \[([^\] ]+)").unwrap();
    let sections: Vec<String> = screen
        .split("\n\n")
        .map(|section| {
            let mut entries: Vec<(String, Vec<&str>)> = Vec::new();
            for line in section.lines() {
                let host = results.captures(line).unwrap().map(|found| found[1].to_owned());
                match (host, entries.last_mut()) {
                    (Some(host), _) => entries.push((host, vec![line])),
                    (None, Some((_, lines))) if !line.starts_with("error: ") => lines.push(line),
                    (None, _) => entries.push((String::new(), vec![line])),
                }
            }
            let mut hosts: Vec<&String> =
                entries.iter().map(|(host, _)| host).filter(|host| !host.is_empty()).collect();
            hosts.sort();
            hosts.dedup();
            if hosts.len() > 1 {
                entries.sort_by(|a, b| a.0.cmp(&b.0));
            }
            let lines: Vec<&str> = entries.into_iter().flat_map(|(_, lines)| lines).collect();
            lines.join("\n")
        })
        .collect();
    let end = if screen.ends_with('\n') && !screen.ends_with("\n\n") { "\n" } else { "" };
    sections.join("\n\n") + end
}

/// What differs from run to run is named instead: the work directory, times, process numbers.
fn normalise(screen: &str, work: &Path) -> String {
    let screen = screen.replace(&work.join("case").display().to_string(), "[case]");
    let screen = screen.replace(&work.join("home").display().to_string(), "[home]");
    let rules = [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "[date]"),
        (r"\d+:\d\d:\d\d\.\d+", "[time]"),
        (r#""seconds":[0-9.e-]+"#, r#""seconds":[n]"#),
    ];
    rules.iter().fold(screen, |text, (pattern, name)| {
        fancy_regex::Regex::new(pattern).unwrap().replace_all(&text, *name).into_owned()
    })
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn screens_are_as_recorded() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut cases: Vec<PathBuf> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.join("run").exists())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "there is no case in tests/cli");
    let mut wrong = Vec::new();
    for case in &cases {
        let work = tempfile::tempdir().unwrap();
        let got = screen(case, &work.path().canonicalize().unwrap());
        let recorded = case.join("screen");
        if update {
            fs::write(&recorded, &got).unwrap();
            continue;
        }
        let want = fs::read_to_string(&recorded).unwrap_or_default();
        if got != want {
            let diff = similar::TextDiff::from_lines(&want, &got);
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(diff.unified_diff().header(&format!("{name}/screen"), "now").to_string());
        }
    }
    assert!(wrong.is_empty(), "{} of {} screens differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

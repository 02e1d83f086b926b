//! Real hosts: Debian with systemd, each in its own network namespace. The role of about thirty tasks in `tests/fleet` is
//! checked, applied, applied again, and compared with what ansible-core makes of twins.

#[path = "fleet/hosts.rs"]
mod hosts;

use hosts::{Fleet, unavailable};
use hostler_sdk::Value;
use std::collections::BTreeSet;
use std::process::Output;

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// `(task, host)` of every change in a run with `--output json`.
fn changes(output: &Output) -> BTreeSet<(String, String)> {
    let mut names = std::collections::HashMap::new();
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

fn recap_is_calm(output: &Output, hosts: usize) {
    let screen = text(output);
    assert!(output.status.success(), "exit {:?}:\n{screen}", output.status.code());
    assert_eq!(screen.matches("changed=0 ").count(), hosts, "a second run changed something:\n{screen}");
}

#[test]
fn check_touches_nothing_and_tells_what_a_run_changes() {
    if unavailable().is_some() {
        return;
    }
    let fleet = Fleet::up(1, 2, false);
    let before = fleet.changes(1);
    let check = fleet.play(&["--check", "--diff", "--output", "json"]);
    assert!(check.status.success(), "{}", text(&check));
    assert_eq!(fleet.changes(1), before, "check mode changed the host");

    let announced = changes(&check);
    let applied = fleet.play(&["--output", "json"]);
    assert!(applied.status.success(), "{}", text(&applied));
    assert_eq!(announced, changes(&applied), "check announced something else than the run changed");

    recap_is_calm(&fleet.play(&["--output", "plain"]), 2);
    assert_eq!(fleet.on(1, "systemctl is-active demo-web cron; systemctl is-enabled demo-web"), "active\nactive\nenabled\n");
    assert_eq!(fleet.on(2, "command -v python3"), "", "these hosts have no Python");
}

#[test]
fn ten_hosts_end_as_ansible_core_leaves_its_twins() {
    if unavailable().is_some() {
        return;
    }
    let ansible = match ansible_playbook() {
        Ok(path) => path,
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "CI skips nothing: {reason}");
            eprintln!("skipped: the comparison with ansible-core, because {reason}");
            return;
        }
    };
    let ours = Fleet::up(2, 10, true);
    let run = ours.play(&["--output", "plain"]);
    assert!(run.status.success(), "{}", text(&run));
    recap_is_calm(&ours.play(&["--output", "plain"]), 10);
    let made: Vec<_> = (1..=10).map(|host| ours.changes(host)).collect();
    drop(ours);

    // The twins have the same addresses and names, so that files with them in are equal too.
    let theirs = Fleet::up(2, 10, true);
    let inventory = theirs.inventory.display().to_string();
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/site.yml");
    let run = theirs.controller(&ansible, &["-i", &inventory, site]);
    assert!(run.status.success(), "{}", text(&run));
    for host in 1..=10 {
        let (ours, theirs) = (&made[host - 1], theirs.changes(host));
        let differing: Vec<String> = ours
            .keys()
            .chain(theirs.keys())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter(|path| ours.get(*path) != theirs.get(*path))
            .map(|path| format!("{path}\n  ours:   {:?}\n  theirs: {:?}", ours.get(path), theirs.get(path)))
            .collect();
        assert!(differing.is_empty(), "host {host} differs:\n{}", differing.join("\n"));
    }
}

/// ansible-playbook from PyPI, in a virtual environment that is kept between runs.
fn ansible_playbook() -> Result<String, String> {
    let cache = std::env::var("FLEET_CACHE").unwrap_or_else(|_| "/var/cache/hostler-fleet".to_owned());
    let place = format!("{cache}/venv/ansible");
    let script = format!(
        "test -x {place}/bin/ansible-playbook || {{ python3 -m venv {place} && {place}/bin/pip install -q ansible-core==2.19.14; }}"
    );
    let made = std::process::Command::new("sh").args(["-c", &script]).output().map_err(|e| e.to_string())?;
    if made.status.success() { Ok(format!("{place}/bin/ansible-playbook")) } else { Err(text(&made)) }
}

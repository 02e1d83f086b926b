//! Real hosts for the tests: up while the value lives, down when it is dropped, also when the test fails.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// No command of these tests takes longer than this; one that hangs is ended and fails its test.
const LIMIT: &str = "900";

/// A fleet of systemd hosts, each in its own network namespace.
pub struct Fleet {
    name: String,
    net: String,
    /// The inventory of them.
    pub inventory: PathBuf,
    work: tempfile::TempDir,
}

/// Whether the fleet can run here. Where it cannot, that is told; in CI it is a failure.
pub fn available() -> bool {
    let there = |program: &str| Command::new("which").arg(program).output().is_ok_and(|o| o.status.success());
    let missing: Vec<&str> = ["debootstrap", "systemd-nspawn", "ip", "ssh-keygen", "timeout"]
        .into_iter()
        .filter(|program| !there(program))
        .collect();
    let reason = match (rustix::process::geteuid().is_root(), missing.is_empty()) {
        (true, true) => return true,
        (false, _) => "it needs root".to_owned(),
        (_, false) => format!("it needs {}", missing.join(", ")),
    };
    assert!(std::env::var_os("CI").is_none(), "the fleet cannot run, and CI skips nothing: {reason}");
    skipped(&format!("a test on real hosts, because {reason}"));
    false
}

/// Says that something is skipped, where the test runner does not swallow it.
pub fn skipped(what: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// Both streams of a program, for messages.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

impl Fleet {
    /// Boots `hosts` hosts; `number` keeps fleets of tests that run side by side apart.
    pub fn up(number: u8, hosts: usize, python: bool) -> Fleet {
        Fleet::with(number, hosts, python.then_some("--python"))
    }

    /// The same on one of the script's layers.
    pub fn with(number: u8, hosts: usize, layer: Option<&str>) -> Fleet {
        let work = tempfile::tempdir().unwrap();
        let inventory = work.path().join("inventory");
        let fleet = Fleet { name: format!("t{number}"), net: format!("10.77.{number}"), inventory, work };
        // What a run that was killed left behind.
        fleet.script(["down"]);
        let mut arguments = vec!["up".to_owned(), hosts.to_string()];
        arguments.extend(layer.map(str::to_owned));
        let up = fleet.script(&arguments);
        assert!(up.status.success(), "the fleet did not come up: {}", text(&up));
        fs::write(&fleet.inventory, fleet.script(["inventory"]).stdout).unwrap();
        fleet
    }

    /// A directory for the test's own files, gone with the fleet.
    pub fn work(&self) -> &Path {
        self.work.path()
    }

    /// Runs the fleet's script.
    pub fn script<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        Command::new("timeout")
            .args(["-k", "10", LIMIT, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/fleet.sh")])
            .args(arguments)
            .env("FLEET", &self.name)
            .env("NET", &self.net)
            .env("HOME", self.work.path())
            .env("ANSIBLE_PIPELINING", "1")
            .env("ANSIBLE_FORKS", "10")
            .env("ANSIBLE_NOCOLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// A command on a host; its standard output.
    pub fn on(&self, host: usize, line: &str) -> String {
        let output = self.script(["ssh", &host.to_string(), line]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a controller program inside the fleet's network.
    pub fn controller(&self, program: &str, arguments: &[&str]) -> Output {
        self.script(["exec", program].iter().chain(arguments))
    }

    /// Plays a playbook with Hostler.
    pub fn play(&self, playbook: &Path, arguments: &[&str]) -> Output {
        let (inventory, playbook) = (self.inventory.display().to_string(), playbook.display().to_string());
        let mut all = vec!["play", "-i", &inventory, &playbook];
        all.extend(arguments);
        self.controller(env!("CARGO_BIN_EXE_hostler"), &all)
    }

    /// Where the fleet's script keeps the fleet: its key is `id` there.
    pub fn directory(&self) -> String {
        format!("/tmp/hostler-fleets/{}", self.name)
    }

    /// The overlay of a host: what it holds beyond its base.
    pub fn upper(&self, host: usize) -> PathBuf {
        let path = self.script(["upper", &host.to_string()]).stdout;
        PathBuf::from(String::from_utf8_lossy(&path).trim())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.script(["down"]);
    }
}

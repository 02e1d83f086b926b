//! Real hosts for the tests: up while the value lives, down when it is dropped, also when the test fails.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A fleet of systemd hosts, each in its own network namespace.
pub struct Fleet {
    name: String,
    net: String,
    pub hosts: usize,
    pub inventory: PathBuf,
    work: tempfile::TempDir,
}

/// Why the fleet cannot run here; `None` when it can. In CI that is a failure, not a skip.
pub fn unavailable() -> Option<String> {
    let missing: Vec<&str> = ["debootstrap", "systemd-nspawn", "ip", "ssh-keygen"]
        .into_iter()
        .filter(|program| !Command::new("which").arg(program).output().is_ok_and(|o| o.status.success()))
        .collect();
    let reason = if !rustix::process::geteuid().is_root() {
        "it needs root".to_owned()
    } else if !missing.is_empty() {
        format!("it needs {}", missing.join(", "))
    } else {
        return None;
    };
    assert!(std::env::var_os("CI").is_none(), "the fleet cannot run, and CI skips nothing: {reason}");
    eprintln!("skipped: a test on real hosts, because {reason}");
    Some(reason)
}

impl Fleet {
    /// Boots `hosts` hosts; `number` keeps fleets of tests that run side by side apart.
    pub fn up(number: u8, hosts: usize, python: bool) -> Fleet {
        let work = tempfile::tempdir().unwrap();
        let fleet = Fleet {
            name: format!("t{number}"),
            net: format!("10.77.{number}"),
            hosts,
            inventory: work.path().join("inventory"),
            work,
        };
        let mut arguments = vec!["up".to_owned(), hosts.to_string()];
        if python {
            arguments.push("--python".to_owned());
        }
        let up = fleet.script(&arguments);
        assert!(up.status.success(), "the fleet did not come up: {}", String::from_utf8_lossy(&up.stderr));
        fs::write(&fleet.inventory, fleet.script(&["inventory"]).stdout).unwrap();
        fleet
    }

    /// Runs the fleet's script.
    pub fn script<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Output {
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/fleet.sh"))
            .args(arguments)
            .env("FLEET", &self.name)
            .env("NET", &self.net)
            .env("HOME", self.work.path())
            .env("ANSIBLE_PIPELINING", "1")
            .env("ANSIBLE_FORKS", "10")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// A command on a host; its standard output.
    pub fn on(&self, host: usize, line: &str) -> String {
        let output = self.script(&["ssh", &host.to_string(), line]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a controller program inside the fleet's network.
    pub fn controller(&self, program: &str, arguments: &[&str]) -> Output {
        let mut all = vec!["exec", program];
        all.extend(arguments);
        self.script(&all)
    }

    /// Plays the fleet's playbook with Hostler.
    pub fn play(&self, arguments: &[&str]) -> Output {
        let inventory = self.inventory.display().to_string();
        let mut all = vec!["play", "-i", &inventory, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/site.yml")];
        all.extend(arguments);
        self.controller(env!("CARGO_BIN_EXE_hostler"), &all)
    }

    /// What the overlay of a host holds beyond its base: path to what is there. Left out is what a running system writes by
    /// itself and what is a tool's own cache.
    pub fn changes(&self, host: usize) -> BTreeMap<String, String> {
        let upper = self.script(&["upper", &host.to_string()]);
        let upper = PathBuf::from(String::from_utf8_lossy(&upper.stdout).trim());
        let mut found = BTreeMap::new();
        walk(&upper, &upper, &mut found);
        found
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.script(&["down"]);
    }
}

/// What a running Debian writes by itself, and the tools' own caches.
const NOISE: &[&str] = &[
    "var/log", "var/lib/systemd", "var/tmp", "var/cache", "var/lib/apt", "var/lib/dbus", "var/lib/sudo", "run", "tmp",
    "root/.cache", "root/.ansible", "root/.ssh", "root/.bash_history", "etc/ssh/ssh_host", "etc/machine-id",
    "etc/hostname", "etc/ld.so.cache", "etc/.pwd.lock", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-",
    "etc/subuid-", "etc/subgid-", "etc/resolv.conf", "etc/.updated", "var/.updated", "var/lib/dpkg/lock",
    "var/lib/dpkg/triggers", "var/lib/dpkg/status-old", "var/lib/dpkg/available", "var/lib/dpkg/diversions",
    "var/lib/dpkg/statoverride", "var/lib/private", "var/spool/cron/atjobs", "etc/mtab",
];

fn walk(root: &Path, at: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if NOISE.iter().any(|noise| name.starts_with(noise)) || name.ends_with(".pyc") || name.contains("__pycache__") {
            continue;
        }
        let meta = path.symlink_metadata().unwrap();
        let what = if meta.is_dir() {
            walk(root, &path, found);
            // A directory that only stands here because something below it changed says nothing.
            if name.starts_with("srv/") || name == "etc/demo" { "directory".to_owned() } else { continue }
        } else if meta.is_symlink() {
            format!("link to {}", fs::read_link(&path).unwrap().display())
        } else if meta.file_type().is_char_device() {
            "removed".to_owned()
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            format!("file {text:?}")
        };
        let attributes = if meta.is_symlink() { String::new() } else { format!("{:o} {}:{} ", meta.mode() & 0o7777, meta.uid(), meta.gid()) };
        found.insert(name, format!("{attributes}{what}"));
    }
}

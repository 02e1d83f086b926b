//! What a run made of a host: the overlay's upper directory as data that can be compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// What a running Debian writes by itself, and the tools' own caches.
const NOISE: &[&str] = &[
    "etc/.pwd.lock",
    "etc/.updated",
    "etc/group-",
    "etc/gshadow-",
    "etc/hostname",
    "etc/ld.so.cache",
    "etc/machine-id",
    "etc/mtab",
    "etc/passwd-",
    "etc/resolv.conf",
    "etc/shadow-",
    "etc/ssh/ssh_host",
    "etc/subgid-",
    "etc/subuid-",
    "root/.ansible",
    "root/.bash_history",
    "root/.cache",
    "root/.hostler",
    "root/.ssh",
    "run",
    "tmp",
    "var/.updated",
    "var/cache",
    "var/lib/apt",
    "var/lib/dbus",
    "var/lib/dpkg/available",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/statoverride",
    "var/lib/dpkg/status-old",
    "var/lib/dpkg/triggers",
    "var/lib/private",
    "var/lib/sudo",
    "var/lib/systemd",
    "var/log",
    "var/tmp",
];

/// Path to what is there, with mode, owner and content.
pub type Upper = BTreeMap<String, String>;

/// Reads the upper directory of a host.
pub fn read(upper: &Path) -> Upper {
    let mut found = BTreeMap::new();
    walk(upper, upper, &mut found);
    found
}

/// The paths in which two hosts differ, with both sides.
pub fn differences(ours: &Upper, theirs: &Upper) -> Vec<String> {
    let mut paths: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    paths.sort();
    paths.dedup();
    let side = |side: &Upper, path: &str| match side.get(path) {
        None => "nothing".to_owned(),
        Some(what) => what.chars().take(2000).collect(),
    };
    let differing = paths.into_iter().filter(|path| ours.get(*path) != theirs.get(*path));
    differing.map(|path| format!("{path}\n  ours:   {}\n  theirs: {}", side(ours, path), side(theirs, path))).collect()
}

/// A file's text. When a crontab was installed, and from which file, is in its first lines.
fn content(path: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let kept = |line: &&str| !(line.starts_with("# (") && line.contains(" installed on "));
    text.split_inclusive('\n').filter(kept).collect()
}

fn walk(root: &Path, at: &Path, found: &mut Upper) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if NOISE.iter().any(|noise| name.starts_with(noise)) || name.ends_with(".pyc") || name.contains("__pycache__") {
            continue;
        }
        let meta = path.symlink_metadata().unwrap();
        let what = if meta.is_dir() {
            walk(root, &path, found);
            "directory".to_owned()
        } else if meta.is_symlink() {
            format!("link to {}", fs::read_link(&path).unwrap().display())
        } else if meta.file_type().is_char_device() {
            "removed".to_owned()
        } else if meta.is_file() {
            format!("file {:?}", content(&path))
        } else {
            continue;
        };
        let attributes = match meta.is_symlink() {
            true => String::new(),
            false => format!("{:o} {}:{} ", meta.mode() & 0o7777, meta.uid(), meta.gid()),
        };
        found.insert(name, format!("{attributes}{what}"));
    }
}

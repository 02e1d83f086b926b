//! SELinux, AppArmor, FIPS mode, and whether this is a chroot.

use super::os_release::value;
use super::{exists, text};
use hostler_sdk::{Look, Map};

pub(super) fn selinux(look: &Look) -> Map {
    let mut facts = Map::new();
    let root = ["/sys/fs/selinux", "/selinux"].into_iter().find(|dir| exists(look, &format!("{dir}/enforce")));
    match root {
        None => {
            facts.set("status", "disabled");
        }
        Some(root) => {
            let config = look.read_text("/etc/selinux/config").unwrap_or_default();
            let unknown = || "unknown".to_owned();
            facts.set("status", "enabled");
            match text(look, &format!("{root}/policyvers")).and_then(|v| v.parse::<u32>().ok()) {
                Some(version) => facts.set("policyvers", version),
                None => facts.set("policyvers", "unknown"),
            };
            facts.set("config_mode", value(&config, "SELINUX").unwrap_or_else(unknown));
            let mode = text(look, &format!("{root}/enforce"));
            facts.set("mode", if mode.as_deref() == Some("1") { "enforcing" } else { "permissive" });
            facts.set("type", value(&config, "SELINUXTYPE").unwrap_or_else(unknown));
        }
    }
    let mut out = Map::new();
    out.set("selinux", facts);
    out.set("selinux_python_present", true);
    out
}

pub(super) fn apparmor(look: &Look) -> Map {
    let status = if exists(look, "/sys/kernel/security/apparmor") { "enabled" } else { "disabled" };
    let mut out = Map::new();
    out.set("apparmor", [("status", status)].into_iter().collect::<Map>());
    out
}

pub(super) fn fips(look: &Look) -> Map {
    let mut out = Map::new();
    out.set("fips", text(look, "/proc/sys/crypto/fips_enabled").as_deref() == Some("1"));
    out
}

pub(super) fn chroot(look: &Look) -> Map {
    let mut out = Map::new();
    out.set("is_chroot", is_chroot(look));
    out
}

/// Whether this is a chroot: its root directory is not that of the first process.
pub(crate) fn is_chroot(look: &Look) -> bool {
    if look.env("debian_chroot").is_some_and(|v| !v.is_empty()) {
        true
    } else {
        let own = look.stat("/").ok().flatten();
        let first = look.stat("/proc/1/root/.").ok().flatten();
        match (own, first) {
            (Some(own), Some(first)) => (own.ino, own.dev) != (first.ino, first.dev),
            // Without the right to see the first process's root: root directories have well-known inode numbers.
            (Some(own), None) => own.ino != root_inode(look),
            _ => false,
        }
    }
}

/// The inode number of a root directory, by the kind of its file system.
fn root_inode(look: &Look) -> u64 {
    let mounts = look.read_text("/proc/self/mountinfo").unwrap_or_default();
    // The last of those that lie over each other.
    let root = mounts.lines().rfind(|line| line.split(' ').nth(4) == Some("/"));
    match root.and_then(|line| line.split_once(" - ")?.1.split(' ').next()) {
        Some("btrfs") => 256,
        Some("xfs") => 128,
        _ => 2,
    }
}

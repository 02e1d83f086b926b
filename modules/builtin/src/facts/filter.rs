//! `filter`: which of the gathered facts come back, by shell patterns on their names, and which sources need not be looked at because
//! none of their facts would.

use crate::commands::{is_magic, matches};
use hostler_sdk::Map;

/// What each source tells, without the prefix. `network` also tells each interface under its own name.
const SOURCES: [(&str, &[&str]); 32] = [
    (
        "platform",
        &[
            "system",
            "kernel",
            "kernel_version",
            "machine",
            "python_version",
            "fqdn",
            "hostname",
            "nodename",
            "domain",
            "userspace_bits",
            "architecture",
            "userspace_architecture",
            "machine_id",
        ],
    ),
    (
        "distribution",
        &[
            "distribution",
            "distribution_file_parsed",
            "distribution_file_path",
            "distribution_file_variety",
            "distribution_major_version",
            "distribution_minor_version",
            "distribution_release",
            "distribution_version",
            "os_family",
        ],
    ),
    ("lsb", &["lsb"]),
    ("selinux", &["selinux", "selinux_python_present"]),
    ("apparmor", &["apparmor"]),
    ("chroot", &["is_chroot"]),
    ("fips", &["fips"]),
    ("python", &["python"]),
    ("pkg_mgr", &["pkg_mgr"]),
    ("service_mgr", &["service_mgr"]),
    ("systemd", &["systemd"]),
    ("cmdline", &["cmdline", "proc_cmdline"]),
    ("date_time", &["date_time"]),
    ("env", &["env"]),
    (
        "ssh_pub_keys",
        &[
            "ssh_host_key_dsa_public",
            "ssh_host_key_dsa_public_keytype",
            "ssh_host_key_rsa_public",
            "ssh_host_key_rsa_public_keytype",
            "ssh_host_key_ecdsa_public",
            "ssh_host_key_ecdsa_public_keytype",
            "ssh_host_key_ed25519_public",
            "ssh_host_key_ed25519_public_keytype",
        ],
    ),
    (
        "user",
        &[
            "user_id",
            "user_uid",
            "user_gid",
            "user_gecos",
            "user_dir",
            "user_shell",
            "real_user_id",
            "effective_user_id",
            "real_group_id",
            "effective_group_id",
        ],
    ),
    ("caps", &["system_capabilities", "system_capabilities_enforced"]),
    ("local", &["local"]),
    (
        "processor",
        &[
            "flags",
            "processor",
            "processor_cores",
            "processor_count",
            "processor_nproc",
            "processor_threads_per_core",
            "processor_vcpus",
        ],
    ),
    ("memory", &["memory_mb", "memfree_mb", "memtotal_mb", "swapfree_mb", "swaptotal_mb"]),
    (
        "dmi",
        &[
            "bios_date",
            "bios_vendor",
            "bios_version",
            "board_asset_tag",
            "board_name",
            "board_serial",
            "board_vendor",
            "board_version",
            "chassis_asset_tag",
            "chassis_serial",
            "chassis_vendor",
            "chassis_version",
            "form_factor",
            "product_name",
            "product_serial",
            "product_uuid",
            "product_version",
            "system_vendor",
        ],
    ),
    ("devices", &["devices", "device_links"]),
    ("uptime", &["uptime_seconds"]),
    ("lvm", &["lvm"]),
    ("mounts", &["mounts"]),
    ("loadavg", &["loadavg"]),
    (
        "network",
        &[
            "interfaces",
            "default_ipv4",
            "default_ipv6",
            "all_ipv4_addresses",
            "all_ipv6_addresses",
            "locally_reachable_ips",
        ],
    ),
    ("fibre_channel_wwn", &["fibre_channel_wwn"]),
    ("iscsi", &["iscsi_iqn"]),
    ("nvme", &["hostnqn"]),
    ("dns", &["dns"]),
    (
        "virtual",
        &["virtualization_type", "virtualization_role", "virtualization_tech_guest", "virtualization_tech_host"],
    ),
];
/// The sources of the family `hardware`.
const HARDWARE: [&str; 7] = ["processor", "memory", "dmi", "devices", "uptime", "lvm", "mounts"];
/// What `setup` says of itself.
const OWN: [&str; 2] = ["gather_subset", "module_setup"];

/// The patterns of one call.
pub(super) struct Filter<'a>(Option<Vec<Pattern<'a>>>);

/// A pattern on names with their prefix, or without it.
struct Pattern<'a> {
    text: &'a str,
    /// The name itself, without its prefix, when nothing in it stands for something else.
    name: Option<&'a str>,
    /// Whether it may leave the prefix out.
    short: bool,
}

impl<'a> Filter<'a> {
    /// No pattern, or `*`, keeps all.
    pub fn new(patterns: &'a [String]) -> Self {
        if patterns.is_empty() || patterns.iter().any(|p| p.is_empty() || p == "*") {
            return Filter(None);
        }
        let pattern = |text: &'a String| Pattern {
            name: (!is_magic(text)).then(|| text.strip_prefix("ansible_").unwrap_or(text)),
            short: !["ansible_", "facter", "ohai"].iter().any(|prefix| text.starts_with(prefix)),
            text,
        };
        Filter(Some(patterns.iter().map(pattern).collect()))
    }

    /// Keeps the facts (names with their `ansible_` prefix) that some pattern matches.
    pub fn keep(&self, facts: Map) -> Map {
        match &self.0 {
            None => facts,
            Some(patterns) => {
                let wanted = |name: &str| patterns.iter().any(|pattern| pattern.matches(name));
                facts.into_iter().filter(|(name, _)| name.as_str().is_some_and(wanted)).collect()
            }
        }
    }

    /// Whether a source tells any fact that is kept. Of one that is not known here, nobody can say that it does not.
    pub fn needs(&self, source: &str) -> bool {
        let Some(patterns) = &self.0 else { return true };
        if source == "hardware" {
            return HARDWARE.iter().any(|part| self.needs(part));
        }
        let Some((_, names)) = SOURCES.iter().find(|(name, _)| *name == source) else { return true };
        let told = names.iter().any(|name| patterns.iter().any(|pattern| pattern.matches_fact(name)));
        // Interfaces may be called anything that is not the name of something else.
        told || source == "network" && patterns.iter().any(Pattern::may_be_an_interface)
    }
}

impl Pattern<'_> {
    fn matches(&self, name: &str) -> bool {
        matches(self.text, name) || self.short && matches(&format!("ansible_{}", self.text), name)
    }

    /// As [`Pattern::matches`], of a fact's name without its prefix.
    fn matches_fact(&self, fact: &str) -> bool {
        match self.name {
            Some(name) => name == fact,
            None => self.matches(&format!("ansible_{fact}")),
        }
    }

    fn may_be_an_interface(&self) -> bool {
        match self.name {
            Some(name) => !OWN.contains(&name) && !SOURCES.iter().any(|(_, names)| names.contains(&name)),
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(patterns: &[&str]) -> Vec<String> {
        patterns.iter().map(|p| (*p).to_owned()).collect()
    }

    #[test]
    fn patterns_may_leave_the_prefix_out() {
        let facts: Map = [("ansible_eth0", 1), ("ansible_eth1", 2), ("ansible_distribution", 3)].into_iter().collect();
        let names = |patterns: &[&str]| {
            Filter::new(&owned(patterns)).keep(facts.clone()).keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names(&["ansible_eth[0-2]"]), ["ansible_eth0", "ansible_eth1"]);
        assert_eq!(names(&["eth*", "distribution"]).len(), 3);
        assert_eq!(names(&["*"]).len(), 3);
        assert!(names(&["ansible_x"]).is_empty());
    }

    #[test]
    fn only_sources_that_can_tell_are_needed() {
        let needed = |patterns: &[&str]| {
            let patterns = owned(patterns);
            let filter = Filter::new(&patterns);
            SOURCES.iter().map(|(name, _)| *name).filter(|name| filter.needs(name)).collect::<Vec<_>>()
        };
        assert_eq!(needed(&[]).len(), SOURCES.len());
        assert_eq!(needed(&["*"]).len(), SOURCES.len());
        assert_eq!(needed(&["ansible_os_family", "module_setup", "gather_subset"]), ["distribution"]);
        assert_eq!(needed(&["os_family", "ansible_mounts"]), ["distribution", "mounts"]);
        assert_eq!(needed(&["ansible_eth0"]), ["network"]);
        assert_eq!(needed(&["ansible_*_mb"]), ["memory", "network"]);
        assert_eq!(needed(&["ansible_virtualization_role"]), ["virtual"]);
    }
}

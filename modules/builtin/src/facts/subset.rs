//! `gather_subset`: which families of facts are gathered, by ansible-core's rules of adding and excluding.

use std::collections::BTreeSet;

/// A family of facts under its subset name, with the names of facts that also select it.
#[derive(Debug)]
pub(super) struct Family {
    pub name: &'static str,
    pub ids: &'static [&'static str],
    /// Whether it belongs to `min`, which is gathered unless `!min` says otherwise.
    pub min: bool,
}

const fn family(name: &'static str, min: bool, ids: &'static [&'static str]) -> Family {
    Family { name, ids, min }
}

/// Every family, in the order they are gathered: later ones may build on earlier ones.
pub(super) const FAMILIES: &[Family] = &[
    family(
        "platform",
        true,
        &["system", "kernel", "kernel_version", "machine", "python_version", "architecture", "machine_id"],
    ),
    family(
        "distribution",
        true,
        &["distribution_version", "distribution_release", "distribution_major_version", "os_family"],
    ),
    family("lsb", true, &[]),
    family("selinux", true, &[]),
    family("apparmor", true, &[]),
    family("chroot", false, &["is_chroot"]),
    family("fips", true, &[]),
    family("python", true, &[]),
    family("pkg_mgr", true, &[]),
    family("service_mgr", true, &[]),
    family("systemd", false, &[]),
    family("cmdline", true, &[]),
    family("date_time", true, &[]),
    family("env", true, &[]),
    family(
        "ssh_pub_keys",
        true,
        &[
            "ssh_host_pub_keys",
            "ssh_host_key_dsa_public",
            "ssh_host_key_rsa_public",
            "ssh_host_key_ecdsa_public",
            "ssh_host_key_ed25519_public",
        ],
    ),
    family(
        "user",
        true,
        &[
            "user_id",
            "user_uid",
            "user_gid",
            "user_gecos",
            "user_dir",
            "user_shell",
            "real_user_id",
            "effective_user_id",
            "effective_group_ids",
        ],
    ),
    family("caps", true, &["system_capabilities", "system_capabilities_enforced"]),
    family("local", true, &[]),
    family("hardware", false, &["processor", "processor_cores", "processor_count", "mounts", "devices"]),
    family("loadavg", false, &[]),
    family(
        "network",
        false,
        &["interfaces", "default_ipv4", "default_ipv6", "all_ipv4_addresses", "all_ipv6_addresses"],
    ),
    family("fibre_channel_wwn", false, &[]),
    family("iscsi", false, &[]),
    family("nvme", false, &[]),
    family("dns", true, &[]),
    family(
        "virtual",
        false,
        &["virtualization_type", "virtualization_role", "virtualization_tech_guest", "virtualization_tech_host"],
    ),
    family("facter", false, &[]),
    family("ohai", false, &[]),
];

/// Families that come along with others, wanted or not.
const REQUIRED: [(&str, &[&str]); 4] = [
    ("hardware", &["platform"]),
    ("network", &["platform", "distribution"]),
    ("pkg_mgr", &["distribution"]),
    ("service_mgr", &["platform", "distribution"]),
];

/// The names of the families to gather; the error is Ansible's sentence about a name that is none.
pub(super) fn select(wanted: &[String]) -> Result<BTreeSet<&'static str>, String> {
    let mut added = BTreeSet::new();
    let mut excluded = BTreeSet::new();
    let mut named = BTreeSet::new();
    let min = || FAMILIES.iter().filter(|f| f.min).map(|f| f.name);
    let default = ["all".to_owned()];
    let wanted: &[String] = if wanted.is_empty() { &default } else { wanted };
    for word in std::iter::once("min").chain(wanted.iter().map(|w| w.trim())) {
        let (name, exclude) = match word.strip_prefix('!') {
            Some(name) => (name, true),
            None => (word, false),
        };
        match (name, exclude) {
            ("min", false) => added.extend(min()),
            ("all", false) => added.extend(FAMILIES.iter().map(|f| f.name)),
            ("min", true) => excluded.extend(min()),
            ("all", true) => excluded.extend(FAMILIES.iter().filter(|f| !f.min).map(|f| f.name)),
            _ => {
                let Some(family) = FAMILIES.iter().find(|f| f.name == name || f.ids.contains(&name)) else {
                    // Excluding what there is not is no error.
                    if exclude {
                        continue;
                    }
                    return Err(bad(word));
                };
                if exclude {
                    excluded.insert(family.name);
                } else {
                    named.insert(family.name);
                    added.insert(family.name);
                }
            }
        }
    }
    added.retain(|name| !excluded.contains(name) || named.contains(name));
    for (name, needed) in REQUIRED {
        if added.contains(name) {
            added.extend(needed.iter().copied());
        }
    }
    Ok(added)
}

fn bad(word: &str) -> String {
    let mut names: Vec<&str> =
        FAMILIES.iter().flat_map(|f| std::iter::once(f.name).chain(f.ids.iter().copied())).collect();
    names.sort_unstable();
    format!("Bad subset '{word}' given to Ansible. gather_subset options allowed: all, {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(words: &[&str]) -> Vec<&'static str> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        select(&words).expect("known names").into_iter().collect()
    }

    #[test]
    fn subsets_add_and_exclude() {
        let all = FAMILIES.len();
        let min = FAMILIES.iter().filter(|f| f.min).count();
        assert_eq!(chosen(&[]).len(), all);
        assert_eq!(chosen(&["all"]).len(), all);
        assert_eq!(chosen(&["min"]).len(), min);
        assert_eq!(chosen(&["!all"]).len(), min);
        assert_eq!(chosen(&["!all", "!min"]).len(), 0);
        assert_eq!(chosen(&["!all", "!min", "network"]), ["distribution", "network", "platform"]);
        assert_eq!(chosen(&["!all", "!min", "default_ipv4"]), ["distribution", "network", "platform"]);
        assert_eq!(chosen(&["!hardware"]).len(), min);
        assert_eq!(chosen(&["all", "!hardware"]).len(), all - 1);
        assert_eq!(chosen(&["!nonsense"]).len(), min);
        assert_eq!(chosen(&["hardware"]).len(), min + 1);
        assert_eq!(chosen(&["min", "!local"]).len(), min - 1);
    }

    #[test]
    fn an_unknown_name_is_named() {
        let error = select(&["hardwear".to_owned()]).expect_err("unknown");
        assert!(
            error.starts_with("Bad subset 'hardwear' given to Ansible. gather_subset options allowed: all, all_ipv4")
        );
    }
}

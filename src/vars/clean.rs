//! Which facts are taken from a host: as variables of their own not those that would say how to reach it or who to become, or a
//! host could answer with `ansible_host` and send the next task elsewhere; and none that is used as a part of file names everywhere
//! (`include_tasks: "{{ ansible_os_family }}.yml"`) but would lead elsewhere.

use crate::template::stays_below;
use hostler_sdk::Value;

/// Whether a fact of this name is never a variable of its own (it stays in `ansible_facts`).
pub fn is_restricted(name: &str) -> bool {
    if name.starts_with("_ansible_") {
        return true;
    }
    if RESTRICTED.contains(&name) {
        return true;
    }
    let Some(rest) = name.strip_prefix("ansible_") else { return false };
    if rest.starts_with("ssh_host_key_") {
        return false;
    }
    let of_connection =
        ["ssh_", "local_", "paramiko_ssh_", "winrm_", "psrp_"].iter().any(|prefix| rest.starts_with(prefix));
    let bridge = rest.ends_with("_bridge") || rest.ends_with("_gwbridge");
    (of_connection && !bridge) || rest.starts_with("become_") || rest.ends_with("_interpreter")
}

/// Names that say how a host is reached, and results that only actions of the controller may give.
const RESTRICTED: &[&str] = &[
    "ansible_connection",
    "ansible_host",
    "ansible_user",
    "ansible_shell_executable",
    "ansible_port",
    "ansible_pipelining",
    "ansible_password",
    "ansible_timeout",
    "ansible_shell_type",
    "ansible_module_compression",
    "ansible_private_key_file",
    "ansible_network_os",
    "ansible_connection_user",
    "ansible_sftp_extra_args",
    "ansible_scp_extra_args",
    "ansible_docker_extra_args",
    "ansible_become",
    "ansible_rsync_path",
    "ansible_playbook_python",
    "ansible_facts",
    "add_host",
    "add_group",
    // Hostler's own ways to be told about a connection.
    "hostler_backend",
    "hostler_host_key_policy",
];

/// Whether `setup` could tell a fact of this name (with its prefix), so that it is worth asking a host for it. Interfaces may be called
/// anything, so these are all names but those that are known to be something else.
pub fn is_fact(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("ansible_") else { return false };
    let other = NO_FACTS.contains(&rest) || OF_PLUGINS.iter().any(|prefix| rest.starts_with(prefix));
    !other && !is_restricted(name)
}

/// Names that start like facts and are the run's, a loop's or a connection's.
const NO_FACTS: &[&str] = &[
    "async_dir",
    "check_mode",
    "collection_name",
    "config_file",
    "delegated_vars",
    "dependent_role_names",
    "diff_mode",
    "failed_result",
    "failed_task",
    "forks",
    "group_priority",
    "host_key_checking",
    "index_var",
    "inventory_sources",
    "limit",
    "loop",
    "loop_var",
    "managed",
    "parent_role_names",
    "parent_role_paths",
    "play_batch",
    "play_hosts",
    "play_hosts_all",
    "play_name",
    "play_role_names",
    "private_key",
    "remote_tmp",
    "role_name",
    "role_names",
    "run_tags",
    "search_path",
    "skip_tags",
    "ssh_host_key_checking",
    "verbosity",
    "version",
];

/// How variables of plugins go on after `ansible_`: those of lookups and of ways to become somebody.
const OF_PLUGINS: &[&str] =
    &["lookup_", "sudo_", "su_", "doas_", "run0_", "pbrun_", "pfexec_", "dzdo_", "ksu_", "machinectl_", "private_key_"];

/// Whether a fact (its name within `ansible_facts`) is a word that playbooks make file names of.
pub(super) fn is_word(name: &str) -> bool {
    IN_FILE_NAMES.contains(&name)
}

/// Whether a fact (its name within `ansible_facts`) would let a host choose files of the controller: one that playbooks put into file
/// names, with a value that leaves the directory it is meant for. Slashes alone are usual (`trixie/sid`).
pub(super) fn leads_elsewhere(name: &str, value: &Value) -> bool {
    is_word(name) && leaves(value)
}

/// Whether a text of the value is a path out of a directory.
fn leaves(value: &Value) -> bool {
    match value {
        Value::Str(text) => !stays_below(text),
        Value::List(list) => list.iter().any(leaves),
        Value::Map(map) => map.iter().any(|(_, value)| leaves(value)),
        _ => false,
    }
}

/// What a host is, in a word: systems, versions, managers, names.
const IN_FILE_NAMES: &[&str] = &[
    "architecture",
    "distribution",
    "distribution_file_variety",
    "distribution_major_version",
    "distribution_minor_version",
    "distribution_release",
    "distribution_version",
    "domain",
    "fqdn",
    "hostname",
    "kernel",
    "lsb",
    "machine",
    "nodename",
    "os_family",
    "pkg_mgr",
    "product_name",
    "python_version",
    "service_mgr",
    "system",
    "system_vendor",
    "userspace_architecture",
    "virtualization_role",
    "virtualization_tech_guest",
    "virtualization_tech_host",
    "virtualization_type",
];

#[cfg(test)]
mod tests {
    use super::{is_fact, is_restricted, leads_elsewhere};

    #[test]
    fn what_is_no_fact_is_asked_of_nobody() {
        for name in
            ["ansible_os_family", "ansible_eth0", "ansible_local", "ansible_ssh_host_key_rsa_public", "ansible_x"]
        {
            assert!(is_fact(name), "{name}");
        }
        let others =
            ["ansible_port", "ansible_become_user", "ansible_sudo_exe", "ansible_loop", "ansible_ssh_args", "x"];
        for name in others {
            assert!(!is_fact(name), "{name}");
        }
    }

    #[test]
    fn words_for_file_names_lead_nowhere_else() {
        for text in ["../x", "/etc/x", "~/x", "a/../../x", "..", "a\0b"] {
            assert!(leads_elsewhere("os_family", &text.into()), "{text}");
        }
        for text in ["Debian", "trixie/sid", "SLES_SAP", "10.3", "a..b", "Standard PC (Q35 + ICH9, 2009)", ""] {
            assert!(!leads_elsewhere("distribution_version", &text.into()), "{text}");
        }
        let lsb = hostler_sdk::Map::from_iter([("id", "../x")]);
        assert!(leads_elsewhere("lsb", &lsb.into()));
        assert!(!leads_elsewhere("user_dir", &"/root".into()));
    }

    #[test]
    fn keeps_facts_from_steering_connections() {
        for name in [
            "ansible_host",
            "ansible_connection",
            "ansible_become",
            "ansible_become_method",
            "ansible_become_password",
            "ansible_ssh_common_args",
            "ansible_ssh_host",
            "ansible_python_interpreter",
            "ansible_x_interpreter",
            "ansible_local_tmp",
            "ansible_facts",
            "_ansible_no_log",
            "add_host",
        ] {
            assert!(is_restricted(name), "{name}");
        }
        for name in [
            "ansible_hostname",
            "ansible_local",
            "ansible_ssh_host_key_rsa_public",
            "ansible_default_ipv4",
            "packages",
            "ansible_ssh_bridge",
            "ansible_userspace_bits",
            "ansible_user_id",
        ] {
            assert!(!is_restricted(name), "{name}");
        }
    }
}

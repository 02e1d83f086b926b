//! Which facts become variables of their own: not those that would say how to reach the host or who to become. Otherwise a
//! host could answer with `ansible_host` and send the next task elsewhere.

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

#[cfg(test)]
mod tests {
    use super::is_restricted;

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

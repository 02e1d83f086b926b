//! Settings that Ansible knows and that have no meaning here, each with the reason. Those whose absence may be felt are
//! told as warnings when set; the rest only in `config dump`.

use super::Surroundings;
use super::ini::Ini;
use super::setting::Origin;

/// A setting that was made but changes nothing.
#[derive(Clone, Debug)]
pub struct Meaningless {
    /// `section.option`.
    pub key: &'static str,
    /// Why it means nothing here.
    pub reason: &'static str,
    /// Whether the operator should be told without asking.
    pub loud: bool,
    /// Where it was set.
    pub origin: Origin,
}

/// What of the surroundings and the file means nothing here.
pub(super) fn found(around: &Surroundings, ini: Option<&Ini>) -> Vec<Meaningless> {
    let mut out = Vec::new();
    for (reason, loud, keys) in REASONS {
        for (key, variables) in *keys {
            let env = Some(*variables)
                .filter(|v| !v.is_empty() && around.var(v).is_some())
                .map(|v| Origin::Env(v.to_owned()));
            let file = || {
                let (section, option) = key.split_once('.')?;
                ini?.get(section, option).map(|(_, place)| Origin::File(place.clone()))
            };
            if let Some(origin) = env.or_else(file) {
                out.push(Meaningless { key, reason, loud: *loud, origin });
            }
        }
    }
    out
}

type Reason = (&'static str, bool, &'static [(&'static str, &'static str)]);

const REASONS: &[Reason] = &[
    (
        "one connection for each host stays open for the whole run and modules never need copying, so there is nothing to pipeline or to keep open",
        false,
        &[
            ("defaults.pipelining", "ANSIBLE_PIPELINING"),
            ("connection.pipelining", ""),
            ("ssh_connection.pipelining", "ANSIBLE_SSH_PIPELINING"),
            ("ssh_connection.control_path", "ANSIBLE_SSH_CONTROL_PATH"),
            ("ssh_connection.control_path_dir", "ANSIBLE_SSH_CONTROL_PATH_DIR"),
            ("defaults.control_path", ""),
            ("persistent_connection.connect_timeout", "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT"),
            ("persistent_connection.connect_retry_timeout", "ANSIBLE_PERSISTENT_CONNECT_RETRY_TIMEOUT"),
            ("persistent_connection.command_timeout", "ANSIBLE_PERSISTENT_COMMAND_TIMEOUT"),
            ("persistent_connection.control_path_dir", "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR"),
            ("defaults.use_persistent_connections", "ANSIBLE_USE_PERSISTENT_CONNECTIONS"),
        ],
    ),
    (
        "files travel in the same connection as everything else, without scp or sftp",
        false,
        &[
            ("ssh_connection.scp_if_ssh", "ANSIBLE_SCP_IF_SSH"),
            ("ssh_connection.transfer_method", "ANSIBLE_SSH_TRANSFER_METHOD"),
            ("ssh_connection.sftp_batch_mode", "ANSIBLE_SFTP_BATCH_MODE"),
            ("ssh_connection.sftp_executable", "ANSIBLE_SFTP_EXECUTABLE"),
            ("ssh_connection.scp_executable", "ANSIBLE_SCP_EXECUTABLE"),
            ("ssh_connection.scp_extra_args", "ANSIBLE_SCP_EXTRA_ARGS"),
            ("ssh_connection.sftp_extra_args", "ANSIBLE_SFTP_EXTRA_ARGS"),
        ],
    ),
    (
        "SSH is part of this program; neither `sshpass` nor `ssh-agent` is started, and a terminal is asked for where it is needed",
        false,
        &[
            ("ssh_connection.usetty", "ANSIBLE_SSH_USETTY"),
            ("ssh_connection.password_mechanism", "ANSIBLE_SSH_PASSWORD_MECHANISM"),
            ("ssh_connection.sshpass_prompt", "ANSIBLE_SSHPASS_PROMPT"),
            ("ssh_connection.verbosity", "ANSIBLE_SSH_VERBOSITY"),
            ("connection.ssh_agent_executable", "ANSIBLE_SSH_AGENT_EXECUTABLE"),
            ("paramiko_connection.record_host_keys", "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS"),
            ("paramiko_connection.host_key_auto_add", "ANSIBLE_PARAMIKO_HOST_KEY_AUTO_ADD"),
            ("paramiko_connection.look_for_keys", "ANSIBLE_PARAMIKO_LOOK_FOR_KEYS"),
        ],
    ),
    (
        "PKCS#11 tokens and agents started by the run are not supported; load the key into your own ssh-agent",
        true,
        &[("ssh_connection.pkcs11_provider", "ANSIBLE_PKCS11_PROVIDER"), ("connection.ssh_agent", "ANSIBLE_SSH_AGENT")],
    ),
    (
        "no Python runs on hosts",
        false,
        &[
            ("defaults.interpreter_python", "ANSIBLE_PYTHON_INTERPRETER"),
            ("defaults.ansible_python_interpreter", ""),
            ("defaults.module_compression", ""),
            ("defaults.module_lang", "ANSIBLE_MODULE_LANG"),
            ("defaults.module_set_locale", "ANSIBLE_MODULE_SET_LOCALE"),
            ("defaults.keep_remote_files", "ANSIBLE_KEEP_REMOTE_FILES"),
            ("defaults.python_module_rlimit_nofile", "ANSIBLE_PYTHON_MODULE_RLIMIT_NOFILE"),
            ("defaults.module_strict_utf8_response", "ANSIBLE_MODULE_STRICT_UTF8_RESPONSE"),
            ("defaults.module_ignore_exts", "ANSIBLE_MODULE_IGNORE_EXTS"),
            ("defaults.no_target_syslog", "ANSIBLE_NO_TARGET_SYSLOG"),
            ("defaults.syslog_facility", "ANSIBLE_SYSLOG_FACILITY"),
            ("defaults.target_log_info", "ANSIBLE_TARGET_LOG_INFO"),
        ],
    ),
    (
        "becoming an unprivileged user needs no files that others can read: the runner is started directly as that user",
        false,
        &[
            ("defaults.allow_world_readable_tmpfiles", "ANSIBLE_SHELL_ALLOW_WORLD_READABLE_TEMP"),
            ("defaults.common_remote_group", "ANSIBLE_COMMON_REMOTE_GROUP"),
            ("defaults.system_tmpdirs", "ANSIBLE_SYSTEM_TMPDIRS"),
            ("defaults.admin_users", "ANSIBLE_ADMIN_USERS"),
            ("privilege_escalation.agnostic_become_prompt", "ANSIBLE_AGNOSTIC_BECOME_PROMPT"),
        ],
    ),
    (
        "retry files are never written; a failed run says how to go on with `--limit`",
        false,
        &[
            ("defaults.retry_files_enabled", "ANSIBLE_RETRY_FILES_ENABLED"),
            ("defaults.retry_files_save_path", "ANSIBLE_RETRY_FILES_SAVE_PATH"),
        ],
    ),
    (
        "no cow is ever asked to speak",
        false,
        &[
            ("defaults.nocows", "ANSIBLE_NOCOWS"),
            ("defaults.cowpath", "ANSIBLE_COW_PATH"),
            ("defaults.cow_selection", "ANSIBLE_COW_SELECTION"),
            ("defaults.cowsay_enabled_stencils", "ANSIBLE_COW_ACCEPTLIST"),
            ("defaults.cow_whitelist", "ANSIBLE_COW_WHITELIST"),
        ],
    ),
    (
        "ansible-core itself removed it; an undefined variable is always an error, a template yields native values, and `gather_subset` and `gather_timeout` are set for a play or in `module_defaults`",
        false,
        &[
            ("defaults.error_on_undefined_vars", "ANSIBLE_ERROR_ON_UNDEFINED_VARS"),
            ("defaults.jinja2_native", "ANSIBLE_JINJA2_NATIVE"),
            ("defaults.jinja2_native_warning", "ANSIBLE_JINJA2_NATIVE_WARNING"),
            ("defaults.null_representation", "ANSIBLE_NULL_REPRESENTATION"),
            ("defaults.gather_subset", "ANSIBLE_GATHER_SUBSET"),
            ("defaults.gather_timeout", "ANSIBLE_GATHER_TIMEOUT"),
            ("defaults.callback_whitelist", "ANSIBLE_CALLBACK_WHITELIST"),
            ("defaults.squash_actions", "ANSIBLE_SQUASH_ACTIONS"),
            ("defaults.hash_merge", ""),
            ("jinja2.dont_type_filters", "ANSIBLE_STRING_TYPE_FILTERS"),
            ("defaults.allow_unsafe_lookups", ""),
            ("defaults.command_warnings", "ANSIBLE_COMMAND_WARNINGS"),
            ("defaults.sudo_user", ""),
            ("defaults.sudo", ""),
            ("defaults.ask_sudo_pass", ""),
            ("defaults.su", "ANSIBLE_SU"),
        ],
    ),
    (
        "`loop_controls` and `do` are always there; other Jinja2 extensions are Python code, which is not run",
        false,
        &[("defaults.jinja2_extensions", "ANSIBLE_JINJA2_EXTENSIONS")],
    ),
    (
        "templates inside of data are never evaluated and conditions must be true or false; neither can be loosened",
        true,
        &[
            ("defaults.allow_embedded_templates", "ANSIBLE_ALLOW_EMBEDDED_TEMPLATES"),
            ("defaults.allow_broken_conditionals", "ANSIBLE_ALLOW_BROKEN_CONDITIONALS"),
        ],
    ),
    (
        "plugins and modules written in Python are not run",
        true,
        &[
            ("defaults.library", "ANSIBLE_LIBRARY"),
            ("defaults.module_utils", "ANSIBLE_MODULE_UTILS"),
            ("defaults.action_plugins", "ANSIBLE_ACTION_PLUGINS"),
            ("defaults.become_plugins", "ANSIBLE_BECOME_PLUGINS"),
            ("defaults.cache_plugins", "ANSIBLE_CACHE_PLUGINS"),
            ("defaults.callback_plugins", "ANSIBLE_CALLBACK_PLUGINS"),
            ("defaults.cliconf_plugins", "ANSIBLE_CLICONF_PLUGINS"),
            ("defaults.connection_plugins", "ANSIBLE_CONNECTION_PLUGINS"),
            ("defaults.doc_fragment_plugins", "ANSIBLE_DOC_FRAGMENT_PLUGINS"),
            ("defaults.filter_plugins", "ANSIBLE_FILTER_PLUGINS"),
            ("defaults.httpapi_plugins", "ANSIBLE_HTTPAPI_PLUGINS"),
            ("defaults.inventory_plugins", "ANSIBLE_INVENTORY_PLUGINS"),
            ("defaults.lookup_plugins", "ANSIBLE_LOOKUP_PLUGINS"),
            ("defaults.netconf_plugins", "ANSIBLE_NETCONF_PLUGINS"),
            ("defaults.strategy_plugins", "ANSIBLE_STRATEGY_PLUGINS"),
            ("defaults.terminal_plugins", "ANSIBLE_TERMINAL_PLUGINS"),
            ("defaults.test_plugins", "ANSIBLE_TEST_PLUGINS"),
            ("defaults.vars_plugins", "ANSIBLE_VARS_PLUGINS"),
            ("defaults.vars_plugins_enabled", "ANSIBLE_VARS_ENABLED"),
            ("defaults.plugin_filters_cfg", ""),
        ],
    ),
    (
        "the output is a part of this program",
        false,
        &[
            ("defaults.show_per_host_start", "ANSIBLE_SHOW_PER_HOST_START"),
            ("defaults.verbose_to_stderr", "ANSIBLE_VERBOSE_TO_STDERR"),
            ("defaults.display_traceback", "ANSIBLE_DISPLAY_TRACEBACK"),
            ("defaults.debug", "ANSIBLE_DEBUG"),
            ("defaults.devel_warning", "ANSIBLE_DEVEL_WARNING"),
            ("defaults.docsite_root_url", ""),
            ("defaults.callback_allowlist", ""),
        ],
    ),
    (
        "waiting is done without polling, and there are no worker processes and no temporary files on this side",
        false,
        &[
            ("defaults.internal_poll_interval", ""),
            ("defaults.local_tmp", "ANSIBLE_LOCAL_TEMP"),
            ("defaults.async_dir", "ANSIBLE_ASYNC_DIR"),
            ("defaults.run_vars_plugins", "ANSIBLE_RUN_VARS_PLUGINS"),
            ("defaults.old_plugin_cache_clear", "ANSIBLE_OLD_PLUGIN_CACHE_CLEAR"),
        ],
    ),
    (
        "names and values are always checked when a playbook is loaded",
        false,
        &[
            ("defaults.invalid_task_attribute_failed", "ANSIBLE_INVALID_TASK_ATTRIBUTE_FAILED"),
            ("defaults.validate_action_group_metadata", "ANSIBLE_VALIDATE_ACTION_GROUP_METADATA"),
            ("defaults.collections_on_ansible_version_mismatch", "ANSIBLE_COLLECTIONS_ON_ANSIBLE_VERSION_MISMATCH"),
            ("defaults.collections_scan_sys_path", "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH"),
            ("defaults.action_warnings", "ANSIBLE_ACTION_WARNINGS"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_section_and_is_there_once() {
        let keys: Vec<&str> = REASONS.iter().flat_map(|(_, _, keys)| keys.iter().map(|(key, _)| *key)).collect();
        for (n, key) in keys.iter().enumerate() {
            assert!(key.contains('.'), "{key}");
            assert!(!keys[..n].contains(key), "{key} twice");
        }
    }

    #[test]
    fn an_empty_environment_name_is_no_variable() {
        let mut around = Surroundings::default();
        around.env.insert(String::new(), "x".into());
        around.env.insert("ANSIBLE_NOCOWS".into(), "1".into());
        let found = found(&around, None);
        assert_eq!(found.iter().map(|m| m.key).collect::<Vec<_>>(), ["defaults.nocows"]);
    }
}

//! The names that Ansible's configuration reference and its lookup `config` have for settings.

use super::{Origin, Settings};
use hostler_sdk::Value;

/// Ansible's name and ours.
const NAMES: &[(&str, &str)] = &[
    ("ANSIBLE_FORCE_COLOR", "force_color"),
    ("ANSIBLE_HOME", "home"),
    ("ANSIBLE_NOCOLOR", "nocolor"),
    ("ANY_ERRORS_FATAL", "any_errors_fatal"),
    ("BECOME_ALLOW_SAME_USER", "become_allow_same_user"),
    ("BECOME_PASSWORD_FILE", "become_password_file"),
    ("CACHE_PLUGIN", "fact_caching"),
    ("CACHE_PLUGIN_CONNECTION", "fact_caching_connection"),
    ("CACHE_PLUGIN_PREFIX", "fact_caching_prefix"),
    ("CACHE_PLUGIN_TIMEOUT", "fact_caching_timeout"),
    ("CALLBACKS_ENABLED", "callbacks_enabled"),
    ("COLLECTIONS_PATHS", "collections_path"),
    ("CONNECTION_PASSWORD_FILE", "connection_password_file"),
    ("DEFAULT_ASK_PASS", "ask_pass"),
    ("DEFAULT_ASK_VAULT_PASS", "ask_vault_pass"),
    ("DEFAULT_BECOME", "r#become"),
    ("DEFAULT_BECOME_ASK_PASS", "become_ask_pass"),
    ("DEFAULT_BECOME_EXE", "become_exe"),
    ("DEFAULT_BECOME_FLAGS", "become_flags"),
    ("DEFAULT_BECOME_METHOD", "become_method"),
    ("DEFAULT_BECOME_USER", "become_user"),
    ("DEFAULT_EXECUTABLE", "executable"),
    ("DEFAULT_FORCE_HANDLERS", "force_handlers"),
    ("DEFAULT_FORKS", "forks"),
    ("DEFAULT_GATHERING", "gathering"),
    ("DEFAULT_HASH_BEHAVIOUR", "hash_behaviour"),
    ("DEFAULT_HOST_LIST", "inventory"),
    ("DEFAULT_LOAD_CALLBACK_PLUGINS", "bin_ansible_callbacks"),
    ("DEFAULT_LOG_PATH", "log_path"),
    ("LOG_VERBOSITY", "log_verbosity"),
    ("DEFAULT_MANAGED_STR", "ansible_managed"),
    ("DEFAULT_MODULE_ARGS", "module_args"),
    ("DEFAULT_MODULE_NAME", "module_name"),
    ("DEFAULT_NO_LOG", "no_log"),
    ("DEFAULT_POLL_INTERVAL", "poll_interval"),
    ("DEFAULT_PRIVATE_KEY_FILE", "private_key_file"),
    ("DEFAULT_PRIVATE_ROLE_VARS", "private_role_vars"),
    ("DEFAULT_REMOTE_PORT", "remote_port"),
    ("DEFAULT_REMOTE_USER", "remote_user"),
    ("DEFAULT_ROLES_PATH", "roles_path"),
    ("DEFAULT_STDOUT_CALLBACK", "stdout_callback"),
    ("DEFAULT_STRATEGY", "strategy"),
    ("DEFAULT_TIMEOUT", "timeout"),
    ("DEFAULT_TRANSPORT", "transport"),
    ("DEFAULT_VAULT_ENCRYPT_IDENTITY", "vault_encrypt_identity"),
    ("DEFAULT_VAULT_IDENTITY", "vault_identity"),
    ("DEFAULT_VAULT_IDENTITY_LIST", "vault_identity_list"),
    ("DEFAULT_VAULT_ID_MATCH", "vault_id_match"),
    ("DEFAULT_VAULT_PASSWORD_FILE", "vault_password_file"),
    ("DEFAULT_VERBOSITY", "verbosity"),
    ("DEPRECATION_WARNINGS", "deprecation_warnings"),
    ("DIFF_ALWAYS", "diff_always"),
    ("DIFF_CONTEXT", "diff_context"),
    ("DISPLAY_ARGS_TO_STDOUT", "display_args_to_stdout"),
    ("DISPLAY_SKIPPED_HOSTS", "display_skipped_hosts"),
    ("DUPLICATE_YAML_DICT_KEY", "duplicate_dict_key"),
    ("EDITOR", "editor"),
    ("ENABLE_TASK_DEBUGGER", "enable_task_debugger"),
    ("ERROR_ON_MISSING_HANDLER", "error_on_missing_handler"),
    ("HOST_KEY_CHECKING", "host_key_checking"),
    ("HOST_PATTERN_MISMATCH", "host_pattern_mismatch"),
    ("INJECT_FACTS_AS_VARS", "inject_facts_as_vars"),
    ("INVENTORY_ANY_UNPARSED_IS_FAILED", "inventory_any_unparsed_is_failed"),
    ("INVENTORY_ENABLED", "inventory_plugins"),
    ("INVENTORY_EXPORT", "inventory_export"),
    ("INVENTORY_IGNORE_EXTS", "inventory_ignore_extensions"),
    ("INVENTORY_IGNORE_PATTERNS", "inventory_ignore_patterns"),
    ("INVENTORY_UNPARSED_IS_FAILED", "inventory_unparsed_is_failed"),
    ("INVENTORY_UNPARSED_WARNING", "inventory_unparsed_warning"),
    ("LOCALHOST_WARNING", "localhost_warning"),
    ("MAX_FILE_SIZE_FOR_DIFF", "max_diff_size"),
    ("PAGER", "pager"),
    ("PLAYBOOK_DIR", "playbook_dir"),
    ("PLAYBOOK_VARS_ROOT", "playbook_vars_root"),
    ("SHOW_CUSTOM_STATS", "show_custom_stats"),
    ("SYSTEM_WARNINGS", "system_warnings"),
    ("TAGS_RUN", "run_tags"),
    ("TAGS_SKIP", "skip_tags"),
    ("TASK_DEBUGGER_IGNORE_ERRORS", "task_debugger_ignore_errors"),
    ("TASK_TIMEOUT", "task_timeout"),
    ("TRANSFORM_INVALID_GROUP_CHARS", "force_valid_group_names"),
    ("VARIABLE_PRECEDENCE", "precedence"),
    ("YAML_FILENAME_EXTENSIONS", "yaml_valid_extensions"),
];

impl Settings {
    /// The setting that Ansible calls `name` (`DEFAULT_FORKS`): its value and where it came from.
    pub fn named(&self, name: &str) -> Option<(Value, &Origin)> {
        let (_, field) = NAMES.iter().find(|(theirs, _)| *theirs == name)?;
        self.field(field)
    }

    /// The setting of that field (`forks`).
    pub fn field(&self, field: &str) -> Option<(Value, &Origin)> {
        self.list().into_iter().find(|(ours, ..)| *ours == field).map(|(_, value, origin)| (value, origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_a_setting() {
        let settings = Settings::default();
        for (name, field) in NAMES {
            assert!(settings.named(name).is_some(), "{name}: {field}");
        }
        assert_eq!(settings.named("DEFAULT_FORKS").map(|(value, _)| value), Some(Value::Int(50)));
    }
}

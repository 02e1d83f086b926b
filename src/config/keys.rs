//! Every setting that works, in one table: its type, default, keys of `ansible.cfg` and variables of the environment.
//! Where several keys or variables are given, the last one present wins, as in Ansible.

use super::choice::{BackendChoice, Gathering, GroupNames, HashBehaviour, HostKeys, OnProblem, ResultFormat, VarsRoot};
use super::ini::Ini;
use super::parse::{self, Written};
use super::setting::{Origin, Setting, Shown};
use super::{Meaningless, Surroundings};
use crate::diagnostic::{Diagnostic, Result};
use hostler_sdk::Value;
use std::path::{Path, PathBuf};

/// What defaults may depend on.
struct Base<'a> {
    home: &'a Path,
    around: &'a Surroundings,
}

impl Base<'_> {
    fn in_home(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }
}

/// Where a setting is looked for.
struct Key {
    name: &'static str,
    ini: &'static [(&'static str, &'static str)],
    env: &'static [&'static str],
    choices: &'static [&'static str],
}

fn resolve<T>(
    key: &Key,
    ini: Option<&Ini>,
    around: &Surroundings,
    parse: fn(&Written) -> Result<T, String>,
    default: impl Fn() -> T,
) -> Result<Setting<T>> {
    let read = |text: &str, base: &Path| {
        if !key.choices.is_empty() && !key.choices.contains(&text) {
            let known = key.choices.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
            return Err(format!("it must be one of {known}"));
        }
        parse(&Written { text, base, around })
    };
    let wrong = |text: &str, cause: String| {
        Diagnostic::error(format!("invalid value `{text}` for the setting `{}`", key.name))
            .cause(cause)
            .nearest(text, key.choices.iter().copied())
    };
    if let Some((name, text)) = key.env.iter().rev().find_map(|name| around.var(name).map(|text| (*name, text))) {
        return match read(text, &around.cwd) {
            Ok(value) => Ok(Setting::new(value, Origin::Env(name.to_owned()))),
            Err(_) if text.is_empty() => Ok(Setting::new(default(), Origin::Default)),
            Err(cause) => Err(wrong(text, cause).note(format!("set by the environment variable `{name}`")).boxed()),
        };
    }
    let Some(ini) = ini else { return Ok(Setting::new(default(), Origin::Default)) };
    match key.ini.iter().rev().find_map(|(section, option)| ini.get(section, option)) {
        Some((text, place)) => {
            let text = parse::unquote(text);
            let base = ini.source.path.parent().unwrap_or(&around.cwd);
            let value = read(text, base).map_err(|cause| wrong(text, cause).at(place, "set here").boxed())?;
            Ok(Setting::new(value, Origin::File(place.clone())))
        }
        None => Ok(Setting::new(default(), Origin::Default)),
    }
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])* $field:ident: $type:ty = $default:expr, $parse:expr, [$($section:literal $option:literal),*], [$($env:literal),*] $(, one of [$($choice:literal),*])?;)*) => {
        /// All settings of a run. Each is used as its value (`*settings.forks`) and knows its origin.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $($(#[doc = $doc])* pub $field: Setting<$type>,)*
            /// The `ansible.cfg` that was read.
            pub config_file: Option<PathBuf>,
            /// What was set but has no meaning here.
            pub meaningless: Vec<Meaningless>,
            /// What to tell the operator about the configuration.
            pub warnings: Vec<Diagnostic>,
            /// Environment, working directory and home the settings were resolved in.
            pub around: Surroundings,
        }

        impl Settings {
            pub(super) fn resolve(around: &Surroundings, ini: Option<&Ini>) -> Result<Settings> {
                let key = Key { name: "home", ini: &[("defaults", "home")], env: &["ANSIBLE_HOME"], choices: &[] };
                let home = resolve(&key, ini, around, parse::path, || around.home.join(".ansible"))?;
                let base = Base { home: &home, around };
                Ok(Settings {
                    $($field: {
                        let default: fn(&Base) -> $type = $default;
                        let key = Key {
                            name: stringify!($field),
                            ini: &[$(($section, $option)),*],
                            env: &[$($env),*],
                            choices: &[$($($choice),*)?],
                        };
                        resolve(&key, ini, around, $parse, || default(&base))?
                    },)*
                    config_file: None,
                    meaningless: Vec::new(),
                    warnings: Vec::new(),
                    around: around.clone(),
                })
            }

            /// Every setting with its value and origin, for `config dump`.
            pub fn list(&self) -> Vec<(&'static str, Value, &Origin)> {
                vec![$((stringify!($field), self.$field.shown(), self.$field.origin())),*]
            }
        }
    };
}

settings! {
    /// Directory of Ansible's own files.
    home: PathBuf = |b| b.home.to_owned(), parse::path, ["defaults" "home"], ["ANSIBLE_HOME"];

    // What is managed.
    /// Inventory sources: absolute paths, or lists of hosts with a comma.
    inventory: Vec<String> = |_| vec!["/etc/ansible/hosts".into()], parse::sources, ["defaults" "inventory"], ["ANSIBLE_INVENTORY"];
    /// Endings of files in inventory directories that are passed over.
    inventory_ignore_extensions: Vec<String> = |_| [".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"].map(String::from).into(), parse::list, ["defaults" "inventory_ignore_extensions", "inventory" "ignore_extensions"], ["ANSIBLE_INVENTORY_IGNORE"];
    /// Regular expressions for names in inventory directories that are passed over.
    inventory_ignore_patterns: Vec<String> = |_| Vec::new(), parse::list, ["defaults" "inventory_ignore_patterns", "inventory" "ignore_patterns"], ["ANSIBLE_INVENTORY_IGNORE_REGEX"];
    /// Kinds of inventory sources that are tried, in order.
    inventory_plugins: Vec<String> = |_| ["host_list", "script", "auto", "yaml", "ini", "toml"].map(String::from).into(), parse::list, ["inventory" "enable_plugins"], ["ANSIBLE_INVENTORY_ENABLED"];
    /// Whether a source that cannot be read stops the run.
    inventory_any_unparsed_is_failed: bool = |_| false, parse::boolean, ["inventory" "any_unparsed_is_failed"], ["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"];
    /// Whether it stops the run when no source at all could be read.
    inventory_unparsed_is_failed: bool = |_| false, parse::boolean, ["inventory" "unparsed_is_failed"], ["ANSIBLE_INVENTORY_UNPARSED_FAILED"];
    /// Whether to warn when no source at all could be read.
    inventory_unparsed_warning: bool = |_| true, parse::boolean, ["inventory" "inventory_unparsed_warning"], ["ANSIBLE_INVENTORY_UNPARSED_WARNING"];
    /// Whether to warn when there is nothing but the implicit localhost.
    localhost_warning: bool = |_| true, parse::boolean, ["defaults" "localhost_warning"], ["ANSIBLE_LOCALHOST_WARNING"];
    /// What to do when a host pattern matches nothing.
    host_pattern_mismatch: OnProblem = |_| OnProblem::Warning, |w| OnProblem::parse(w.text), ["inventory" "host_pattern_mismatch"], ["ANSIBLE_HOST_PATTERN_MISMATCH"];
    /// What to do with group names that are no variable names.
    force_valid_group_names: GroupNames = |_| GroupNames::Never, |w| GroupNames::parse(w.text), ["defaults" "force_valid_group_names"], ["ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS"];
    /// Whether `hostler inventory` shows groups and hosts with their own variables each.
    inventory_export: bool = |_| false, parse::boolean, ["inventory" "export"], ["ANSIBLE_INVENTORY_EXPORT"];
    /// Endings of files in `group_vars/` and `host_vars/` and of YAML inventories.
    yaml_valid_extensions: Vec<String> = |_| [".yml", ".yaml", ".json"].map(String::from).into(), parse::list, ["defaults" "yaml_valid_extensions"], ["ANSIBLE_YAML_FILENAME_EXT"];

    // Where things are found.
    /// Where roles are looked for.
    roles_path: Vec<PathBuf> = |b| vec![b.in_home("roles"), "/usr/share/ansible/roles".into(), "/etc/ansible/roles".into()], parse::pathspec, ["defaults" "roles_path"], ["ANSIBLE_ROLES_PATH"];
    /// Where collections are looked for (each holds `ansible_collections/`).
    collections_path: Vec<PathBuf> = |b| vec![b.in_home("collections"), "/usr/share/ansible/collections".into()], parse::pathspec, ["defaults" "collections_paths", "defaults" "collections_path"], ["ANSIBLE_COLLECTIONS_PATHS", "ANSIBLE_COLLECTIONS_PATH"];
    /// Directory that stands for the playbook's where no playbook is (`hostler inventory`, ad hoc).
    playbook_dir: Option<PathBuf> = |_| None, parse::path_opt, ["defaults" "playbook_dir"], ["ANSIBLE_PLAYBOOK_DIR"];
    /// Which `group_vars/` beside playbooks are read.
    playbook_vars_root: VarsRoot = |_| VarsRoot::Top, |w| VarsRoot::parse(w.text), ["defaults" "playbook_vars_root"], ["ANSIBLE_PLAYBOOK_VARS_ROOT"];

    // The way to a host.
    /// Default connection.
    transport: String = |_| "ssh".into(), parse::text, ["defaults" "transport"], ["ANSIBLE_TRANSPORT"];
    /// Default user; the one of the SSH configuration or the login name when none is given.
    remote_user: Option<String> = |_| None, parse::text_opt, ["defaults" "remote_user"], ["ANSIBLE_REMOTE_USER"];
    /// Default port.
    remote_port: Option<u16> = |_| None, parse::int_opt, ["defaults" "remote_port"], ["ANSIBLE_REMOTE_PORT"];
    /// Default private key.
    private_key_file: Option<PathBuf> = |_| None, parse::path_opt, ["defaults" "private_key_file"], ["ANSIBLE_PRIVATE_KEY_FILE"];
    /// Seconds for a connection to be established.
    timeout: u64 = |_| 10, parse::int, ["defaults" "timeout", "ssh_connection" "timeout"], ["ANSIBLE_TIMEOUT", "ANSIBLE_SSH_TIMEOUT"];
    /// Whether host keys are checked.
    host_key_checking: bool = |_| true, parse::boolean, ["defaults" "host_key_checking", "ssh_connection" "host_key_checking"], ["ANSIBLE_HOST_KEY_CHECKING", "ANSIBLE_SSH_HOST_KEY_CHECKING"];
    /// What is done about host keys, when said more exactly than by `host_key_checking`; see [`Settings::host_keys`].
    host_key_policy: Option<HostKeys> = |_| None, |w| HostKeys::parse(w.text).map(Some), ["hostler" "host_key_policy"], ["HOSTLER_HOST_KEY_POLICY"];
    /// How modules reach a host.
    backend: BackendChoice = |_| BackendChoice::Auto, |w| BackendChoice::parse(w.text), ["hostler" "backend"], ["HOSTLER_BACKEND"];
    /// Whether the runner is removed from hosts when a run ends.
    leave_nothing: bool = |_| false, parse::boolean, ["hostler" "leave_nothing"], ["HOSTLER_LEAVE_NOTHING"];
    /// The program that `connection: openssh` starts.
    ssh_executable: String = |_| "ssh".into(), parse::text, ["ssh_connection" "ssh_executable"], ["ANSIBLE_SSH_EXECUTABLE"];
    /// Options for `ssh`; those with a meaning here are obeyed.
    ssh_args: String = |_| String::new(), parse::text, ["ssh_connection" "ssh_args"], ["ANSIBLE_SSH_ARGS"];
    /// More options for `ssh`.
    ssh_common_args: String = |_| String::new(), parse::text, ["ssh_connection" "ssh_common_args"], ["ANSIBLE_SSH_COMMON_ARGS"];
    /// More options for `ssh`.
    ssh_extra_args: String = |_| String::new(), parse::text, ["ssh_connection" "ssh_extra_args"], ["ANSIBLE_SSH_EXTRA_ARGS"];
    /// How often a failed connection is tried again.
    reconnection_retries: u32 = |_| 0, parse::int, ["connection" "retries", "ssh_connection" "retries"], ["ANSIBLE_SSH_RETRIES"];
    /// Directory for temporary files on hosts.
    remote_tmp: String = |_| "~/.ansible/tmp".into(), parse::text, ["defaults" "remote_tmp"], ["ANSIBLE_REMOTE_TEMP", "ANSIBLE_REMOTE_TMP"];
    /// Shell that `shell` and `raw` use.
    executable: String = |_| "/bin/sh".into(), parse::text, ["defaults" "executable"], ["ANSIBLE_EXECUTABLE"];
    /// Whether to ask for the connection password.
    ask_pass: bool = |_| false, parse::boolean, ["defaults" "ask_pass"], ["ANSIBLE_ASK_PASS"];
    /// File with the connection password.
    connection_password_file: Option<PathBuf> = |_| None, parse::path_opt, ["defaults" "connection_password_file"], ["ANSIBLE_CONNECTION_PASSWORD_FILE"];

    // Becoming another user.
    /// Whether tasks become another user by default.
    r#become: bool = |_| false, parse::boolean, ["privilege_escalation" "become"], ["ANSIBLE_BECOME"];
    /// How.
    become_method: String = |_| "sudo".into(), parse::text, ["privilege_escalation" "become_method"], ["ANSIBLE_BECOME_METHOD"];
    /// Which user.
    become_user: String = |_| "root".into(), parse::text, ["privilege_escalation" "become_user"], ["ANSIBLE_BECOME_USER"];
    /// The program.
    become_exe: Option<String> = |_| None, parse::text_opt, ["privilege_escalation" "become_exe"], ["ANSIBLE_BECOME_EXE"];
    /// Its flags.
    become_flags: Option<String> = |_| None, parse::text_opt, ["privilege_escalation" "become_flags"], ["ANSIBLE_BECOME_FLAGS"];
    /// Whether to ask for its password.
    become_ask_pass: bool = |_| false, parse::boolean, ["privilege_escalation" "become_ask_pass"], ["ANSIBLE_BECOME_ASK_PASS"];
    /// File with its password.
    become_password_file: Option<PathBuf> = |_| None, parse::path_opt, ["defaults" "become_password_file"], ["ANSIBLE_BECOME_PASSWORD_FILE"];
    /// Whether the program is used even for the user one already is.
    become_allow_same_user: bool = |_| false, parse::boolean, ["privilege_escalation" "become_allow_same_user"], ["ANSIBLE_BECOME_ALLOW_SAME_USER"];

    // Vault.
    /// Whether to ask for the vault password.
    ask_vault_pass: bool = |_| false, parse::boolean, ["defaults" "ask_vault_pass"], ["ANSIBLE_ASK_VAULT_PASS"];
    /// File (or program) with the vault password.
    vault_password_file: Option<PathBuf> = |_| None, parse::path_opt, ["defaults" "vault_password_file"], ["ANSIBLE_VAULT_PASSWORD_FILE"];
    /// `label@file` or `label@prompt`, as `--vault-id`.
    vault_identity_list: Vec<String> = |_| Vec::new(), parse::list, ["defaults" "vault_identity_list"], ["ANSIBLE_VAULT_IDENTITY_LIST"];
    /// Label of a password given without one.
    vault_identity: String = |_| "default".into(), parse::text, ["defaults" "vault_identity"], ["ANSIBLE_VAULT_IDENTITY"];
    /// Label to encrypt with.
    vault_encrypt_identity: Option<String> = |_| None, parse::text_opt, ["defaults" "vault_encrypt_identity"], ["ANSIBLE_VAULT_ENCRYPT_IDENTITY"];
    /// Whether only the password with a text's own label is tried.
    vault_id_match: bool = |_| false, parse::boolean, ["defaults" "vault_id_match"], ["ANSIBLE_VAULT_ID_MATCH"];

    // Programs for the operator.
    /// Editor of vaulted files.
    editor: String = |_| "vi".into(), parse::text, ["defaults" "editor"], ["ANSIBLE_EDITOR", "EDITOR"];
    /// Pager for what may be long.
    pager: String = |_| "less".into(), parse::text, ["defaults" "pager"], ["ANSIBLE_PAGER", "PAGER"];

    // How a run goes.
    /// Hosts in work at a time (Ansible's default is 5).
    forks: usize = |_| 50, parse::int, ["defaults" "forks"], ["ANSIBLE_FORKS"];
    /// Whether a task that fails, or whose host cannot be reached, leads to the debugger.
    enable_task_debugger: bool = |_| false, parse::boolean, ["defaults" "enable_task_debugger"], ["ANSIBLE_ENABLE_TASK_DEBUGGER"];
    /// Whether failures that `ignore_errors` awaits lead to it not.
    task_debugger_ignore_errors: bool = |_| true, parse::boolean, ["defaults" "task_debugger_ignore_errors"], ["ANSIBLE_TASK_DEBUGGER_IGNORE_ERRORS"];
    /// Default strategy.
    strategy: String = |_| "linear".into(), parse::text, ["defaults" "strategy"], ["ANSIBLE_STRATEGY"];
    /// When facts are gathered.
    gathering: Gathering = |_| Gathering::Implicit, |w| Gathering::parse(w.text), ["defaults" "gathering"], ["ANSIBLE_GATHERING"];
    /// Whether one host's failure ends the play.
    any_errors_fatal: bool = |_| false, parse::boolean, ["defaults" "any_errors_fatal"], ["ANSIBLE_ANY_ERRORS_FATAL"];
    /// Whether notified handlers run on hosts that failed.
    force_handlers: bool = |_| false, parse::boolean, ["defaults" "force_handlers"], ["ANSIBLE_FORCE_HANDLERS"];
    /// Whether notifying a handler that does not exist is an error.
    error_on_missing_handler: bool = |_| true, parse::boolean, ["defaults" "error_on_missing_handler"], ["ANSIBLE_ERROR_ON_MISSING_HANDLER"];
    /// Default of `no_log`.
    no_log: bool = |_| false, parse::boolean, ["defaults" "no_log"], ["ANSIBLE_NO_LOG"];
    /// Seconds a task may take; 0 for no limit.
    task_timeout: u64 = |_| 0, parse::int, ["defaults" "task_timeout"], ["ANSIBLE_TASK_TIMEOUT"];
    /// Seconds between two looks at an asynchronous task.
    poll_interval: u64 = |_| 15, parse::int, ["defaults" "poll_interval"], ["ANSIBLE_POLL_INTERVAL"];
    /// Module of an ad-hoc command.
    module_name: String = |_| "command".into(), parse::text, ["defaults" "module_name"], [];
    /// Its arguments.
    module_args: Option<String> = |_| None, parse::text_opt, ["defaults" "module_args"], ["ANSIBLE_MODULE_ARGS"];
    /// Tags to run.
    run_tags: Vec<String> = |_| Vec::new(), parse::list, ["tags" "run"], ["ANSIBLE_RUN_TAGS"];
    /// Tags to skip.
    skip_tags: Vec<String> = |_| Vec::new(), parse::list, ["tags" "skip"], ["ANSIBLE_SKIP_TAGS"];

    // Variables and templates.
    /// What becomes of mappings defined in several layers.
    hash_behaviour: HashBehaviour = |_| HashBehaviour::Replace, |w| HashBehaviour::parse(w.text), ["defaults" "hash_behaviour"], ["ANSIBLE_HASH_BEHAVIOUR"];
    /// Whether variables of roles stay within them.
    private_role_vars: bool = |_| false, parse::boolean, ["defaults" "private_role_vars"], ["ANSIBLE_PRIVATE_ROLE_VARS"];
    /// Order in which group variables are laid over each other.
    precedence: Vec<String> = |_| ["all_inventory", "groups_inventory", "all_plugins_inventory", "all_plugins_play", "groups_plugins_inventory", "groups_plugins_play"].map(String::from).into(), parse::list, ["defaults" "precedence"], ["ANSIBLE_PRECEDENCE"];
    /// Whether facts are variables of their own too (`ansible_hostname`).
    inject_facts_as_vars: bool = |_| true, parse::boolean, ["defaults" "inject_facts_as_vars"], ["ANSIBLE_INJECT_FACT_VARS"];
    /// Where facts are kept between runs.
    fact_caching: String = |_| "memory".into(), parse::text, ["defaults" "fact_caching"], ["ANSIBLE_CACHE_PLUGIN"];
    /// The directory of the `jsonfile` cache, as written (relative to where the setting stands).
    fact_caching_connection: Option<PathBuf> = |_| None, parse::path_opt, ["defaults" "fact_caching_connection"], ["ANSIBLE_CACHE_PLUGIN_CONNECTION"];
    /// Prefix of its files' names. (Ansible's `jsonfile` has none unless it is set.)
    fact_caching_prefix: String = |_| String::new(), parse::text, ["defaults" "fact_caching_prefix"], ["ANSIBLE_CACHE_PLUGIN_PREFIX"];
    /// Seconds that cached facts stay good; 0 for ever.
    fact_caching_timeout: u64 = |_| 86400, parse::int, ["defaults" "fact_caching_timeout"], ["ANSIBLE_CACHE_PLUGIN_TIMEOUT"];
    /// The variable `ansible_managed`; may be a template.
    ansible_managed: String = |_| "Ansible managed".into(), parse::text, ["defaults" "ansible_managed"], [];
    /// What to do about a key that is twice in a YAML mapping.
    duplicate_dict_key: OnProblem = |_| OnProblem::Warning, |w| OnProblem::parse(w.text), ["defaults" "duplicate_dict_key"], ["ANSIBLE_DUPLICATE_YAML_DICT_KEY"];

    // The lookup `url`.
    /// Whether its requests ask caches to stand back.
    url_lookup_force: bool = |_| false, parse::boolean, ["url_lookup" "force"], ["ANSIBLE_LOOKUP_URL_FORCE"];
    /// Seconds it waits for a server.
    url_lookup_timeout: f64 = |_| 10.0, parse::float, ["url_lookup" "timeout"], ["ANSIBLE_LOOKUP_URL_TIMEOUT"];
    /// What its requests say that they are.
    url_lookup_agent: String = |_| "ansible-httpget".into(), parse::text, ["url_lookup" "agent"], ["ANSIBLE_LOOKUP_URL_AGENT"];
    /// Whether its requests bring credentials without being asked.
    url_lookup_force_basic_auth: bool = |_| false, parse::boolean, ["url_lookup" "force_basic_auth"], ["ANSIBLE_LOOKUP_URL_FORCE_BASIC_AUTH"];
    /// Which redirects it follows.
    url_lookup_follow_redirects: String = |_| "urllib2".into(), parse::text, ["url_lookup" "follow_redirects"], ["ANSIBLE_LOOKUP_URL_FOLLOW_REDIRECTS"], one of ["all", "none", "safe", "urllib2", "no", "yes"];
    /// Whether it logs in by Kerberos, which is refused.
    url_lookup_use_gssapi: bool = |_| false, parse::boolean, ["url_lookup" "use_gssapi"], ["ANSIBLE_LOOKUP_URL_USE_GSSAPI"];
    /// Whether it takes logins from `~/.netrc`.
    url_lookup_use_netrc: bool = |_| true, parse::boolean, ["url_lookup" "use_netrc"], ["ANSIBLE_LOOKUP_URL_USE_NETRC"];
    /// The socket file it connects to.
    url_lookup_unix_socket: Option<String> = |_| None, parse::text_opt, ["url_lookup" "unix_socket"], ["ANSIBLE_LOOKUP_URL_UNIX_SOCKET"];
    /// The file of authorities it trusts.
    url_lookup_ca_path: Option<String> = |_| None, parse::text_opt, ["url_lookup" "ca_path"], ["ANSIBLE_LOOKUP_URL_CA_PATH"];
    /// Headers that it does not send where it is redirected to.
    url_lookup_unredirected_headers: Vec<String> = |_| Vec::new(), parse::list, ["url_lookup" "unredirected_headers"], ["ANSIBLE_LOOKUP_URL_UNREDIR_HEADERS"];
    /// Ciphers of its connections.
    url_lookup_ciphers: Vec<String> = |_| Vec::new(), parse::list, ["url_lookup" "ciphers"], ["ANSIBLE_LOOKUP_URL_CIPHERS"];

    // What is printed.
    /// Name of the output format.
    stdout_callback: String = |_| "default".into(), parse::text, ["defaults" "stdout_callback"], ["ANSIBLE_STDOUT_CALLBACK"];
    /// Whether ad-hoc commands print as `stdout_callback` says too.
    bin_ansible_callbacks: bool = |_| false, parse::boolean, ["defaults" "bin_ansible_callbacks"], ["ANSIBLE_LOAD_CALLBACK_PLUGINS"];
    /// Hostler's own output format, when one was chosen.
    output: Option<String> = |_| None, parse::text_opt, ["hostler" "output"], ["HOSTLER_OUTPUT"];
    /// Further output: `timer`, `profile_tasks`, `junit`, ...
    callbacks_enabled: Vec<String> = |_| Vec::new(), parse::list, ["defaults" "callbacks_enabled"], ["ANSIBLE_CALLBACKS_ENABLED"];
    /// How results are printed.
    callback_result_format: ResultFormat = |_| ResultFormat::Json, |w| ResultFormat::parse(w.text), ["defaults" "callback_result_format"], ["ANSIBLE_CALLBACK_RESULT_FORMAT"];
    /// Whether results are printed over several lines; `None` for where that is usual.
    callback_format_pretty: Option<bool> = |_| None, parse::boolean_opt, ["defaults" "callback_format_pretty"], ["ANSIBLE_CALLBACK_FORMAT_PRETTY"];
    /// Whether skipped tasks are printed.
    display_skipped_hosts: bool = |_| true, parse::boolean, ["defaults" "display_skipped_hosts"], ["ANSIBLE_DISPLAY_SKIPPED_HOSTS"];
    /// Whether unchanged tasks are printed.
    display_ok_hosts: bool = |_| true, parse::boolean, ["defaults" "display_ok_hosts"], ["ANSIBLE_DISPLAY_OK_HOSTS"];
    /// Whether failures go to stderr.
    display_failed_stderr: bool = |_| false, parse::boolean, ["defaults" "display_failed_stderr"], ["ANSIBLE_DISPLAY_FAILED_STDERR"];
    /// Whether arguments are part of task headings.
    display_args_to_stdout: bool = |_| false, parse::boolean, ["defaults" "display_args_to_stdout"], ["ANSIBLE_DISPLAY_ARGS_TO_STDOUT"];
    /// Whether check mode is marked.
    check_mode_markers: bool = |_| false, parse::boolean, ["defaults" "check_mode_markers"], ["ANSIBLE_CHECK_MODE_MARKERS"];
    /// Whether `set_stats` are printed at the end.
    show_custom_stats: bool = |_| false, parse::boolean, ["defaults" "show_custom_stats"], ["ANSIBLE_SHOW_CUSTOM_STATS"];
    /// Whether the place of a task is printed when it fails.
    show_task_path_on_failure: bool = |_| false, parse::boolean, ["defaults" "show_task_path_on_failure"], ["ANSIBLE_SHOW_TASK_PATH_ON_FAILURE"];
    /// Whether colours are used even without a terminal.
    force_color: bool = |_| false, parse::boolean, ["defaults" "force_color"], ["ANSIBLE_FORCE_COLOR"];
    /// Whether colours are never used. (`NO_COLOR` with any text counts.)
    nocolor: bool = |b| b.around.var("NO_COLOR").is_some_and(|v| !v.is_empty()), parse::boolean, ["defaults" "nocolor"], ["ANSIBLE_NOCOLOR"];
    /// File that all output goes to as well.
    log_path: Option<PathBuf> = |_| None, parse::path_opt, ["defaults" "log_path"], ["ANSIBLE_LOG_PATH"];
    /// The `-v` count of that file; never less than that of the output.
    log_verbosity: Option<u32> = |_| None, parse::int_opt, ["defaults" "log_verbosity"], ["ANSIBLE_LOG_VERBOSITY"];
    /// Default of `-v`.
    verbosity: u32 = |_| 0, parse::int, ["defaults" "verbosity"], ["ANSIBLE_VERBOSITY"];
    /// Whether deprecations are told. There are none to tell; `lookup('config')` answers for it.
    deprecation_warnings: bool = |_| true, parse::boolean, ["defaults" "deprecation_warnings"], ["ANSIBLE_DEPRECATION_WARNINGS"];
    /// Whether warnings about this machine are told. There are none to tell; `lookup('config')` answers for it.
    system_warnings: bool = |_| true, parse::boolean, ["defaults" "system_warnings"], ["ANSIBLE_SYSTEM_WARNINGS"];
    /// Default of `--diff`.
    diff_always: bool = |_| false, parse::boolean, ["diff" "always"], ["ANSIBLE_DIFF_ALWAYS"];
    /// Lines of context in diffs.
    diff_context: usize = |_| 3, parse::int, ["diff" "context"], ["ANSIBLE_DIFF_CONTEXT"];
    /// Bytes above which a file's diff is not shown.
    max_diff_size: usize = |_| 104_448, parse::int, ["defaults" "max_diff_size"], ["ANSIBLE_MAX_DIFF_SIZE"];
}

impl Settings {
    /// What to do about host keys: `host_key_policy`, otherwise what `host_key_checking` says.
    pub fn host_keys(&self) -> HostKeys {
        match (*self.host_key_policy, *self.host_key_checking) {
            (Some(policy), _) => policy,
            (None, true) => HostKeys::Strict,
            (None, false) => HostKeys::Off,
        }
    }
}

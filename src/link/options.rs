//! What settings and flags say about connections: the lowest layer, under keywords and variables.

use super::ssh::config::SshConfig;
use super::{BackendChoice, Password};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What is done about host keys that no known_hosts file holds. A revoked key is refused under all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostKeyPolicy {
    /// Only known keys.
    Strict,
    /// Unknown keys are accepted and recorded; a changed key is refused.
    AcceptNew,
    /// Everything is accepted (`host_key_checking = False`): a changed key costs a warning and password authentication.
    Off,
}

/// Defaults for all hosts.
#[derive(Clone, Debug)]
pub struct LinkOptions {
    /// `transport` or `-c`: `ssh`, `smart`, `local`.
    pub connection: String,
    /// `remote_user` or `-u`.
    pub user: Option<String>,
    /// `remote_port`.
    pub port: Option<u16>,
    /// `-k`: the password of the connection.
    pub password: Option<Password>,
    /// `private_key_file` or `--private-key`.
    pub key_file: Option<PathBuf>,
    /// `timeout` or `-T`: longest time to connect and authenticate, and to wait for a prompt of sudo.
    pub timeout: Duration,
    /// `retries`: how often a connection that cannot be made is tried again.
    pub retries: u32,
    /// `host_key_checking` and Hostler's own `accept-new`.
    pub host_keys: HostKeyPolicy,
    /// `ssh_args`, `ssh_common_args`, `ssh_extra_args` of settings and flags, each a line as for ssh.
    pub ssh_args: [String; 3],
    /// `ssh_executable`: the program of `connection: openssh`.
    pub ssh_executable: String,
    /// `~/.ssh/config` and `/etc/ssh/ssh_config`; empty unless loaded.
    pub ssh_config: Arc<SshConfig>,
    /// How modules are run on hosts.
    pub backend: BackendChoice,
    /// Where hosts keep the runner instead of `~/.hostler` (`remote_tmp` where it was set).
    pub cache_dir: Option<String>,
    /// Leave nothing behind: the runner is deleted as soon as it runs.
    pub no_cache: bool,
    /// `-b`.
    pub r#become: bool,
    /// `become_method`.
    pub become_method: String,
    /// `become_user`.
    pub become_user: Option<String>,
    /// `become_flags`.
    pub become_flags: Option<String>,
    /// `become_exe`.
    pub become_exe: Option<String>,
    /// `-K`, `become_password_file`.
    pub become_password: Option<Password>,
    /// `become_allow_same_user`: sudo even for the user one already is.
    pub become_same_user: bool,
    /// Connections being opened at the same time.
    pub handshakes: usize,
}

impl Default for LinkOptions {
    fn default() -> Self {
        LinkOptions {
            connection: "ssh".into(),
            user: None,
            port: None,
            password: None,
            key_file: None,
            timeout: Duration::from_secs(10),
            retries: 0,
            host_keys: HostKeyPolicy::Strict,
            ssh_args: Default::default(),
            ssh_executable: "ssh".into(),
            ssh_config: Arc::default(),
            backend: BackendChoice::Auto,
            cache_dir: None,
            no_cache: false,
            r#become: false,
            become_method: "sudo".into(),
            become_user: None,
            become_flags: None,
            become_exe: None,
            become_password: None,
            become_same_user: false,
            handshakes: 64,
        }
    }
}

//! One host to connect to, with all that is needed for it.

use super::ssh::Algorithms;
use super::{HostKeyPolicy, Password};
use std::path::PathBuf;
use std::time::Duration;

/// How a host is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Connection {
    /// SSH inside this process.
    Ssh,
    /// The system's `ssh`, a process for each program on the host.
    OpenSsh,
    /// This machine, without SSH.
    Local,
}

/// How modules run on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BackendChoice {
    /// The runner where it can run, else the shell.
    Auto,
    /// The runner or an error.
    Runner,
    /// Modules run here and use the host's shell.
    Shell,
}

/// A hop of `ProxyJump`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Jump {
    /// User there; `None`: as `~/.ssh/config` or the login name say.
    pub user: Option<String>,
    /// Name or address.
    pub host: String,
    /// Port; `None`: as `~/.ssh/config` says, or 22.
    pub port: Option<u16>,
}

/// What stands between here and a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// A TCP connection of our own.
    Direct,
    /// Through these hosts, the nearest first.
    Jump(Vec<Jump>),
    /// Through a program's standard streams; a line for the shell with its tokens still in it.
    Command(String),
}

/// Ways of authentication that may be used; all by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Methods {
    pub public_key: bool,
    pub keyboard_interactive: bool,
    pub password: bool,
}

impl Default for Methods {
    fn default() -> Self {
        Methods { public_key: true, keyboard_interactive: true, password: true }
    }
}

/// One host to connect to. Equal targets may share a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The name in the inventory, for messages.
    pub name: String,
    /// Name or address to connect to.
    pub address: String,
    /// The name host keys are recorded under, when it is not the address (`HostKeyAlias`).
    pub key_alias: Option<String>,
    /// TCP port.
    pub port: u16,
    /// User to log in as.
    pub user: String,
    /// SSH or local.
    pub connection: Connection,
    /// Password, also the answer to keyboard-interactive questions.
    pub password: Option<Password>,
    /// Private keys to try before the agent's and the default ones.
    pub key_files: Vec<PathBuf>,
    /// Certificates for private keys, besides those that stand beside them.
    pub certificate_files: Vec<PathBuf>,
    /// A private key given as text (`ansible_private_key`).
    pub key_text: Option<Password>,
    /// Passphrase for them.
    pub passphrase: Option<Password>,
    /// Ways of authentication that may be used.
    pub methods: Methods,
    /// Never ask at the terminal.
    pub batch: bool,
    /// Only `key_files`: neither other keys of the agent nor the default ones.
    pub identities_only: bool,
    /// Socket of the agent; `None`: `SSH_AUTH_SOCK`. Empty: no agent.
    pub agent: Option<PathBuf>,
    /// Socket of the agent that is lent to the host; `None`: none is.
    pub forward_agent: Option<PathBuf>,
    /// The system's `ssh` with all its words but the command line for the host; only for [`Connection::OpenSsh`].
    pub ssh_command: Vec<String>,
    /// What is offered to the server.
    pub algorithms: Algorithms,
    /// What is done about unknown host keys.
    pub host_keys: HostKeyPolicy,
    /// known_hosts files of the user, the first is written by `accept-new`; `None`: OpenSSH's.
    pub known_hosts: Option<Vec<PathBuf>>,
    /// known_hosts files of the system; `None`: OpenSSH's.
    pub global_known_hosts: Option<Vec<PathBuf>>,
    /// Whether recorded names are hashed.
    pub hash_known_hosts: bool,
    /// What stands between.
    pub proxy: Proxy,
    /// Longest time to connect and authenticate.
    pub timeout: Duration,
    /// How often a connection that cannot be made is tried again.
    pub retries: u32,
    /// Silence after which a sign of life is asked for.
    pub keepalive: Duration,
    /// Unanswered signs of life after which the connection counts as lost.
    pub keepalive_max: usize,
    /// How modules run there.
    pub backend: BackendChoice,
    /// Directory for the runner on the host instead of `~/.hostler`.
    pub cache_dir: Option<String>,
    /// Leave nothing behind.
    pub no_cache: bool,
}

impl Target {
    /// What of it must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &Password> {
        [&self.password, &self.key_text, &self.passphrase].into_iter().flatten()
    }

    /// This machine.
    pub fn local(name: &str) -> Self {
        Target { connection: Connection::Local, ..Target::ssh(name, "localhost", "") }
    }

    /// A host reached by SSH with defaults for all else.
    pub fn ssh(name: &str, address: &str, user: &str) -> Self {
        Target {
            name: name.to_owned(),
            address: address.to_owned(),
            key_alias: None,
            port: 22,
            user: user.to_owned(),
            connection: Connection::Ssh,
            password: None,
            key_files: Vec::new(),
            certificate_files: Vec::new(),
            key_text: None,
            passphrase: None,
            methods: Methods::default(),
            batch: false,
            identities_only: false,
            agent: None,
            forward_agent: None,
            ssh_command: Vec::new(),
            algorithms: Algorithms::default(),
            host_keys: HostKeyPolicy::Strict,
            known_hosts: None,
            global_known_hosts: None,
            hash_known_hosts: false,
            proxy: Proxy::Direct,
            timeout: Duration::from_secs(10),
            retries: 0,
            keepalive: Duration::from_secs(15),
            keepalive_max: 4,
            backend: BackendChoice::Auto,
            cache_dir: None,
            no_cache: false,
        }
    }

    /// The name a known_hosts file has for it: `host`, or `[host]:port` for other ports than 22.
    pub fn known_as(&self) -> String {
        let name = self.key_alias.as_deref().unwrap_or(&self.address).to_lowercase();
        if self.port == 22 || self.key_alias.is_some() { name } else { format!("[{name}]:{}", self.port) }
    }
}

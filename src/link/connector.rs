//! Opens links: holds what all connections of a run share.

use super::local::Beginning;
use super::openssh::OpenSsh;
use super::ssh::{Commons, Session, Stream, config::SshConfig, named, options::SshOptions, proxy};
use super::transport::Transport;
use super::{Connection, EMBEDDED, EmbeddedRunner, Jump, Link, LinkError, LinkOptions, Proxy, Target};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

/// Hops in a row: more are a loop.
const HOPS: usize = 8;

/// A way to the SSH server of a target that is no TCP connection of our own.
pub type Dial = dyn Fn(&Target) -> Box<dyn Stream> + Send + Sync;

/// What all connections of a run share; cheap to clone.
#[derive(Clone)]
pub struct Connector {
    shared: Arc<Shared>,
}

/// A shared connection: locked while it is opened.
type Gate = Arc<Mutex<Option<Arc<Session>>>>;

struct Shared {
    /// Connections being opened at the same time.
    handshakes: Semaphore,
    /// The runners that can be pushed.
    runners: Vec<EmbeddedRunner>,
    /// Known hosts and keys.
    commons: Commons,
    /// Connections to hosts that others are reached through.
    jumps: Mutex<HashMap<Target, Gate>>,
    ssh_config: Arc<SshConfig>,
    same_user: bool,
    /// Where commands on this machine begin.
    beginning: Beginning,
    /// In place of TCP.
    dial: Option<Box<Dial>>,
}

impl Connector {
    /// For one run, with the embedded runners.
    pub fn new(options: &LinkOptions) -> Self {
        Connector::with_runners(options, EMBEDDED.to_vec())
    }

    /// The same with other runners.
    pub fn with_runners(options: &LinkOptions, runners: Vec<EmbeddedRunner>) -> Self {
        Connector::dialling(options, runners, None)
    }

    /// The same, where servers are reached through `dial` unless a proxy stands before them: servers inside this process, or a way that
    /// only the program which embeds this library knows.
    pub fn dialling(options: &LinkOptions, runners: Vec<EmbeddedRunner>, dial: Option<Box<Dial>>) -> Self {
        Connector {
            shared: Arc::new(Shared {
                handshakes: Semaphore::new(options.handshakes.max(1)),
                runners,
                commons: Commons::default(),
                jumps: Mutex::default(),
                ssh_config: options.ssh_config.clone(),
                same_user: options.become_same_user,
                beginning: Beginning::default(),
                dial,
            }),
        }
    }

    /// Connects and authenticates. The runner is started by the first call.
    pub async fn open(&self, target: &Target) -> Result<Link, LinkError> {
        let link = Link::new(self.clone(), target.clone());
        link.connect().await?;
        Ok(link)
    }

    /// Has commands on this machine (`connection: local`) begin in `directory` from now on: where a playbook is.
    pub fn start_in(&self, directory: &Path) {
        self.shared.beginning.set(directory);
    }

    pub(super) fn beginning(&self) -> Option<PathBuf> {
        self.shared.beginning.get()
    }

    /// Things the operator should know that happened since the last time: keys recorded, keys that changed.
    pub fn take_notices(&self) -> Vec<String> {
        self.shared.commons.book.take_notices()
    }

    pub(super) fn runners(&self) -> &[EmbeddedRunner] {
        &self.shared.runners
    }

    /// Whether sudo is used even for the user one already is.
    pub(super) fn same_user(&self) -> bool {
        self.shared.same_user
    }

    pub(super) async fn transport(&self, target: &Target) -> Result<Transport, LinkError> {
        match target.connection {
            Connection::Local => Ok(Transport::Local(self.shared.beginning.clone())),
            Connection::OpenSsh => Ok(Transport::OpenSsh(OpenSsh::new(target))),
            Connection::Ssh => Ok(Transport::Ssh(Box::new(self.session(target).await?))),
        }
    }

    async fn session(&self, target: &Target) -> Result<Session, LinkError> {
        let commons = &self.shared.commons;
        match &target.proxy {
            Proxy::Direct => {
                let Ok(_turn) = self.shared.handshakes.acquire().await else {
                    return Err(unreachable(target, "the run is over"));
                };
                match &self.shared.dial {
                    Some(dial) => Session::through(dial(target), target, commons).await,
                    None => Session::direct(target, commons).await,
                }
            }
            Proxy::Command(line) => {
                let Ok(_turn) = self.shared.handshakes.acquire().await else {
                    return Err(unreachable(target, "the run is over"));
                };
                let stream =
                    proxy::start(line).map_err(|e| unreachable(target, &format!("its proxy command failed: {e}")))?;
                Session::through(stream, target, commons).await
            }
            Proxy::Jump(hops) => {
                let gate = self.gate(target, hops).await?;
                let Ok(_turn) = self.shared.handshakes.acquire().await else {
                    return Err(unreachable(target, "the run is over"));
                };
                let stream = gate.tunnel(&target.address, target.port).await?;
                Session::through(stream, target, commons).await
            }
        }
    }

    /// The connection to the last of the hops, shared by all hosts behind it.
    async fn gate(&self, behind: &Target, hops: &[Jump]) -> Result<Arc<Session>, LinkError> {
        let Some((last, before)) = hops.split_last() else {
            return Err(unreachable(behind, "no host to jump through is named"));
        };
        if hops.len() > HOPS {
            return Err(unreachable(behind, "there are too many hosts to jump through"));
        }
        let target = self.hop(behind, last, before).map_err(|e| unreachable(behind, &e.to_string()))?;
        let slot = self.shared.jumps.lock().await.entry(target.clone()).or_default().clone();
        let mut slot = slot.lock().await;
        match slot.as_ref() {
            Some(session) if !session.closed() => Ok(session.clone()),
            _ => {
                // The chain is as long as `hops`, which gets shorter by one here.
                let session = Arc::new(Box::pin(self.session(&target)).await?);
                *slot = Some(session.clone());
                Ok(session)
            }
        }
    }

    /// A hop as a target: what `~/.ssh/config` says about it, with the keys and the trust of the host behind it.
    fn hop(&self, behind: &Target, jump: &Jump, before: &[Jump]) -> crate::diagnostic::Result<Target> {
        let mut hop = Target::ssh(&jump.host, &jump.host, &behind.user);
        let mut options = SshOptions::default();
        if let Some(port) = jump.port {
            options.set("Port", &port.to_string());
        }
        if let Some(user) = &jump.user {
            options.set("User", user);
        }
        options.extend_config(&self.shared.ssh_config, &hop);
        options.apply(&mut hop)?;
        let policy = behind.host_keys;
        if !before.is_empty() {
            hop.proxy = Proxy::Jump(before.to_vec());
        } else if matches!(&hop.proxy, Proxy::Jump(list) if list.iter().any(|j| j.host == jump.host)) {
            hop.proxy = Proxy::Direct;
        }
        hop.host_keys = policy;
        hop.known_hosts = hop.known_hosts.or_else(|| behind.known_hosts.clone());
        hop.global_known_hosts = hop.global_known_hosts.or_else(|| behind.global_known_hosts.clone());
        if hop.key_files.is_empty() {
            hop.key_files = behind.key_files.clone();
            hop.certificate_files = behind.certificate_files.clone();
        }
        hop.key_text = behind.key_text.clone();
        hop.passphrase = behind.passphrase.clone();
        hop.agent = hop.agent.or_else(|| behind.agent.clone());
        hop.batch |= behind.batch;
        // Lent to the host that it was asked for, never to those on the way.
        hop.forward_agent = None;
        hop.timeout = behind.timeout;
        Ok(hop)
    }
}

fn unreachable(target: &Target, why: &str) -> LinkError {
    LinkError::Unreachable { to: named(target), why: why.to_owned() }
}

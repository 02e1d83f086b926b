//! A link: what the engine holds of one host. Calls may be made at the same time; a lost connection is opened anew by
//! the next call, while a call that was under way is never made twice.

use super::bootstrap::{self, Keep};
use super::process::Process;
use super::start::{Started, Starter};
use super::transport::{self, Transport};
use super::wire::Wire;
use super::{BackendChoice, Become, Body, Connection, Connector, LinkError, Target, local};
use hostler_sdk::{Call, Outcome, Output};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The connection to one host for the whole run; cheap to clone.
#[derive(Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    connector: Connector,
    target: Target,
    /// How messages name the host.
    to: String,
    transport: Mutex<Option<Arc<Transport>>>,
    workers: Mutex<HashMap<Option<Become>, Slot>>,
}

/// One runner; locked while it is started, so that calls made meanwhile wait for it.
type Slot = Arc<Mutex<Option<Worker>>>;

/// What runs modules for one user of the host.
#[derive(Clone)]
enum Worker {
    /// The runner.
    Runner(Arc<Wire>),
    /// This process.
    Here,
}

impl Link {
    pub(super) fn new(connector: Connector, target: Target) -> Self {
        let to = match target.connection {
            Connection::Local => "this machine".to_owned(),
            Connection::Ssh => super::ssh::named(&target),
        };
        let (transport, workers) = (Mutex::default(), Mutex::default());
        Link { inner: Arc::new(Inner { connector, target, to, transport, workers }) }
    }

    /// Who is at the other end.
    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// Runs a module on the host, as the login user or as another. Dropping the future cancels the call there.
    pub async fn call(&self, who: Option<&Become>, call: Call, bodies: Vec<Body>) -> Result<Outcome, LinkError> {
        match self.worker(self.other(who)).await? {
            Worker::Here => local::call(call, bodies).await,
            Worker::Runner(wire) => wire.call(call, bodies).await,
        }
    }

    /// Runs a line through a shell of the host, without any module (`raw`); `executable` in place of `/bin/sh`.
    pub async fn raw(&self, who: Option<&Become>, line: &str, executable: Option<&str>) -> Result<Output, LinkError> {
        let transport = self.connect().await?;
        let line = match executable {
            Some(shell) => format!("{shell} -c {}", bootstrap::quote(line)),
            None => line.to_owned(),
        };
        let (process, out) = self.starter(&transport, self.other(who)).shell(&line).await?;
        self.finish(process, out).await
    }

    /// Gives the connection up; the next call opens a new one.
    pub async fn reset(&self) {
        self.inner.workers.lock().await.clear();
        let transport = self.inner.transport.lock().await.take();
        if let Some(transport) = transport {
            transport.close().await;
        }
    }

    /// Ends the connection. Calls that are still running are lost.
    pub async fn close(self) {
        self.reset().await;
    }

    /// Becoming the user one is already changes nothing, unless the settings want it.
    fn other<'a>(&self, who: Option<&'a Become>) -> Option<&'a Become> {
        who.filter(|who| self.inner.connector.same_user() || who.user != self.inner.target.user)
    }

    fn starter<'a>(&'a self, transport: &'a Transport, who: Option<&'a Become>) -> Starter<'a> {
        Starter { transport, who, timeout: self.inner.target.timeout, to: &self.inner.to }
    }

    async fn finish(&self, process: Process, out: Vec<u8>) -> Result<Output, LinkError> {
        match transport::finish(process, out, Vec::new(), &[]).await {
            (output, Some(_)) => Ok(output),
            (_, None) => Err(LinkError::Lost {
                to: self.inner.to.clone(),
                why: "the connection was closed".into(),
                in_flight: true,
            }),
        }
    }

    /// The connection, opened when it is not there or has ended.
    pub(super) async fn connect(&self) -> Result<Arc<Transport>, LinkError> {
        let mut slot = self.inner.transport.lock().await;
        if let Some(transport) = slot.as_ref().filter(|transport| !transport.closed()) {
            return Ok(transport.clone());
        }
        let transport = Arc::new(self.inner.connector.transport(&self.inner.target).await?);
        *slot = Some(transport.clone());
        Ok(transport)
    }

    /// What runs modules for a user, started when it is not there or has ended.
    async fn worker(&self, who: Option<&Become>) -> Result<Worker, LinkError> {
        if who.is_none() && self.inner.target.connection == Connection::Local {
            return Ok(Worker::Here);
        }
        let slot = self.inner.workers.lock().await.entry(who.cloned()).or_default().clone();
        let mut slot = slot.lock().await;
        if let Some(worker) = slot.as_ref().filter(|worker| worker.alive()) {
            return Ok(worker.clone());
        }
        let worker = self.start(who).await?;
        *slot = Some(worker.clone());
        Ok(worker)
    }

    async fn start(&self, who: Option<&Become>) -> Result<Worker, LinkError> {
        let transport = self.connect().await?;
        let target = &self.inner.target;
        let starter = self.starter(&transport, who);
        let keep = Keep {
            // A directory that was set is the login user's; other users keep theirs at home.
            base: target.cache_dir.clone().filter(|_| who.is_none()),
            nothing: target.no_cache,
        };
        let why = match target.backend {
            BackendChoice::Shell => "the shell was asked for".to_owned(),
            BackendChoice::Auto | BackendChoice::Runner => {
                match starter.runner(self.inner.connector.runners(), &keep).await? {
                    Started::Running { process, frames } => {
                        let wire = Wire::new(process, frames, self.inner.to.clone());
                        return Ok(Worker::Runner(Arc::new(wire)));
                    }
                    Started::Cannot(why) => format!("the runner does not run there: {why}"),
                }
            }
        };
        Err(LinkError::NoBackend { to: self.inner.to.clone(), why })
    }
}

impl Worker {
    fn alive(&self) -> bool {
        match self {
            Worker::Runner(wire) => wire.alive(),
            Worker::Here => true,
        }
    }
}

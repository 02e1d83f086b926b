//! A link: what the engine holds of one host. Calls may be made at the same time; a lost connection is opened anew by
//! the next call, while a call that was under way is never made twice.

use super::bootstrap::Keep;
use super::connections::{self, Connections, Patience};
use super::process::Process;
use super::quote;
use super::shell::ShellHost;
use super::start::{Started, Starter};
use super::transport::{self, Transport};
use super::wire::{self, Turn, Wire};
use super::{BackendChoice, Become, BecomeFault, Body, Connection, Connector, LinkError, Target, local};
use hostler_sdk::{Call, Outcome, Output};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Mutex, oneshot};

/// The connection to one host for the whole run; cheap to clone.
#[derive(Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Arc<Connections>,
    workers: Mutex<HashMap<Option<Become>, Slot>>,
}

/// One of several calls to be made in order.
pub struct InOrder {
    /// The call.
    pub call: Call,
    /// Its files.
    pub bodies: Vec<Body>,
    /// Where its outcome goes.
    pub answer: oneshot::Sender<Result<Outcome, LinkError>>,
}

/// One runner; locked while it is started, so that calls made meanwhile wait for it.
type Slot = Arc<Mutex<Option<Worker>>>;

/// What runs modules for one user of the host.
#[derive(Clone)]
enum Worker {
    /// The runner.
    Runner(Arc<Wire>),
    /// This process, over the host's shell.
    Shell(Arc<ShellHost>),
    /// This process, on this machine.
    Here,
}

impl Link {
    pub(super) fn new(connector: Connector, target: Target) -> Self {
        let to = match target.connection {
            Connection::Local => "this machine".to_owned(),
            Connection::Ssh | Connection::OpenSsh => super::ssh::named(&target),
        };
        let connections = Arc::new(Connections::new(connector, target, to));
        Link { inner: Arc::new(Inner { connections, workers: Mutex::default() }) }
    }

    /// Who is at the other end.
    pub fn target(&self) -> &Target {
        self.inner.connections.target()
    }

    /// Runs a module on the host, as the login user or as another. Dropping the future cancels the call there.
    pub async fn call(&self, who: Option<&Become>, call: Call, bodies: Vec<Body>) -> Result<Outcome, LinkError> {
        let ahead = call.ahead;
        let mut outcome = match self.worker(self.other(who)).await? {
            Worker::Here => local::call(call, bodies, self.connector().beginning()).await,
            Worker::Shell(host) => host.call(call, bodies).await,
            Worker::Runner(wire) => wire.call(call, bodies).await,
        }?;
        // The answer to a question asked ahead may never be looked at.
        if !ahead {
            outcome.warnings.extend(self.connector().take_notices());
        }
        Ok(outcome)
    }

    /// Makes calls one after the other, sent together where the host has a runner; with `if_good` none after one that did not let
    /// work go on ([`LinkError::NotBegun`]). Each answer goes to the one who waits for it as soon as it is there. Dropping the future
    /// cancels those that are not answered.
    pub async fn call_in_order(&self, who: Option<&Become>, calls: Vec<InOrder>, if_good: bool) {
        // Whoever does not wait for an answer any more does not miss it.
        let wire = match self.worker(self.other(who)).await {
            Ok(Worker::Runner(wire)) => wire,
            // Whatever it is, each call finds out for itself.
            _ => {
                let mut good = true;
                for InOrder { call, bodies, answer } in calls {
                    let outcome = match good || !if_good {
                        true => self.call(who, call, bodies).await,
                        false => Err(LinkError::NotBegun),
                    };
                    good = outcome.as_ref().is_ok_and(Outcome::lets_go_on);
                    let _ = answer.send(outcome);
                }
                return;
            }
        };
        let mut turn = Turn::default();
        let mut broken = false;
        let mut sent = Vec::with_capacity(calls.len());
        for InOrder { call, bodies, answer } in calls {
            if broken && if_good {
                let _ = answer.send(Err(LinkError::NotBegun));
                continue;
            }
            match wire.send(turn, call, bodies).await {
                Ok(call) => {
                    turn = Turn { after: call.id(), if_good };
                    sent.push((call, answer));
                }
                Err(e) => {
                    broken = true;
                    let _ = answer.send(Err(e));
                }
            }
        }
        for (call, answer) in sent {
            let outcome = call.answer().await.map(|mut outcome| {
                outcome.warnings.extend(self.connector().take_notices());
                outcome
            });
            let _ = answer.send(outcome);
        }
    }

    /// Runs a line through a shell of the host, without any module (`raw`); `executable` in place of `/bin/sh`.
    pub async fn raw(&self, who: Option<&Become>, line: &str, executable: Option<&str>) -> Result<Output, LinkError> {
        let line = match executable {
            Some(shell) => format!("{shell} -c {}", quote::word(line)),
            None => line.to_owned(),
        };
        let mut search = self.inner.connections.search(Patience::NONE);
        let ((process, out), transport) = loop {
            let transport = search.next().await?;
            let terminal = at_terminal(self.other(who));
            let mut started = self.starter(&transport, self.other(who), terminal).line(&line).await;
            if wants_terminal(&started) && transport.terminals() {
                started = self.starter(&transport, self.other(who), true).line(&line).await;
            }
            match started {
                Err(LinkError::Full { .. }) => {}
                started => break (started?, transport),
            }
        };
        let output = self.finish(process, out).await?;
        match transport.fault(Some(output.status), &String::from_utf8_lossy(&output.stderr)) {
            Some(fault) => Err(fault),
            None => Ok(output),
        }
    }

    /// Ends the runner of another user, when there is one and nobody waits for an answer of it; the next call as that user starts
    /// one again.
    pub async fn end_runner_of(&self, user: &str) {
        let theirs = |who: &Option<Become>| who.as_ref().is_some_and(|who| who.user == user);
        let slots: Vec<Slot> = {
            let mut workers = self.inner.workers.lock().await;
            workers.extract_if(|who, _| theirs(who)).map(|(_, slot)| slot).collect()
        };
        for slot in slots {
            if let Some(Worker::Runner(wire)) = slot.lock().await.take()
                && let Some(wire) = Arc::into_inner(wire)
            {
                wire.end().await;
            }
        }
    }

    /// Gives the connection up; the next call opens a new one.
    pub async fn reset(&self) {
        self.inner.workers.lock().await.clear();
        self.inner.connections.close().await;
    }

    /// Ends the connection. Calls that are still running are lost.
    pub async fn close(self) {
        self.reset().await;
    }

    fn connector(&self) -> &Connector {
        self.inner.connections.connector()
    }

    fn to(&self) -> &str {
        &self.inner.connections.to
    }

    /// Becoming the user one is already changes nothing, unless the settings want it.
    fn other<'a>(&self, who: Option<&'a Become>) -> Option<&'a Become> {
        who.filter(|who| self.connector().same_user() || who.user != self.target().user)
    }

    fn starter<'a>(&'a self, transport: &'a Transport, who: Option<&'a Become>, terminal: bool) -> Starter<'a> {
        Starter { transport, who, timeout: self.target().timeout, to: self.to(), terminal }
    }

    async fn finish(&self, process: Process, out: Vec<u8>) -> Result<Output, LinkError> {
        match transport::finish(process, out, Vec::new(), std::io::empty()).await {
            Ok((output, Some(_))) => Ok(output),
            Ok((_, None)) | Err(_) => Err(LinkError::Lost {
                to: self.to().to_owned(),
                why: "the connection was closed".into(),
                in_flight: true,
            }),
        }
    }

    /// Connects, when there is no connection yet.
    pub(super) async fn connect(&self) -> Result<(), LinkError> {
        self.inner.connections.ensure().await
    }

    /// What runs modules for a user, started when it is not there or has ended.
    async fn worker(&self, who: Option<&Become>) -> Result<Worker, LinkError> {
        let target = self.target();
        if who.is_none() && target.connection == Connection::Local && target.backend != BackendChoice::Shell {
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
        let mut search = self.inner.connections.search(Patience::NONE);
        let mut retries = self.target().retries;
        loop {
            let transport = search.next().await?;
            let mut started = self.start_over(&transport, who, at_terminal(who)).await;
            if wants_terminal(&started) && transport.terminals() {
                started = self.start_over(&transport, who, true).await;
            }
            match started {
                Err(LinkError::Full { .. }) => {}
                // There the connection is made by the program itself.
                Err(LinkError::Unreachable { .. })
                    if retries > 0 && self.target().connection == Connection::OpenSsh =>
                {
                    connections::pause(self.target().retries - retries).await;
                    retries -= 1;
                }
                started => return started,
            }
        }
    }

    async fn start_over(
        &self,
        transport: &Arc<Transport>,
        who: Option<&Become>,
        terminal: bool,
    ) -> Result<Worker, LinkError> {
        let target = self.target();
        let starter = self.starter(transport, who, terminal);
        let keep = Keep {
            // A directory that was set is the login user's; other users keep theirs at home.
            base: target.cache_dir.clone().filter(|_| who.is_none()),
            nothing: target.no_cache,
        };
        let mut notice = None;
        if target.backend != BackendChoice::Shell {
            let why = match starter.runner(self.connector().runners(), &keep).await? {
                Started::Running { process, frames } => {
                    let patience = wire::Patience { interval: target.keepalive, times: target.keepalive_max };
                    let wire = Wire::new(process, frames, self.to().to_owned(), patience);
                    return Ok(Worker::Runner(Arc::new(wire)));
                }
                Started::Cannot(why) => why,
            };
            let to = self.to().to_owned();
            if target.backend == BackendChoice::Runner {
                return Err(LinkError::NoBackend { to, why: format!("the runner does not run there: {why}") });
            }
            if terminal {
                let why =
                    format!("the runner does not run there ({why}), and the shell is of no use behind a terminal");
                return Err(LinkError::NoBackend { to, why });
            }
            notice = Some(format!("the runner does not run on {to} ({why}); modules use its shell, which is slower"));
        }
        if terminal {
            let why = "the shell is of no use behind a terminal, which becoming the user needs there".into();
            return Err(LinkError::NoBackend { to: self.to().to_owned(), why });
        }
        let host = ShellHost::open(&starter, transport.clone(), self.inner.connections.clone(), notice).await?;
        Ok(Worker::Shell(Arc::new(host)))
    }
}

/// Whether what changes the user is always at a terminal.
fn at_terminal(who: Option<&Become>) -> bool {
    who.is_some_and(|who| who.method.has_terminal())
}

/// Whether what changes the user would go on at a terminal.
fn wants_terminal<T>(started: &Result<T, LinkError>) -> bool {
    matches!(started, Err(LinkError::Become(BecomeFault::NeedsTerminal { .. })))
}

impl Worker {
    fn alive(&self) -> bool {
        match self {
            Worker::Runner(wire) => wire.alive(),
            Worker::Shell(host) => host.alive(),
            Worker::Here => true,
        }
    }
}

//! Modules in this process, over the shell of a host: for hosts where the runner cannot run. Each primitive gets a shell of
//! its own; the next one is opened (and taken past sudo) while this one works, so that a primitive costs one round trip.

use super::connections::{Connections, Patience};
use super::local;
use super::start::{Shelled, Starter};
use super::transport::{self, Transport};
use super::{Become, Body, LinkError};
use hostler_sdk::backend::shell::{ENTRY, Facts, Shell, ShellBackend, header};
use hostler_sdk::backend::{HostError, HostResult};
use hostler_sdk::{Call, Outcome, Output};
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Ends a program of a cancelled call and what it started: all of its process group.
const STOP: &str = r#"g=$1; s=$(cat "/proc/$1/stat" 2>/dev/null) && { s=${s##*) }; set -- $s; g=$3; }
kill -TERM "-$g" 2>/dev/null || kill -TERM "$g" 2>/dev/null || exit 0
sleep 2
kill -KILL "-$g" 2>/dev/null || kill -KILL "$g" 2>/dev/null"#;

/// The shell of one user of a host.
pub struct ShellHost {
    connections: Arc<Connections>,
    /// The connection that was there first: without it the host may be another than the one the facts are of.
    first: Arc<Transport>,
    who: Option<Become>,
    facts: Arc<OnceLock<Facts>>,
    /// What the operator should know about this host, until it was told.
    notice: Mutex<Option<String>>,
}

impl ShellHost {
    /// Opens the first shell, to see that it works. `notice`: why there is no runner, when nobody asked for the shell.
    pub async fn open(
        starter: &Starter<'_>,
        first: Arc<Transport>,
        connections: Arc<Connections>,
        notice: Option<String>,
    ) -> Result<Self, LinkError> {
        let shell = starter.shell(ENTRY).await?;
        connections.spares.fill(starter.who, std::future::ready(Ok(shell)));
        let who = starter.who.cloned();
        Ok(ShellHost { connections, first, who, facts: Arc::default(), notice: Mutex::new(notice) })
    }

    /// Whether the connection under it stands.
    pub fn alive(&self) -> bool {
        !self.first.closed()
    }

    /// Makes a call. Dropping the future stops its command.
    pub async fn call(self: Arc<Self>, call: Call, bodies: Vec<Body>) -> Result<Outcome, LinkError> {
        let (stop, stopped) = watch::channel(None);
        let trouble = Arc::new(Mutex::new(None));
        let way = Way {
            host: self.clone(),
            stopped,
            trouble: trouble.clone(),
            begun: AtomicBool::new(false),
            handle: Handle::current(),
        };
        let backend = ShellBackend::with_facts(way, self.facts.clone());
        let limit = (call.timeout_ms > 0).then(|| Duration::from_millis(call.timeout_ms));
        let ahead = call.ahead;
        let work = move || local::run(&call, bodies, &backend);
        let result = local::on_thread(limit, work, move |why| {
            stop.send_replace(Some(why.to_owned()));
        })
        .await;
        // A module tells of a failed primitive in its own words; a lost connection is more than that.
        if let Some(e) = lock(&trouble).take() {
            return Err(e);
        }
        let mut outcome = result?;
        // The answer to a question asked ahead may never be looked at.
        if !ahead {
            outcome.warnings.extend(lock(&self.notice).take());
        }
        Ok(outcome)
    }

    async fn open_on(&self, transport: &Transport) -> Result<Shelled, LinkError> {
        let (timeout, to) = (self.connections.target().timeout, &self.connections.to);
        Starter { transport, who: self.who.as_ref(), timeout, to, terminal: false }.shell(ENTRY).await
    }

    async fn fresh(&self) -> Result<Shelled, LinkError> {
        let mut search = self.connections.search(Patience::SCRIPT);
        loop {
            if self.first.closed() {
                return Err(self.lost(false));
            }
            match self.open_on(&*search.next().await?).await {
                Err(LinkError::Full { .. }) => {}
                opened => return opened,
            }
        }
    }

    /// The spare shell or a new one; where there is room for it, the next is opened meanwhile.
    async fn shell(self: &Arc<Self>) -> Result<Shelled, LinkError> {
        let shell = match self.connections.spares.take(self.who.as_ref()).await {
            Some(shell) => shell,
            None => self.fresh().await?,
        };
        if let Some(transport) = self.connections.spacious().await {
            let host = self.clone();
            self.connections.spares.fill(self.who.as_ref(), async move { host.open_on(&transport).await });
        }
        Ok(shell)
    }

    fn lost(&self, in_flight: bool) -> LinkError {
        LinkError::Lost { to: self.connections.to.clone(), why: "the connection was closed".into(), in_flight }
    }

    async fn run(self: &Arc<Self>, script: &str, rest: impl Read, pid: &mut String) -> Result<Output, Broken> {
        let shell = self.shell().await?;
        pid.clone_from(&shell.pid);
        let head = format!("{}{script}", header(script));
        match transport::finish(shell.process, shell.out, Vec::new(), head.as_bytes().chain(rest)).await? {
            (output, Some(_)) => Ok(output),
            (_, None) => Err(Broken::Way(self.lost(true))),
        }
    }

    /// Ends what a cancelled call left running, if the host still listens.
    fn stop(self: &Arc<Self>, pid: String, handle: &Handle) {
        if pid.is_empty() || !pid.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        let host = self.clone();
        handle.spawn(async move {
            let script = format!("set -- {pid}\n{STOP}\n");
            let _ = host.run(&script, std::io::empty(), &mut String::new()).await;
        });
    }
}

/// Why a script did not run to its end.
enum Broken {
    Way(LinkError),
    Input(std::io::Error),
}

impl From<LinkError> for Broken {
    fn from(e: LinkError) -> Self {
        Broken::Way(e)
    }
}

impl From<std::io::Error> for Broken {
    fn from(e: std::io::Error) -> Self {
        Broken::Input(e)
    }
}

/// The way of one call to its host's shells; used on the call's own thread.
struct Way {
    host: Arc<ShellHost>,
    /// Why the call was cancelled, once it is.
    stopped: watch::Receiver<Option<String>>,
    /// What became of the connection.
    trouble: Arc<Mutex<Option<LinkError>>>,
    /// Whether a script of this call has run.
    begun: AtomicBool,
    handle: Handle,
}

impl Shell for Way {
    fn exec(&self, script: &str, stdin: Option<&mut dyn Read>) -> HostResult<Output> {
        let doing = "run a script on the host";
        if let Some(e) = lock(&self.trouble).as_ref() {
            return Err(HostError::new(doing, e.to_string()));
        }
        let mut stopped = self.stopped.clone();
        let (mut pid, mut nothing) = (String::new(), std::io::empty());
        let stdin = stdin.unwrap_or(&mut nothing);
        let result = self.handle.block_on(async {
            tokio::select! {
                biased;
                Ok(why) = stopped.wait_for(Option::is_some) => Err(why.clone().unwrap_or_default()),
                result = self.host.run(script, stdin, &mut pid) => Ok(result),
            }
        });
        match result {
            Ok(Ok(output)) => {
                self.begun.store(true, Ordering::Relaxed);
                Ok(output)
            }
            Ok(Err(Broken::Input(e))) => Err(HostError::io("read what goes to the host", &e)),
            Ok(Err(Broken::Way(mut e))) => {
                if let LinkError::Lost { in_flight, .. } = &mut e {
                    *in_flight |= self.begun.load(Ordering::Relaxed);
                }
                let told = HostError::new(doing, e.to_string());
                lock(&self.trouble).get_or_insert(e);
                Err(told)
            }
            Err(why) => {
                self.host.stop(pid, &self.handle);
                Err(HostError { errno: 125, ..HostError::new(doing, why) })
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is whole between statements, whoever panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

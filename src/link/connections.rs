//! The connections to one host: one as a rule, more of them where its server lets only few programs run on each.

use super::spares::Spares;
use super::transport::Transport;
use super::{Connector, LinkError, Target};
use futures_util::future::select_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// Connections to one host at most.
const CONNECTIONS: usize = 8;

/// Programs that must still find room on a connection beside a shell that only waits.
const ROOM: usize = 4;

/// How long a program waits for room.
#[derive(Clone, Copy)]
pub struct Patience {
    /// On the connections there are, before another is opened.
    here: Duration,
    /// When there are as many connections as there may be.
    everywhere: Duration,
}

impl Patience {
    /// Of the runner and of what a task runs by itself: they take their place for long.
    pub const NONE: Patience = Patience { here: Duration::ZERO, everywhere: Duration::ZERO };
    /// Of scripts: others end in a moment, and in the end all of them.
    pub const SCRIPT: Patience = Patience { here: Duration::from_millis(500), everywhere: Duration::from_secs(600) };
}

/// The connections to one host.
pub struct Connections {
    connector: Connector,
    target: Target,
    /// How messages name the host.
    pub to: String,
    open: Mutex<Vec<Arc<Transport>>>,
    /// Shells that wait for work, and give way to programs that have some.
    pub spares: Spares,
}

impl Connections {
    /// None is opened yet.
    pub fn new(connector: Connector, target: Target, to: String) -> Self {
        Connections { connector, target, to, open: Mutex::default(), spares: Spares::default() }
    }

    /// What links share.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Who is at the other end.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Makes sure that there is a connection.
    pub async fn ensure(&self) -> Result<(), LinkError> {
        let mut open = self.standing().await;
        if open.is_empty() {
            open.push(Arc::new(self.connect().await?));
        }
        Ok(())
    }

    /// Begins to look for a connection with room for one more program.
    pub fn search(&self, patience: Patience) -> Search<'_> {
        let now = Instant::now();
        Search { all: self, here: now + patience.here, everywhere: now + patience.everywhere }
    }

    /// A connection on which a shell may wait without being in anyone's way.
    pub async fn spacious(&self) -> Option<Arc<Transport>> {
        self.standing().await.iter().find(|transport| transport.room() > ROOM).cloned()
    }

    /// Ends them all.
    pub async fn close(&self) {
        self.spares.release();
        for transport in std::mem::take(&mut *self.open.lock().await) {
            transport.close().await;
        }
    }

    async fn standing(&self) -> tokio::sync::MutexGuard<'_, Vec<Arc<Transport>>> {
        let mut open = self.open.lock().await;
        open.retain(|transport| !transport.closed());
        open
    }

    /// A new connection. One that cannot be made is tried again as often as the settings say, with Ansible's pauses.
    async fn connect(&self) -> Result<Transport, LinkError> {
        let mut attempt = 0;
        loop {
            match self.connector.transport(&self.target).await {
                Err(LinkError::Unreachable { .. }) if attempt < self.target.retries => {
                    pause(attempt).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }
}

/// Ansible's pause before another attempt to connect.
pub async fn pause(attempt: u32) {
    let seconds = 2u64.saturating_pow(attempt).saturating_sub(1).min(30);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// A look for room, which goes on for as long as programs are refused with [`LinkError::Full`].
pub struct Search<'a> {
    all: &'a Connections,
    here: Instant,
    everywhere: Instant,
}

impl Search<'_> {
    /// The connection to try. An error when none can be opened, or when there is no room anywhere.
    pub async fn next(&mut self) -> Result<Arc<Transport>, LinkError> {
        loop {
            let mut open = self.all.standing().await;
            if let Some(transport) = open.iter().find(|transport| transport.room() > 0) {
                return Ok(transport.clone());
            }
            let several = !open.is_empty();
            if several && self.all.spares.release() {
                // They need a moment to be gone.
                self.here = self.here.max(Instant::now() + Patience::SCRIPT.here);
            }
            let full = open.len() >= CONNECTIONS;
            let until = if full { self.everywhere.max(self.here) } else { self.here };
            if several && until > Instant::now() {
                let transports = open.clone();
                drop(open);
                let freed = select_all(transports.iter().map(|transport| Box::pin(transport.freed())));
                if timeout_at(until, freed).await.is_ok() {
                    continue;
                }
                open = self.all.standing().await;
            }
            if open.len() < CONNECTIONS {
                let transport = Arc::new(self.all.connect().await?);
                open.push(transport.clone());
                return Ok(transport);
            }
            // Others may have opened the last ones during the wait.
            if Instant::now() >= self.everywhere.max(self.here) {
                return Err(LinkError::Full { to: self.all.to.clone() });
            }
        }
    }
}

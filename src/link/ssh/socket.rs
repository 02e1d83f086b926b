//! The TCP connection under SSH: addresses tried in turn, no delay, and acknowledgements at once while a session starts.

use rustix::net::sockopt::set_tcp_quickack;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

/// Connects to the first address that answers, within `limit` for all of them.
pub async fn connect(host: &str, port: u16, limit: Duration) -> io::Result<TcpStream> {
    let all = async {
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("`{host}` has no address"));
        let found = tokio::net::lookup_host((host, port)).await;
        let addresses: Vec<_> =
            found.map_err(|e| io::Error::new(e.kind(), format!("Could not resolve hostname {host}: {e}")))?.collect();
        // An address that swallows packets must leave time for the next.
        let share = limit / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        for address in addresses {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(e)) => {
                    last = io::Error::new(e.kind(), format!("connect to host {host} port {port}: {}", plain(&e)));
                }
                Err(_) => {
                    let text = format!("connect to host {host} port {port}: Connection timed out");
                    last = io::Error::new(io::ErrorKind::TimedOut, text);
                }
            }
        }
        Err(last)
    };
    match tokio::time::timeout(limit, all).await {
        Ok(result) => result,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("connect to host {host} port {port}: Connection timed out"),
        )),
    }
}

/// An error in the words of the system, without Rust's number at its end.
pub fn plain(e: &io::Error) -> String {
    let text = e.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Keeps a socket acknowledging at once until it is dropped. sshd turns its own delay off only when a session exists; until
/// then each of its small packets waits for our acknowledgement, 40 ms per host.
pub struct Eager(AbortHandle);

impl Eager {
    /// For a socket. The kernel forgets the setting again and again, so it is renewed each millisecond.
    pub fn start(stream: &TcpStream) -> io::Result<Self> {
        let fd: Arc<OwnedFd> = Arc::new(stream.as_fd().try_clone_to_owned()?);
        let task = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_millis(1));
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            while set_tcp_quickack(&fd, true).is_ok() {
                tick.tick().await;
            }
        });
        Ok(Eager(task.abort_handle()))
    }
}

impl Drop for Eager {
    fn drop(&mut self) {
        self.0.abort();
    }
}

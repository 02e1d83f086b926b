//! Opening TCP connections from the host, for modules that wait for services.

use super::{Command, HostError, HostResult, Output};
use std::io::{ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What to do with a connection once it is open.
pub struct Listen<'a> {
    /// Until when bytes are awaited.
    pub until: Instant,
    /// Gets all bytes so far each time some arrive; `true` ends the listening.
    pub enough: &'a mut dyn FnMut(&[u8]) -> bool,
}

impl std::fmt::Debug for Listen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listen").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Bytes that are kept while listening: 16 MiB.
const KEPT: usize = 16 << 20;

/// By system calls of this process, which is on the host.
pub(super) fn by_socket(address: SocketAddr, timeout: Duration, listen: Option<Listen<'_>>) -> HostResult<()> {
    let failed = |e: std::io::Error| HostError::io(format!("connect to {address}"), &e);
    let mut stream = TcpStream::connect_timeout(&address, timeout.max(Duration::from_millis(1))).map_err(failed)?;
    if let Some(listen) = listen {
        let mut all = Vec::new();
        let mut piece = [0; 4096];
        while all.len() < KEPT {
            let left = listen.until.saturating_duration_since(Instant::now());
            if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
                break;
            }
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(n) => {
                    all.extend_from_slice(&piece[..n]);
                    if (listen.enough)(&all) {
                        break;
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }
    // The other side may have closed already.
    let _ = stream.shutdown(Shutdown::Both);
    Ok(())
}

/// By what the host has: `nc`, or bash's `/dev/tcp`. Listening is beyond it.
pub(super) fn by_command(
    run: impl FnOnce(&Command) -> HostResult<Output>,
    address: SocketAddr,
    timeout: Duration,
    listen: Option<Listen<'_>>,
) -> HostResult<()> {
    let doing = format!("connect to {address}");
    if listen.is_some() {
        return Err(HostError::new(doing, "reading from a connection needs the runner on the host"));
    }
    const SCRIPT: &str = "if command -v nc >/dev/null 2>&1; then nc -z -w \"$3\" \"$1\" \"$2\" </dev/null
elif command -v bash >/dev/null 2>&1; then timeout \"$3\" bash -c 'exec 3<>\"/dev/tcp/$0/$1\"' \"$1\" \"$2\"
else exit 127; fi >/dev/null 2>&1";
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    let seconds = timeout.as_secs().max(1).to_string();
    let output = run(&Command::new(["sh", "-c", SCRIPT, "sh", &host, &port, &seconds]))?;
    match output.status {
        0 => Ok(()),
        127 => Err(HostError::new(doing, "the host has neither `nc` nor `bash`")),
        _ => Err(HostError::new(doing, "no connection")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    #[test]
    fn a_connection_is_opened_and_listened_to() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            stream.write_all(b"220 ready\r\n").expect("written");
        });
        let mut heard = Vec::new();
        let mut enough = |bytes: &[u8]| {
            heard = bytes.to_vec();
            bytes.ends_with(b"\n")
        };
        let listen = Listen { until: Instant::now() + Duration::from_secs(10), enough: &mut enough };
        by_socket(address, Duration::from_secs(10), Some(listen)).expect("connected");
        server.join().expect("served");
        assert_eq!(heard, b"220 ready\r\n");
        // Nobody listens there any more.
        assert!(by_socket(address, Duration::from_secs(1), None).is_err());
    }
}

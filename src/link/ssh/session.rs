//! One SSH connection: opening it with retries where a server sheds load, and running programs on it. Each channel is
//! drained by a task of its own, so that none can hold up the others.

use super::auth::Login;
use super::book::Book;
use super::client::{Client, Notes};
use super::keys::KeyRing;
use super::known_hosts::Recorded;
use super::lent::Lent;
use super::pace::{Counted, Open, Paced, Wire};
use super::slots::{Slot, Slots};
use super::socket::{self, Eager};
use super::terminal;
use super::vet::{Vet, Vetted};
use super::words;
use crate::link::process::{Feed, Process, Said};
use crate::link::{LinkError, Target};
use russh::client::{self, Handle};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Preferred, Sig};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// Programs at the same time on one connection: sshd's MaxSessions is 10.
const CHANNELS: usize = 10;
/// How long output is waited for after a program has ended while a child of it still holds the streams; ansible-core waits
/// as long.
const LINGER: Duration = Duration::from_secs(1);
/// How long a goodbye may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// Least time for a server to answer, however short the time to connect is.
const ANSWER: Duration = Duration::from_secs(15);
/// Attempts when a server closes the connection before it says who it is (MaxStartups).
const ATTEMPTS: u32 = 6;

/// What connections of a run share.
#[derive(Default)]
pub struct Commons {
    /// known_hosts files.
    pub book: Arc<Book>,
    /// Private keys.
    pub ring: Arc<KeyRing>,
}

/// An open, authenticated connection.
pub struct Session {
    handle: Handle<Client>,
    notes: Arc<Notes>,
    slots: Arc<Slots>,
    wire: Arc<Wire>,
    eager: Mutex<Option<Eager>>,
    /// Whether the operator's agent is lent to the host.
    lends: bool,
    /// How long an answer is waited for.
    patience: Duration,
    to: String,
}

/// A stream that SSH can be spoken over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// `user@address:port`.
pub fn named(target: &Target) -> String {
    match target.port {
        22 => format!("{}@{}", target.user, target.address),
        port => format!("{}@{}:{port}", target.user, target.address),
    }
}

impl Session {
    /// Connects over TCP and logs in.
    pub async fn direct(target: &Target, commons: &Commons) -> Result<Session, LinkError> {
        let mut attempt = 0;
        loop {
            let stream = match socket::connect(&target.address, target.port, target.timeout).await {
                Ok(stream) => stream,
                Err(e) => return Err(LinkError::Unreachable { to: named(target), why: e.to_string() }),
            };
            // Without it all works, only slower.
            let eager = Eager::start(&stream).ok();
            match Session::over(stream, target, commons).await {
                Ok(session) => {
                    *session.eager.lock().unwrap_or_else(PoisonError::into_inner) = eager;
                    return Ok(session);
                }
                Err(Opening::Shed(_)) if attempt + 1 < ATTEMPTS => {
                    attempt += 1;
                    tokio::time::sleep(backoff(attempt)).await;
                }
                Err(Opening::Shed(why)) => return Err(LinkError::Unreachable { to: named(target), why }),
                Err(Opening::Failed(e)) => return Err(e),
            }
        }
    }

    /// Speaks SSH over a stream (of a proxy) and logs in.
    pub async fn through(stream: impl Stream, target: &Target, commons: &Commons) -> Result<Session, LinkError> {
        Session::over(stream, target, commons).await.map_err(|opening| match opening {
            Opening::Shed(why) => LinkError::Unreachable { to: named(target), why },
            Opening::Failed(e) => e,
        })
    }

    async fn over(stream: impl Stream, target: &Target, commons: &Commons) -> Result<Session, Opening> {
        let to = named(target);
        let vet = Arc::new(Vet::new(target, &commons.book, to.clone()));
        let notes = Arc::new(Notes::default());
        let config = Arc::new(config(target, &vet.recorded()));
        let lent = target.forward_agent.clone().map(|socket| Arc::new(Lent::new(socket)));
        let client = Client { vet, notes: notes.clone(), lent: lent.clone() };
        // A task of its own: a panic in the library over a hostile server is this host's affair alone.
        let wire = Arc::new(Wire::default());
        let stream = Counted::new(stream, wire.clone());
        let connecting = tokio::spawn(client::connect_stream(config, stream, client));
        let mut handle = match tokio::time::timeout(target.timeout, connecting).await {
            Err(_) => return Err(Opening::Failed(ended(target, &notes, "Connection timed out during the handshake"))),
            Ok(Err(panicked)) => {
                return Err(Opening::Failed(ended(target, &notes, format!("the connection broke: {panicked}"))));
            }
            Ok(Ok(Err(e))) => return Err(refused(e, target, &notes)),
            Ok(Ok(Ok(handle))) => handle,
        };
        let doubtful = match notes.vetted() {
            Some(Vetted::Accepted { doubtful }) => doubtful,
            _ => return Err(Opening::Failed(ended(target, &notes, "the host's key was not checked"))),
        };
        let login = Login { handle: &mut handle, target, ring: &commons.ring, doubtful, to: &to };
        login.run().await.map_err(|e| Opening::Failed(with_farewell(e, &notes)))?;
        let patience = target.timeout.max(ANSWER);
        let lends = lent.is_some();
        if let Some(lent) = lent {
            lent.bind(handle.agent_session_binding().cloned());
            commons.book.notice(format!(
                "the ssh-agent is lent to `{to}`: whoever rules that host can log in elsewhere with its keys while the run lasts"
            ));
        }
        let (slots, eager) = (Slots::new(CHANNELS), Mutex::default());
        Ok(Session { handle, notes, slots, wire, eager, lends, patience, to })
    }

    /// Whether the connection has ended.
    pub fn closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// How many programs may be started beside those that run.
    pub fn room(&self) -> usize {
        self.slots.room()
    }

    /// Waits until one of the programs that run has ended.
    pub async fn freed(&self) {
        self.slots.freed().await;
    }

    /// What the server's SSH itself is asked for, which it answers at once.
    async fn answered<T>(&self, asking: impl Future<Output = T>) -> Result<T, LinkError> {
        tokio::time::timeout(self.patience, asking).await.map_err(|_| LinkError::Timeout {
            what: format!("an answer of the SSH server of {}", self.to),
            seconds: self.patience.as_secs(),
        })
    }

    /// Starts a program through the login shell. [`LinkError::Full`] when the server lets no more of them run at once.
    /// With `terminal`, at a terminal of the host's that changes no byte.
    pub async fn exec(&self, command: &str, terminal: bool) -> Result<Process, LinkError> {
        let lost = |why: String| LinkError::Lost {
            to: self.to.clone(),
            why: self.notes.farewell().unwrap_or(why),
            in_flight: false,
        };
        let full = || LinkError::Full { to: self.to.clone() };
        let slot = self.slots.take().ok_or_else(full)?;
        let mut attempt = 0;
        let channel = loop {
            match self.answered(self.handle.channel_open_session()).await? {
                Ok(channel) => break channel,
                // A program before may not be quite gone; that others run may be the reason as well.
                Err(russh::Error::ChannelOpenFailure(_)) if attempt < slot.patience() => {
                    attempt += 1;
                    tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
                }
                Err(russh::Error::ChannelOpenFailure(_)) if slot.refused() => return Err(full()),
                Err(russh::Error::ChannelOpenFailure(_)) => {
                    let why = "the server lets this user start no program".into();
                    return Err(LinkError::Unreachable { to: self.to.clone(), why });
                }
                Err(e) => return Err(lost(e.to_string())),
            }
        };
        let (mut read, write) = channel.split();
        if terminal && !self.answered(terminal::ask(&mut read, &write)).await?.map_err(|e| lost(e.to_string()))? {
            let why =
                "its server gives no terminal (`PermitTTY` in its sshd_config), which becoming the user needs".into();
            return Err(LinkError::NoBackend { to: self.to.clone(), why });
        }
        if self.lends {
            // Once is enough for all programs of a connection; sshd passes over what comes later.
            write.agent_forward(false).await.map_err(|e| lost(e.to_string()))?;
        }
        write.exec(false, command.as_bytes()).await.map_err(|e| lost(e.to_string()))?;
        // The session exists: from now on sshd sends at once by itself.
        self.eager.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (input, open) = Paced::new(write.make_writer(), self.wire.clone());
        let (process, feed) = Process::pair(Box::pin(input));
        tokio::spawn(drain(read, write, feed, (slot, open)));
        Ok(process)
    }

    /// A TCP stream from the server to another host, for `ProxyJump`.
    pub async fn tunnel(&self, host: &str, port: u16) -> Result<impl Stream + use<>, LinkError> {
        let opened =
            self.answered(self.handle.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0)).await?;
        let channel = opened.map_err(|e| LinkError::Unreachable {
            to: format!("{host}:{port}"),
            why: format!("`{}` could not connect to it: {e}", self.to),
        })?;
        Ok(channel.into_stream())
    }

    /// Says goodbye, which a connection that is cut while much is being sent takes no more: it is not waited for.
    pub async fn close(&self) {
        let farewell = self.handle.disconnect(russh::Disconnect::ByApplication, "", "en");
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }
}

/// Why a connection did not open.
enum Opening {
    /// Closed before the server said anything: worth another attempt.
    Shed(String),
    Failed(LinkError),
}

/// Half a second at most on average, never the same for two hosts.
fn backoff(attempt: u32) -> Duration {
    let mut random = [0; 1];
    // Without randomness the pause is only less spread.
    let _ = getrandom::fill(&mut random);
    let base = 40 << attempt.min(5);
    Duration::from_millis(base / 2 + base * u64::from(random[0]) / 255)
}

fn ended(target: &Target, notes: &Notes, why: impl Into<String>) -> LinkError {
    match notes.vetted() {
        Some(Vetted::Refused(e)) => e,
        _ => LinkError::Unreachable { to: named(target), why: why.into() },
    }
}

fn refused(e: russh::Error, target: &Target, notes: &Notes) -> Opening {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let shed = match &e {
        russh::Error::Disconnect | russh::Error::HUP => true,
        russh::Error::IO(io) => matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof),
        _ => false,
    };
    match ended(target, notes, words::of(&e)) {
        LinkError::Unreachable { .. } if shed => {
            Opening::Shed("the server closed the connection in the handshake".into())
        }
        told => Opening::Failed(told),
    }
}

/// A server that closes the connection in the middle of a login often says why.
fn with_farewell(e: LinkError, notes: &Notes) -> LinkError {
    match (e, notes.farewell()) {
        (LinkError::Auth { to, tried, hint }, Some(words)) if !words.is_empty() => {
            LinkError::Auth { to, tried: format!("{tried}; the server said `{}`", words.escape_debug()), hint }
        }
        (e, _) => e,
    }
}

fn config(target: &Target, known: &Recorded) -> client::Config {
    let rsa = |hash| Algorithm::Rsa { hash: Some(hash) };
    let ecdsa = |curve| Algorithm::Ecdsa { curve };
    let mut keys = vec![
        Algorithm::Ed25519,
        ecdsa(EcdsaCurve::NistP256),
        ecdsa(EcdsaCurve::NistP384),
        ecdsa(EcdsaCurve::NistP521),
        rsa(HashAlg::Sha512),
        rsa(HashAlg::Sha256),
    ];
    // A server with several keys must show one that is recorded, else it would look like a stranger.
    let recorded = |key: &Algorithm| match key {
        Algorithm::Rsa { .. } => known.key_types.iter().any(|k| k == "ssh-rsa"),
        other => known.key_types.iter().any(|k| k == other.as_str()),
    };
    keys.sort_by_key(|key| !recorded(key));
    let preferred = Preferred {
        // Asked for only where one could be checked: it comes in place of the bare key.
        host_key_certificates: if known.authority { Cow::Owned(keys.clone()) } else { Cow::Borrowed(&[]) },
        key: Cow::Owned(keys),
        compression: Cow::Borrowed(&[russh::compression::NONE]),
        ..target.algorithms.preferred()
    };
    client::Config {
        client_id: russh::SshId::Standard(Cow::Borrowed(concat!("SSH-2.0-Hostler_", env!("CARGO_PKG_VERSION")))),
        preferred,
        keepalive_interval: (!target.keepalive.is_zero()).then_some(target.keepalive),
        keepalive_max: target.keepalive_max,
        nodelay: true,
        ..client::Config::default()
    }
}

/// Hands on what a channel says until it closes; goes on reading when nobody listens any more, after closing it.
async fn drain(mut read: ChannelReadHalf, write: ChannelWriteHalf<client::Msg>, mut feed: Feed, held: (Slot, Open)) {
    let mut heard = true;
    // The status may overtake the last output, so it is kept until the channel closes.
    let mut status = None;
    loop {
        let message = tokio::select! {
            biased;
            _ = &mut feed.ended, if heard => {
                heard = false;
                let _ = write.close().await;
                continue;
            }
            message = read.wait() => message,
            // A child in the background may hold the streams for ever.
            () = tokio::time::sleep(LINGER), if status.is_some() => {
                let _ = write.close().await;
                break;
            }
        };
        let said = match message {
            None => break,
            Some(ChannelMsg::Data { data }) => Said::Out(data),
            Some(ChannelMsg::ExtendedData { data, .. }) => Said::Err(data),
            Some(ChannelMsg::ExitStatus { exit_status }) => {
                status = Some(i32::try_from(exit_status).unwrap_or(i32::MAX));
                continue;
            }
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                status = Some(-number(&signal_name));
                continue;
            }
            Some(_) => continue,
        };
        if heard && feed.say.send(said).await.is_err() {
            heard = false;
            let _ = write.close().await;
        }
    }
    // Whoever hears of the end may start the next program at once.
    drop(held);
    if let (Some(status), true) = (status, heard) {
        let _ = feed.say.send(Said::Exit(status)).await;
    }
}

fn number(signal: &Sig) -> i32 {
    match signal {
        Sig::HUP => 1,
        Sig::INT => 2,
        Sig::QUIT => 3,
        Sig::ILL => 4,
        Sig::ABRT => 6,
        Sig::FPE => 8,
        Sig::KILL => 9,
        Sig::SEGV => 11,
        Sig::PIPE => 13,
        Sig::ALRM => 14,
        Sig::USR1 => 10,
        Sig::TERM | Sig::Custom(_) => 15,
    }
}

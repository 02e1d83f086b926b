//! Servers that mean no good and know the protocol: a real SSH server library, whose key is known and whose login succeeds, and which
//! then floods, falls silent, lies about lengths or opens channels of its own. Only their own host fails; memory stays bounded.

use crate::server::{call, keygen, said, server};
use hostler::link::{BackendChoice, Connector, LinkError, LinkOptions, Target};
use hostler_sdk::frame::{self, FromHost};
use russh::keys::load_secret_key;
use russh::server::{self as far, Auth, ChannelOpenHandle, Handle, Msg, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelWriteHalf};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// What a server does once somebody is logged in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    /// Never answers the wish for a channel.
    NoChannel,
    /// Never answers the program.
    Silent,
    /// Says anything but the answer, for ever.
    Flood,
    /// The same on standard error.
    FloodErrors,
    /// Answers the script with a line that has no end.
    EndlessLine,
    /// Greets, then announces a frame of 4 GiB.
    HugeFrame,
    /// Greets, then announces the largest frame there may be, and sends it in drops.
    SlowFrame,
    /// Greets, then answers calls that nobody made, for ever.
    WrongCalls,
    /// Greets, then sends what is no message.
    Garbage,
    /// Wants to open channels here, of every kind, for ever.
    OpensChannels,
    /// Asks for the runner, and takes nothing of it.
    TakesNothing,
    /// Closes the connection when a program is to start.
    HangsUp,
}

const ACTS: &[Act] = &[
    Act::NoChannel,
    Act::Silent,
    Act::Flood,
    Act::FloodErrors,
    Act::EndlessLine,
    Act::HugeFrame,
    Act::SlowFrame,
    Act::WrongCalls,
    Act::Garbage,
    Act::OpensChannels,
    Act::TakesNothing,
    Act::HangsUp,
];

/// Channels that servers wanted to open here and could not.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// One connection of such a server.
struct Enemy {
    act: Act,
    channel: Option<ChannelWriteHalf<Msg>>,
}

impl far::Handler for Enemy {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, _: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.act == Act::NoChannel {
            // Neither yes nor no.
            std::mem::forget(reply);
            return Ok(());
        }
        let (mut read, write) = channel.split();
        if self.act != Act::TakesNothing {
            tokio::spawn(async move { while read.wait().await.is_some() {} });
        } else {
            std::mem::forget(read);
        }
        self.channel = Some(write);
        reply.accept().await;
        if self.act == Act::OpensChannels {
            tokio::spawn(open_channels(session.handle()));
        }
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        session.channel_success(id)?;
        let script = String::from_utf8_lossy(data).into_owned();
        let nonce = script.split_once("n=").and_then(|(_, rest)| rest.split(';').next()).unwrap_or_default().to_owned();
        let hash = script.split_once(" h=").and_then(|(_, rest)| rest.split(';').next()).unwrap_or_default().to_owned();
        let Some(channel) = self.channel.take() else { return Ok(()) };
        if self.act == Act::HangsUp {
            return Err(russh::Error::Disconnect);
        }
        tokio::spawn(act(self.act, channel, nonce, hash));
        Ok(())
    }
}

async fn open_channels(handle: Handle) {
    loop {
        for asked in [
            handle.channel_open_agent().await,
            handle.channel_open_forwarded_tcpip("localhost", 1, "localhost", 2).await,
            handle.channel_open_x11("localhost", 6000).await,
            handle.channel_open_session().await,
        ] {
            match asked {
                Ok(_) => panic!("a channel was opened"),
                Err(russh::Error::ChannelOpenFailure(_)) => REFUSED.fetch_add(1, Ordering::Relaxed),
                // The connection is gone.
                Err(_) => return,
            };
        }
    }
}

async fn act(act: Act, channel: ChannelWriteHalf<Msg>, nonce: String, hash: String) {
    // The writer waits for the other side's window, so that what is not taken is not kept here.
    let mut out = channel.make_writer();
    let greeting = || {
        let mut said = format!("{nonce} run\n").into_bytes();
        said.extend(frame::encode(&FromHost::Hello { version: frame::VERSION, uid: 0 }).unwrap());
        said
    };
    let piece = vec![b'x'; 32 << 10];
    match act {
        Act::NoChannel | Act::HangsUp => {}
        Act::Silent | Act::OpensChannels => std::future::pending().await,
        Act::Flood => while out.write_all(&piece).await.is_ok() {},
        Act::FloodErrors => {
            let mut errors = channel.make_writer_ext(Some(1));
            while errors.write_all(&piece).await.is_ok() {}
        }
        Act::EndlessLine => {
            let _ = out.write_all(format!("{nonce} no ").as_bytes()).await;
            while out.write_all(&piece).await.is_ok() {}
        }
        Act::HugeFrame => {
            let _ = out.write_all(&greeting()).await;
            let _ = out.write_all(&[0xff; 4]).await;
            while out.write_all(&piece).await.is_ok() {}
        }
        Act::SlowFrame => {
            let _ = out.write_all(&greeting()).await;
            let _ = out.write_all(&u32::try_from(frame::MAX_FRAME).unwrap().to_le_bytes()).await;
            while out.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Act::WrongCalls => {
            let _ = out.write_all(&greeting()).await;
            let none = [
                FromHost::Done { id: 1 << 40, outcome: "{}".into() },
                FromHost::Need { id: 1 << 40, body: u32::MAX },
                FromHost::Took { id: 1 << 40, chunks: u32::MAX },
                FromHost::Took { id: 1, chunks: u32::MAX },
                FromHost::NotBegun { id: 1 << 40 },
            ];
            let all: Vec<u8> = none.iter().flat_map(|message| frame::encode(message).unwrap()).collect();
            while out.write_all(&all).await.is_ok() {}
        }
        Act::Garbage => {
            let _ = out.write_all(&greeting()).await;
            while out.write_all(&[8, 0, 0, 0, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe]).await.is_ok() {}
        }
        Act::TakesNothing => {
            let _ = out.write_all(format!("{nonce} need gzip {hash}\n").as_bytes()).await;
            std::future::pending().await
        }
    }
}

async fn enemy(act: Act, key: &Path) -> u16 {
    let config = Arc::new(far::Config {
        keys: vec![load_secret_key(key, None).unwrap()],
        inactivity_timeout: None,
        auth_rejection_time: Duration::ZERO,
        ..far::Config::default()
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let config = config.clone();
            tokio::spawn(async move {
                if let Ok(session) = far::run_stream(config, stream, Enemy { act, channel: None }).await {
                    let _ = session.await;
                }
            });
        }
    });
    port
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// SSH, "allocated whatever a peer announced", "callbacks for unopened channels", "fuzzed server".
#[tokio::test(flavor = "multi_thread")]
async fn each_fails_alone_and_in_time() {
    let Some(good) = server(&[]) else { return };
    let dir = tempfile::tempdir().unwrap();
    keygen(&dir.path().join("host"));
    let public = std::fs::read_to_string(dir.path().join("host.pub")).unwrap();
    let connector = Connector::new(&LinkOptions::default());
    let good_target = good.target();
    let mut all = tokio::task::JoinSet::new();
    let before = memory();
    for act in ACTS.iter().copied() {
        for backend in [BackendChoice::Runner, BackendChoice::Shell] {
            let port = enemy(act, &dir.path().join("host")).await;
            let known: PathBuf = dir.path().join(format!("known{port}"));
            std::fs::write(&known, format!("[127.0.0.1]:{port} {public}")).unwrap();
            let target = Target {
                port,
                backend,
                timeout: Duration::from_secs(2),
                known_hosts: Some(vec![known]),
                keepalive: Duration::from_secs(1),
                keepalive_max: 3,
                cache_dir: None,
                ..good_target.clone()
            };
            let connector = connector.clone();
            all.spawn(async move {
                let link = connector.open(&target).await?;
                let mut call = call("command", &[]);
                call.args.set("_raw_params", "true");
                call.timeout_ms = 1000;
                link.call(None, call, Vec::new()).await.map(|outcome| format!("{act:?} {backend:?}: {outcome:?}"))
            });
        }
    }
    // The others go on meanwhile.
    let link = connector.open(&good_target).await.unwrap();
    for number in 0..20 {
        assert_eq!(said(&link, None, &format!("echo {number}")).await, number.to_string());
    }
    let failed = tokio::time::timeout(Duration::from_secs(300), async {
        let mut failed = 0;
        while let Some(result) = all.join_next().await {
            let error = result.unwrap().expect_err("no call of an enemy succeeds");
            assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
            assert!(!matches!(error, LinkError::Auth { .. } | LinkError::HostKey { .. }), "{error:?}");
            failed += 1;
        }
        failed
    });
    assert_eq!(failed.await.expect("an enemy holds its link up"), ACTS.len() * 2);
    assert!(REFUSED.load(Ordering::Relaxed) > 10, "{REFUSED:?}");
    let grown = memory().saturating_sub(before);
    assert!(grown < 300 << 10, "memory grew by {grown} KiB");
    assert_eq!(said(&link, None, "echo still here").await, "still here");
}

/// Output without an end is taken as far as it is kept, and no further: whoever waits for it can stop waiting.
#[tokio::test]
async fn endless_output_is_bounded() {
    let Some(good) = server(&[]) else { return };
    for backend in [BackendChoice::Runner, BackendChoice::Shell] {
        let link = crate::server::open(&Target { backend, ..good.target() }).await.unwrap();
        let before = memory();
        let endless = link.raw(None, "while :; do echo yes; done & yes >&2 & exec yes", None);
        assert!(tokio::time::timeout(Duration::from_secs(5), endless).await.is_err());
        let mut call = call("command", &[]);
        call.args.set("_raw_params", "yes");
        call.timeout_ms = 3000;
        let outcome = link.call(None, call, Vec::new()).await.unwrap();
        assert!(outcome.failed.is_some(), "{backend:?}: {:?}", outcome.failed);
        assert!(memory().saturating_sub(before) < 400 << 10, "{backend:?}: {} KiB", memory() - before);
        assert_eq!(said(&link, None, "echo next").await, "next", "{backend:?}");
        link.close().await;
    }
}

//! Thousands of simulated hosts in one process: an SSH server on all loopback addresses that answers the bootstrap script as if
//! the runner were there, every call with "nothing to do", and any other command with success. What is timed against it is the controller alone.
//!
//!     endpoints serve PORT HOST_KEY                  serves until it is ended; says `ready`
//!     endpoints hold PORT USER_KEY ADDRESSES_FILE    opens a channel to each with the SSH library alone, says its memory in KiB
//!
//! `benches/fleet/shapes/simulated.py` builds and runs it; `cargo bench` alone has nothing to do here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench says so by failing")]

use hostler_sdk::frame::{self, FromHost, ToHost};
use hostler_sdk::{Map, Outcome};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::server::{self, Auth, ChannelOpenHandle, Msg, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, client};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Connections that `hold` opens at once.
const AT_ONCE: usize = 50;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let key = |path: &str| load_secret_key(path, None).unwrap();
    match words[..] {
        ["serve", port, host_key] => serve(port.parse().unwrap(), key(host_key)).await,
        ["hold", port, user_key, addresses] => hold(port.parse().unwrap(), key(user_key), addresses).await,
        _ => println!("started by benches/fleet/shapes/simulated.py"),
    }
}

async fn serve(port: u16, key: PrivateKey) {
    let config = Arc::new(server::Config {
        keys: vec![key],
        nodelay: true,
        inactivity_timeout: None,
        auth_rejection_time: Duration::ZERO,
        ..server::Config::default()
    });
    let listener = TcpListener::bind(("0.0.0.0", port)).await.unwrap();
    println!("ready");
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let config = config.clone();
        tokio::spawn(async move {
            if let Ok(session) = server::run_stream(config, stream, Endpoint::default()).await {
                // How it ends is the client's affair.
                let _ = session.await;
            }
        });
    }
}

/// One connection of a simulated host: the frames that came and are not whole yet.
#[derive(Default)]
struct Endpoint {
    came: Vec<u8>,
}

impl Endpoint {
    /// The calls that are there as a whole.
    fn calls(&mut self) -> Vec<u64> {
        let mut calls = Vec::new();
        while let Some((length, rest)) = self.came.split_first_chunk::<4>() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some(body) = rest.get(..length) else { break };
            if let ToHost::Call { id, .. } = frame::decode(body).unwrap() {
                calls.push(id);
            }
            self.came.drain(..4 + length);
        }
        calls
    }
}

impl server::Handler for Endpoint {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, _: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        let script = String::from_utf8_lossy(data);
        // The script's own random word, as it stands in it.
        let Some(nonce) = script.split_once("n=").and_then(|(_, rest)| rest.split(';').next()) else {
            // Any other command has done what it was to do.
            session.exit_status_request(channel, 0)?;
            session.eof(channel)?;
            return session.close(channel);
        };
        let hello = FromHost::Hello { version: frame::VERSION, uid: 0 };
        let mut said = format!("{nonce} run\n").into_bytes();
        said.extend(frame::encode(&hello).unwrap());
        session.data(channel, said)
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        self.came.extend_from_slice(data);
        for id in self.calls() {
            let values: Map =
                [("path", "/srv/simulated"), ("mode", "0755"), ("state", "directory")].into_iter().collect();
            let outcome = serde_json::to_string(&Outcome { values, ..Outcome::default() }).unwrap();
            session.data(channel, frame::encode(&FromHost::Done { id, outcome }).unwrap())?;
        }
        Ok(())
    }
}

/// A client that takes any server.
struct Trusting;

impl client::Handler for Trusting {
    type Error = russh::Error;
    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

async fn hold(port: u16, key: PrivateKey, addresses: &str) {
    let (config, key) = (Arc::new(client::Config { nodelay: true, ..client::Config::default() }), Arc::new(key));
    let addresses: Vec<String> = std::fs::read_to_string(addresses).unwrap().lines().map(str::to_owned).collect();
    let before = resident();
    let mut held = Vec::new();
    for some in addresses.chunks(AT_ONCE) {
        let opening = some.iter().map(|address| {
            let (config, key, address) = (config.clone(), key.clone(), address.clone());
            tokio::spawn(async move {
                let mut handle = client::connect(config, (address, port), Trusting).await.unwrap();
                handle.authenticate_publickey("bench", PrivateKeyWithHashAlg::new(key, None)).await.unwrap();
                let channel = handle.channel_open_session().await.unwrap();
                channel.exec(false, "n=held;").await.unwrap();
                (handle, channel)
            })
        });
        for opened in opening.collect::<Vec<_>>() {
            held.push(opened.await.unwrap());
        }
    }
    println!("{before} {}", resident());
}

/// This process's memory, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

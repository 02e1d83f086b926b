//! A host that does as the fuzzer likes: an SSH server that is right as far as the login, or not even that.

use arbitrary::Arbitrary;
use hostler_sdk::frame::{self, FromHost};
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Algorithm, PrivateKey};
use russh::server::{self, Auth, ChannelOpenHandle, Config, Handler, Msg, Session};
use russh::{Channel, ChannelId, ChannelWriteHalf};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, DuplexStream};

/// What it is made of.
#[derive(Arbitrary, Clone, Debug)]
pub enum Stranger {
    /// Whatever it is, it does not speak SSH for long.
    Noise { greets: bool, packets: Vec<Vec<u8>>, rest: Vec<u8> },
    /// It lets everyone in.
    Host { how: How, programs: Vec<Vec<Step>> },
}

/// How it is asked.
#[derive(Arbitrary, Clone, Debug)]
pub struct How {
    pub over_shell: bool,
    pub who: Who,
    pub password: bool,
    pub module: Module,
}

/// Whom we want to become there.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Who {
    Ourselves,
    Sudo,
    Su,
    Doas,
}

/// What it is asked for.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Module {
    Stat,
    Copy,
    Command,
    Facts,
    Service,
    User,
    Package,
}

/// What a program does; when it has done all of it, it ends.
#[derive(Arbitrary, Clone, Debug)]
pub enum Step {
    Out(Vec<u8>),
    Err(Vec<u8>),
    /// A line of the script that begins with the right word.
    Answer(String),
    /// The script says that it runs.
    Runs,
    /// And the runner greets.
    Greets,
    /// Asks for the runner it was offered.
    Needs {
        gzip: bool,
    },
    /// Asks for the password as agreed.
    Prompt,
    Frame(Frame),
    Exit(u32),
    Eof,
}

/// A frame of the runner.
#[derive(Arbitrary, Clone, Debug)]
pub enum Frame {
    Hello { version: u16 },
    Need { id: u8, body: u32 },
    Took { id: u8, chunks: u32 },
    Done { id: u8, outcome: String },
    Good { id: u8, changed: bool },
    NotBegun { id: u8 },
    Pong,
    Length(u32),
}

impl Frame {
    fn bytes(self) -> Vec<u8> {
        let message = match self {
            Frame::Hello { version } => FromHost::Hello { version, uid: 0 },
            Frame::Need { id, body } => FromHost::Need { id: id.into(), body },
            Frame::Took { id, chunks } => FromHost::Took { id: id.into(), chunks },
            Frame::Done { id, outcome } => FromHost::Done { id: id.into(), outcome },
            Frame::Good { id, changed } => {
                FromHost::Done { id: id.into(), outcome: format!("{{\"changed\":{changed}}}") }
            }
            Frame::NotBegun { id } => FromHost::NotBegun { id: id.into() },
            Frame::Pong => FromHost::Pong,
            Frame::Length(length) => return length.to_le_bytes().to_vec(),
        };
        frame::encode(&message).unwrap()
    }
}

impl Stranger {
    /// Serves one connection.
    pub fn serve(self, stream: DuplexStream) {
        match self {
            Stranger::Noise { greets, packets, rest } => {
                tokio::spawn(noise(stream, greets, packets, rest));
            }
            Stranger::Host { programs, .. } => {
                let handler = Host { programs, channels: Vec::new() };
                tokio::spawn(async move {
                    if let Ok(session) = server::run_stream(CONFIG.clone(), stream, handler).await {
                        let _ = session.await;
                    }
                });
            }
        }
    }
}

async fn noise(mut stream: DuplexStream, greets: bool, packets: Vec<Vec<u8>>, rest: Vec<u8>) {
    if greets {
        let _ = stream.write_all(b"SSH-2.0-x\r\n").await;
    }
    for content in packets {
        let padding = 16 - (content.len() + 5) % 8;
        let length = u32::try_from(1 + content.len() + padding).unwrap_or(0).to_be_bytes();
        let _ = stream.write_all(&length).await;
        let _ = stream.write_all(&[u8::try_from(padding).unwrap_or(4)]).await;
        let _ = stream.write_all(&content).await;
        let _ = stream.write_all(&vec![0; padding]).await;
    }
    let _ = stream.write_all(&rest).await;
}

static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| {
    let preferred = russh::Preferred {
        kex: Cow::Borrowed(&[russh::kex::CURVE25519]),
        key: Cow::Borrowed(&[Algorithm::Ed25519]),
        ..russh::Preferred::DEFAULT
    };
    Arc::new(Config {
        keys: vec![PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]))],
        preferred,
        inactivity_timeout: None,
        auth_rejection_time: Duration::ZERO,
        ..Config::default()
    })
});

/// One connection.
struct Host {
    /// Steps of the programs to be started, the last first.
    programs: Vec<Vec<Step>>,
    channels: Vec<(ChannelId, ChannelWriteHalf<Msg>)>,
}

impl Handler for Host {
    type Error = russh::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        let (mut read, write) = channel.split();
        tokio::spawn(async move { while read.wait().await.is_some() {} });
        self.channels.push((write.id(), write));
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(&mut self, id: ChannelId, line: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        session.channel_success(id)?;
        let Some(at) = self.channels.iter().position(|(known, _)| *known == id) else { return Ok(()) };
        let (_, channel) = self.channels.swap_remove(at);
        match self.programs.pop() {
            Some(steps) => drop(tokio::spawn(program(steps, String::from_utf8_lossy(line).into_owned(), channel))),
            // It has had enough.
            None => return Err(russh::Error::Disconnect),
        }
        Ok(())
    }
}

/// Words of the line that no program could guess: where they begin, and how long they are.
fn secret<'a>(line: &'a str, before: &str, length: usize) -> &'a str {
    line.split_once(before).and_then(|(_, rest)| rest.get(..length)).unwrap_or_default()
}

async fn program(steps: Vec<Step>, line: String, channel: ChannelWriteHalf<Msg>) {
    let nonce = match secret(&line, "n=", 26) {
        "" => secret(&line, "echo ", 26),
        nonce => nonce,
    };
    let hash = secret(&line, " h=", 64);
    let mut out = channel.make_writer();
    let mut errors = channel.make_writer_ext(Some(1));
    for step in steps {
        let done = match step {
            Step::Out(bytes) => out.write_all(&bytes).await.is_ok(),
            Step::Err(bytes) => errors.write_all(&bytes).await.is_ok(),
            Step::Answer(words) => out.write_all(format!("{nonce} {words}\n").as_bytes()).await.is_ok(),
            Step::Runs => out.write_all(format!("{nonce} run 77\n").as_bytes()).await.is_ok(),
            Step::Greets => {
                let greeting = frame::encode(&FromHost::Hello { version: frame::VERSION, uid: 0 }).unwrap();
                out.write_all(&[format!("{nonce} run\n").as_bytes(), &greeting].concat()).await.is_ok()
            }
            Step::Needs { gzip } => {
                let way = if gzip { "gzip" } else { "plain" };
                out.write_all(format!("{nonce} need {way} {hash}\n").as_bytes()).await.is_ok()
            }
            Step::Prompt => {
                let prompt = format!("[hostler {}] password:", secret(&line, "[hostler ", 26));
                errors.write_all(prompt.as_bytes()).await.is_ok()
            }
            Step::Frame(frame) => out.write_all(&frame.bytes()).await.is_ok(),
            Step::Exit(status) => channel.exit_status(status).await.is_ok(),
            Step::Eof => channel.eof().await.is_ok(),
        };
        if !done {
            return;
        }
    }
    let _ = channel.close().await;
}

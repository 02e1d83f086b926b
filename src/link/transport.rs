//! What programs are started over: an SSH connection, or this machine.

use super::LinkError;
use super::local::Beginning;
use super::openssh::OpenSsh;
use super::process::{Process, Said};
use super::ssh::Session;
use hostler_sdk::Output;
use std::io::{self, Read};
use tokio::io::AsyncWriteExt;

/// Bytes of input that are read at a time.
const PIECE: usize = 64 << 10;

/// A way to start programs.
pub enum Transport {
    /// Through the login shell of an SSH connection.
    Ssh(Box<Session>),
    /// Through the login shell, over the system's `ssh`.
    OpenSsh(OpenSsh),
    /// Through `/bin/sh` here.
    Local(Beginning),
}

impl Transport {
    /// Starts a command line, at a terminal of the host's where one is wanted: its streams are one then, which never ends.
    pub async fn exec(&self, line: &str, terminal: bool) -> Result<Process, LinkError> {
        match self {
            Transport::Ssh(session) => session.exec(line, terminal).await,
            Transport::OpenSsh(ssh) => ssh.exec(line, terminal),
            Transport::Local(beginning) => Process::local(&["/bin/sh", "-c", line], beginning.get().as_deref()),
        }
    }

    /// How many programs may still be started beside those that run.
    pub fn room(&self) -> usize {
        match self {
            Transport::Ssh(session) => session.room(),
            Transport::OpenSsh(_) | Transport::Local(_) => usize::MAX,
        }
    }

    /// Waits until there is room for a program.
    pub async fn freed(&self) {
        if let Transport::Ssh(session) = self {
            session.freed().await;
        }
    }

    /// Whether it has ended.
    pub fn closed(&self) -> bool {
        match self {
            Transport::Ssh(session) => session.closed(),
            Transport::OpenSsh(_) | Transport::Local(_) => false,
        }
    }

    /// Whether programs can be given a terminal.
    pub fn terminals(&self) -> bool {
        !matches!(self, Transport::Local(_))
    }

    /// What the end of a program with this status says of the connection, if that is what ended.
    pub fn fault(&self, status: Option<i32>, said: &str) -> Option<LinkError> {
        match self {
            Transport::OpenSsh(ssh) => ssh.fault(status?, said),
            Transport::Ssh(_) | Transport::Local(_) => None,
        }
    }

    /// Ends it.
    pub async fn close(&self) {
        if let Transport::Ssh(session) = self {
            session.close().await;
        }
    }
}

/// Gives a process its input and hears it to its end. `out` and `err` are what it said before. `None` as status: the
/// connection was lost. An input that cannot be read is an error, and the process is let go of.
pub async fn finish(
    process: Process,
    out: Vec<u8>,
    err: Vec<u8>,
    mut input: impl Read,
) -> io::Result<(Output, Option<i32>)> {
    let Process { mut stdin, mut said, _end } = process;
    let mut output = Output { stdout: out, stderr: err, ..Output::default() };
    let feed = async {
        let mut buffer = vec![0; PIECE];
        loop {
            // Files of this machine and bytes in memory: nothing that blocks for long.
            let read = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            // A program that does not read to the end is no error.
            if stdin.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
        let _ = stdin.shutdown().await;
        Ok(())
    };
    let hear = async move {
        let mut status = None;
        while let Some(piece) = said.recv().await {
            let (stream, bytes) = match piece {
                Said::Out(bytes) => (&mut output.stdout, bytes),
                Said::Err(bytes) => (&mut output.stderr, bytes),
                Said::Exit(code) => {
                    status = Some(code);
                    break;
                }
            };
            let room = Output::LIMIT.saturating_sub(stream.len());
            output.truncated |= bytes.len() > room;
            stream.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        output.status = status.unwrap_or(-1);
        (output, status)
    };
    tokio::pin!(feed);
    tokio::pin!(hear);
    // A program that ended reads no more: its end is the end, fed or not.
    tokio::select! {
        heard = &mut hear => Ok(heard),
        fed = &mut feed => {
            fed?;
            Ok(hear.await)
        }
    }
}

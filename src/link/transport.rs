//! What programs are started over: an SSH connection, or this machine.

use super::LinkError;
use super::process::{Process, Said};
use super::ssh::Session;
use hostler_sdk::Output;
use tokio::io::AsyncWriteExt;

/// A way to start programs.
pub enum Transport {
    /// Through the login shell of an SSH connection.
    Ssh(Box<Session>),
    /// Through `/bin/sh` here.
    Local,
}

impl Transport {
    /// Starts a command line.
    pub async fn exec(&self, line: &str) -> Result<Process, LinkError> {
        match self {
            Transport::Ssh(session) => session.exec(line).await,
            Transport::Local => Process::local(&["/bin/sh", "-c", line]),
        }
    }

    /// Whether it has ended.
    pub fn closed(&self) -> bool {
        match self {
            Transport::Ssh(session) => session.closed(),
            Transport::Local => false,
        }
    }

    /// Ends it.
    pub async fn close(&self) {
        if let Transport::Ssh(session) = self {
            session.close().await;
        }
    }
}

/// Gives a process its input and hears it to its end. `out` is what it said on standard output before. `None` as status: the
/// connection was lost.
pub async fn finish(process: Process, out: Vec<u8>, err: Vec<u8>, input: &[u8]) -> (Output, Option<i32>) {
    let Process { mut stdin, mut said, _end } = process;
    let mut output = Output { stdout: out, stderr: err, ..Output::default() };
    let feed = async move {
        // A program that does not read to the end is no error.
        let _ = stdin.write_all(input).await;
        let _ = stdin.shutdown().await;
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
        heard = &mut hear => heard,
        () = &mut feed => hear.await,
    }
}

//! A program that runs at the other end: its input, and everything it says in order. Whoever holds one reads it to its end
//! or drops it, which ends the program's streams; an unread one would hold up all others of its connection.

use super::LinkError;
use bytes::Bytes;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::process::ChildStdin;
use tokio::sync::{mpsc, oneshot};

/// How long output is waited for after a program has ended while another still holds its streams.
const LINGER: Duration = Duration::from_secs(1);
/// Pieces that wait for the reader.
const BUFFER: usize = 64;

/// Something a program said.
#[derive(Debug)]
pub enum Said {
    /// On standard output.
    Out(Bytes),
    /// On standard error.
    Err(Bytes),
    /// It ended with this status; negative: by this signal.
    Exit(i32),
}

/// A running program.
pub struct Process {
    /// Its standard input; dropping it or shutting it down is the end of input.
    pub stdin: Pin<Box<dyn AsyncWrite + Send>>,
    /// What it says. The end without [`Said::Exit`] means that the connection was lost.
    pub said: mpsc::Receiver<Said>,
    /// Dropped with the process: the other side is told.
    pub(super) _end: oneshot::Sender<()>,
}

/// The far ends of a process, for whoever feeds it.
pub struct Feed {
    /// Takes what the program says.
    pub say: mpsc::Sender<Said>,
    /// Fires when nobody wants to hear it any more.
    pub ended: oneshot::Receiver<()>,
}

impl Process {
    /// A process and the other ends of its pipes.
    pub fn pair(stdin: Pin<Box<dyn AsyncWrite + Send>>) -> (Process, Feed) {
        let (say, said) = mpsc::channel(BUFFER);
        let (end, ended) = oneshot::channel();
        (Process { stdin, said, _end: end }, Feed { say, ended })
    }

    /// Starts a program on this machine, in `start` as long as that is there, and hears it until its streams end.
    pub fn local(argv: &[&str], start: Option<&Path>) -> Result<Process, LinkError> {
        Process::start(argv, start, None)
    }

    /// The same for a program that may leave its streams to another which outlives it (the master of `ssh`): that one is not waited
    /// for.
    pub fn leading(argv: &[&str]) -> Result<Process, LinkError> {
        Process::start(argv, None, Some(LINGER))
    }

    fn start(argv: &[&str], start: Option<&Path>, linger: Option<Duration>) -> Result<Process, LinkError> {
        let failed = |e: std::io::Error| LinkError::Call(format!("could not start `{}`: {e}", argv.join(" ")));
        let [program, arguments @ ..] = argv else {
            return Err(LinkError::Call("there is no program to start".into()));
        };
        let mut command = tokio::process::Command::new(program);
        if let Some(directory) = start.filter(|start| start.is_dir()) {
            command.current_dir(directory);
        }
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed(std::io::ErrorKind::BrokenPipe.into()));
        };
        let (process, feed) = Process::pair(Box::pin(Closing(Some(stdin))));
        tokio::spawn(async move {
            let both = async {
                let streams =
                    async { tokio::join!(pump(stdout, &feed.say, Said::Out), pump(stderr, &feed.say, Said::Err)) };
                tokio::pin!(streams);
                match linger {
                    None => drop(streams.await),
                    Some(linger) => tokio::select! {
                        _ = &mut streams => {}
                        _ = child.wait() => drop(tokio::time::timeout(linger, &mut streams).await),
                    },
                }
                child.wait().await
            };
            tokio::select! {
                status = both => {
                    if let Ok(status) = status {
                        let _ = feed.say.send(Said::Exit(code(status))).await;
                    }
                }
                // Nobody listens: the child dies with this task.
                _ = feed.ended => {}
            }
        });
        Ok(process)
    }
}

/// A pipe that shutting down really closes: only that is the end of input for the program.
struct Closing(Option<ChildStdin>);

impl AsyncWrite for Closing {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Some(stdin) => Pin::new(stdin).poll_write(cx, buf),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Some(stdin) => Pin::new(stdin).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0 = None;
        Poll::Ready(Ok(()))
    }
}

async fn pump(mut from: impl AsyncRead + Unpin, to: &mpsc::Sender<Said>, wrap: fn(Bytes) -> Said) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if to.send(wrap(Bytes::copy_from_slice(&buffer[..n]))).await.is_err() {
            return;
        }
    }
}

fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn a_local_program_is_heard_to_its_end() {
        let mut process = Process::local(&["/bin/sh", "-c", "cat; echo oops >&2; exit 3"], None).unwrap();
        process.stdin.write_all(b"hello").await.unwrap();
        process.stdin.shutdown().await.unwrap();
        let (mut out, mut err, mut exit) = (Vec::new(), Vec::new(), None);
        while let Some(said) = process.said.recv().await {
            match said {
                Said::Out(bytes) => out.extend(bytes),
                Said::Err(bytes) => err.extend(bytes),
                Said::Exit(status) => exit = Some(status),
            }
        }
        assert_eq!((out.as_slice(), err.as_slice(), exit), (&b"hello"[..], &b"oops\n"[..], Some(3)));
    }
}

//! Starting the runner: what the script asks for is sent, in the order it asks, until the runner greets.

use super::{Begun, NotBegun, Starter, ended};
use crate::link::bootstrap::{self, Answer, Keep};
use crate::link::frames::Frames;
use crate::link::process::{Process, Said};
use crate::link::stuffing::Stuffing;
use crate::link::{EmbeddedRunner, LinkError};
use hostler_sdk::frame::{self, FromHost};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};

/// Slowest transfer of the runner that is waited for, in bytes a second.
const SLOWEST: u64 = 16 << 10;

/// What came of starting the runner.
pub enum Started {
    /// It greeted.
    Running {
        /// The process.
        process: Process,
        /// What came after the greeting.
        frames: Frames,
    },
    /// It cannot run there, and why.
    Cannot(String),
}

impl Starter<'_> {
    /// Starts the runner, sending it when the host does not have it.
    pub async fn runner(&self, runners: &[EmbeddedRunner], keep: &Keep) -> Result<Started, LinkError> {
        if runners.is_empty() {
            return Ok(Started::Cannot("this program was built without one".into()));
        }
        let nonce = bootstrap::nonce()?;
        let mut script = bootstrap::script(&nonce, runners, keep, self.terminal);
        if self.terminal {
            // Only the runner itself may speak between its frames.
            script.insert_str(0, "exec 2>/dev/null; ");
        }
        let mut begun = match self.begin(&script, &nonce).await? {
            Ok(begun) => begun,
            Err((said, status)) => return Ok(Started::Cannot(ended(&said, status))),
        };
        let ended = || Ok(Started::Cannot("its shell ended while the runner was sent".into()));
        if let Some(Answer::More) = bootstrap::answer(&begun.line) {
            let more = bootstrap::more(keep, self.terminal);
            begun = match self.send(begun, &nonce, more.as_bytes()).await? {
                Some(begun) => begun,
                None => return ended(),
            };
        }
        if let Some(Answer::Need { gzip, sha256 }) = bootstrap::answer(&begun.line) {
            // A hash that was never offered cannot be meant.
            let Some(runner) = runners.iter().find(|runner| runner.sha256 == sha256) else {
                return Ok(Started::Cannot("it asked for a runner that is not known".into()));
            };
            begun = match self.push(begun, &nonce, runner, gzip).await? {
                Some(begun) => begun,
                None => return ended(),
            };
        }
        match bootstrap::answer(&begun.line) {
            Some(Answer::Run) => self.greeting(begun).await,
            Some(Answer::Cannot(why)) => Ok(Started::Cannot(begun.tail.after(why))),
            _ => Ok(Started::Cannot(format!(
                "it gave an answer that is not understood: `{}`",
                begun.line.escape_debug()
            ))),
        }
    }

    /// Sends the program and waits for what the script says then; `None` when it ended.
    async fn push(
        &self,
        begun: Begun,
        nonce: &str,
        runner: &EmbeddedRunner,
        gzip: bool,
    ) -> Result<Option<Begun>, LinkError> {
        let plain;
        let bytes: &[u8] = if gzip {
            runner.gzip
        } else {
            plain = runner.program().map_err(|e| self.unusable(format!("the embedded runner is damaged: {e}")))?;
            &plain
        };
        self.send(begun, nonce, &bootstrap::sent(bytes, self.terminal)).await
    }

    /// Gives the script input and waits for what it says then; `None` when it ended.
    async fn send(&self, begun: Begun, nonce: &str, bytes: &[u8]) -> Result<Option<Begun>, LinkError> {
        let limit = self.patience() + Duration::from_secs(bytes.len() as u64 / SLOWEST);
        let until = Instant::now() + limit;
        let Begun { process, line, rest, tail } = begun;
        let Process { mut stdin, said, _end } = process;
        // Reading goes on meanwhile: a script that gives up says so before all is sent.
        let sending = async {
            let _ = stdin.write_all(bytes).await;
            let _ = stdin.flush().await;
            stdin
        };
        let (spare, nothing) = (Box::pin(tokio::io::sink()), None);
        let begun = Begun { process: Process { stdin: spare, said, _end }, line, rest, tail };
        let reading = self.answer(begun, nonce, nothing, until);
        tokio::pin!(sending, reading);
        let (mut stdin, mut read) = (None, None);
        while read.is_none() {
            tokio::select! {
                // What is sent to the end is known before what it led to.
                biased;
                done = &mut sending, if stdin.is_none() => stdin = Some(done),
                result = &mut reading => read = Some(result),
            }
        }
        match read {
            Some(Ok(mut begun)) => {
                match stdin {
                    Some(stdin) => begun.process.stdin = stdin,
                    // It answered without reading all: it has given up, and needs no more input.
                    None if matches!(bootstrap::answer(&begun.line), Some(Answer::Run)) => {
                        return Err(self.unusable("it says that it runs what it has not received".into()));
                    }
                    None => {}
                }
                Ok(Some(begun))
            }
            Some(Err(NotBegun::Failed(e))) => Err(e),
            Some(Err(NotBegun::Ended { .. })) | None => Ok(None),
        }
    }

    /// Waits for the runner's greeting.
    async fn greeting(&self, begun: Begun) -> Result<Started, LinkError> {
        let Begun { mut process, rest, mut tail, .. } = begun;
        if self.terminal {
            process.stdin = Box::pin(Stuffing::new(process.stdin));
        }
        let until = Instant::now() + self.patience();
        let mut frames = Frames::new(rest);
        loop {
            match frames.next() {
                Ok(Some(FromHost::Hello { version: frame::VERSION, .. })) => {
                    return Ok(Started::Running { process, frames });
                }
                Ok(Some(FromHost::Hello { version, .. })) => {
                    return Ok(Started::Cannot(format!("it speaks version {version} of the frames")));
                }
                Ok(Some(_)) => return Ok(Started::Cannot("it does not greet".into())),
                Ok(None) => {}
                Err(why) => return Ok(Started::Cannot(format!("what it says makes no sense: {why}"))),
            }
            match timeout_at(until, process.said.recv()).await {
                Ok(Some(Said::Out(bytes))) => frames.push(&bytes),
                Ok(Some(Said::Err(bytes))) => tail.push(&bytes),
                Ok(Some(Said::Exit(status))) => {
                    return Ok(Started::Cannot(tail.after(format!("it could not be executed (status {status})"))));
                }
                Ok(None) if self.transport.closed() => {
                    let why = "the connection was closed".into();
                    return Err(LinkError::Lost { to: self.to.to_owned(), why, in_flight: false });
                }
                Ok(None) => return Ok(Started::Cannot(tail.after("it could not be executed".into()))),
                Err(_) => {
                    let what = format!("the runner on {}", self.to);
                    return Err(LinkError::Timeout { what, seconds: self.patience().as_secs() });
                }
            }
        }
    }
}

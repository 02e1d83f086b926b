//! Starting something on a host: the talk with sudo or su before it, up to the first word of what was started. The password is
//! written once, to the program's standard input, after the prompt that was agreed on and before anything has answered in its
//! place.

mod runner;

pub use runner::Started;

use super::bootstrap;
use super::process::{Process, Said};
use super::quote::login_line;
use super::status;
use super::tail::Tail;
use super::transport::Transport;
use super::{Become, BecomeFault, LinkError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};

/// Least time for a host to answer, however short the time to connect is.
const ANSWER: Duration = Duration::from_secs(15);
/// How long a question nobody agreed on may stand before it counts as one.
const QUESTION: Duration = Duration::from_secs(3);
/// Bytes of noise before the answer (greetings of start-up files) that are read over.
const NOISE: usize = 1 << 20;

/// How things are started on one host.
pub struct Starter<'a> {
    /// Over what.
    pub transport: &'a Transport,
    /// As whom; `None`: the login user.
    pub who: Option<&'a Become>,
    /// Time for prompts and answers.
    pub timeout: Duration,
    /// How messages name the host.
    pub to: &'a str,
    /// Whether programs get a terminal of the host's: what changes the user insists on one. Standard output, standard error and what
    /// the program that changes the user says are one stream then, and input has no end.
    pub terminal: bool,
}

/// A shell that runs a line.
pub struct Shelled {
    /// The process.
    pub process: Process,
    /// What it has already said on standard output.
    pub out: Vec<u8>,
    /// Its number on the host.
    pub pid: String,
}

impl Shelled {
    /// Itself, unless it has come to an end although nothing was asked of it.
    pub fn still_there(mut self) -> Option<Self> {
        use tokio::sync::mpsc::error::TryRecvError;
        loop {
            match self.process.said.try_recv() {
                Err(TryRecvError::Empty) => return Some(self),
                Err(TryRecvError::Disconnected) | Ok(Said::Exit(_)) => return None,
                // Late words of sudo and start-up files are not the script's.
                Ok(Said::Out(_) | Said::Err(_)) => {}
            }
        }
    }
}

/// A program whose script has begun to answer.
struct Begun {
    process: Process,
    /// The first line of the script after its nonce.
    line: String,
    /// Standard output after that line.
    rest: Vec<u8>,
    tail: Tail,
}

/// Why a program did not begin.
enum NotBegun {
    /// It ended first.
    Ended {
        said: Tail,
        status: Option<i32>,
    },
    Failed(LinkError),
}

impl Starter<'_> {
    /// Starts a line of shell for the task itself; what comes back has got past sudo.
    pub async fn line(&self, line: &str) -> Result<(Process, Vec<u8>), LinkError> {
        let Some(who) = self.who else {
            return Ok((self.transport.exec(&login_line(line), false).await?, Vec::new()));
        };
        if who.method.hides_status() {
            let nonce = bootstrap::nonce()?;
            let shelled = self.shell(&status::telling(line, &nonce)).await?;
            return Ok((status::told(shelled.process, shelled.out, nonce), Vec::new()));
        }
        let shelled = self.shell(line).await?;
        Ok((shelled.process, shelled.out))
    }

    /// Starts a line of shell and waits until it runs, past sudo and the greetings of start-up files.
    pub async fn shell(&self, line: &str) -> Result<Shelled, LinkError> {
        let nonce = bootstrap::nonce()?;
        let script = format!("echo {nonce} run $$; {line}");
        match self.begin(&script, &nonce).await? {
            Ok(begun) => {
                let pid = begun.line.trim().strip_prefix("run ").unwrap_or_default().to_owned();
                Ok(Shelled { process: begun.process, out: begun.rest, pid })
            }
            Err((said, status)) => Err(self.unusable(ended(&said, status))),
        }
    }

    fn patience(&self) -> Duration {
        self.timeout.max(ANSWER)
    }

    /// Starts the script and waits for its first word.
    async fn begin(&self, script: &str, nonce: &str) -> Result<Result<Begun, (Tail, Option<i32>)>, LinkError> {
        let prompt = format!("[hostler {}] password:", bootstrap::nonce()?);
        let line = match self.who {
            None => login_line(script),
            Some(who) => who.command(script, &prompt, self.terminal).map_err(LinkError::Become)?,
        };
        let process = self.transport.exec(&line, self.terminal).await?;
        let begun = Begun { process, line: String::new(), rest: Vec::new(), tail: Tail::default() };
        let until = Instant::now() + self.patience();
        match (self.answer(begun, nonce, Some(&prompt), until).await, self.who) {
            (Ok(begun), _) => Ok(Ok(begun)),
            (Err(NotBegun::Failed(e)), _) => Err(e),
            (Err(NotBegun::Ended { said, status }), _) if self.transport.fault(status, &said.text()).is_some() => {
                Err(self
                    .transport
                    .fault(status, &said.text())
                    .unwrap_or_else(|| self.unusable("it is not there".into())))
            }
            (Err(NotBegun::Ended { said, status: None }), _) if self.transport.closed() => Err(LinkError::Lost {
                to: self.to.to_owned(),
                why: said.after("the connection was closed".into()),
                in_flight: false,
            }),
            (Err(NotBegun::Ended { said, status }), Some(who)) => {
                Err(LinkError::Become(who.fault(&said.text().replace(&prompt, "\n"), status)))
            }
            (Err(NotBegun::Ended { said, status }), None) => Ok(Err((said, status))),
        }
    }

    /// Reads on to the next line of the script. With `prompt`, a question for the password is answered, once.
    async fn answer(
        &self,
        mut begun: Begun,
        nonce: &str,
        prompt: Option<&str>,
        until: Instant,
    ) -> Result<Begun, NotBegun> {
        let marker = format!("{nonce} ");
        let mut given = false;
        // What was said on standard error since the password was given.
        let mut asked = Tail::default();
        loop {
            if let Some(at) = find(&begun.rest, marker.as_bytes())
                && let Some(length) = begun.rest[at..].iter().position(|byte| *byte == b'\n')
            {
                let line = begun.rest[at + marker.len()..at + length].to_vec();
                begun.line = String::from_utf8_lossy(&line).into_owned();
                begun.rest.drain(..=at + length);
                return Ok(begun);
            }
            if begun.rest.len() > NOISE {
                let why = "it says too much before it answers; is its start-up file noisy?".into();
                return Err(NotBegun::Failed(self.unusable(why)));
            }
            // A line that is not ended is a question, unless more comes.
            let question = self.who.filter(|_| prompt.is_some()).and_then(|who| Some((who, asked.question()?)));
            let limit = if question.is_some() { until.min(Instant::now() + QUESTION) } else { until };
            let said = match (timeout_at(limit, begun.process.said.recv()).await, question) {
                (Ok(said), _) => said,
                (Err(_), Some((who, prompt))) => {
                    let fault = BecomeFault::OddPrompt { method: who.method.name(), prompt };
                    return Err(NotBegun::Failed(LinkError::Become(fault)));
                }
                (Err(_), None) => return Err(NotBegun::Failed(self.silent(&begun.tail))),
            };
            let words = match said {
                Some(Said::Out(bytes)) => {
                    begun.rest.extend_from_slice(&bytes);
                    // At a terminal the questions come on the same stream.
                    self.terminal.then_some(bytes)
                }
                Some(Said::Err(bytes)) => {
                    begun.tail.push(&bytes);
                    Some(bytes)
                }
                ended => {
                    // What stands in the script's place may have told why, on either stream.
                    begun.tail.push(&begun.rest);
                    let status = if let Some(Said::Exit(status)) = ended { Some(status) } else { None };
                    return Err(NotBegun::Ended { said: begun.tail, status });
                }
            };
            if let Some(bytes) = words {
                asked.push(&bytes);
                let (Some(who), Some(prompt)) = (self.who, prompt) else { continue };
                if !who.asks(&asked.text(), prompt) {
                    continue;
                }
                let method = who.method.name();
                let fault = match &who.password {
                    None => BecomeFault::MissingPassword { method },
                    Some(_) if given => BecomeFault::WrongPassword { method },
                    Some(password) => {
                        given = true;
                        asked = Tail::default();
                        let line = zeroize::Zeroizing::new(format!("{}\n", password.reveal()));
                        // When it is gone already, its end says why.
                        let _ = begun.process.stdin.write_all(line.as_bytes()).await;
                        let _ = begun.process.stdin.flush().await;
                        continue;
                    }
                };
                return Err(NotBegun::Failed(LinkError::Become(fault)));
            }
        }
    }

    fn silent(&self, tail: &Tail) -> LinkError {
        let seconds = self.patience().as_secs();
        match self.who {
            Some(_) => {
                let why = tail.after("nothing more came".into());
                LinkError::Become(BecomeFault::Timeout { seconds, why })
            }
            None => LinkError::Timeout { what: format!("the shell of {}", self.to), seconds },
        }
    }

    fn unusable(&self, why: String) -> LinkError {
        LinkError::NoBackend { to: self.to.to_owned(), why }
    }
}

/// What a shell left that did not get as far as the script.
fn ended(said: &Tail, status: Option<i32>) -> String {
    let status = status.map_or_else(|| "the connection was closed".into(), |s| format!("status {s}"));
    said.after(format!("its shell ended before it answered ({status})"))
}

/// Where `needle` begins.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

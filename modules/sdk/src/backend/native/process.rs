//! Running a command to its end: its own process group, both streams drained while standard input is fed, an end to
//! waiting when time is up or the call is cancelled.

use super::super::{Command, HostError, HostResult, Output};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long output is waited for after the command itself has ended while a child of it still holds the streams;
/// ansible-core's `run_command` waits as long.
const LINGER: Duration = Duration::from_secs(1);
/// What a stopped command gets between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 2000 });
/// How often an end is looked for on kernels that cannot tell (before 5.3).
const GLANCE: Duration = Duration::from_millis(20);

/// Stops the command of a call.
#[derive(Clone, Debug, Default)]
pub struct Canceller(Arc<Mutex<Running>>);

#[derive(Debug, Default)]
struct Running {
    /// Process groups of running commands, only while their leaders are not yet reaped, so that no number is another's.
    groups: Vec<Pid>,
    /// Why the call was cancelled.
    cancelled: Option<String>,
}

impl Canceller {
    /// Stops what runs and lets nothing new start. `why` completes "could not run `x`: ".
    pub fn cancel(&self, why: &str) {
        let mut running = self.lock();
        running.cancelled.get_or_insert_with(|| why.to_owned());
        for group in &running.groups {
            let _ = kill_process_group(*group, Signal::TERM);
        }
    }

    /// Why the call was cancelled; `None` while it was not.
    pub fn cancelled(&self) -> Option<String> {
        self.lock().cancelled.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        // The state is whole at every moment, so a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a command; it begins in `start`, or where this process is.
pub fn run(command: &Command, start: Option<&Path>, canceller: &Canceller) -> HostResult<Output> {
    let name = command.argv.first().map(String::as_str).unwrap_or_default();
    let doing = || format!("run `{name}`");
    if command.argv.is_empty() {
        return Err(HostError::new(doing(), "there is no command"));
    }
    let started = {
        // Locked from before the start until the group is known, so that a cancellation misses nothing.
        let mut running = canceller.lock();
        if let Some(why) = &running.cancelled {
            return Err(HostError::new(doing(), why));
        }
        let child = spawn(command, start)?;
        let group = Pid::from_child(&child);
        running.groups.push(group);
        (child, group)
    };
    let (child, group) = started;
    let mut watch = Watch { child, group, canceller, done: false };
    let deadline = command.timeout.map(|t| Instant::now() + t);
    watch.attend(command.stdin.as_deref().unwrap_or_default(), deadline).map_err(|stop| match stop {
        Stop::Time => {
            let seconds = command.timeout.unwrap_or_default().as_secs_f64();
            HostError {
                errno: Errno::TIMEDOUT.raw_os_error(),
                ..HostError::new(doing(), format!("it took longer than {seconds} seconds and was stopped"))
            }
        }
        Stop::Cancelled(why) => HostError { errno: Errno::CANCELED.raw_os_error(), ..HostError::new(doing(), why) },
        Stop::Broken(e) => HostError::io(doing(), &e),
    })
}

fn spawn(command: &Command, start: Option<&Path>) -> HostResult<Child> {
    let mut words: Vec<&str> = command.argv.iter().map(String::as_str).collect();
    if let Some(shell) = &command.shell {
        words = vec![shell, "-c", words[0]];
    }
    let mask;
    if let Some(umask) = command.umask {
        // Setting it here would set it for every thread; a shell sets it for the command alone and then is the command.
        mask = format!("umask {umask:04o} && exec \"$@\"");
        let program = words[0];
        if !program.contains('/') {
            found(program, command)?;
        }
        words.splice(0..0, ["/bin/sh", "-c", &mask, "sh"]);
    }
    let mut builder = std::process::Command::new(words[0]);
    builder.args(&words[1..]).process_group(0);
    builder.stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    builder.stdout(Stdio::piped()).stderr(Stdio::piped());
    builder.envs(command.env.iter().map(|(k, v)| (k, v)));
    if let Some(cwd) = &command.cwd {
        let cwd = &match start {
            Some(start) => start.join(cwd).to_string_lossy().into_owned(),
            None => cwd.clone(),
        };
        let wrong = |e: io::Error| HostError::io(format!("change to the directory `{cwd}`"), &e);
        if !std::fs::metadata(cwd).map_err(wrong)?.is_dir() {
            return Err(wrong(Errno::NOTDIR.into()));
        }
        builder.current_dir(cwd);
    } else if let Some(start) = start {
        builder.current_dir(start);
    }
    builder.spawn().map_err(|e| not_started(words[0], &e))
}

/// Whether a program is in the search path, for commands that a shell starts for us.
fn found(program: &str, command: &Command) -> HostResult<()> {
    let own = command.env.iter().rev().find(|(key, _)| key == "PATH").map(|(_, path)| path.clone());
    let path = own.or_else(|| std::env::var("PATH").ok()).unwrap_or_default();
    let there = path.split(':').any(|dir| std::fs::metadata(format!("{dir}/{program}")).is_ok_and(|m| m.is_file()));
    if there { Ok(()) } else { Err(not_started(program, &Errno::NOENT.into())) }
}

/// The cause in Python's words, which are Ansible's.
fn not_started(program: &str, error: &io::Error) -> HostError {
    let base = HostError::io(format!("run `{program}`"), error);
    HostError { cause: format!("[Errno {}] {}: b'{program}'", base.errno, base.cause), ..base }
}

enum Stop {
    Time,
    Cancelled(String),
    Broken(io::Error),
}

impl From<Errno> for Stop {
    fn from(e: Errno) -> Self {
        Stop::Broken(e.into())
    }
}

/// A running command; what is left of it when this is dropped is killed.
struct Watch<'a> {
    child: Child,
    group: Pid,
    canceller: &'a Canceller,
    done: bool,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.done {
            let _ = kill_process_group(self.group, Signal::KILL);
        }
        let mut running = self.canceller.lock();
        if !self.done {
            let _ = self.child.wait();
        }
        running.groups.retain(|group| *group != self.group);
    }
}

impl Watch<'_> {
    /// Feeds and drains until the command has ended and its streams are closed.
    fn attend(&mut self, stdin: &[u8], deadline: Option<Instant>) -> Result<Output, Stop> {
        let mut feed = Feed { pipe: self.child.stdin.take().map(OwnedFd::from), rest: stdin };
        let mut out = Drain::new(self.child.stdout.take().map(OwnedFd::from))?;
        let mut err = Drain::new(self.child.stderr.take().map(OwnedFd::from))?;
        feed.start()?;
        let pidfd = pidfd_open(self.group, PidfdFlags::empty()).ok();
        let mut buffer = vec![0; 64 << 10];
        let mut status = None;
        let mut quiet_since = Instant::now();
        let mut stopping: Option<(Stop, Instant)> = None;
        loop {
            if status.is_none() {
                status = self.reap(stopping.is_some())?;
                if status.is_some() {
                    quiet_since = Instant::now();
                }
            }
            let now = Instant::now();
            if stopping.is_none() {
                if let Some(why) = self.canceller.cancelled() {
                    stopping = Some((Stop::Cancelled(why), now + GRACE));
                } else if status.is_none() && deadline.is_some_and(|d| now >= d) {
                    let _ = kill_process_group(self.group, Signal::TERM);
                    stopping = Some((Stop::Time, now + GRACE));
                }
            }
            if let Some(status) = status {
                let drained = out.pipe.is_none() && err.pipe.is_none();
                if drained || stopping.is_some() || now >= quiet_since + LINGER {
                    return match stopping {
                        Some((stop, _)) => Err(stop),
                        None => Ok(Output {
                            status,
                            truncated: out.truncated || err.truncated,
                            stdout: out.kept,
                            stderr: err.kept,
                        }),
                    };
                }
            }
            let mut until = match (&stopping, status) {
                (Some((_, kill)), _) if now >= *kill => {
                    let _ = kill_process_group(self.group, Signal::KILL);
                    Some(now + GRACE)
                }
                (Some((_, kill)), _) => Some(*kill),
                (None, Some(_)) => Some(quiet_since + LINGER),
                (None, None) => deadline,
            };
            if pidfd.is_none() && status.is_none() {
                until = Some(until.map_or(now + GLANCE, |t| t.min(now + GLANCE)));
            }
            let mut fds = Vec::with_capacity(4);
            fds.extend(out.pipe.iter().chain(&err.pipe).map(|fd| PollFd::new(fd, PollFlags::IN)));
            fds.extend(feed.pipe.iter().map(|fd| PollFd::new(fd, PollFlags::OUT)));
            if status.is_none() {
                fds.extend(pidfd.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
            }
            let timeout = until.map(|t| timespec(t.saturating_duration_since(now)));
            match poll(&mut fds, timeout.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
            drop(fds);
            feed.advance();
            if out.advance(&mut buffer)? | err.advance(&mut buffer)? {
                quiet_since = Instant::now();
            }
        }
    }

    /// The status, once the command has ended; from then on its number may be another's.
    /// When it is being stopped, the rest of its group goes with it, while the number is still ours.
    fn reap(&mut self, stopping: bool) -> Result<Option<i32>, Stop> {
        let mut running = self.canceller.lock();
        if stopping {
            let peek = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            if waitid(WaitId::Pid(self.group), peek)?.is_some() {
                let _ = kill_process_group(self.group, Signal::KILL);
            }
        }
        let Some(status) = self.child.try_wait().map_err(Stop::Broken)? else { return Ok(None) };
        running.groups.retain(|group| *group != self.group);
        self.done = true;
        Ok(Some(status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))))
    }
}

/// Standard input being fed.
struct Feed<'a> {
    pipe: Option<OwnedFd>,
    rest: &'a [u8],
}

impl Feed<'_> {
    fn start(&mut self) -> Result<(), Stop> {
        if let Some(pipe) = &self.pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        self.advance();
        Ok(())
    }

    /// Writes what fits; a reader that has gone is no error, as in Python's `communicate`.
    fn advance(&mut self) {
        while let Some(pipe) = &self.pipe {
            if self.rest.is_empty() {
                self.pipe = None;
                return;
            }
            match rustix::io::write(pipe, self.rest) {
                Ok(n) => self.rest = &self.rest[n..],
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR) => {}
                Err(_) => self.pipe = None,
            }
        }
    }
}

/// A stream being drained; what is beyond the limit is read and thrown away, so that the command does not block.
struct Drain {
    pipe: Option<OwnedFd>,
    kept: Vec<u8>,
    truncated: bool,
}

impl Drain {
    fn new(pipe: Option<OwnedFd>) -> Result<Self, Stop> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe.as_fd(), true)?;
        }
        Ok(Drain { pipe, kept: Vec::new(), truncated: false })
    }

    /// Reads what is there; whether anything was.
    fn advance(&mut self, buffer: &mut [u8]) -> Result<bool, Stop> {
        let mut any = false;
        while let Some(pipe) = &self.pipe {
            match rustix::io::read(pipe, &mut *buffer) {
                Ok(0) => self.pipe = None,
                Ok(n) => {
                    any = true;
                    let room = Output::LIMIT.saturating_sub(self.kept.len()).min(n);
                    self.kept.extend_from_slice(&buffer[..room]);
                    self.truncated |= room < n;
                    // Back to the other stream and the clock now and then, however fast the command writes.
                    if n < buffer.len() {
                        break;
                    }
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(any)
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: duration.subsec_nanos().into() }
}

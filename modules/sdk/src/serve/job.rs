//! Jobs that outlive the call that began them (`async`): the program starts itself anew, detached from everything, and that
//! process runs one call and leaves its outcome in a file, as Ansible's own jobs do.

use crate::backend::native::Native;
use crate::backend::{HostError, HostResult};
use crate::body::Inline;
use crate::call::Call;
use crate::outcome::Outcome;
use crate::value::Map;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// The argument that makes a program the parent of a job.
const BEGIN: &str = "--hostler-job";
/// The argument that makes a program the job itself.
const RUN: &str = "--hostler-job-run";
/// What a command gets to end after its time is up.
const GRACE: Duration = Duration::from_secs(3);

/// What is to be run, and where its outcome goes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// The call.
    pub call: Call,
    /// The job's name, which is its file's name too.
    pub id: String,
    /// Directory of the file.
    pub directory: String,
    /// Longest time it may take, in seconds.
    pub limit: u64,
}

impl Job {
    fn file(&self) -> std::path::PathBuf {
        Path::new(&self.directory).join(&self.id)
    }

    /// Begins the job; it goes on when this program ends. What it is to do travels through pipes, never through files.
    ///
    /// # Errors
    /// A directory that cannot be written, a program that cannot be started again.
    pub fn begin(&self) -> HostResult<()> {
        let io = |what: &str, e: &std::io::Error| HostError::io(format!("{what} `{}`", self.file().display()), e);
        std::fs::create_dir_all(&self.directory).map_err(|e| io("make the directory of", &e))?;
        self.leave(Map::from_iter([
            ("started", true.into()),
            ("finished", false.into()),
            ("ansible_job_id", self.id.as_str().into()),
        ] as [(&str, crate::Value); 3]))
            .map_err(|e| io("write", &e))?;
        let status = pass_on(BEGIN, &serde_json::to_vec(self).unwrap_or_default())
            .and_then(|mut child| child.wait())
            .map_err(|e| io("start the job of", &e))?;
        if status.success() {
            return Ok(());
        }
        Err(HostError::io(
            format!("start the job of `{}`", self.file().display()),
            &std::io::Error::other(status.to_string()),
        ))
    }

    /// Writes the file, whole or not at all.
    fn leave(&self, mut result: Map) -> std::io::Result<()> {
        result.set("ansible_job_id", self.id.as_str());
        let new = Path::new(&self.directory).join(format!(".{}.new", self.id));
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(crate::Value::from(result).to_json().as_bytes())?;
        std::fs::rename(&new, self.file())
    }

    fn run(self) {
        let native = Native::new();
        let canceller = native.canceller();
        let (call, (answer, answers)) = (self.call.clone(), channel());
        std::thread::spawn(move || {
            let outcome = match crate::find(&call.module) {
                Some(found) => found.module.call(&call, &native, &Inline(Vec::new().into())),
                None => Outcome::failure(format!("the module `{}` is not part of this program", call.module)),
            };
            // When nobody waits any more, time was up.
            let _ = answer.send(outcome);
        });
        let outcome = match answers.recv_timeout(Duration::from_secs(self.limit.max(1))) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Disconnected) => Outcome::failure("the module broke"),
            Err(RecvTimeoutError::Timeout) => {
                canceller.cancel("the job took too long");
                let _ = answers.recv_timeout(GRACE);
                // What Ansible's jobs leave then.
                Outcome::failure("Timeout exceeded").with("child_pid", u64::from(std::process::id()))
            }
        };
        // There is nobody to tell that the file cannot be written.
        let _ = self.leave(outcome.into_value());
    }
}

/// Starts this program with `argument` and `input` on its standard input.
fn pass_on(argument: &str, input: &[u8]) -> std::io::Result<std::process::Child> {
    let mut command = Command::new("/proc/self/exe");
    command.arg(argument).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input)?;
    }
    Ok(child)
}

/// The whole `main` of a program that was started for a job; `None` for all other starts. Programs that may begin jobs ask this
/// first.
pub fn main() -> Option<ExitCode> {
    let argument = std::env::args().nth(1)?;
    if argument != BEGIN && argument != RUN {
        return None;
    }
    let mut input = Vec::new();
    if std::io::stdin().read_to_end(&mut input).is_err() {
        return Some(ExitCode::FAILURE);
    }
    if argument == BEGIN {
        // This process ends at once, so that the job has no parent that waits for it.
        return Some(match pass_on(RUN, &input) {
            Ok(_) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        });
    }
    // Fails only for the leader of a group, which a started program is not.
    let _ = rustix::process::setsid();
    match serde_json::from_slice::<Job>(&input) {
        Ok(job) => {
            job.run();
            Some(ExitCode::SUCCESS)
        }
        Err(_) => Some(ExitCode::FAILURE),
    }
}

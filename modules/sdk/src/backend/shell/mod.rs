//! The primitives by quoted POSIX shell, for hosts where the runner cannot run. Every script is a fixed text; what varies is
//! given to it as quoted parameters. dash, bash, busybox, mksh, ksh93 and zsh run them, with GNU's, busybox' or
//! the BSDs' tools.

mod facts;
mod failure;
mod look;
mod put;
mod quote;
mod run;
mod stat;
#[cfg(test)]
mod tests;

pub use facts::{Facts, Tools};
pub use quote::{ENTRY, header, quoted};

use super::{Backend, Command, Digest, HostError, HostResult, Meta, Output, Times, WriteFile};
use failure::Failure;
use std::io::Read;
use std::sync::{Arc, OnceLock};

/// Something that runs a script in a POSIX shell on a host, as the user the tasks run as.
///
/// A script may hold secrets (a task's `environment:`), so it must not become visible in the process list: it goes to the
/// input of [`ENTRY`], behind its [`header`]. Implementations give each call a fresh shell in the user's home directory.
pub trait Shell: Send + Sync {
    /// Runs `script` to its end with `stdin` (nothing when `None`), keeping at most [`Output::LIMIT`] bytes of each stream.
    /// Input that cannot be read to its end is an error, and the script sees it end early.
    fn exec(&self, script: &str, stdin: Option<&mut dyn Read>) -> HostResult<Output>;
}

/// A host behind a shell.
pub struct ShellBackend<S> {
    shell: S,
    facts: Arc<OnceLock<Facts>>,
}

impl<S: Shell> ShellBackend<S> {
    /// Nothing is run before something is asked.
    pub fn new(shell: S) -> Self {
        ShellBackend::with_facts(shell, Arc::default())
    }

    /// The same for a user of a host who may have been asked before; what is learnt is left in `facts`.
    pub fn with_facts(shell: S, facts: Arc<OnceLock<Facts>>) -> Self {
        ShellBackend { shell, facts }
    }

    /// Runs one of the fixed scripts with its parameters; anything but success is an error about `path`.
    fn script(&self, verb: &str, path: &str, text: &str, params: &[&str]) -> HostResult<Output> {
        self.feed(verb, path, text, params, None)
    }

    /// The same with standard input.
    fn feed(
        &self,
        verb: &str,
        path: &str,
        text: &str,
        params: &[&str],
        stdin: Option<&mut dyn Read>,
    ) -> HostResult<Output> {
        let output = self.attempt(verb, path, text, params, stdin)?;
        if output.ok() { Ok(output) } else { Err(Failure::of(&output).about(verb, path)) }
    }

    /// The same, whatever the status.
    fn attempt(
        &self,
        verb: &str,
        path: &str,
        text: &str,
        params: &[&str],
        stdin: Option<&mut dyn Read>,
    ) -> HostResult<Output> {
        let script = quote::script(text, params).map_err(|why| HostError::new(format!("{verb} `{path}`"), why))?;
        self.shell.exec(&script, stdin)
    }
}

impl<S: Shell> Backend for ShellBackend<S> {
    fn lstat(&self, path: &str) -> HostResult<Option<Meta>> {
        self.look_at(path, false)
    }
    fn stat(&self, path: &str) -> HostResult<Option<Meta>> {
        self.look_at(path, true)
    }
    fn read(&self, path: &str, limit: u64) -> HostResult<Vec<u8>> {
        self.read_file(path, limit)
    }
    fn list(&self, path: &str) -> HostResult<Vec<String>> {
        self.list_directory(path)
    }
    fn read_link(&self, path: &str) -> HostResult<String> {
        self.link_target(path)
    }
    fn real_path(&self, path: &str) -> HostResult<String> {
        self.resolved(path)
    }
    fn hash(&self, path: &str, digest: Digest) -> HostResult<String> {
        self.hash_file(path, digest)
    }
    fn run(&self, command: &Command) -> HostResult<Output> {
        run::run(&self.shell, command)
    }
    fn env(&self, name: &str) -> Option<String> {
        self.facts().environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
    fn environment(&self) -> Vec<(String, String)> {
        self.facts().environment.clone()
    }
    fn euid(&self) -> u32 {
        self.facts().euid
    }
    fn umask(&self) -> u32 {
        self.facts().umask
    }
    fn access(&self, path: &str, mode: u32) -> bool {
        self.may(path, mode)
    }

    fn write(&self, file: WriteFile<'_>) -> HostResult<()> {
        self.write_file(file)
    }
    fn make_dir(&self, path: &str, mode: u32) -> HostResult<()> {
        let text = "(umask 077; mkdir -- \"$1\") && chmod \"$2\" \"$1\"";
        self.script("make the directory", path, text, &[path, &format!("{mode:05o}")]).map(drop)
    }
    fn chmod(&self, path: &str, mode: u32, follow: bool) -> HostResult<()> {
        // Five digits, for with fewer GNU's chmod keeps a directory's setgid bit.
        let text = if follow { "chmod \"$2\" \"$1\"" } else { "[ -L \"$1\" ] || chmod \"$2\" \"$1\"" };
        self.script("change the mode of", path, text, &[path, &format!("{mode:05o}")]).map(drop)
    }
    fn chown(&self, path: &str, uid: Option<u32>, gid: Option<u32>, follow: bool) -> HostResult<()> {
        let Some(owner) = put::owner(uid, gid) else { return Ok(()) };
        let text = if follow { "chown \"$2\" \"$1\"" } else { "chown -h \"$2\" \"$1\"" };
        self.script("change the owner of", path, text, &[path, &owner]).map(drop)
    }
    fn set_times(&self, path: &str, times: Times, follow: bool) -> HostResult<()> {
        self.touch(path, times, follow)
    }
    fn symlink(&self, target: &str, path: &str) -> HostResult<()> {
        self.link("-s", target, path)
    }
    fn hard_link(&self, target: &str, path: &str) -> HostResult<()> {
        self.link("--", target, path)
    }
    fn rename(&self, from: &str, to: &str) -> HostResult<()> {
        let text = format!("{}put \"$1\" \"$2\"", put::PUT);
        self.script("rename", from, &text, &[from, to]).map(drop)
    }
    fn remove_file(&self, path: &str) -> HostResult<()> {
        self.script("remove", path, "rm -f \"$1\"", &[path]).map(drop)
    }
    fn remove_tree(&self, path: &str) -> HostResult<()> {
        self.script("remove", path, "rm -rf \"$1\"", &[path]).map(drop)
    }
    fn copy_file(&self, from: &str, to: &str) -> HostResult<()> {
        self.copy(from, to)
    }
}

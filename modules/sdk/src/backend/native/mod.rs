//! The primitives by native system calls: in the runner and for local connections. Nothing here asks the name service
//! (`getpw*`, `getaddrinfo`), so that the runner can be linked statically.

mod entry;
mod leftovers;
mod netlink;
mod place;
mod process;
mod replace;
#[cfg(test)]
mod tests;

pub use process::Canceller;

use super::{Backend, Command, Digest, FileKind, HostError, HostResult, Meta, Output, Times, WriteFile};
use crate::memory::Memory;
use crate::moment::{Arrival, Moments};
use rustix::fs::{Access, AtFlags, CWD};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

/// The host this program runs on. Cheap to make: one per call, so that the call can be cancelled.
#[derive(Debug, Default)]
pub struct Native {
    canceller: Canceller,
    /// Where commands and relative paths begin, when that is not the directory of this process.
    start: Option<PathBuf>,
    later: replace::Later,
    arrival: Option<Arrival>,
}

impl Native {
    /// For one call.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with commands and relative paths beginning in `start` as long as that is there: where a playbook is, as Ansible's
    /// local connection does. `None`: in the directory of this process.
    pub fn beginning_in(start: Option<PathBuf>) -> Self {
        Native { start, ..Self::default() }
    }

    /// The same for a call that has come just now, with what other calls of this program are told.
    #[must_use]
    pub fn arriving(self, moments: &Arc<Moments>) -> Self {
        Native { arrival: Some(Arrival::new(moments)), ..self }
    }

    /// Where commands begin; `None`: in the directory of this process.
    fn start(&self) -> Option<&Path> {
        self.start.as_deref().filter(|path| path.is_dir())
    }

    /// A handle that stops the running command of this call, and every later one.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

/// An error of the system, about a path.
fn failed(verb: &str, path: &str, error: impl Into<std::io::Error>) -> HostError {
    HostError::io(format!("{verb} `{path}`"), &error.into())
}

impl Backend for Native {
    fn directory(&self) -> Option<String> {
        let start = self.start().map(Path::to_owned).or_else(|| std::env::current_dir().ok());
        start.map(|path| path.to_string_lossy().into_owned())
    }
    fn does_several(&self) -> bool {
        true
    }
    fn memory(&self) -> Option<&'static Memory> {
        static MEMORY: LazyLock<Memory> = LazyLock::new(Memory::default);
        Some(&MEMORY)
    }
    fn arrival(&self) -> Option<&Arrival> {
        self.arrival.as_ref()
    }
    fn begin(&self, job: &crate::serve::job::Job) -> HostResult<()> {
        job.begin()
    }
    fn lstat(&self, path: &str) -> HostResult<Option<Meta>> {
        entry::stat(path, false)
    }
    fn stat(&self, path: &str) -> HostResult<Option<Meta>> {
        entry::stat(path, true)
    }

    fn read(&self, path: &str, limit: u64) -> HostResult<Vec<u8>> {
        entry::read(entry::open_to_read(path)?, path, limit)
    }

    fn read_owned(&self, path: &str, uid: u32, limit: u64) -> HostResult<Option<Vec<u8>>> {
        // Whatever the path led to, it is the opened file that is judged.
        let file = match entry::open_to_read(path) {
            Err(e) if e.not_found() => return Ok(None),
            opened => opened?,
        };
        let stat = rustix::fs::fstat(&file).map_err(|e| failed("look at", path, e))?;
        let meta = entry::meta(&stat);
        if meta.kind != FileKind::File || meta.uid != uid {
            return Ok(None);
        }
        entry::read(file, path, limit).map(Some)
    }

    fn list(&self, path: &str) -> HostResult<Vec<String>> {
        let wrong = |e| failed("list", path, e);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).map_err(wrong)? {
            names.push(entry.map_err(wrong)?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn read_link(&self, path: &str) -> HostResult<String> {
        let target = std::fs::read_link(path).map_err(|e| failed("read the link", path, e))?;
        Ok(target.to_string_lossy().into_owned())
    }

    fn real_path(&self, path: &str) -> HostResult<String> {
        Ok(super::real_path::resolve(path, |path| self.read_link(path).ok()))
    }

    fn hash(&self, path: &str, digest: Digest) -> HostResult<String> {
        super::digest::hex_of(&mut entry::open_to_read(path)?, digest).map_err(|e| failed("read", path, e))
    }

    fn run(&self, command: &Command) -> HostResult<Output> {
        process::run(command, self.start(), &self.canceller)
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn environment(&self) -> Vec<(String, String)> {
        std::env::vars_os()
            .map(|(key, value)| (key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect()
    }

    fn euid(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn umask(&self) -> u32 {
        umask()
    }

    fn access(&self, path: &str, mode: u32) -> bool {
        let mut wanted = Access::EXISTS;
        for (bit, access) in [(4, Access::READ_OK), (2, Access::WRITE_OK), (1, Access::EXEC_OK)] {
            if mode & bit != 0 {
                wanted |= access;
            }
        }
        match rustix::fs::accessat(CWD, path, wanted, AtFlags::EACCESS) {
            // Kernels before 5.8 know only the real user, who is the effective one in the runner.
            Err(rustix::io::Errno::NOSYS) => rustix::fs::access(path, wanted).is_ok(),
            other => other.is_ok(),
        }
    }

    fn tcp(
        &self,
        address: std::net::SocketAddr,
        timeout: std::time::Duration,
        listen: Option<super::tcp::Listen<'_>>,
    ) -> HostResult<()> {
        super::tcp::by_socket(address, timeout, listen)
    }
    fn machine(&self) -> String {
        rustix::system::uname().machine().to_string_lossy().into_owned()
    }
    fn addresses(&self) -> HostResult<Vec<super::addresses::NetAddress>> {
        netlink::addresses()
    }
    fn volumes(
        &self,
        paths: &[String],
        timeout: std::time::Duration,
    ) -> HostResult<Vec<(String, super::volume::Volume)>> {
        Ok(super::volume::by_call(paths, timeout))
    }

    fn write(&self, file: WriteFile<'_>) -> HostResult<()> {
        replace::write(file, &|command| self.run(command))
    }
    fn write_later(&self, file: WriteFile<'_>) -> HostResult<()> {
        self.later.write(file, &|command| self.run(command))
    }
    fn settle(&self) -> HostResult<()> {
        self.later.settle()
    }
    fn make_dir(&self, path: &str, mode: u32) -> HostResult<()> {
        entry::make_dir(path, mode)
    }
    fn chmod(&self, path: &str, mode: u32, follow: bool) -> HostResult<()> {
        entry::chmod(path, mode, follow)
    }
    fn chown(&self, path: &str, uid: Option<u32>, gid: Option<u32>, follow: bool) -> HostResult<()> {
        entry::chown(path, uid, gid, follow)
    }
    fn set_times(&self, path: &str, times: Times, follow: bool) -> HostResult<()> {
        entry::set_times(path, times, follow)
    }
    fn symlink(&self, target: &str, path: &str) -> HostResult<()> {
        replace::symlink(target, path)
    }
    fn hard_link(&self, target: &str, path: &str) -> HostResult<()> {
        replace::hard_link(target, path)
    }
    fn rename(&self, from: &str, to: &str) -> HostResult<()> {
        std::fs::rename(from, to).map_err(|e| HostError::io(format!("rename `{from}` to `{to}`"), &e))
    }

    fn remove_file(&self, path: &str) -> HostResult<()> {
        match std::fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", path, e)),
            _ => Ok(()),
        }
    }

    fn remove_tree(&self, path: &str) -> HostResult<()> {
        match self.lstat(path)? {
            // The standard library walks by descriptor and follows no link.
            Some(meta) if meta.kind == FileKind::Directory => match std::fs::remove_dir_all(path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", path, e)),
                _ => Ok(()),
            },
            Some(_) => self.remove_file(path),
            None => Ok(()),
        }
    }

    fn copy_file(&self, from: &str, to: &str) -> HostResult<()> {
        replace::copy(from, to)
    }
}

/// The umask of this program, read once: asking the kernel means setting it for a moment.
fn umask() -> u32 {
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or_else(|| {
            let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
            rustix::process::umask(mask);
            mask.as_raw_mode()
        })
    })
}

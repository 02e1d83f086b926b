//! The two capabilities a module gets. [`Look`] reads; [`Change`] also writes, and exists only while a module applies,
//! so that check mode cannot change anything by type. Both stand on a [`Backend`].

use crate::backend::{Backend, Command, Digest, HostError, HostResult, Meta, Output, Times, WriteFile};
use crate::body::{Bodies, BodyInfo};
use crate::call::Call;
use crate::memory::{Memory, OfCall};
use crate::moment::{Arrival, Changing};
use crate::serve::job::Job;
use crate::value::Map;
use std::cell::{Cell, RefCell};
use std::io::Read;
use std::ops::Deref;

/// Largest file that is read whole into memory: 256 MiB.
pub const READ_LIMIT: u64 = 256 << 20;

/// Reading a host.
pub struct Look<'a> {
    backend: &'a dyn Backend,
    pub(crate) call: &'a Call,
    bodies: &'a dyn Bodies,
    warnings: RefCell<Vec<String>>,
    /// What was made of files so far, where the backend's memory does not do it.
    pub(crate) known: RefCell<OfCall>,
    /// After which moment an answer must have been asked for, to be told here.
    pub(crate) came: Cell<u64>,
}

impl<'a> Look<'a> {
    /// For whoever executes calls (the runner, the shell backend, the testing kit); modules are given theirs.
    pub fn new(backend: &'a dyn Backend, call: &'a Call, bodies: &'a dyn Bodies) -> Self {
        let came = Cell::new(backend.arrival().map_or(0, Arrival::at));
        Look { backend, call, bodies, warnings: RefCell::default(), known: RefCell::default(), came }
    }

    /// Whether this run only says what it would do.
    pub fn check_mode(&self) -> bool {
        self.call.check && !self.call.ahead
    }
    /// Whether a diff is wanted (to spare the work when it is not).
    pub fn wants_diff(&self) -> bool {
        self.call.diff
    }
    /// The files that go with the call.
    pub fn bodies(&self) -> &[BodyInfo] {
        &self.call.bodies
    }
    /// Opens the content of a file that goes with the call; each once.
    pub fn body(&self, index: usize) -> HostResult<Box<dyn Read + '_>> {
        self.bodies.open(index).map_err(|e| HostError::io("receive the file of this call", &e))
    }
    /// Tells the operator something without failing.
    pub fn warn(&self, text: impl Into<String>) {
        self.warnings.borrow_mut().push(text.into());
    }
    /// Whether what is missing may yet come: in check mode an earlier task of the same run may be the one to make it. It is told as
    /// a warning then.
    pub fn may_come(&self, missing: &str) -> bool {
        if self.check_mode() {
            self.warn(format!("{missing}, assuming it will exist on full run"));
        }
        self.check_mode()
    }
    /// What is remembered from call to call, where the backend does.
    pub(crate) fn memory(&self) -> Option<&'static Memory> {
        self.backend.memory()
    }
    /// When the call's turn came, where answers are told to several calls.
    pub(crate) fn arrival(&self) -> Option<&Arrival> {
        self.backend.arrival()
    }
    /// Hands out the warnings so far.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// Does `work` for each of some things, in their order; those that are `slow` (they wait for processes, or for the network) at
    /// the same time, where the backend can.
    pub fn each<I: Sync, T: Send>(
        &self,
        things: &[I],
        slow: impl Fn(&I) -> bool,
        work: impl Fn(&Look, &I) -> T + Sync,
    ) -> Vec<T> {
        let (backend, call, bodies, came, work) = (self.backend, self.call, self.bodies, self.came.get(), &work);
        std::thread::scope(|scope| {
            let begin = |thing| {
                scope.spawn(move || {
                    let look = Look { came: Cell::new(came), ..Look::new(backend, call, bodies) };
                    let result = work(&look, thing);
                    (result, look.take_warnings(), look.came.get())
                })
            };
            let at_once = |thing: &I| backend.does_several() && slow(thing);
            let begun: Vec<_> = things.iter().map(|thing| at_once(thing).then(|| begin(thing))).collect();
            let here: Vec<_> =
                things.iter().zip(&begun).map(|(thing, begun)| begun.is_none().then(|| work(self, thing))).collect();
            let ended = begun.into_iter().zip(here).map(|(begun, here)| match (begun, here) {
                (Some(thread), _) => match thread.join() {
                    Ok((result, warnings, came)) => {
                        self.warnings.borrow_mut().extend(warnings);
                        self.came.set(self.came.get().max(came));
                        Some(result)
                    }
                    // The panic is the module's own, and goes on as if there were no threads.
                    Err(panic) => std::panic::resume_unwind(panic),
                },
                (None, here) => here,
            });
            ended.flatten().collect()
        })
    }

    /// The entry itself, links not followed; `None` when nothing is there.
    pub fn lstat(&self, path: &str) -> HostResult<Option<Meta>> {
        self.backend.lstat(path)
    }
    /// The entry with links followed; `None` when nothing is there.
    pub fn stat(&self, path: &str) -> HostResult<Option<Meta>> {
        self.backend.stat(path)
    }
    /// The whole content, at most [`READ_LIMIT`] bytes.
    pub fn read(&self, path: &str) -> HostResult<Vec<u8>> {
        self.backend.read(path, READ_LIMIT)
    }
    /// The content as text; bytes that are not UTF-8 become U+FFFD.
    pub fn read_text(&self, path: &str) -> HostResult<String> {
        Ok(String::from_utf8_lossy(&self.read(path)?).into_owned())
    }
    /// The content of a file that belongs to this user; `None` when it does not, or is no file. For files in directories whose owner
    /// could have put a link in the file's place.
    pub fn read_owned(&self, path: &str, uid: u32) -> HostResult<Option<Vec<u8>>> {
        self.backend.read_owned(path, uid, READ_LIMIT)
    }
    /// Names in a directory, sorted.
    pub fn list(&self, path: &str) -> HostResult<Vec<String>> {
        self.backend.list(path)
    }
    /// Where a link points.
    pub fn read_link(&self, path: &str) -> HostResult<String> {
        self.backend.read_link(path)
    }
    /// The path with all links resolved.
    pub fn real_path(&self, path: &str) -> HostResult<String> {
        self.backend.real_path(path)
    }
    /// Lower-case hex digest of a file.
    pub fn hash(&self, path: &str, digest: Digest) -> HostResult<String> {
        self.backend.hash(path, digest)
    }
    /// Runs a command that only reads: the module's promise, shown by its documentation and held by its tests.
    pub fn query(&self, command: &Command) -> HostResult<Output> {
        self.run_with_environment(command)
    }
    /// Opens a TCP connection from the host and closes it again, after listening when that is wanted.
    pub fn tcp(
        &self,
        address: std::net::SocketAddr,
        timeout: std::time::Duration,
        listen: Option<crate::backend::tcp::Listen<'_>>,
    ) -> HostResult<()> {
        self.backend.tcp(address, timeout, listen)
    }
    /// The kind of machine, as `uname -m` says it to this process; empty when it cannot be told.
    pub fn machine(&self) -> String {
        self.backend.machine()
    }
    /// The addresses of the interfaces, interface by interface.
    pub fn addresses(&self) -> HostResult<Vec<crate::backend::addresses::NetAddress>> {
        self.backend.addresses()
    }
    /// The sizes of the file systems mounted at some paths, of those that answered in time.
    pub fn volumes(
        &self,
        paths: &[String],
        timeout: std::time::Duration,
    ) -> HostResult<Vec<(String, crate::backend::volume::Volume)>> {
        self.backend.volumes(paths, timeout)
    }
    /// A variable of the host's environment, `environment:` of the task included.
    pub fn env(&self, name: &str) -> Option<String> {
        let set = self.call.environment.iter().rev().find(|(key, _)| key == name);
        set.map(|(_, value)| value.clone()).or_else(|| self.backend.env(name))
    }
    /// Where commands and relative paths begin, when the backend knows.
    pub fn directory(&self) -> Option<String> {
        self.backend.directory()
    }
    /// The host's environment with `environment:` of the task laid over it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut all = self.backend.environment();
        for (key, value) in &self.call.environment {
            all.retain(|(k, _)| k != key);
            all.push((key.clone(), value.clone()));
        }
        all
    }
    /// Effective user's number.
    pub fn euid(&self) -> u32 {
        self.backend.euid()
    }
    /// The umask new files are made under.
    pub fn umask(&self) -> u32 {
        self.backend.umask()
    }
    /// Whether the path may be read (4), written (2), executed (1) by the effective user.
    pub fn access(&self, path: &str, mode: u32) -> bool {
        self.backend.access(path, mode)
    }
    /// The first of `names` that is an executable in the search path (`/sbin`, `/usr/sbin` and `/usr/local/sbin` included).
    pub fn which(&self, name: &str) -> Option<String> {
        let path = self.env("PATH").unwrap_or_default();
        let extra = ["/sbin", "/usr/sbin", "/usr/local/sbin"];
        path.split(':').filter(|d| !d.is_empty()).chain(extra).map(|dir| format!("{dir}/{name}")).find(|candidate| {
            self.access(candidate, 1)
                && matches!(self.stat(candidate), Ok(Some(meta)) if meta.kind == crate::FileKind::File)
        })
    }

    fn run_with_environment(&self, command: &Command) -> HostResult<Output> {
        if self.call.environment.is_empty() {
            return self.backend.run(command);
        }
        let mut command = command.clone();
        let own = std::mem::take(&mut command.env);
        command.env = self.call.environment.iter().cloned().chain(own).collect();
        self.backend.run(&command)
    }
}

/// Changing a host: all that [`Look`] can, and writing. Made by the engine for `apply`, never in check mode.
pub struct Change<'a> {
    look: Look<'a>,
}

impl<'a> Change<'a> {
    /// For whoever executes calls, and only outside check mode.
    pub(crate) fn new(look: Look<'a>) -> Self {
        Change { look }
    }
    /// Back to reading only.
    pub(crate) fn into_look(self) -> Look<'a> {
        self.look
    }

    /// The backend for one change; what is known of the host is forgotten.
    fn changing(&self) -> Changing<'_> {
        self.look.known.take();
        Changing::begin(self.look.backend)
    }

    /// Runs a command that may change the host.
    pub fn run(&self, command: &Command) -> HostResult<Output> {
        let _changing = self.changing();
        self.look.run_with_environment(command)
    }
    /// Begins a call of another module that goes on when this one is over; its outcome goes to `directory`/`id`. The new call has
    /// this one's environment.
    pub fn begin(&self, module: &str, args: Map, id: &str, directory: &str, limit: u64) -> HostResult<()> {
        let own = self.look.call;
        let call = Call {
            module: module.to_owned(),
            args,
            environment: own.environment.clone(),
            diff: own.diff,
            no_log: own.no_log,
            ..Call::default()
        };
        let job = Job { call, id: id.to_owned(), directory: directory.to_owned(), limit };
        self.changing().begin(&job)
    }
    /// Writes a file whole and atomically.
    pub fn write(&self, file: WriteFile<'_>) -> HostResult<()> {
        self.changing().write(file)
    }
    /// Writes a file whole and atomically with the next [`Change::settle`], or before it: for many files at once.
    pub fn write_later(&self, file: WriteFile<'_>) -> HostResult<()> {
        self.changing().write_later(file)
    }
    /// Puts the files of [`Change::write_later`] in their places.
    pub fn settle(&self) -> HostResult<()> {
        self.changing().settle()
    }
    /// Makes one directory with exactly these bits.
    pub fn make_dir(&self, path: &str, mode: u32) -> HostResult<()> {
        self.changing().make_dir(path, mode)
    }
    /// Sets permission bits.
    pub fn chmod(&self, path: &str, mode: u32, follow: bool) -> HostResult<()> {
        self.changing().chmod(path, mode, follow)
    }
    /// Sets owner and group.
    pub fn chown(&self, path: &str, uid: Option<u32>, gid: Option<u32>, follow: bool) -> HostResult<()> {
        self.changing().chown(path, uid, gid, follow)
    }
    /// Sets times.
    pub fn set_times(&self, path: &str, times: Times, follow: bool) -> HostResult<()> {
        self.changing().set_times(path, times, follow)
    }
    /// Makes or replaces a symbolic link.
    pub fn symlink(&self, target: &str, path: &str) -> HostResult<()> {
        self.changing().symlink(target, path)
    }
    /// Makes or replaces a hard link.
    pub fn hard_link(&self, target: &str, path: &str) -> HostResult<()> {
        self.changing().hard_link(target, path)
    }
    /// Renames within a file system.
    pub fn rename(&self, from: &str, to: &str) -> HostResult<()> {
        self.changing().rename(from, to)
    }
    /// Removes a file or link; missing is not an error.
    pub fn remove_file(&self, path: &str) -> HostResult<()> {
        self.changing().remove_file(path)
    }
    /// Removes a tree without following links.
    pub fn remove_tree(&self, path: &str) -> HostResult<()> {
        self.changing().remove_tree(path)
    }
    /// Copies a file with its attributes.
    pub fn copy_file(&self, from: &str, to: &str) -> HostResult<()> {
        self.changing().copy_file(from, to)
    }
}

impl<'a> Deref for Change<'a> {
    type Target = Look<'a>;
    fn deref(&self) -> &Look<'a> {
        &self.look
    }
}

//! The primitives that reading and changing a host stand on. Two backends offer them: native system calls (in the
//! runner and for local connections) and quoted POSIX shell (where the runner cannot run). A module never knows which.

pub mod addresses;
mod digest;
pub mod native;
pub mod real_path;
pub mod shell;
pub mod tcp;
pub mod volume;

pub use digest::hex_of;

use std::fmt;
use std::io::Read;
use std::time::Duration;

/// Kind of a file-system entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FileKind {
    File,
    Directory,
    Link,
    Fifo,
    Socket,
    CharDevice,
    BlockDevice,
}

/// What `stat` says of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits with setuid, setgid and sticky (0o7777).
    pub mode: u32,
    /// Owner's number.
    pub uid: u32,
    /// Group's number.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Modification time, seconds since the epoch.
    pub mtime: f64,
    /// Access time, seconds since the epoch.
    pub atime: f64,
    /// Status change time, seconds since the epoch.
    pub ctime: f64,
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Hard links.
    pub nlink: u64,
    /// 512-byte blocks in use.
    pub blocks: u64,
    /// Preferred block size.
    pub block_size: u64,
    /// Device number of a device node.
    pub rdev: u64,
}

/// Hash functions of `checksum_algorithm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Digest {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// A command for the host: a vector until the last moment, never a line, unless the user asked for a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Command {
    /// Program and arguments. With `shell`, one element: the line.
    pub argv: Vec<String>,
    /// Shell to run `argv[0]` with `-c`; `None` runs the program itself.
    pub shell: Option<String>,
    /// Standard input; empty when `None`.
    pub stdin: Option<Vec<u8>>,
    /// Directory to run in.
    pub cwd: Option<String>,
    /// Variables laid over the environment.
    pub env: Vec<(String, String)>,
    /// umask for the command.
    pub umask: Option<u32>,
    /// Longest time it may take; none when `None`.
    pub timeout: Option<Duration>,
}

impl Command {
    /// A command from its words.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Command { argv: argv.into_iter().map(Into::into).collect(), ..Command::default() }
    }

    /// The same with a variable set (`LC_ALL=C` for output that is parsed).
    #[must_use]
    pub fn env(mut self, key: &str, value: &str) -> Self {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The same with standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }
}

/// What a command left.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Exit status; 128 + signal, negated as Python does, when a signal ended it (`-9`).
    pub status: i32,
    /// Standard output, at most [`Output::LIMIT`] bytes.
    pub stdout: Vec<u8>,
    /// Standard error, at most [`Output::LIMIT`] bytes.
    pub stderr: Vec<u8>,
    /// Whether output beyond the limit was thrown away.
    pub truncated: bool,
}

impl Output {
    /// Bytes of each stream that are kept: 64 MiB.
    pub const LIMIT: usize = 64 << 20;

    /// Whether the status is 0.
    pub fn ok(&self) -> bool {
        self.status == 0
    }
    /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
    /// Standard error as text; bytes that are not UTF-8 become U+FFFD.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A file to be written whole: a new file in the same directory, filled, synced, given mode and owner, renamed.
pub struct WriteFile<'a> {
    /// Where it ends up; a link there is replaced, not followed (resolve it first when it is to be followed).
    pub path: &'a str,
    /// The content.
    pub content: &'a mut dyn Read,
    /// Permission bits before it becomes visible; `None`: those of the file that is replaced, else 0666 less the umask.
    pub mode: Option<u32>,
    /// Owner; `None`: that of the file that is replaced, else the writer.
    pub uid: Option<u32>,
    /// Group; `None`: that of the file that is replaced, else the writer's.
    pub gid: Option<u32>,
    /// A command with one `%s` that must accept the new file before it takes its place.
    pub validate: Option<&'a str>,
    /// Write in place when renaming is impossible (`unsafe_writes`).
    pub unsafe_writes: bool,
    /// Only into a directory of this user, whatever links lead to it: where a user could have put a link in its place.
    pub only_in_dir_of: Option<u32>,
}

impl<'a> WriteFile<'a> {
    /// Content for a path, with mode and owner of the file that is replaced.
    pub fn new(path: &'a str, content: &'a mut dyn Read) -> Self {
        WriteFile {
            path,
            content,
            mode: None,
            uid: None,
            gid: None,
            validate: None,
            unsafe_writes: false,
            only_in_dir_of: None,
        }
    }
}

impl fmt::Debug for WriteFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteFile").field("path", &self.path).field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// Which times to set; `None` leaves one as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    /// Access time, seconds since the epoch.
    pub atime: Option<f64>,
    /// Modification time, seconds since the epoch.
    pub mtime: Option<f64>,
}

/// Why a primitive failed: what was tried, on what, and the system's word.
#[derive(Clone, Debug, thiserror::Error)]
#[error("could not {doing}: {cause}")]
pub struct HostError {
    /// The attempt, as a verb and its object: "read `/etc/shadow`".
    pub doing: String,
    /// The cause in words.
    pub cause: String,
    /// The system's error number, 0 when there is none.
    pub errno: i32,
    /// What a command left that had the last word (`validate`).
    pub output: Option<Box<Output>>,
}

impl HostError {
    /// From the system's error.
    pub fn io(doing: impl Into<String>, error: &std::io::Error) -> Self {
        let errno = error.raw_os_error().unwrap_or(0);
        let text = error.to_string();
        let cause = text.strip_suffix(&format!(" (os error {errno})")).unwrap_or(&text).to_owned();
        HostError { doing: doing.into(), cause, errno, output: None }
    }
    /// From words.
    pub fn new(doing: impl Into<String>, cause: impl Into<String>) -> Self {
        HostError { doing: doing.into(), cause: cause.into(), errno: 0, output: None }
    }
    /// Whether nothing was there.
    pub fn not_found(&self) -> bool {
        self.errno == 2
    }
}

/// The result of a primitive.
pub type HostResult<T> = Result<T, HostError>;

/// The primitives. Paths are absolute; `~` is expanded by [`crate::Look::expand`] first.
#[allow(missing_docs)]
pub trait Backend: Send + Sync {
    // Reading.
    /// The entry itself, links not followed; `None` when nothing is there.
    fn lstat(&self, path: &str) -> HostResult<Option<Meta>>;
    /// The entry with links followed; `None` when nothing is there (a dangling link included).
    fn stat(&self, path: &str) -> HostResult<Option<Meta>>;
    /// The whole content, refused beyond `limit` bytes.
    fn read(&self, path: &str, limit: u64) -> HostResult<Vec<u8>>;
    /// The content of a regular file that belongs to this user, so that no link in a user's directory leads a mightier reader to what
    /// is not the user's; `None` when there is no such file.
    fn read_owned(&self, path: &str, uid: u32, limit: u64) -> HostResult<Option<Vec<u8>>> {
        match self.lstat(path)? {
            Some(meta) if meta.kind == FileKind::File && meta.uid == uid => self.read(path, limit).map(Some),
            _ => Ok(None),
        }
    }
    /// Names in a directory, sorted, without `.` and `..`.
    fn list(&self, path: &str) -> HostResult<Vec<String>>;
    fn read_link(&self, path: &str) -> HostResult<String>;
    /// The path with all links resolved; the last component need not exist.
    fn real_path(&self, path: &str) -> HostResult<String>;
    /// Lower-case hex digest of a file's content.
    fn hash(&self, path: &str, digest: Digest) -> HostResult<String>;
    /// Runs a command to its end. Whether it only reads is the caller's promise (see `Look::query`, `Change::run`).
    fn run(&self, command: &Command) -> HostResult<Output>;
    /// Where relative paths begin; `None`: in the user's home directory.
    fn directory(&self) -> Option<String> {
        None
    }
    /// A variable of the environment the host's commands see.
    fn env(&self, name: &str) -> Option<String>;
    /// The whole environment.
    fn environment(&self) -> Vec<(String, String)>;
    /// Effective user's number.
    fn euid(&self) -> u32;
    /// The umask new files are made under.
    fn umask(&self) -> u32;
    /// Whether the effective user may read (4), write (2), execute (1) the path; bits may be combined.
    fn access(&self, path: &str, mode: u32) -> bool;

    /// Whether several threads get on faster than one.
    fn does_several(&self) -> bool {
        false
    }
    /// What is remembered from call to call of files that are unchanged, where looking whether they are costs next to nothing.
    fn memory(&self) -> Option<&'static crate::memory::Memory> {
        None
    }
    /// When the turn of the call came that this is for, where answers of a host are told to several calls.
    fn arrival(&self) -> Option<&crate::moment::Arrival> {
        None
    }
    /// Begins a job that goes on when the call is over.
    fn begin(&self, job: &crate::serve::job::Job) -> HostResult<()> {
        let _ = job;
        let cause = std::io::Error::other("jobs in the background need the runner, which does not run on this host");
        Err(HostError::io("begin a job", &cause))
    }
    /// Opens a TCP connection from the host and closes it again, after listening when that is wanted.
    fn tcp(&self, address: std::net::SocketAddr, timeout: Duration, listen: Option<tcp::Listen<'_>>) -> HostResult<()> {
        tcp::by_command(|command| self.run(command), address, timeout, listen)
    }
    /// The kind of machine, as `uname -m` says it to this process; empty when it cannot be told.
    fn machine(&self) -> String {
        let said = self.run(&Command::new(["uname", "-m"]));
        said.map(|output| output.out().trim().to_owned()).unwrap_or_default()
    }
    /// The addresses of the interfaces, interface by interface.
    fn addresses(&self) -> HostResult<Vec<addresses::NetAddress>> {
        addresses::by_command(|command| self.run(command))
    }
    /// The sizes of the file systems mounted at some paths, of those that answered in time.
    fn volumes(&self, paths: &[String], timeout: Duration) -> HostResult<Vec<(String, volume::Volume)>> {
        volume::by_command(|command| self.run(command), paths, timeout)
    }

    // Changing.
    fn write(&self, file: WriteFile<'_>) -> HostResult<()>;
    /// As [`Backend::write`], but the file may take its place only with the next [`Backend::settle`]: many files are then made
    /// durable together, which spares a wait for the disk for each. Files that were never settled are as if they had not been written.
    fn write_later(&self, file: WriteFile<'_>) -> HostResult<()> {
        self.write(file)
    }
    /// Puts the files of [`Backend::write_later`] in their places.
    fn settle(&self) -> HostResult<()> {
        Ok(())
    }
    /// Makes one directory with these bits exactly (whatever the umask); an existing one is an error.
    fn make_dir(&self, path: &str, mode: u32) -> HostResult<()>;
    /// `follow`: of what a link points to; otherwise a link's own mode is not touched.
    fn chmod(&self, path: &str, mode: u32, follow: bool) -> HostResult<()>;
    fn chown(&self, path: &str, uid: Option<u32>, gid: Option<u32>, follow: bool) -> HostResult<()>;
    fn set_times(&self, path: &str, times: Times, follow: bool) -> HostResult<()>;
    /// Makes or replaces (atomically) a symbolic link.
    fn symlink(&self, target: &str, path: &str) -> HostResult<()>;
    /// Makes or replaces (atomically) a hard link.
    fn hard_link(&self, target: &str, path: &str) -> HostResult<()>;
    fn rename(&self, from: &str, to: &str) -> HostResult<()>;
    /// Removes a file or link; missing is not an error.
    fn remove_file(&self, path: &str) -> HostResult<()>;
    /// Removes a tree without following links; missing is not an error.
    fn remove_tree(&self, path: &str) -> HostResult<()>;
    /// Copies a file with mode, owner and times to a new path (backups).
    fn copy_file(&self, from: &str, to: &str) -> HostResult<()>;
}

//! Putting something new in the place of something old in one step: a new entry in the same directory, finished, then
//! renamed. Nobody ever sees half a file, or a file with wider bits than its last ones.

use super::super::{Command, FileKind, HostError, HostResult, Meta, Output, WriteFile};
use super::entry::bits;
use super::place::Place;
use super::{failed, umask};
use rustix::fs::{AtFlags, CWD, Gid, Mode, OFlags, Uid, XattrFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

/// Runs a command of the call: what validates a file.
type Run<'a> = &'a dyn Fn(&Command) -> HostResult<Output>;

/// Files that are whole and wait to be made durable together.
#[derive(Default)]
pub struct Later(Mutex<Vec<Staged>>);

/// Files that wait at most: each holds two descriptors.
const WAITING: usize = 200;

impl Later {
    /// Makes the file beside its place; it waits there. What needs a look at the finished file is written at once.
    pub fn write(&self, file: WriteFile<'_>, run: Run<'_>) -> HostResult<()> {
        if file.validate.is_some() || file.unsafe_writes {
            return write(file, run);
        }
        let path = file.path;
        let wanted = Wanted { mode: file.mode, uid: file.uid, gid: file.gid };
        let place = Place::of(path)?;
        place.must_belong_to(file.only_in_dir_of)?;
        let old = regular(&place, path)?;
        let (name, new) = place.new_file().map_err(|e| failed("make a new file in", &place.dir_path, e))?;
        let mut staged = Staged { place, name, file: new, here: true };
        staged.fill(path, file.content, old.as_ref(), &wanted)?;
        let full = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(staged);
            waiting.len() >= WAITING
        };
        if full { self.settle() } else { Ok(()) }
    }

    /// Makes all that wait durable, then puts them in their places.
    pub fn settle(&self) -> HostResult<()> {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut synced = Vec::new();
        for staged in &waiting {
            let wrong = |e: Errno| failed("write", &staged.place.path_of(&staged.place.name), e);
            let device = rustix::fs::fstat(&staged.file).map_err(wrong)?.st_dev;
            if !synced.contains(&device) {
                rustix::fs::syncfs(&staged.file).map_err(wrong)?;
                synced.push(device);
            }
        }
        for mut staged in waiting {
            let path = staged.place.path_of(&staged.place.name);
            staged.place.replace_by(&staged.name).map_err(|e| failed("put the new file in place of", &path, e))?;
            staged.name.clear();
        }
        Ok(())
    }
}

impl std::fmt::Debug for Later {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Later")
    }
}

/// The file that is replaced, when there is one; a directory is no place for a file.
fn regular(place: &Place, path: &str) -> HostResult<Option<Meta>> {
    let old = place.meta().map_err(|e| failed("look at", path, e))?;
    if old.as_ref().is_some_and(|m| m.kind == FileKind::Directory) {
        return Err(failed("write", path, Errno::ISDIR));
    }
    Ok(old.filter(|m| m.kind == FileKind::File))
}

/// Writes a file whole; see [`WriteFile`].
pub fn write(file: WriteFile<'_>, run: Run<'_>) -> HostResult<()> {
    let WriteFile { path, content, mode, uid, gid, validate, unsafe_writes, only_in_dir_of } = file;
    let place = Place::of(path)?;
    place.must_belong_to(only_in_dir_of)?;
    let old = regular(&place, path)?;
    let staged = match Staged::in_dir_of(&place) {
        Err(_) if unsafe_writes && old.is_some() => {
            let elsewhere = Place::of(&format!("{}/file", std::env::temp_dir().to_string_lossy()))?;
            Staged::in_dir_of(&elsewhere).map(|(name, file)| Staged { place: elsewhere, name, file, here: false })
        }
        Err(e) => Err(e),
        Ok((name, file)) => Ok(Staged { place: Place::of(path)?, name, file, here: true }),
    };
    let mut staged = staged.map_err(|e| failed("make a new file in", &place.dir_path, e))?;
    let wrong = |e: io::Error| failed("write", path, e);

    let wanted = Wanted { mode, uid, gid };
    staged.fill(path, content, old.as_ref(), &wanted)?;
    staged.file.sync_all().map_err(wrong)?;
    if let Some(line) = validate {
        ask_validator(line, &staged.place.path_of(&staged.name), run)?;
    }
    if staged.here {
        match place.replace_by(&staged.name) {
            Ok(()) => {
                staged.name.clear();
                return Ok(());
            }
            Err(Errno::BUSY | Errno::TXTBSY | Errno::PERM | Errno::ACCESS | Errno::XDEV)
                if unsafe_writes && old.is_some() => {}
            Err(e) => return Err(failed("put the new file in place of", path, e)),
        }
    }
    write_in_place(&place, &mut staged, &wanted).map_err(wrong)
}

/// A new file that is removed again unless it was renamed (its name cleared).
struct Staged {
    place: Place,
    name: String,
    file: File,
    /// Whether it lies beside the file it will replace.
    here: bool,
}

impl Staged {
    fn in_dir_of(place: &Place) -> Result<(String, File), Errno> {
        place.new_file()
    }

    /// Gives it its content, mode, owner and what it keeps of the old file.
    fn fill(&mut self, path: &str, content: &mut dyn Read, old: Option<&Meta>, wanted: &Wanted) -> HostResult<()> {
        pour(content, &mut self.file).map_err(|e| HostError::io(format!("write the content of `{path}`"), &e))?;
        let old_file = if old.is_some() { Place::of(path)?.open() } else { None };
        dress(&self.file, old, old_file.as_ref(), wanted).map_err(|e| failed("write", path, e))
    }
}

/// Copies to the end, in pieces as large as those that files arrive in.
fn pour(from: &mut dyn Read, to: &mut File) -> io::Result<()> {
    let mut piece = vec![0; crate::frame::CHUNK];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => to.write_all(&piece[..length])?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            self.place.discard(&self.name);
        }
    }
}

/// What the caller asked for; the rest is kept from the old file.
struct Wanted {
    mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
}

/// Gives a new file its extended attributes, owner and mode, in an order in which it is never wider than in the end.
fn dress(new: &File, old: Option<&Meta>, old_file: Option<&File>, wanted: &Wanted) -> io::Result<()> {
    let now = super::entry::meta(&rustix::fs::fstat(new)?);
    if let Some(old_file) = old_file {
        keep_attributes(old_file, new);
    }
    let uid = wanted.uid.or(old.map(|m| m.uid)).filter(|uid| *uid != now.uid);
    let gid = wanted.gid.or(old.map(|m| m.gid)).filter(|gid| *gid != now.gid);
    let mut kept_owner = true;
    if uid.is_some() || gid.is_some() {
        match rustix::fs::fchown(new, uid.map(Uid::from_raw), gid.map(Gid::from_raw)) {
            Ok(()) => {}
            // Nobody asked for an owner: keeping the old one is tried, not demanded.
            Err(Errno::PERM) if wanted.uid.is_none() && wanted.gid.is_none() => kept_owner = false,
            Err(e) => return Err(e.into()),
        }
    }
    let mode = match (wanted.mode, old) {
        (Some(mode), _) => mode,
        (None, Some(old)) if kept_owner => old.mode,
        // Another owner must not inherit setuid and setgid.
        (None, Some(old)) => old.mode & 0o1777,
        (None, None) => 0o666 & !umask(),
    };
    rustix::fs::fchmod(new, bits(mode))?;
    Ok(())
}

/// Access lists, the SELinux label and users' own attributes are kept where the file system can; capabilities are not, for the
/// new content has not earned them.
fn keep_attributes(old: &File, new: &File) {
    let mut names = vec![0u8; 16 << 10];
    let Ok(length) = rustix::fs::flistxattr(old, names.as_mut_slice()) else { return };
    for name in names[..length].split(|b| *b == 0) {
        let keep = name.starts_with(b"user.") || [&b"system.posix_acl_access"[..], b"security.selinux"].contains(&name);
        let mut value = vec![0u8; 64 << 10];
        if keep && let Ok(length) = rustix::fs::fgetxattr(old, name, value.as_mut_slice()) {
            let _ = rustix::fs::fsetxattr(new, name, &value[..length], XattrFlags::empty());
        }
    }
}

fn ask_validator(line: &str, path: &str, run: Run<'_>) -> HostResult<()> {
    let doing = format!("validate the new file with `{line}`");
    if !line.contains("%s") {
        return Err(HostError::new(doing, format!("validate must contain %s: {line}")));
    }
    let words = shell_words::split(line).map_err(|e| HostError::new(doing.clone(), e.to_string()))?;
    let command = Command::new(words.into_iter().map(|word| word.replace("%s", path)));
    let output = run(&command)?;
    if output.ok() {
        return Ok(());
    }
    let cause = format!("failed to validate: rc:{} error:{}", output.status, output.err());
    Err(HostError { output: Some(Box::new(output)), ..HostError::new(doing, cause) })
}

/// The last resort of `unsafe_writes`: the old file is emptied and filled.
fn write_in_place(place: &Place, staged: &mut Staged, wanted: &Wanted) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let name = &staged.name;
    let mut from = File::from(rustix::fs::openat(
        &staged.place.dir,
        name,
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )?);
    from.rewind()?;
    let mut to = File::from(rustix::fs::openat(&place.dir, &place.name, flags, Mode::empty())?);
    io::copy(&mut from, &mut to)?;
    if wanted.uid.is_some() || wanted.gid.is_some() {
        rustix::fs::fchown(&to, wanted.uid.map(Uid::from_raw), wanted.gid.map(Gid::from_raw))?;
    }
    if let Some(mode) = wanted.mode {
        rustix::fs::fchmod(&to, bits(mode))?;
    }
    to.sync_all()
}

/// A copy with mode, owner, times and attributes, replacing what may be there.
pub fn copy(from: &str, to: &str) -> HostResult<()> {
    let wrong = |e: io::Error| HostError::io(format!("copy `{from}` to `{to}`"), &e);
    let mut source = super::entry::open_to_read(from)?;
    let stat = rustix::fs::fstat(&source).map_err(|e| wrong(e.into()))?;
    let meta = super::entry::meta(&stat);
    let place = Place::of(to)?;
    let (name, file) = place.new_file().map_err(|e| failed("make a new file in", &place.dir_path, e))?;
    let mut staged = Staged { place, name, file, here: true };
    io::copy(&mut (&mut source).take(u64::MAX), &mut staged.file).map_err(wrong)?;
    let kept = Wanted { mode: None, uid: None, gid: None };
    dress(&staged.file, Some(&meta), Some(&source), &kept).map_err(wrong)?;
    let time = |t: i64, ns: u64| rustix::fs::Timespec { tv_sec: t, tv_nsec: ns as _ };
    #[allow(clippy::unnecessary_cast)]
    let times = rustix::fs::Timestamps {
        last_access: time(stat.st_atime as i64, stat.st_atime_nsec as u64),
        last_modification: time(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
    };
    rustix::fs::futimens(staged.file.as_fd(), &times).map_err(|e| wrong(e.into()))?;
    staged.file.sync_all().map_err(wrong)?;
    staged.place.replace_by(&staged.name).map_err(|e| wrong(e.into()))?;
    staged.name.clear();
    Ok(())
}

/// A symbolic link in one step, whatever link or file was there.
pub fn symlink(target: &str, path: &str) -> HostResult<()> {
    link(path, |place, name| rustix::fs::symlinkat(target, &place.dir, name))
}

/// A hard link in one step, whatever link or file was there.
pub fn hard_link(target: &str, path: &str) -> HostResult<()> {
    link(path, |place, name| rustix::fs::linkat(CWD, target, &place.dir, name, AtFlags::empty()))
}

fn link(path: &str, make: impl Fn(&Place, &str) -> Result<(), Errno>) -> HostResult<()> {
    let wrong = |e| failed("make the link", path, e);
    let place = Place::of(path)?;
    match make(&place, &place.name) {
        Err(Errno::EXIST) => {}
        other => return other.map_err(wrong),
    }
    let (name, ()) = place.beside(|name| make(&place, name)).map_err(wrong)?;
    let replaced = place.replace_by(&name);
    // Renaming one name of a file over another of the same file does nothing, and leaves ours.
    place.discard(&name);
    replaced.map_err(wrong)
}

//! New files that never came to stand in their places, because their process was killed or its host lost power: the next one that
//! writes in the same directory removes them. A file that is being made is locked, so that it is told from one that was left.

use super::place::PREFIX;
use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat};
use std::collections::HashSet;
use std::ffi::CStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

/// Letters of a name after its prefix.
const LETTERS: usize = 24;
/// Links cannot be locked, and take no time to be made: those older than this were left.
const SECONDS: i64 = 60;

/// Locks a new file for as long as it is open; false when it was taken for one that was left meanwhile, and is gone. Where files cannot be
/// locked nothing is taken for that either.
pub fn hold(file: &File) -> bool {
    match rustix::fs::flock(file, FlockOperation::LockExclusive) {
        Ok(()) => rustix::fs::fstat(file).is_ok_and(|stat| stat.st_nlink > 0),
        Err(_) => true,
    }
}

/// Directories that were swept, by device and inode.
static SWEPT: Mutex<Option<HashSet<(u64, u64)>>> = Mutex::new(None);

/// Forgets what was swept: tests remove directories, whose inodes others get.
#[cfg(test)]
pub(super) fn forget() {
    *SWEPT.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Removes what was left in a directory; once for each in the life of this process.
pub fn sweep(dir: &OwnedFd) {
    let Ok(stat) = rustix::fs::fstat(dir) else { return };
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    #[allow(clippy::unnecessary_cast, reason = "their width differs between machines")]
    if swept.get_or_insert_default().insert((stat.st_dev as u64, stat.st_ino as u64)) {
        drop(swept);
        remove_left(dir);
    }
}

/// The same without looking whether it was done before.
pub(super) fn remove_left(dir: &OwnedFd) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    // What cannot be listed cannot be swept; it keeps nobody from writing.
    let Ok(opened) = rustix::fs::openat(dir, ".", flags, Mode::empty()) else { return };
    let Ok(entries) = Dir::new(opened) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let own = name.to_bytes().strip_prefix(PREFIX.as_bytes());
        if own.is_some_and(|own| own.len() == LETTERS && own.iter().all(u8::is_ascii_hexdigit)) {
            remove(dir, name);
        }
    }
}

/// Removes one that is ours and that nobody is making any more.
fn remove(dir: &OwnedFd, name: &CStr) {
    let Ok(stat) = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return;
    }
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind == FileType::Symlink && old(&stat) {
        let _ = rustix::fs::unlinkat(dir, name, AtFlags::empty());
    }
    if kind == FileType::RegularFile {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let Ok(file) = rustix::fs::openat(dir, name, flags, Mode::empty()) else { return };
        // Whoever makes it and has not locked it yet waits for the lock, finds it gone, and makes another. Two names: it is in its place.
        let ours = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
        if ours && rustix::fs::fstat(&file).is_ok_and(|stat| stat.st_nlink == 1) {
            let _ = rustix::fs::unlinkat(dir, name, AtFlags::empty());
        }
    }
}

fn old(stat: &Stat) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_secs());
    #[allow(clippy::unnecessary_cast, reason = "their width differs between machines")]
    let changed = stat.st_mtime as i64;
    i64::try_from(now).is_ok_and(|now| now - changed > SECONDS)
}

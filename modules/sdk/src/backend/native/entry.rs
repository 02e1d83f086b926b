//! What can be asked of and done to one entry of the file system without writing content.

use super::super::{FileKind, HostError, HostResult, Meta, Times};
use super::failed;
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_OMIT, Uid};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read;

/// What is at a path; `None` when nothing is.
pub fn stat(path: &str, follow: bool) -> HostResult<Option<Meta>> {
    match rustix::fs::statat(CWD, path, flags(follow)) {
        Ok(stat) => Ok(Some(meta(&stat))),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(e) => Err(failed("look at", path, e)),
    }
}

/// The system's `stat` in our words.
#[allow(clippy::unnecessary_cast)] // The fields' widths differ between architectures.
pub fn meta(stat: &Stat) -> Meta {
    let time = |seconds: i64, nanoseconds: u64| seconds as f64 + nanoseconds as f64 / 1e9;
    Meta {
        kind: match FileType::from_raw_mode(stat.st_mode as _) {
            FileType::Directory => FileKind::Directory,
            FileType::Symlink => FileKind::Link,
            FileType::Fifo => FileKind::Fifo,
            FileType::Socket => FileKind::Socket,
            FileType::CharacterDevice => FileKind::CharDevice,
            FileType::BlockDevice => FileKind::BlockDevice,
            FileType::RegularFile | FileType::Unknown => FileKind::File,
        },
        mode: stat.st_mode as u32 & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        size: stat.st_size as u64,
        mtime: time(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
        atime: time(stat.st_atime as i64, stat.st_atime_nsec as u64),
        ctime: time(stat.st_ctime as i64, stat.st_ctime_nsec as u64),
        dev: stat.st_dev as u64,
        ino: stat.st_ino as u64,
        nlink: stat.st_nlink as u64,
        blocks: stat.st_blocks as u64,
        block_size: stat.st_blksize as u64,
        rdev: stat.st_rdev as u64,
    }
}

/// Opens a file; a FIFO without a writer is not waited for.
pub fn open_to_read(path: &str) -> HostResult<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rustix::fs::open(path, flags, Mode::empty()).map(File::from).map_err(|e| failed("read", path, e))
}

/// What is in an opened file, refused beyond `limit` bytes.
pub fn read(file: File, path: &str, limit: u64) -> HostResult<Vec<u8>> {
    let mut content = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(|e| failed("read", path, e))?;
    if content.len() as u64 > limit {
        return Err(HostError::new(format!("read `{path}`"), format!("it is larger than {limit} bytes")));
    }
    Ok(content)
}

/// Makes a directory that is never wider than asked.
pub fn make_dir(path: &str, mode: u32) -> HostResult<()> {
    let wrong = |e| failed("make the directory", path, e);
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    rustix::fs::mkdir(path, bits(mode & 0o700)).map_err(wrong)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(directory) => rustix::fs::fchmod(&directory, bits(mode)).map_err(wrong),
        // A directory made without permission to read it.
        Err(Errno::ACCESS) => rustix::fs::chmod(path, bits(mode)).map_err(wrong),
        Err(e) => Err(wrong(e)),
    }
}

/// Sets permission bits; without `follow`, a link is left as it is.
pub fn chmod(path: &str, mode: u32, follow: bool) -> HostResult<()> {
    let wrong = |e| failed("change the mode of", path, e);
    if follow {
        return rustix::fs::chmod(path, bits(mode)).map_err(wrong);
    }
    // The entry is held by a descriptor, so that it cannot become a link between looking and changing.
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let held = rustix::fs::open(path, flags, Mode::empty()).map_err(wrong)?;
    let stat = rustix::fs::fstat(&held).map_err(wrong)?;
    if meta(&stat).kind == FileKind::Link {
        return Ok(());
    }
    use std::os::fd::AsRawFd;
    rustix::fs::chmod(format!("/proc/self/fd/{}", held.as_raw_fd()), bits(mode)).map_err(wrong)
}

/// Sets owner and group.
pub fn chown(path: &str, uid: Option<u32>, gid: Option<u32>, follow: bool) -> HostResult<()> {
    let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
    rustix::fs::chownat(CWD, path, uid, gid, flags(follow)).map_err(|e| failed("change the owner of", path, e))
}

/// Sets times.
pub fn set_times(path: &str, times: Times, follow: bool) -> HostResult<()> {
    let times = Timestamps { last_access: timespec(times.atime), last_modification: timespec(times.mtime) };
    rustix::fs::utimensat(CWD, path, &times, flags(follow)).map_err(|e| failed("set the times of", path, e))
}

fn timespec(seconds: Option<f64>) -> Timespec {
    match seconds {
        Some(seconds) => {
            let whole = seconds.floor();
            let nanoseconds = ((seconds - whole) * 1e9).round().clamp(0.0, 999_999_999.0);
            Timespec { tv_sec: whole as i64, tv_nsec: nanoseconds as _ }
        }
        None => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
    }
}

/// Our bits as the system's type.
pub fn bits(mode: u32) -> Mode {
    Mode::from_raw_mode(mode as _)
}

fn flags(follow: bool) -> AtFlags {
    if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW }
}

//! A place in the file system held by the descriptor of its directory, so that replacing what is there cannot be led
//! astray by a directory that is swapped for a link meanwhile.

use super::super::{HostError, HostResult, Meta};
use super::{entry, failed, leftovers};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use std::fs::File;
use std::os::fd::OwnedFd;

/// What the names of new files begin with.
pub const PREFIX: &str = ".hostler.";

/// A name in an opened directory.
pub struct Place {
    /// The directory, opened for going through it only.
    pub dir: OwnedFd,
    /// The directory's path, for messages and validators.
    pub dir_path: String,
    /// The name in it.
    pub name: String,
}

impl Place {
    /// Opens the directory of `path`; links in it are followed, the last component is not touched.
    pub fn of(path: &str) -> HostResult<Place> {
        let trimmed = path.trim_end_matches('/');
        let (dir_path, name) = match trimmed.rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some((dir, name)) => (dir, name),
            None => (".", trimmed),
        };
        if matches!(name, "" | "." | "..") {
            return Err(failed("write", path, Errno::ISDIR));
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(CWD, dir_path, flags, Mode::empty()).map_err(|e| failed("open", dir_path, e))?;
        Ok(Place { dir, dir_path: dir_path.to_owned(), name: name.to_owned() })
    }

    /// An error unless the directory belongs to `uid`, where one is given.
    pub fn must_belong_to(&self, uid: Option<u32>) -> HostResult<()> {
        let Some(uid) = uid else { return Ok(()) };
        let owner = rustix::fs::fstat(&self.dir).map_err(|e| failed("look at", &self.dir_path, e))?.st_uid;
        match owner == uid {
            true => Ok(()),
            false => Err(HostError::new(
                format!("write into `{}`", self.dir_path),
                format!("it belongs to the user {owner}, not {uid}; a link may lead there"),
            )),
        }
    }

    /// What is there, links not followed.
    pub fn meta(&self) -> Result<Option<Meta>, Errno> {
        match rustix::fs::statat(&self.dir, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(entry::meta(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// The file that is there, for reading; `None` when it cannot be had so.
    pub fn open(&self) -> Option<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        rustix::fs::openat(&self.dir, &self.name, flags, Mode::empty()).ok().map(File::from)
    }

    /// Makes something new beside it under a name nobody can guess; `make` is tried again while names are taken.
    pub fn beside<T>(&self, mut make: impl FnMut(&str) -> Result<T, Errno>) -> Result<(String, T), Errno> {
        let mut tries = 0;
        loop {
            let name = unpredictable_name()?;
            match make(&name) {
                Ok(made) => return Ok((name, made)),
                Err(Errno::EXIST) if tries < 16 => tries += 1,
                Err(e) => return Err(e),
            }
        }
    }

    /// A new, empty file beside it, readable by its owner only.
    pub fn new_file(&self) -> Result<(String, File), Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        leftovers::sweep(&self.dir);
        self.beside(|name| {
            let file = rustix::fs::openat(&self.dir, name, flags, mode).map(File::from)?;
            if leftovers::hold(&file) { Ok(file) } else { Err(Errno::EXIST) }
        })
    }

    /// Moves `name` of this directory over the place.
    pub fn replace_by(&self, name: &str) -> Result<(), Errno> {
        rustix::fs::renameat(&self.dir, name, &self.dir, &self.name)
    }

    /// Removes `name` of this directory, if it is still there.
    pub fn discard(&self, name: &str) {
        let _ = rustix::fs::unlinkat(&self.dir, name, AtFlags::empty());
    }

    /// The path of another name in the directory.
    pub fn path_of(&self, name: &str) -> String {
        if self.dir_path == "/" { format!("/{name}") } else { format!("{}/{name}", self.dir_path) }
    }
}

fn unpredictable_name() -> Result<String, Errno> {
    let mut random = [0u8; 12];
    let mut filled = 0;
    while filled < random.len() {
        filled += getrandom(&mut random[filled..], GetRandomFlags::empty())?;
    }
    Ok(format!("{PREFIX}{}", hex::encode(random)))
}

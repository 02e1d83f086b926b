//! A plain text while it is edited: private, overwritten and removed afterwards, by the next one where this one could not.

use super::file::{overwrite, read};
use crate::diagnostic::{Diagnostic, Result};
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What the names of the directories begin with.
const PREFIX: &str = "hostler-vault-";

/// A plain text for a while: a file of one's own in a directory of one's own. When it goes, for whatever reason, all that is in the
/// directory is overwritten and removed. What a killed process left, the next one removes.
#[derive(Debug)]
pub struct Plaintext {
    directory: tempfile::TempDir,
    /// Locked for as long as this process lives.
    _lock: File,
    /// Where it is.
    pub path: PathBuf,
}

impl Plaintext {
    /// Writes a plain text; `like` gives the ending of its name, by which editors know what it is. It goes to the session's
    /// directory in memory where there is one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(text: &[u8], like: &Path) -> Result<Self> {
        let session = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_dir());
        let place = session.unwrap_or_else(std::env::temp_dir);
        sweep(&place);
        let make = || -> io::Result<Self> {
            let (directory, lock) = own_directory(&place)?;
            let ending = like.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
            let plain = Plaintext { path: directory.path().join(format!("plain{ending}")), directory, _lock: lock };
            let mut options = OpenOptions::new();
            options.mode(0o600).write(true).create_new(true).open(&plain.path)?.write_all(text)?;
            Ok(plain)
        };
        make().map_err(|e| {
            Diagnostic::error("could not write the plain text to a temporary file").cause(e.to_string()).boxed()
        })
    }

    /// What is in the file now.
    ///
    /// # Errors
    /// It is gone.
    pub fn read(&self) -> Result<Zeroizing<Vec<u8>>> {
        read(&self.path.to_string_lossy())
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        wipe(self.directory.path());
    }
}

/// A new directory that only its owner may enter, and the lock that says so to [`sweep`].
fn own_directory(place: &Path) -> io::Result<(tempfile::TempDir, File)> {
    loop {
        let mut making = tempfile::Builder::new();
        let directory = making.prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir_in(place)?;
        // Another process may take it for a leftover before it is locked; then it is gone now.
        if let Ok(lock) = File::open(directory.path()) {
            flock(&lock, FlockOperation::LockExclusive)?;
            if std::fs::symlink_metadata(directory.path())
                .is_ok_and(|there| lock.metadata().is_ok_and(|own| own.ino() == there.ino()))
            {
                return Ok((directory, lock));
            }
        }
    }
}

/// Removes what processes left that were killed: directories of ours that nobody holds any more.
fn sweep(place: &Path) {
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let path = entry.path();
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == own);
        let nofollow = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        if ours
            && let Ok(directory) = rustix::fs::open(&path, nofollow, Mode::empty())
            && flock(&directory, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            wipe(&path);
            // What cannot be removed now is tried again the next time.
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// Overwrites all files of a directory: editors leave copies beside theirs.
fn wipe(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_file())
            && let Ok(mut file) = OpenOptions::new().write(true).open(entry.path())
        {
            // The directory is removed all the same.
            let _ = overwrite(&mut file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_plain_text_is_private_and_leaves_nothing() {
        let plain = Plaintext::new(b"secret", Path::new("group_vars/all.yml")).unwrap();
        let folder = plain.path.parent().unwrap().to_owned();
        assert_eq!((mode(&folder), mode(&plain.path)), (0o700, 0o600));
        assert_eq!(plain.path.extension().unwrap(), "yml");
        std::fs::write(folder.join(".plain.yml.swp"), "secret").unwrap();
        assert_eq!(plain.read().unwrap().as_slice(), b"secret");
        drop(plain);
        assert!(!folder.exists());
    }
}

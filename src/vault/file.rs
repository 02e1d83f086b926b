//! Files with vaults and plain texts: read whole, written beside and renamed, plain texts overwritten before they go.

use crate::diagnostic::{Diagnostic, Result};
use rustix::fs::{Gid, Uid};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &str) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = match path {
        "-" => io::stdin().lock().read_to_end(&mut bytes),
        path => File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    read.map_err(|e| Diagnostic::error(format!("could not read `{path}`")).cause(e.to_string()).boxed())?;
    Ok(bytes)
}

/// What is kept of a file that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: the new one is the operator's own, 0600.
    Nothing,
    /// Mode and owner.
    ModeAndOwner,
}

/// Writes a file, or standard output for `-`. A file appears at once and whole; what was there before is overwritten before it is
/// given up when `shred` says so and no other name leads to it. A symbolic link stays, its target is written.
///
/// # Errors
/// It cannot be written.
pub fn write(path: &str, bytes: &[u8], keep: Keep, shred: bool) -> Result<()> {
    let failed = |e: io::Error| Diagnostic::error(format!("could not write `{path}`")).cause(e.to_string()).boxed();
    if path == "-" {
        let mut out = io::stdout().lock();
        return out.write_all(bytes).and_then(|()| out.flush()).map_err(failed);
    }
    replace(&real(path), bytes, keep, shred).map_err(failed)
}

fn real(path: &str) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))
}

fn replace(path: &Path, bytes: &[u8], keep: Keep, shred: bool) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let before = std::fs::metadata(path).ok();
    if before.as_ref().is_some_and(|meta| !meta.is_file()) {
        return Err(io::Error::other("it is no regular file"));
    }
    let old = match before.as_ref().filter(|meta| shred && meta.nlink() == 1) {
        Some(_) => Some(OpenOptions::new().write(true).open(path)?),
        None => None,
    };
    // Made with mode 0600.
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(bytes)?;
    if let (Keep::ModeAndOwner, Some(before)) = (keep, &before) {
        take_over(new.as_file(), before)?;
    }
    new.as_file().sync_all()?;
    new.persist(path).map_err(|e| e.error)?;
    match old {
        Some(mut old) => overwrite(&mut old),
        None => Ok(()),
    }
}

/// Gives a file the mode and owner of another. One's own files keep their owner.
fn take_over(file: &File, before: &Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        rustix::fs::fchown(file, Some(Uid::from_raw(before.uid())), Some(Gid::from_raw(before.gid())))?;
    }
    file.set_permissions(std::fs::Permissions::from_mode(before.mode() & 0o7777))
}

/// Overwrites a file's content with noise.
pub(super) fn overwrite(file: &mut File) -> io::Result<()> {
    let mut left = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    let mut noise = vec![0; 64 * 1024];
    while left > 0 {
        getrandom::fill(&mut noise).map_err(|e| io::Error::other(e.to_string()))?;
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(noise.len());
        file.write_all(&noise[..size])?;
        left -= size as u64;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn files_are_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let text = path.to_str().unwrap();
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        write(text, b"new", Keep::ModeAndOwner, true).unwrap();
        assert_eq!((read(text).unwrap().as_slice(), mode(&path)), (&b"new"[..], 0o640));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(link.to_str().unwrap(), b"newer", Keep::Nothing, false).unwrap();
        assert!(link.is_symlink());
        assert_eq!((read(text).unwrap().as_slice(), mode(&path)), (&b"newer"[..], 0o600));
        assert!(write(folder.path().to_str().unwrap(), b"x", Keep::Nothing, false).is_err());
    }

    #[test]
    fn a_replaced_text_is_overwritten_unless_it_has_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "plain text").unwrap();
        let mut open = File::open(&path).unwrap();
        write(path.to_str().unwrap(), b"vault", Keep::Nothing, true).unwrap();
        let mut left = Vec::new();
        open.read_to_end(&mut left).unwrap();
        assert!(left.len() == 10 && left != b"plain text");
        let other = folder.path().join("b");
        std::fs::write(&other, "plain text").unwrap();
        std::fs::hard_link(&other, folder.path().join("c")).unwrap();
        write(other.to_str().unwrap(), b"vault", Keep::Nothing, true).unwrap();
        assert_eq!(std::fs::read(folder.path().join("c")).unwrap(), b"plain text");
    }
}

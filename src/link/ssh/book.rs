//! The known_hosts files of a run: read once for all connections, written to when a new key is accepted, and read again
//! when another process has written to them by then.

use super::known_hosts::{self, KnownHosts, Verdict};
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// The known_hosts files of a run, each set of files read once.
#[derive(Default)]
pub struct Book {
    read: Mutex<HashMap<Vec<PathBuf>, Pages>>,
    notices: Mutex<Vec<String>>,
}

/// A set of files as it was read.
#[derive(Default)]
struct Pages {
    hosts: Arc<KnownHosts>,
    /// How the files were before they were read; none when they must be read again.
    stamps: Option<Vec<Stamp>>,
}

/// Tells whether a file was written to: inode, bytes and time of the last change; `None` for one that is not there.
type Stamp = Option<(u64, u64, Option<SystemTime>)>;

impl Pages {
    /// Reads the files, unless nobody has written to them since.
    fn renew(&mut self, files: &[PathBuf]) -> io::Result<()> {
        let now = Some(stamps(files));
        if self.stamps != now {
            self.hosts = Arc::new(KnownHosts::read(files.iter().map(PathBuf::as_path))?);
            self.stamps = now;
        }
        Ok(())
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| std::fs::metadata(file).ok().map(|m| (m.ino(), m.len(), m.modified().ok()));
    files.iter().map(stamp).collect()
}

/// Whether between two looks nothing happened to the files but that the first was written to at its end.
fn only_grew(before: &[Stamp], after: &[Stamp], wrote: &Range<u64>) -> bool {
    let (Some((old, others)), Some((new, others_now))) = (before.split_first(), after.split_first()) else {
        return false;
    };
    let bytes = |stamp: &Stamp| stamp.map_or(0, |(_, bytes, _)| bytes);
    others == others_now && bytes(old) == wrote.start && bytes(new) == wrote.end
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<PathBuf>, Pages>> {
        // What is inside is whole between statements, whoever panicked.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files' lines.
    pub fn of(&self, files: &[PathBuf]) -> io::Result<Arc<KnownHosts>> {
        let mut read = self.lock();
        if let Some(pages) = read.get(files) {
            return Ok(pages.hosts.clone());
        }
        let mut pages = Pages::default();
        pages.renew(files)?;
        let hosts = pages.hosts.clone();
        read.insert(files.to_vec(), pages);
        Ok(hosts)
    }

    /// Records a key in the first of the files, unless another connection of this run or another process was faster:
    /// then its word counts.
    pub(super) fn record(
        &self,
        files: &[PathBuf],
        into: &Path,
        names: &[&str],
        key: &[u8],
        hash: bool,
    ) -> io::Result<Verdict> {
        let mut read = self.lock();
        let pages = read.entry(files.to_vec()).or_default();
        pages.renew(files)?;
        let verdict = pages.hosts.check(names, key);
        if let Verdict::Unknown { .. } = verdict {
            let line = known_hosts::line(names.first().copied().unwrap_or_default(), key, hash)?;
            let wrote = known_hosts::append(into, &line)?;
            Arc::make_mut(&mut pages.hosts).add_line(&line, into);
            // What came between belongs to another process, and must be read.
            let now = stamps(files);
            pages.stamps = pages.stamps.take().filter(|before| only_grew(before, &now, &wrote)).map(|_| now);
            return Ok(Verdict::Known);
        }
        Ok(verdict)
    }

    /// Something the operator should know.
    pub fn notice(&self, text: String) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    /// Hands out the notices so far.
    pub fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> Vec<u8> {
        [&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32], &[n; 32]].concat()
    }

    #[test]
    fn what_another_process_records_counts_when_a_key_is_to_be_recorded() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["user", "system"].map(|name| dir.path().join(name));
        let book = Book::default();
        let record = |name: &str, n: u8| book.record(&files, &files[0], &[name], &key(n), false).unwrap();
        assert_eq!(record("one", 1), Verdict::Known);
        assert_eq!(record("two", 2), Verdict::Known);
        known_hosts::append(&files[0], &known_hosts::line("three", &key(3), false).unwrap()).unwrap();
        assert_eq!(record("three", 9), Verdict::Changed { at: format!("{}:3", files[0].display()) });
        known_hosts::append(&files[1], &known_hosts::line("four", &key(4), false).unwrap()).unwrap();
        assert_eq!(record("four", 9), Verdict::Changed { at: format!("{}:1", files[1].display()) });
        assert_eq!(record("one", 9), Verdict::Changed { at: format!("{}:1", files[0].display()) });
        assert_eq!(std::fs::read_to_string(&files[0]).unwrap().lines().count(), 3);
        assert_eq!(book.of(&files).unwrap().check(&["four"], &key(4)), Verdict::Known);
    }

    #[test]
    fn files_are_read_again_unless_only_our_own_line_came_to_them() {
        let stamp = |bytes: u64| Some((1, bytes, None));
        for (before, after, wrote, alone) in [
            ([stamp(10), None], [stamp(15), None], 10..15, true),
            ([None, None], [stamp(5), None], 0..5, true),
            // Another line before ours, after ours, in the other file.
            ([stamp(10), None], [stamp(18), None], 13..18, false),
            ([stamp(10), None], [stamp(18), None], 10..15, false),
            ([stamp(10), None], [stamp(15), stamp(1)], 10..15, false),
        ] {
            assert_eq!(only_grew(&before, &after, &wrote), alone, "{before:?} {after:?}");
        }
    }
}

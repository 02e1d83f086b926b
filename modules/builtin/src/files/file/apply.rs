//! How a path is made what it shall be.

use super::FileModule;
use super::state::{State, What};
use crate::files::edited::missing_parents;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Attributes, Change, FileKind, WriteFile};

impl FileModule {
    pub(super) fn make(&self, change: &Change, now: &State, want: &State) -> Result<()> {
        let path = want.path.as_str();
        let failed =
            |what: &str, e: hostler_sdk::HostError| Failure::new(format!("{what}: {}", e.cause)).with("path", path);
        let mut have = now.attributes.clone();
        match (&now.what, &want.what) {
            (What::Directory, What::Absent) => {
                return change.remove_tree(path).map_err(|e| failed("rmtree failed", e));
            }
            (_, What::Absent) => return change.remove_file(path).map_err(|e| failed("Unlinking failed.", e)),
            (What::Absent, What::Directory) => {
                self.make_directories(change, want)?;
                have = want.attributes.clone();
            }
            (What::Absent, What::NewFile) => {
                have = Attributes::made_with(want.attributes.mode, want.attributes.uid, want.attributes.gid);
                change
                    .write(WriteFile {
                        mode: have.mode,
                        uid: have.uid,
                        gid: have.gid,
                        ..WriteFile::new(path, &mut std::io::empty())
                    })
                    .map_err(|e| failed("Error, could not touch target", e))?;
            }
            (old, What::Link(target)) if old != &want.what => {
                if now.what == What::Directory {
                    // It is empty, or it would have been refused.
                    change.remove_tree(path).map_err(|e| failed("Error while replacing", e))?;
                }
                change.symlink(target, path).map_err(|e| failed("Error while linking", e))?;
            }
            (old, What::File { .. }) if old != &want.what => {
                if let Some(src) = &self.src {
                    let src = change.absolute(src);
                    let src = if self.follow { change.real_path(&src)? } else { src };
                    change.hard_link(&src, path).map_err(|e| failed("Error while linking", e))?;
                }
                if let Some(meta) = change.lstat(path)? {
                    have = self.attributes.current(change, path, &meta)?;
                }
            }
            _ => {}
        }
        have.apply(change, &want.of, &want.attributes)?;
        if let Some(stamps) = want.stamps {
            let follow = want.kind() != FileKind::Link;
            now.stamps.unwrap_or(stamps).apply(change, &want.of, stamps, follow)?;
        } else if now.what == What::Absent {
            self.stamp_new(change, want)?;
        }
        for (now, want) in now.below.iter().zip(&want.below) {
            now.attributes.apply(change, &now.path, &want.attributes)?;
            now.stamps.apply(change, &now.path, want.stamps, now.kind != FileKind::Link)?;
        }
        Ok(())
    }

    /// The directory and those above it that are missing, all with the same attributes.
    fn make_directories(&self, change: &Change, want: &State) -> Result<()> {
        let path = want.path.as_str();
        let mut all = missing_parents(change, path)?;
        all.push(path.to_owned());
        for directory in all {
            let mode = want.attributes.mode.unwrap_or(0o777 & !change.umask());
            change.make_dir(&directory, mode).map_err(|e| {
                Failure::new(format!("There was an issue creating {directory} as requested: {}", e.cause))
                    .with("path", path)
            })?;
            let made = Attributes::made_with(Some(mode), None, None);
            made.apply(change, &directory, &want.attributes)?;
        }
        Ok(())
    }

    /// Times given for what was just made; `now` needs nothing.
    fn stamp_new(&self, change: &Change, want: &State) -> Result<()> {
        let Some(meta) = change.lstat(&want.of)? else { return Ok(()) };
        let made = super::times::Stamps::of(&meta);
        let mut times = self.times(self.meant(want))?;
        times.modified = times.modified.filter(|t| *t != super::times::Stamp::Now);
        times.accessed = times.accessed.filter(|t| *t != super::times::Stamp::Now);
        made.apply(change, &want.of, made.with(times), meta.kind != FileKind::Link)
    }
}

//! What a path shall be, for each of the states, and what stands in the way.

use super::state::{State, What, below_wanted};
use super::times::Wanted;
use super::{FileModule, FileState};
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Attributes, FileKind, Look};

impl FileModule {
    pub(super) fn wanted(&self, now: &State, look: &Look) -> Result<State> {
        let meant = self.meant(now);
        let times = self.times(meant)?;
        let path = now.path.as_str();
        let refused = |msg: String| Err(Failure::new(msg).with("path", path));
        let mut want = now.clone();
        match meant {
            FileState::Absent => {
                return Ok(State { what: What::Absent, word: "absent", ..want });
            }
            FileState::File => {
                if !matches!(now.what, What::File { .. }) {
                    let failure = Failure::new(format!("file ({path}) is {}, cannot continue", now.word));
                    return Err(failure.with("path", path).with("state", now.word));
                }
            }
            FileState::Touch => {
                if now.what == What::Absent {
                    (want.what, want.word) = (What::NewFile, "file");
                }
            }
            FileState::Directory => match now.what {
                What::Directory => {}
                What::Absent => (want.what, want.word) = (What::Directory, "directory"),
                _ => return refused(format!("{path} already exists as a {}", now.word)),
            },
            FileState::Link => self.want_link(now, look, &mut want)?,
            FileState::Hard => self.want_hard(now, look, &mut want)?,
        }
        self.want_attributes(look, &mut want, times)?;
        Ok(want)
    }

    fn want_attributes(&self, look: &Look, want: &mut State, times: Wanted) -> Result<()> {
        let dangling = matches!(want.what, What::Link(_)) && self.follow && want.of == want.path;
        if dangling {
            return Ok(());
        }
        want.attributes = self.attributes.desired(look, &want.of, want.kind(), &want.attributes)?;
        want.stamps = want.stamps.map(|stamps| stamps.with(times));
        want.below = below_wanted(look, &want.below, &self.attributes, times)?;
        Ok(())
    }

    /// What `src` is from where the link stands.
    fn target(&self, look: &Look, now: &State) -> Option<String> {
        let src = look.expand(self.src.as_ref()?);
        if src.starts_with('/') {
            return Some(src);
        }
        let from = if now.what == What::Directory { now.path.as_str() } else { now.path.rsplit_once('/')?.0 };
        Some(format!("{from}/{src}"))
    }

    /// For a link, attributes are those of what it will point to, when they are to be followed and it is there.
    pub(super) fn describe_target(&self, look: &Look, now: &mut State) -> Result<()> {
        if !self.follow {
            return Ok(());
        }
        let target = match (self.target(look, now), &now.what) {
            (Some(target), _) => target,
            (None, What::Link(_)) => now.path.clone(),
            _ => return Ok(()),
        };
        match look.stat(&target)? {
            Some(meta) => now.describe(look, &look.real_path(&target)?, &meta, &self.attributes),
            None => {
                look.warn(
                    "Cannot set fs attributes on a non-existent symlink target. follow should be set to False to avoid this.",
                );
                Ok(())
            }
        }
    }

    fn want_link(&self, now: &State, look: &Look, want: &mut State) -> Result<()> {
        let path = now.path.as_str();
        let refused = |msg: String| Err(Failure::new(msg).with("path", path));
        let src = self.src.as_ref().map(|src| look.expand(src));
        if let (Some(src), Some(target), false) = (&src, self.target(look, now), self.force)
            && look.stat(&target)?.is_none()
            && !look.may_come(&format!("src file {target} does not exist"))
        {
            let msg =
                format!("src file does not exist, use 'force=yes' if you really want to create the link: {target}");
            return Err(Failure::new(msg).with("path", path).with("src", src.as_str()));
        }
        match (&now.what, src) {
            (What::Directory | What::File { .. }, _) if !self.force => {
                return refused(format!("refusing to convert from {} to symlink for {path}", now.word));
            }
            (What::Directory, _) if !look.list(path)?.is_empty() => {
                return refused(format!("the directory {path} is not empty, refusing to convert it"));
            }
            (What::Link(_), None) => {}
            (_, None) => return Err("src is required for creating new symlinks".into()),
            (_, Some(src)) => (want.what, want.word) = (What::Link(src), "link"),
        }
        Ok(())
    }

    fn want_hard(&self, now: &State, look: &Look, want: &mut State) -> Result<()> {
        let path = now.path.as_str();
        let Some(src) = self.src.as_ref().map(|src| look.absolute(src)) else {
            return match now.word {
                "hard" => Ok(()),
                _ => Err("src is required for creating new hardlinks".into()),
            };
        };
        let refused = |msg: String| Err(Failure::new(msg).with("dest", path).with("src", src.as_str()));
        let entry = if self.follow { look.stat(&src)? } else { look.lstat(&src)? };
        let Some(meta) = entry else { return refused("src does not exist".into()) };
        let same = What::File { device: meta.dev, inode: meta.ino };
        match &now.what {
            what if *what == same => return Ok(()),
            What::File { .. } if !self.force && now.word == "hard" => {
                return refused("Cannot link, different hard link exists at destination".into());
            }
            What::File { .. } if !self.force => {
                return refused(format!("Cannot link, {} exists at destination", now.word));
            }
            What::Directory if !self.force => {
                return refused("Cannot link: different hard link exists at destination".into());
            }
            What::Directory => return refused(format!("Error while replacing: {path} is a directory")),
            _ => {}
        }
        (want.what, want.word) = (same, "hard");
        // One file has one set of attributes.
        want.attributes = self.attributes.current(look, &src, &meta)?;
        want.stamps = Some(super::times::Stamps::of(&meta));
        Ok(())
    }

    /// What a new path has by itself, for diffs; what is there otherwise.
    pub(super) fn born(&self, look: &Look, now: &State, want: &State) -> Attributes {
        match (&now.what, want.kind()) {
            (What::Absent, FileKind::Directory) => {
                Attributes::made_with(Some(0o777 & !look.umask()), Some(look.euid()), None)
            }
            (What::Absent, FileKind::File) if want.what == What::NewFile => Attributes::of_new_file(look),
            (_, _) if matches!(want.what, What::File { .. }) && now.what != want.what => want.attributes.clone(),
            _ => now.attributes.clone(),
        }
    }
}

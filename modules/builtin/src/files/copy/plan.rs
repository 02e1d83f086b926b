//! What is to be where, path by path, and what is there.

use hostler_sdk::backend::Digest;
use hostler_sdk::module::Result;
use hostler_sdk::{Attributes, FileAttributes, FileKind, Look};
use std::sync::Arc;

/// What a path is, as far as copying cares.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Absent,
    Directory,
    /// A file with this SHA-1.
    File(String),
    /// A link and where it points.
    Link(String),
    /// Something that is none of these.
    Other,
}

/// Where the content of a file comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// There is none.
    Nowhere,
    /// A file that goes with the call.
    Body(usize),
    /// A file on the host.
    Path(String),
    /// Made on the host.
    Made(Arc<[u8]>),
}

/// One path and what it shall be.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub path: String,
    pub what: What,
    pub source: Source,
    /// The attributes asked for.
    pub asked: FileAttributes,
    /// The mode of new content, where it is the source's own.
    pub content_mode: Option<u32>,
}

/// Everything that is to be done, parents before children.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// What results call `dest`.
    pub dest: String,
    pub planned: Vec<Planned>,
    /// Whether a file there was left alone (`force: false`).
    pub kept: bool,
    /// Whether it is a directory of the host that is copied.
    pub on_host_directory: bool,
}

impl Plan {
    /// The one file, when it is one.
    pub(super) fn single(&self) -> Option<&Planned> {
        self.planned.iter().find(|p| p.path == self.dest)
    }

    pub(super) fn read(self, look: &Look) -> Result<State> {
        let paths = self.planned.iter().map(|planned| PathState::read(look, planned)).collect::<Result<_>>()?;
        Ok(State { plan: Arc::new(self), paths })
    }
}

/// What is, or shall be, at all paths of a plan.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) plan: Arc<Plan>,
    pub(super) paths: Vec<PathState>,
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.paths == other.paths
    }
}

/// What is, or shall be, at one path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PathState {
    pub what: What,
    pub attributes: Attributes,
}

impl PathState {
    fn read(look: &Look, planned: &Planned) -> Result<PathState> {
        let path = planned.path.as_str();
        // A link to a directory will do where a directory shall be.
        let meta = match planned.what {
            What::Directory => look.stat(path)?,
            _ => look.lstat(path)?,
        };
        let Some(meta) = meta else {
            return Ok(PathState { what: What::Absent, attributes: Attributes::default() });
        };
        let what = match (meta.kind, &planned.what) {
            (FileKind::Directory, _) => What::Directory,
            (FileKind::Link, _) => What::Link(look.read_link(path)?),
            (FileKind::File, What::File(_)) => What::File(look.hash(path, Digest::Sha1)?),
            _ => What::Other,
        };
        // The attributes of what is replaced anyway are nobody's.
        let replaced = matches!((&what, &planned.what), (What::Link(_), What::File(_)));
        let attributes = if replaced { Attributes::default() } else { planned.asked.current(look, path, &meta)? };
        Ok(PathState { what, attributes })
    }
}

impl State {
    /// What results call `dest`.
    pub(in crate::files) fn dest(&self) -> &str {
        &self.plan.dest
    }

    pub(super) fn wanted(&self, look: &Look) -> Result<State> {
        let mut paths = Vec::with_capacity(self.paths.len());
        for (planned, now) in self.plan.planned.iter().zip(&self.paths) {
            let kind = match planned.what {
                What::Directory => FileKind::Directory,
                What::Link(_) => FileKind::Link,
                _ => FileKind::File,
            };
            let mut attributes = planned.asked.desired(look, &planned.path, kind, &now.attributes)?;
            if now.what != planned.what && planned.asked.mode.is_none() {
                attributes.mode = planned.content_mode.or(attributes.mode);
            }
            paths.push(PathState { what: planned.what.clone(), attributes });
        }
        Ok(State { plan: self.plan.clone(), paths })
    }
}

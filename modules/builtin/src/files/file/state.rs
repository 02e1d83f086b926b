//! What `file` manages of a path, read from the host.

use super::times::{Stamps, Wanted};
use hostler_sdk::module::Result;
use hostler_sdk::{Attributes, FileAttributes, FileKind, Look, Meta};
use std::collections::HashSet;

/// What a path is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Absent,
    Directory,
    /// A file, known by its inode, so that two names of one file are seen to be so.
    File {
        device: u64,
        inode: u64,
    },
    /// A file that is not there yet.
    NewFile,
    /// A symbolic link and where it points.
    Link(String),
}

/// A path with what is managed of it.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The path that is managed.
    pub(super) path: String,
    pub(super) what: What,
    /// Ansible's word for it.
    pub(super) word: &'static str,
    /// What `attributes` and `stamps` are of: the path, or what it links to.
    pub(super) of: String,
    pub(super) attributes: Attributes,
    pub(super) stamps: Option<Stamps>,
    /// Everything below, when that is managed too.
    pub(super) below: Vec<Below>,
}

/// One path below a directory.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Below {
    pub(super) path: String,
    pub(super) kind: FileKind,
    pub(super) attributes: Attributes,
    pub(super) stamps: Stamps,
}

impl State {
    /// What is at `path`, which is not followed.
    pub(super) fn read(look: &Look, path: &str, asked: &FileAttributes) -> Result<State> {
        let mut state = State {
            path: path.to_owned(),
            what: What::Absent,
            word: "absent",
            of: path.to_owned(),
            attributes: Attributes::default(),
            stamps: None,
            below: Vec::new(),
        };
        let Some(meta) = look.lstat(path)? else { return Ok(state) };
        state.word = hostler_sdk::state_word(&meta);
        state.what = match meta.kind {
            FileKind::Directory => What::Directory,
            FileKind::Link => What::Link(look.read_link(path)?),
            _ => What::File { device: meta.dev, inode: meta.ino },
        };
        state.describe(look, path, &meta, asked)?;
        Ok(state)
    }

    /// Takes attributes and times from another path.
    pub(super) fn describe(&mut self, look: &Look, of: &str, meta: &Meta, asked: &FileAttributes) -> Result<()> {
        self.of = of.to_owned();
        self.attributes = asked.current(look, of, meta)?;
        self.stamps = Some(Stamps::of(meta));
        Ok(())
    }

    /// The kind that the attributes belong to.
    pub(super) fn kind(&self) -> FileKind {
        match &self.what {
            What::Directory => FileKind::Directory,
            What::Link(_) if self.of == self.path => FileKind::Link,
            _ => FileKind::File,
        }
    }
}

/// Everything below `top`, links not followed unless asked: then what they point to is listed too.
pub(super) fn below(look: &Look, top: &str, follow: bool, asked: &FileAttributes) -> Result<Vec<Below>> {
    let mut list = Vec::new();
    let mut seen = HashSet::new();
    walk(look, top, follow, asked, &mut seen, &mut list)?;
    Ok(list)
}

fn walk(
    look: &Look,
    directory: &str,
    follow: bool,
    asked: &FileAttributes,
    seen: &mut HashSet<String>,
    list: &mut Vec<Below>,
) -> Result<()> {
    for name in look.list(directory)? {
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        let Some(meta) = look.lstat(&path)? else { continue };
        add(look, &path, &meta, asked, list)?;
        if meta.kind == FileKind::Directory {
            walk(look, &path, follow, asked, seen, list)?;
        } else if meta.kind == FileKind::Link
            && follow
            && let Some(meta) = look.stat(&path)?
        {
            let target = look.real_path(&path)?;
            // Two links to one place, or a circle of them.
            if !seen.insert(target.clone()) {
                continue;
            }
            if meta.kind == FileKind::Directory {
                walk(look, &target, follow, asked, seen, list)?;
            }
            add(look, &target, &meta, asked, list)?;
        }
    }
    Ok(())
}

fn add(look: &Look, path: &str, meta: &Meta, asked: &FileAttributes, list: &mut Vec<Below>) -> Result<()> {
    if list.iter().rev().take(64).any(|b| b.path == path) {
        return Ok(());
    }
    let attributes = asked.current(look, path, meta)?;
    list.push(Below { path: path.to_owned(), kind: meta.kind, attributes, stamps: Stamps::of(meta) });
    Ok(())
}

/// The same paths as they shall be.
pub(super) fn below_wanted(look: &Look, list: &[Below], asked: &FileAttributes, times: Wanted) -> Result<Vec<Below>> {
    list.iter()
        .map(|below| {
            let attributes = asked.desired(look, &below.path, below.kind, &below.attributes)?;
            Ok(Below { attributes, stamps: below.stamps.with(times), ..below.clone() })
        })
        .collect()
}

//! `copy` on the host: files that came with the call, or that are on the host already, are where they shall be. `template` ends
//! here too. What the controller decides (which files, their modes, what is in a directory) comes in hidden arguments.

mod apply;
mod from_call;
mod from_host;
mod plan;
mod verified;

use hostler_sdk::args::HostPath;
use hostler_sdk::backend::Digest;
use hostler_sdk::module::Result;
use hostler_sdk::{Arguments, Change, Choice, Diff, FileAttributes, Look, Map, Mode, Module, Resource, Value};
pub use plan::State;
use plan::{Source, What};

/// Largest file that is shown in a diff, in bytes: Ansible's default of `max_diff_size`.
const MAX_DIFF: u64 = 104_448;

/// Copy files to remote locations
///
/// Copies a file or a directory structure from the controller or within the host to a place on the host. Content is only sent
/// when the file there differs.
#[derive(Debug, Module)]
#[module(
    kind = "resource",
    name = "copy",
    diff,
    returns(
        ("dest", "str", "the file or directory that was written"),
        ("src", "str", "where the content came from"),
        ("checksum", "str", "SHA-1 of the content"),
        ("md5sum", "str", "MD5 of the content, when it was written"),
        ("backup_file", "str", "name of the backup"),
        ("mode", "str", "permission bits"),
        ("owner", "str", "name of the owner"),
        ("group", "str", "name of the group"),
        ("uid", "int", "number of the owner"),
        ("gid", "int", "number of the group"),
        ("size", "int", "bytes"),
        ("state", "str", "what is there")
    ),
    examples = r#"- name: Copy file with owner and permissions
  ansible.builtin.copy:
    src: /srv/myfiles/foo.conf
    dest: /etc/foo.conf
    owner: foo
    group: foo
    mode: '0644'

- name: Copy using inline content
  ansible.builtin.copy:
    content: '# This file was moved to /etc/other.conf'
    dest: /etc/mine.conf
"#
)]
pub struct Copy {
    /// What is copied. With a slash at its end, what is in the directory rather than the directory.
    src: Option<String>,
    /// Where it goes. With a slash at its end, or when it is a directory, into it.
    dest: HostPath,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    backup: bool,
    /// Whether a file is replaced that has other content.
    #[arg(default = "yes")]
    force: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    validate: Option<String>,
    /// The permissions of directories that are made on the way.
    directory_mode: Option<Mode>,
    /// Whether the source is on the host.
    #[arg(default = "no")]
    remote_src: bool,
    /// Whether links in the source are followed: by default those of the controller are, those of the host are copied as links.
    local_follow: Option<bool>,
    /// SHA-1 that the content must have.
    checksum: Option<String>,
    /// Whether a link at the destination is followed rather than replaced.
    #[arg(default = "no")]
    follow: bool,
    /// The name the file gets in a directory; set by the controller.
    #[arg(name = "_original_basename")]
    basename: Option<String>,
    /// What goes into the directory `dest`; set by the controller.
    #[arg(name = "_tree", options)]
    tree: Option<Vec<TreeEntry>>,
    #[arg(flatten)]
    attributes: FileAttributes,
}

impl Copy {
    /// For content that another module makes on the host.
    pub(super) fn of_content(
        dest: HostPath,
        backup: bool,
        validate: Option<String>,
        attributes: FileAttributes,
    ) -> Self {
        Copy {
            src: None,
            dest,
            backup,
            force: true,
            validate,
            directory_mode: None,
            remote_src: false,
            local_follow: None,
            checksum: None,
            follow: false,
            basename: None,
            tree: None,
            attributes,
        }
    }

    /// What is where that content shall be.
    pub(super) fn made(&self, look: &Look, content: Vec<u8>) -> Result<State> {
        let sha1 = verified::sha1(&content);
        self.plan_file(look, None, What::File(sha1), Source::Made(content.into()), None)?.read(look)
    }
}

/// One path below the destination.
#[derive(Arguments, Clone, Debug)]
pub struct TreeEntry {
    /// The path from the destination on.
    path: String,
    /// What it is.
    kind: EntryKind,
    /// Which file of the call holds the content.
    body: Option<u32>,
    /// Where a link points.
    target: Option<String>,
    /// The permissions, where they are the source's own.
    mode: Option<Mode>,
}

/// What a path below the destination is.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EntryKind {
    File,
    Directory,
    Link,
}

impl Resource for Copy {
    type State = State;
    const DIFF_IS_LIST: bool = true;

    fn current(&self, look: &Look) -> Result<State> {
        let plan = match &self.tree {
            Some(tree) => self.plan_tree(look, tree)?,
            None if self.remote_src || look.bodies().is_empty() => self.plan_on_host(look)?,
            None => self.plan_body(look)?,
        };
        plan.read(look)
    }

    fn desired(&self, current: &State, look: &Look) -> Result<State> {
        current.wanted(look)
    }

    fn apply(&self, change: &Change, current: &State, desired: &State) -> Result<Map> {
        let mut values = self.make(change, current, desired)?;
        values.extend(change.path_info(&current.plan.dest)?);
        Ok(values)
    }

    fn returns(&self, look: &Look, current: &State, desired: &State) -> Result<Map> {
        let mut values = Map::new();
        let plan = &current.plan;
        values.set("dest", plan.dest.as_str());
        let written = current.paths.iter().zip(&desired.paths).any(|(now, want)| now.what != want.what);
        if let Some(src) = self.src.as_ref().filter(|_| written || self.remote_src || self.tree.is_some() || plan.kept)
        {
            values.set("src", src.as_str());
        }
        if let Some(What::File(sha1)) = plan.single().map(|single| &single.what) {
            if !written && !self.remote_src {
                values.set("path", plan.dest.as_str());
            }
            values.set("checksum", sha1.as_str());
            if let Some(Source::Path(path)) = plan.single().map(|single| &single.source) {
                values.set("md5sum", look.hash(path, Digest::Md5)?);
            }
        } else if plan.on_host_directory {
            values.set("checksum", Value::Null);
            values.set("md5sum", Value::Null);
        }
        values.extend(look.path_info(&plan.dest)?);
        Ok(values)
    }

    fn diff(&self, look: &Look, current: &State, desired: &State) -> Result<Vec<Diff>> {
        let mut diffs = Vec::new();
        for ((planned, now), want) in current.plan.planned.iter().zip(&current.paths).zip(&desired.paths) {
            if let Some(diff) = apply::difference(look, planned, now, want)? {
                diffs.push(diff);
            }
        }
        Ok(diffs)
    }
}

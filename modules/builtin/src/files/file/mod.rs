//! `file`: a path is a file, a directory, a link or nothing, with these attributes and times.

mod apply;
mod state;
mod times;
mod want;

use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Choice, Diff, FileAttributes, FileKind, Look, Map, Module, Resource, Value};
use state::{State, What};

/// Manage files and file properties
///
/// Sets attributes of files, directories and links, makes directories and links, or removes any of them. Many other modules
/// take the same options for attributes.
#[derive(Debug, Module)]
#[module(
    kind = "resource",
    name = "file",
    diff,
    returns(
        ("dest", "str", "the path, for `touch`, `hard` and `link`"),
        ("path", "str", "the path, for `absent`, `directory` and `file`"),
        ("src", "str", "what a link points to"),
        ("mode", "str", "permission bits"),
        ("owner", "str", "name of the owner"),
        ("group", "str", "name of the group"),
        ("uid", "int", "number of the owner"),
        ("gid", "int", "number of the group"),
        ("size", "int", "bytes"),
        ("state", "str", "what is there: absent, directory, file, hard, link")
    ),
    examples = r#"- name: Change file ownership, group and permissions
  ansible.builtin.file:
    path: /etc/foo.conf
    owner: foo
    group: foo
    mode: '0644'

- name: Create a symbolic link
  ansible.builtin.file:
    src: /file/to/link/to
    dest: /path/to/symlink
    state: link

- name: Create a directory if it does not exist
  ansible.builtin.file:
    path: /etc/some_directory
    state: directory
    mode: '0755'

- name: Remove a directory and everything in it
  ansible.builtin.file:
    path: /etc/foo
    state: absent
"#
)]
pub struct FileModule {
    /// Path of the file being managed.
    #[arg(alias("dest", "name"))]
    path: HostPath,
    /// What the path shall be. What it is, when not given, else `file`, or `directory` with `recurse`.
    state: Option<FileState>,
    /// What a link points to, as written into it; for a hard link, the file it is another name of.
    src: Option<HostPath>,
    /// Whether everything in the directory gets the same attributes.
    #[arg(default = "no")]
    recurse: bool,
    /// Whether a link is made even to what is missing, or in the place of a file.
    #[arg(default = "no")]
    force: bool,
    /// Whether the attributes of what a link points to are meant rather than the link's.
    #[arg(default = "yes")]
    follow: bool,
    /// Modification time: `preserve`, `now`, or as the format says. `now` when touching, else `preserve`.
    modification_time: Option<String>,
    /// How `modification_time` is written.
    #[arg(default = "%Y%m%d%H%M.%S")]
    modification_time_format: String,
    /// Access time: `preserve`, `now`, or as the format says. `now` when touching, else `preserve`.
    access_time: Option<String>,
    /// How `access_time` is written.
    #[arg(default = "%Y%m%d%H%M.%S")]
    access_time_format: String,
    #[arg(flatten)]
    attributes: FileAttributes,
}

/// What a path shall be.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Nothing is there; directories go with all that is in them.
    Absent,
    /// A directory; missing ones above are made too, with the same attributes.
    Directory,
    /// A file that must be there already.
    File,
    /// Another name of a file.
    Hard,
    /// A symbolic link.
    Link,
    /// An empty file is made when nothing is there, and its times are set.
    Touch,
}

impl FileModule {
    /// The state that is meant when none is given.
    fn meant(&self, now: &State) -> FileState {
        self.state.unwrap_or(match &now.what {
            What::Absent | What::NewFile if self.recurse => FileState::Directory,
            What::Absent | What::NewFile => FileState::File,
            What::Directory => FileState::Directory,
            What::Link(_) => FileState::Link,
            What::File { .. } if now.word == "hard" => FileState::Hard,
            What::File { .. } => FileState::File,
        })
    }

    fn times(&self, meant: FileState) -> Result<times::Wanted> {
        let default = if meant == FileState::Touch { "now" } else { "preserve" };
        let parse = |text: &Option<String>, format: &str| times::parse(text.as_deref().unwrap_or(default), format);
        Ok(times::Wanted {
            modified: parse(&self.modification_time, &self.modification_time_format)?,
            accessed: parse(&self.access_time, &self.access_time_format)?,
        })
    }

    /// The path as given, or inside of it when it is a directory and a source names what goes there.
    fn given_path(&self, look: &Look) -> Result<String> {
        let path = look.absolute(&self.path);
        let inside = self.src.as_ref().filter(|_| !matches!(self.state, Some(FileState::Link | FileState::Absent)));
        if let Some(src) = inside
            && let Some(name) = src.0.rsplit('/').next().filter(|name| !name.is_empty())
            && look.stat(&path)?.is_some_and(|meta| meta.kind == FileKind::Directory)
        {
            return Ok(format!("{}/{name}", path.trim_end_matches('/')));
        }
        let trimmed = path.trim_end_matches('/');
        Ok(if trimmed.is_empty() { path } else { trimmed.to_owned() })
    }
}

impl Resource for FileModule {
    type State = State;

    fn current(&self, look: &Look) -> Result<State> {
        let path = self.given_path(look)?;
        let mut now = State::read(look, &path, &self.attributes)?;
        let meant = self.meant(&now);
        if self.recurse && meant != FileState::Directory {
            return Err(Failure::new("recurse option requires state to be 'directory'").with("path", path));
        }
        if self.src.is_some() && !matches!(meant, FileState::Link | FileState::Hard) {
            return Err(Failure::new("src option requires state to be 'link' or 'hard'").with("path", path));
        }
        let through = matches!(meant, FileState::File | FileState::Directory) && self.follow;
        if through && matches!(now.what, What::Link(_)) {
            now = State::read(look, &look.real_path(&path)?, &self.attributes)?;
        }
        if meant == FileState::Link {
            self.describe_target(look, &mut now)?;
        } else if meant == FileState::Touch
            && self.follow
            && matches!(now.what, What::Link(_))
            && let Some(meta) = look.stat(&path)?
        {
            now.describe(look, &look.real_path(&path)?, &meta, &self.attributes)?;
        }
        if self.recurse && now.what == What::Directory {
            now.below = state::below(look, &now.path, self.follow, &self.attributes)?;
        }
        Ok(now)
    }

    fn desired(&self, current: &State, look: &Look) -> Result<State> {
        self.wanted(current, look)
    }

    fn apply(&self, change: &Change, current: &State, desired: &State) -> Result<Map> {
        self.make(change, current, desired)?;
        Ok(change.path_info(&desired.path)?)
    }

    fn returns(&self, look: &Look, current: &State, desired: &State) -> Result<Map> {
        let mut values = Map::new();
        match self.meant(current) {
            FileState::Touch => {
                values.set("dest", desired.path.as_str());
            }
            FileState::Link | FileState::Hard => {
                values.set("dest", desired.path.as_str());
                let now = match &desired.what {
                    What::Link(target) => Some(target.clone()),
                    _ => self.src.as_ref().map(|src| look.expand(src)),
                };
                values.set("src", self.src.as_ref().map(|src| look.expand(src)).or(now.filter(|_| self.follow)));
            }
            _ => {
                values.set("path", desired.path.as_str());
            }
        }
        if desired.what == What::Absent {
            values.set("state", "absent");
        } else {
            values.extend(look.path_info(&current.path)?);
        }
        Ok(values)
    }

    fn diff(&self, look: &Look, current: &State, desired: &State) -> Result<Vec<Diff>> {
        let mut before = Map::from_iter([("path", desired.path.as_str())]);
        let mut after = before.clone();
        let word = if self.state == Some(FileState::Touch) { "touch" } else { desired.word };
        if current.word != word {
            before.set("state", current.word);
            after.set("state", word);
        }
        if let (What::Link(old), What::Link(new)) = (&current.what, &desired.what)
            && old != new
        {
            before.set("src", old.as_str());
            after.set("src", new.as_str());
        }
        if current.what == What::Directory && desired.what == What::Absent {
            before.set("path_content", content_of(look, &current.path)?);
        }
        if desired.what != What::Absent {
            let was = self.born(look, current, desired);
            let (b, a) = was.diff(&desired.attributes.or(&was));
            before.extend(b);
            after.extend(a);
            if let (Some(was), Some(will)) = (current.stamps, desired.stamps)
                && (current.what == desired.what || !matches!(desired.what, What::File { .. }))
            {
                was.diff(will, &mut before, &mut after);
            }
        }
        Ok(vec![Diff { before: before.into(), after: after.into(), ..Diff::default() }])
    }
}

/// What goes with a directory that is removed.
fn content_of(look: &Look, top: &str) -> Result<Value> {
    let (mut directories, mut files) = (Vec::new(), Vec::new());
    let mut todo = vec![top.to_owned()];
    while let Some(directory) = todo.pop() {
        for name in look.list(&directory)? {
            let path = format!("{}/{name}", directory.trim_end_matches('/'));
            match look.lstat(&path)? {
                Some(meta) if meta.kind == FileKind::Directory => {
                    directories.push(path.clone());
                    todo.push(path);
                }
                Some(_) => files.push(path),
                None => {}
            }
        }
    }
    Ok(Map::from_iter([("directories", Value::from(directories)), ("files", Value::from(files))]).into())
}

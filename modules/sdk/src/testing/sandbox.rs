//! A temporary directory, and what it looks like.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// A directory that is gone when this is.
#[derive(Debug)]
pub struct Sandbox(tempfile::TempDir);

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Self {
        Sandbox(tempfile::tempdir().unwrap())
    }

    /// The absolute path of a name in it.
    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Makes a file, and the directories over it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        path
    }

    /// The text of a file.
    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The permission bits of an entry.
    pub fn mode(&self, name: &str) -> u32 {
        std::fs::symlink_metadata(self.path(name)).unwrap().mode() & 0o7777
    }

    /// Everything in it as it is now.
    pub fn snapshot(&self) -> Snapshot {
        let mut entries = BTreeMap::new();
        walk(self.0.path(), self.0.path(), &mut entries);
        Snapshot(entries)
    }
}

/// Entries by their path: kind, bits, owner, times of writing, content. Times of reading do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    mode: u32,
    owner: (u32, u32),
    inode: u64,
    modified: (i64, i64),
    content: Vec<u8>,
}

impl Snapshot {
    /// Panics with the first difference when the other is not the same.
    pub fn assert_same(&self, later: &Snapshot, who: &str) {
        for (path, entry) in &self.0 {
            match later.0.get(path) {
                Some(now) if now == entry => {}
                Some(now) => panic!("{who} changed `{path}`: {entry:?} became {now:?}"),
                None => panic!("{who} removed `{path}`"),
            }
        }
        if let Some(path) = later.0.keys().find(|path| !self.0.contains_key(*path)) {
            panic!("{who} made `{path}`");
        }
    }
}

fn walk(top: &Path, path: &Path, into: &mut BTreeMap<String, Entry>) {
    let meta = std::fs::symlink_metadata(path).unwrap();
    let content = if meta.is_file() {
        std::fs::read(path).unwrap()
    } else if meta.is_symlink() {
        std::fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
    } else {
        Vec::new()
    };
    let entry = Entry {
        mode: meta.mode(),
        owner: (meta.uid(), meta.gid()),
        inode: meta.ino(),
        modified: (meta.mtime(), meta.mtime_nsec()),
        content,
    };
    let name = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
    into.insert(if name.is_empty() { ".".to_owned() } else { name }, entry);
    if meta.is_dir() {
        for below in std::fs::read_dir(path).unwrap() {
            walk(top, &below.unwrap().path(), into);
        }
    }
}

//! Going through directories for `find`: shallow ones first, files before directories, each sorted.

use super::filter::Filter;
use super::{FileType, Find};
use crate::files::stat::basics;
use hostler_sdk::{FileKind, Look, Map, Meta, Outcome, Value};
use std::collections::{HashMap, HashSet};

pub(super) struct Walk<'a> {
    find: &'a Find,
    look: &'a Look<'a>,
    filter: &'a Filter,
    found: Vec<Map>,
    examined: usize,
    skipped: Map,
    troubled: bool,
    /// Names of users and groups by number, looked up once.
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

/// What stops the search of one path.
enum Stop {
    /// There are as many matches as are wanted.
    Enough,
    /// Something cannot be told.
    Trouble(String),
}

impl<'a> Walk<'a> {
    pub(super) fn new(find: &'a Find, look: &'a Look<'a>, filter: &'a Filter) -> Self {
        Walk {
            find,
            look,
            filter,
            found: Vec::new(),
            examined: 0,
            skipped: Map::new(),
            troubled: false,
            users: HashMap::new(),
            groups: HashMap::new(),
        }
    }

    /// Searches one of the paths; what goes wrong is told in the outcome.
    pub(super) fn path(&mut self, top: &str) {
        if self.full() {
            return;
        }
        let top = if top == "/" { top } else { top.trim_end_matches('/') };
        let result = match self.look.stat(top) {
            Ok(Some(meta)) if meta.kind == FileKind::Directory => {
                self.directory(top, 1, &mut HashSet::from([(meta.dev, meta.ino)]))
            }
            Ok(_) => Err(Stop::Trouble(format!("'{top}' is not a directory"))),
            Err(e) => Err(Stop::Trouble(e.to_string())),
        };
        if let Err(Stop::Trouble(cause)) = result {
            self.look.warn(format!("Skipped '{top}' path due to this access issue: {cause}"));
            self.skipped.set(top, cause);
            self.troubled = true;
        }
    }

    fn full(&self) -> bool {
        self.find.limit.is_some_and(|limit| self.found.len() as i64 >= limit)
    }

    fn directory(&mut self, directory: &str, depth: usize, above: &mut HashSet<(u64, u64)>) -> Result<(), Stop> {
        let names = match self.look.list(directory) {
            Ok(names) => names,
            Err(e) => {
                self.skipped.set(directory, e.to_string());
                return Ok(());
            }
        };
        let (mut files, mut directories) = (Vec::new(), Vec::new());
        for name in names {
            let path = format!("{}/{name}", directory.trim_end_matches('/'));
            let meta = match self.look.lstat(&path) {
                Ok(Some(meta)) => meta,
                Ok(None) => continue,
                Err(e) => {
                    self.look.warn(format!("Skipped entry '{path}' due to access issue."));
                    self.skipped.set(path, e.to_string());
                    self.troubled = true;
                    continue;
                }
            };
            // A link to a directory counts as one.
            let target = match meta.kind {
                FileKind::Link => self.look.stat(&path).ok().flatten().filter(|m| m.kind == FileKind::Directory),
                FileKind::Directory => Some(meta.clone()),
                _ => None,
            };
            match target {
                Some(target) => directories.push((name, path, meta, target)),
                None => files.push((name, path, meta)),
            }
        }
        self.examined += files.len() + directories.len();
        if self.find.depth.is_some_and(|most| most > 0 && depth > most) {
            return Ok(());
        }
        for (name, path, meta) in &files {
            self.entry(name, path, meta)?;
        }
        for (name, path, meta, _) in &directories {
            self.entry(name, path, meta)?;
        }
        if !self.find.recurse {
            return Ok(());
        }
        for (_, path, meta, target) in &directories {
            let id = (target.dev, target.ino);
            if meta.kind == FileKind::Link && !self.find.follow || above.contains(&id) {
                continue;
            }
            above.insert(id);
            let result = self.directory(path, depth + 1, above);
            above.remove(&id);
            result?;
        }
        Ok(())
    }

    fn entry(&mut self, name: &str, path: &str, meta: &Meta) -> Result<(), Stop> {
        if name.starts_with('.') && !self.find.hidden || !self.wanted(name, path, meta)? {
            return Ok(());
        }
        let mut entry = basics(path, meta);
        for key in ["exists", "blocks", "block_size", "device_type", "readable", "writeable", "executable"] {
            entry.take(key);
        }
        let look = self.look;
        let group = self.groups.entry(meta.gid).or_insert_with(|| {
            look.group_numbered(meta.gid).ok().flatten().map(|group| group.name).unwrap_or_default()
        });
        entry.set("gr_name", group.as_str());
        let user = self
            .users
            .entry(meta.uid)
            .or_insert_with(|| look.user_numbered(meta.uid).ok().flatten().map(|user| user.name).unwrap_or_default());
        entry.set("pw_name", user.as_str());
        if self.find.get_checksum && meta.kind == FileKind::File {
            let digest = self.find.checksum_algorithm.digest();
            entry.set_some("checksum", self.look.hash(path, digest).ok());
        }
        self.found.push(entry);
        if self.full() { Err(Stop::Enough) } else { Ok(()) }
    }

    fn wanted(&self, name: &str, path: &str, meta: &Meta) -> Result<bool, Stop> {
        let file = meta.kind == FileKind::File;
        let kind = match self.find.file_type {
            FileType::Any => true,
            FileType::Directory => meta.kind == FileKind::Directory,
            FileType::File => file,
            FileType::Link => meta.kind == FileKind::Link,
        };
        if !kind || !self.filter.age(meta) || !self.filter.mode(meta) || file && !self.filter.size(meta) {
            return Ok(false);
        }
        if !self.filter.name(name).map_err(Stop::Trouble)? {
            return Ok(false);
        }
        if self.find.file_type == FileType::File {
            return self.filter.content(self.look, path).map_err(Stop::Trouble);
        }
        Ok(true)
    }

    pub(super) fn outcome(self) -> Outcome {
        let msg = match (self.troubled, self.full()) {
            (true, _) => "Not all paths examined, check warnings for details",
            (_, true) => "Limit of matches reached",
            _ => "All paths examined",
        };
        Outcome::default()
            .with("matched", self.found.len())
            .with("files", self.found.into_iter().map(Value::from).collect::<Vec<_>>())
            .with("msg", msg)
            .with("examined", self.examined)
            .with("skipped_paths", self.skipped)
    }
}

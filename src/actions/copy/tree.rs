//! What is below a directory of the controller that is to be copied: files, directories and the links that stay links.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Everything below one directory, under the paths it gets below the destination. Sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    /// Directories, parents before children.
    pub directories: Vec<String>,
    /// Files: where they are here, and their path there.
    pub files: Vec<(PathBuf, String)>,
    /// Links: where they point, and their path there.
    pub links: Vec<(String, String)>,
}

/// Directories on the way down, so that a link to one of them ends in a link instead of going round for ever.
type Above = HashSet<(u64, u64)>;

impl Tree {
    /// Walks `top`. With `contents` its content lands in the destination itself (`src: dir/`), otherwise the directory does.
    /// With `follow` links are replaced by what they point to, unless that is missing or goes round in a circle.
    pub(super) fn walk(top: &Path, contents: bool, follow: bool) -> io::Result<Tree> {
        let mut tree = Tree::default();
        let base = match top.file_name() {
            Some(name) if !contents => text(name)?.to_owned(),
            _ => String::new(),
        };
        if !base.is_empty() {
            tree.directories.push(base.clone());
        }
        let meta = fs::metadata(top)?;
        let above = HashSet::from([(meta.dev(), meta.ino())]);
        tree.add(top, &base, follow, &above)?;
        Ok(tree)
    }

    fn add(&mut self, directory: &Path, base: &str, follow: bool, above: &Above) -> io::Result<()> {
        let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
        // What lies here comes before what lies deeper.
        entries.sort_by_key(|entry| (entry.path().is_dir(), entry.file_name()));
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name();
            let there = if base.is_empty() { text(&name)?.to_owned() } else { format!("{base}/{}", text(&name)?) };
            let own = fs::symlink_metadata(&path)?;
            let link = own.is_symlink();
            let target = if link { fs::metadata(&path).ok().filter(|_| follow) } else { Some(own) };
            match target {
                Some(meta) if meta.is_dir() => {
                    let id = (meta.dev(), meta.ino());
                    if above.contains(&id) {
                        self.link(&path, there)?;
                        continue;
                    }
                    self.directories.push(there.clone());
                    let mut below = above.clone();
                    below.insert(id);
                    self.add(&path, &there, follow, &below)?;
                }
                // A link to a device or a socket stays one, as in Ansible.
                Some(meta) if meta.is_file() || !link => self.files.push((path, there)),
                _ => self.link(&path, there)?,
            }
        }
        Ok(())
    }

    fn link(&mut self, path: &Path, there: String) -> io::Result<()> {
        let target = fs::read_link(path)?;
        self.links.push((text(target.as_os_str())?.to_owned(), there));
        Ok(())
    }
}

fn text(name: &std::ffi::OsStr) -> io::Result<&str> {
    name.to_str().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("the name {name:?} is not UTF-8")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn sample() -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        fs::create_dir_all(at("d/sub/empty")).unwrap();
        fs::write(at("d/f"), "f").unwrap();
        fs::write(at("d/sub/g"), "g").unwrap();
        fs::write(at("outside"), "o").unwrap();
        symlink("../outside", at("d/to_file")).unwrap();
        symlink("nowhere", at("d/dangling")).unwrap();
        symlink("..", at("d/sub/round")).unwrap();
        top
    }

    #[test]
    fn links_are_followed_unless_they_go_round() {
        let top = sample();
        let tree = Tree::walk(&top.path().join("d"), false, true).unwrap();
        assert_eq!(tree.directories, ["d", "d/sub", "d/sub/empty"]);
        let files: Vec<&str> = tree.files.iter().map(|(_, to)| to.as_str()).collect();
        assert_eq!(files, ["d/f", "d/to_file", "d/sub/g"]);
        assert_eq!(tree.links, [("nowhere".into(), "d/dangling".into()), ("..".into(), "d/sub/round".into())]);
    }

    #[test]
    fn links_stay_links_when_not_followed() {
        let top = sample();
        let tree = Tree::walk(&top.path().join("d"), true, false).unwrap();
        assert_eq!(tree.directories, ["sub", "sub/empty"]);
        assert_eq!(tree.files.len(), 2);
        let links: Vec<&str> = tree.links.iter().map(|(_, to)| to.as_str()).collect();
        assert_eq!(links, ["dangling", "to_file", "sub/round"]);
    }
}

//! `find`: the files, directories or links below some directories that are as wanted.

mod filter;
mod walk;

use super::stat::Algorithm;
use filter::Filter;
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Choice, Facts, Look, Mode, Module, Outcome};

/// Return a list of files based on specific criteria
///
/// All criteria must hold together, as with the `find` command.
#[derive(Debug, Module)]
#[module(
    kind = "facts",
    returns(
        ("files", "list", "all matches, each with what `stat` says of it"),
        ("matched", "int", "number of matches"),
        ("examined", "int", "number of paths looked at"),
        ("msg", "str", "whether all paths were examined"),
        ("skipped_paths", "dict", "paths that could not be looked at, and why")
    ),
    examples = r#"- name: Recursively find /tmp files older than 2 days
  ansible.builtin.find:
    paths: /tmp
    age: 2d
    recurse: true

- name: Find /var/log files equal or greater than 10 megabytes ending with .old or .log.gz
  ansible.builtin.find:
    paths: /var/log
    patterns: '*.old,*.log.gz'
    size: 10m
"#
)]
pub struct Find {
    /// The directories to search.
    #[arg(alias("name", "path"), required)]
    paths: Vec<HostPath>,
    /// Shell patterns, or regular expressions with `use_regex`, one of which the name must match.
    #[arg(alias = "pattern")]
    patterns: Vec<String>,
    /// Patterns of the same kind, none of which the name may match.
    #[arg(alias = "exclude")]
    excludes: Vec<String>,
    /// A regular expression that a line of the file must begin with.
    contains: Option<String>,
    /// Whether `contains` is searched for in the whole file rather than line by line.
    #[arg(default = "no")]
    read_whole_file: bool,
    /// What kind of thing is found.
    #[arg(default = "file")]
    file_type: FileType,
    /// Only what is at least this old, or with a minus at most: seconds, or with one of `smhdw`.
    age: Option<String>,
    /// Which time `age` is about.
    #[arg(default = "mtime")]
    age_stamp: AgeStamp,
    /// Only files of at least this size, or with a minus at most: bytes, or with one of `bkmgt`.
    size: Option<String>,
    /// Whether directories below are searched too.
    #[arg(default = "no")]
    recurse: bool,
    /// Whether names that begin with a dot are found.
    #[arg(default = "no")]
    hidden: bool,
    /// Whether links to directories are followed.
    #[arg(default = "no")]
    follow: bool,
    /// Whether the checksum of each file is taken.
    #[arg(default = "no")]
    get_checksum: bool,
    /// How the checksum is taken.
    #[arg(default = "sha1", alias("checksum", "checksum_algo"))]
    checksum_algorithm: Algorithm,
    /// Whether patterns are regular expressions, matched at the beginning of the name.
    #[arg(default = "no")]
    use_regex: bool,
    /// How many levels below a directory are searched; all when not given or 0.
    depth: Option<usize>,
    /// Only what has these permissions.
    mode: Option<Mode>,
    /// Whether the permissions must be exactly these rather than some of them.
    #[arg(default = "yes")]
    exact_mode: bool,
    /// The encoding of files that `contains` looks into.
    encoding: Option<String>,
    /// The most matches to return.
    limit: Option<i64>,
}

/// A kind of thing.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FileType {
    Any,
    Directory,
    File,
    Link,
}

/// One of the times of a path.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AgeStamp {
    Atime,
    Ctime,
    Mtime,
}

impl Facts for Find {
    fn gather(&self, look: &Look) -> Result<Outcome> {
        if let Some(limit) = self.limit.filter(|limit| *limit <= 0) {
            return Err(Failure::new(format!("limit cannot be {limit} (use None for unlimited)")));
        }
        let filter = Filter::new(self)?;
        let mut walk = walk::Walk::new(self, look, &filter);
        for path in &self.paths {
            walk.path(&look.absolute(path));
        }
        Ok(walk.outcome())
    }
}

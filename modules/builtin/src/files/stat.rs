//! `stat`: everything the system says about a path.

use hostler_sdk::args::HostPath;
use hostler_sdk::backend::{Command, Digest};
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Choice, Facts, FileKind, Look, Map, Meta, Module, Outcome, Value};

/// Retrieve file or file system status
///
/// Says what is at a path, as the `stat` command does, with its checksum, its type as `file` sees it, and its attributes as
/// `lsattr` shows them. A path where nothing is has `stat.exists` false; that is no failure.
#[derive(Debug, Module)]
#[module(
    kind = "facts",
    returns(("stat", "dict", "`exists`, and when it is true all that is known of the path")),
    examples = r#"- name: Fail when the file does not belong to root
  ansible.builtin.stat:
    path: /etc/foo.conf
  register: st

- ansible.builtin.fail:
    msg: "Whoops! file ownership has changed"
  when: st.stat.pw_name != 'root'
"#
)]
pub struct Stat {
    /// The path to describe.
    #[arg(alias("dest", "name"))]
    path: HostPath,
    /// Whether what a link points to is described rather than the link.
    #[arg(default = "no")]
    follow: bool,
    /// Whether the content's type is found out, with the host's `file` program.
    #[arg(default = "yes", alias("mime", "mime_type", "mime-type"))]
    get_mime: bool,
    /// Whether attributes are read, with the host's `lsattr` program.
    #[arg(default = "yes", alias("attr", "attributes"))]
    get_attributes: bool,
    /// Whether the content's checksum is taken.
    #[arg(default = "yes")]
    get_checksum: bool,
    /// How the checksum is taken.
    #[arg(default = "sha1", alias("checksum", "checksum_algo"))]
    checksum_algorithm: Algorithm,
}

/// A hash function.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// As the backends know it.
    pub(super) fn digest(self) -> Digest {
        match self {
            Algorithm::Md5 => Digest::Md5,
            Algorithm::Sha1 => Digest::Sha1,
            Algorithm::Sha224 => Digest::Sha224,
            Algorithm::Sha256 => Digest::Sha256,
            Algorithm::Sha384 => Digest::Sha384,
            Algorithm::Sha512 => Digest::Sha512,
        }
    }
}

/// The letters of `lsattr` and what they mean.
const FLAGS: [(char, &str); 20] = [
    ('A', "noatime"),
    ('a', "append"),
    ('c', "compressed"),
    ('C', "nocow"),
    ('d', "nodump"),
    ('D', "dirsync"),
    ('e', "extents"),
    ('E', "encrypted"),
    ('h', "blocksize"),
    ('i', "immutable"),
    ('I', "indexed"),
    ('j', "journalled"),
    ('N', "inline"),
    ('s', "zero"),
    ('S', "synchronous"),
    ('t', "notail"),
    ('T', "blockroot"),
    ('u', "undelete"),
    ('X', "compressedraw"),
    ('Z', "compresseddirty"),
];

impl Facts for Stat {
    fn gather(&self, look: &Look) -> Result<Outcome> {
        let path = look.absolute(&self.path);
        let meta = if self.follow { look.stat(&path) } else { look.lstat(&path) };
        let meta = meta.map_err(|e| Failure::new(e.cause))?;
        let Some(meta) = meta else {
            return Ok(Outcome::default().with("stat", Map::from_iter([("exists", false)])));
        };
        let mut stat = basics(&path, &meta);
        let readable = look.access(&path, 4);
        stat.set("readable", readable);
        stat.set("writeable", look.access(&path, 2));
        stat.set("executable", look.access(&path, 1));
        if meta.kind == FileKind::Link {
            // A link to nothing resolves to where it points.
            let target = look.read_link(&path)?;
            let source = look.real_path(&path).unwrap_or_else(|_| beside(&path, &target));
            stat.set("lnk_source", source);
            stat.set("lnk_target", target);
        }
        stat.set_some("pw_name", look.user_numbered(meta.uid)?.map(|user| user.name));
        stat.set_some("gr_name", look.group_numbered(meta.gid)?.map(|group| group.name));
        if self.get_checksum && meta.kind == FileKind::File && readable {
            stat.set("checksum", look.hash(&path, self.checksum_algorithm.digest())?);
        }
        if self.get_mime {
            let (mime, charset) = mime(look, &path);
            stat.set("mimetype", mime);
            stat.set("charset", charset);
        }
        if self.get_attributes {
            attributes(look, &path, &mut stat);
        }
        Ok(Outcome::default().with("stat", stat))
    }
}

/// What `lstat` says, under Ansible's names.
pub(super) fn basics(path: &str, meta: &Meta) -> Map {
    let is = |kind| meta.kind == kind;
    let bit = |bit: u32| meta.mode & bit != 0;
    let rest: [(&str, Value); 36] = [
        ("exists", true.into()),
        ("path", path.into()),
        ("mode", format!("{:04o}", meta.mode).into()),
        ("isdir", is(FileKind::Directory).into()),
        ("ischr", is(FileKind::CharDevice).into()),
        ("isblk", is(FileKind::BlockDevice).into()),
        ("isreg", is(FileKind::File).into()),
        ("isfifo", is(FileKind::Fifo).into()),
        ("islnk", is(FileKind::Link).into()),
        ("issock", is(FileKind::Socket).into()),
        ("uid", meta.uid.into()),
        ("gid", meta.gid.into()),
        ("size", meta.size.into()),
        ("inode", meta.ino.into()),
        ("dev", meta.dev.into()),
        ("nlink", meta.nlink.into()),
        ("atime", meta.atime.into()),
        ("mtime", meta.mtime.into()),
        ("ctime", meta.ctime.into()),
        ("wusr", bit(0o200).into()),
        ("rusr", bit(0o400).into()),
        ("xusr", bit(0o100).into()),
        ("wgrp", bit(0o020).into()),
        ("rgrp", bit(0o040).into()),
        ("xgrp", bit(0o010).into()),
        ("woth", bit(0o002).into()),
        ("roth", bit(0o004).into()),
        ("xoth", bit(0o001).into()),
        ("isuid", bit(0o4000).into()),
        ("isgid", bit(0o2000).into()),
        ("blocks", meta.blocks.into()),
        ("block_size", meta.block_size.into()),
        ("device_type", meta.rdev.into()),
        ("readable", false.into()),
        ("writeable", false.into()),
        ("executable", false.into()),
    ];
    rest.into_iter().collect()
}

/// Where a link at `path` leads that holds `target`.
fn beside(path: &str, target: &str) -> String {
    match path.rsplit_once('/') {
        Some((directory, _)) if !target.starts_with('/') => format!("{directory}/{target}"),
        _ => target.to_owned(),
    }
}

/// Type and encoding of the content, `unknown` where the host has no `file` program.
fn mime(look: &Look, path: &str) -> (String, String) {
    let unknown = || ("unknown".to_owned(), "unknown".to_owned());
    let Some(program) = look.which("file") else { return unknown() };
    let command = Command::new([program.as_str(), "--mime-type", "--mime-encoding", "--", path]).env("LC_ALL", "C");
    let Ok(output) = look.query(&command) else { return unknown() };
    let text = output.out();
    let parts = text.rsplit_once(':').and_then(|(_, about)| about.split_once(';'));
    match parts.and_then(|(mime, rest)| Some((mime.trim(), rest.split_once('=')?.1.trim()))) {
        Some((mime, charset)) if output.ok() => (mime.to_owned(), charset.to_owned()),
        _ => unknown(),
    }
}

fn attributes(look: &Look, path: &str, stat: &mut Map) {
    stat.set("version", Value::Null);
    stat.set("attributes", Vec::<Value>::new());
    stat.set("attr_flags", "");
    let Some(program) = look.which("lsattr") else { return };
    let Ok(output) = look.query(&Command::new([program.as_str(), "-vd", path]).env("LC_ALL", "C")) else { return };
    let text = output.out();
    let mut words = text.split_whitespace();
    if let (true, Some(version), Some(flags)) = (output.ok(), words.next(), words.next()) {
        let flags = flags.replace('-', "");
        let names = flags.chars().filter_map(|flag| FLAGS.iter().find(|(f, _)| *f == flag).map(|(_, name)| *name));
        stat.set("version", version);
        stat.set("attributes", names.collect::<Value>());
        stat.set("attr_flags", flags.as_str());
    }
}

//! known_hosts files as OpenSSH reads them: plain, hashed and bracketed names, wildcards, negation, `@revoked`,
//! `@cert-authority`. Keys are compared as bytes, never with their comments.

use super::pattern;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One line of a file.
#[derive(Clone, Debug)]
struct Entry {
    marker: Marker,
    names: Names,
    key: Vec<u8>,
    file: Arc<Path>,
    line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Marker {
    None,
    Revoked,
    Authority,
}

#[derive(Clone, Debug)]
enum Names {
    Patterns(Vec<String>),
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
}

/// What the files say about a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is this host's.
    Known,
    /// Nothing about this host; whether an authority is named for it.
    Unknown {
        /// Where a certificate authority for it stands, if one does.
        authority: Option<String>,
    },
    /// The host has another key.
    Changed {
        /// `file:line` of it.
        at: String,
    },
    /// The key must never be accepted.
    Revoked {
        /// `file:line`.
        at: String,
    },
}

/// Lines of files, in order.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    entries: Vec<Entry>,
}

impl KnownHosts {
    /// Reads files; a missing one is empty, an unreadable one an error.
    pub fn read<'a>(files: impl IntoIterator<Item = &'a Path>) -> io::Result<Self> {
        let mut all = KnownHosts::default();
        for file in files {
            match std::fs::read(file) {
                Ok(bytes) => all.add(&String::from_utf8_lossy(&bytes), file),
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(io::Error::new(e.kind(), format!("could not read `{}`: {e}", file.display()))),
            }
        }
        Ok(all)
    }

    /// Adds the lines of a text; `file` is for messages.
    pub fn add(&mut self, text: &str, file: &Path) {
        let file: Arc<Path> = file.into();
        for (number, line) in text.lines().enumerate() {
            self.entries.extend(parse(line, &file, number + 1));
        }
    }

    /// What is said about a key in SSH's encoding. `names` are those the host is known by, the most exact first; the
    /// others only confirm a key.
    pub fn check(&self, names: &[&str], key: &[u8]) -> Verdict {
        if let Some(at) = self.revoked(names, key) {
            return Verdict::Revoked { at };
        }
        let mut of_host = self.entries.iter().filter(|e| e.marker == Marker::None && e.is_for_any(names));
        if of_host.any(|e| e.key == key) {
            return Verdict::Known;
        }
        let first = names.first().copied().unwrap_or_default();
        let other = self.entries.iter().find(|e| e.marker == Marker::None && e.names.matches(first));
        if let Some(entry) = other {
            return Verdict::Changed { at: entry.place() };
        }
        let authority = self.entries.iter().find(|e| e.marker == Marker::Authority && e.is_for_any(names));
        Verdict::Unknown { authority: authority.map(Entry::place) }
    }

    /// Where the key of a certificate's signer is named as an authority for the host.
    pub fn authority(&self, names: &[&str], signer: &[u8]) -> Option<String> {
        let mut authorities = self.entries.iter().filter(|e| e.marker == Marker::Authority && e.is_for_any(names));
        authorities.find(|e| e.key == signer).map(Entry::place)
    }

    /// Whether any authority is named for the host, so that a certificate is worth asking for.
    pub fn has_authority(&self, names: &[&str]) -> bool {
        self.entries.iter().any(|e| e.marker == Marker::Authority && e.is_for_any(names))
    }

    /// Where a key is revoked for the host.
    pub fn revoked(&self, names: &[&str], key: &[u8]) -> Option<String> {
        let mut revoked = self.entries.iter().filter(|e| e.marker == Marker::Revoked && e.is_for_any(names));
        revoked.find(|e| e.key == key).map(Entry::place)
    }

    /// Types of the keys recorded for a host (`ssh-ed25519`), for the negotiation to ask for one of them.
    pub fn key_types(&self, names: &[&str]) -> Vec<String> {
        let of_host = self.entries.iter().filter(|e| e.marker == Marker::None && e.is_for_any(names));
        of_host.filter_map(|e| key_type(&e.key)).collect()
    }
}

impl Entry {
    fn is_for_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.names.matches(name))
    }
    fn place(&self) -> String {
        format!("{}:{}", self.file.display(), self.line)
    }
}

impl Names {
    fn matches(&self, name: &str) -> bool {
        match self {
            Names::Patterns(patterns) => pattern::list_matches(patterns.iter().map(String::as_str), name),
            Names::Hashed { salt, hash } => digest(salt, name).is_some_and(|digest| digest == *hash),
        }
    }
}

fn digest(salt: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(salt).ok()?;
    mac.update(name.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

/// The type inside an encoded key.
fn key_type(key: &[u8]) -> Option<String> {
    let (length, rest) = key.split_first_chunk::<4>()?;
    let name = rest.get(..u32::from_be_bytes(*length) as usize)?;
    String::from_utf8(name.to_vec()).ok()
}

/// A line; `None` for comments and whatever cannot be a key of protocol 2.
fn parse(line: &str, file: &Arc<Path>, number: usize) -> Option<Entry> {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let mut first = words.next().filter(|word| !word.starts_with('#'))?;
    let marker = match first {
        "@revoked" => Marker::Revoked,
        "@cert-authority" => Marker::Authority,
        other if other.starts_with('@') => return None,
        _ => Marker::None,
    };
    if marker != Marker::None {
        first = words.next()?;
    }
    let names = match first.strip_prefix("|1|") {
        Some(rest) => {
            let (salt, hash) = rest.split_once('|')?;
            Names::Hashed { salt: STANDARD.decode(salt).ok()?, hash: STANDARD.decode(hash).ok()? }
        }
        None => Names::Patterns(first.split(',').map(str::to_owned).collect()),
    };
    let kind = words.next()?;
    let key = STANDARD.decode(words.next()?).ok()?;
    (key_type(&key)? == kind).then(|| Entry { marker, names, key, file: file.clone(), line: number })
}

/// The line that records a key, with its newline.
pub fn line(name: &str, key: &[u8], hash: bool) -> io::Result<String> {
    let kind = key_type(key).ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "the key has no type"))?;
    let mut shown = name.to_owned();
    if hash {
        let mut salt = [0; 20];
        getrandom::fill(&mut salt).map_err(|e| io::Error::other(e.to_string()))?;
        let digest = digest(&salt, name).ok_or_else(|| io::Error::other("the name could not be hashed"))?;
        shown = format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(digest));
    }
    Ok(format!("{shown} {kind} {}\n", STANDARD.encode(key)))
}

/// Adds a line to a file in one write, under a lock that other processes of ours respect. The file and its directory are
/// made private when they are missing.
pub fn append(file: &Path, line: &str) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
    if let Some(directory) = file.parent().filter(|d| !d.as_os_str().is_empty() && !d.exists()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut out = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(file)?;
    out.lock()?;
    let length = out.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        out.read_exact_at(&mut last, length - 1)?;
    }
    // The last line of a file edited by hand may lack its newline.
    let text = if last == [b'\n'] { line.to_owned() } else { format!("\n{line}") };
    out.write_all(text.as_bytes())
}

/// OpenSSH's files of the user.
pub fn user_files() -> Vec<PathBuf> {
    let home = std::env::home_dir().unwrap_or_default();
    ["known_hosts", "known_hosts2"].iter().map(|name| home.join(".ssh").join(name)).collect()
}

/// OpenSSH's files of the system.
pub fn system_files() -> Vec<PathBuf> {
    ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"].iter().map(PathBuf::from).collect()
}

#[cfg(test)]
#[path = "known_hosts_tests.rs"]
mod tests;

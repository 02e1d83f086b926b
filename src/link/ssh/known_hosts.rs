//! known_hosts files as OpenSSH reads them: plain, hashed and bracketed names, wildcards, negation, `@revoked`,
//! `@cert-authority`. Keys are compared as bytes, never with their comments.

use super::pattern;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::collections::HashMap;
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One line of a file.
#[derive(Clone, Debug)]
struct Entry {
    marker: Marker,
    names: Names,
    key: Vec<u8>,
    file: Arc<Path>,
    /// Counted from 1; 0 where it is not known.
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
    /// In lower case, as names that are looked for are.
    Patterns(Vec<String>),
    /// A name that only shows when it is hashed with the line's salt, which `keyed` has taken in.
    Hashed { keyed: Hmac<Sha1>, hash: Vec<u8> },
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

/// Lines of files, in order. Those for plain names are found without looking at the others, for a file has a line for each
/// of thousands of hosts.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    entries: Vec<Entry>,
    /// Lines by the plain names in them.
    named: HashMap<String, Vec<usize>>,
    /// Lines that must be asked themselves: patterns and hashes.
    sought: Vec<usize>,
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
            self.push(parse(line, &file, number + 1));
        }
    }

    /// Adds a line that stands somewhere in a file now.
    pub fn add_line(&mut self, line: &str, file: &Path) {
        self.push(parse(line.trim_end(), &file.into(), 0));
    }

    fn push(&mut self, entry: Option<Entry>) {
        let Some(entry) = entry else { return };
        let at = self.entries.len();
        match entry.names.plain() {
            Some(names) => names.iter().for_each(|name| self.named.entry(name.clone()).or_default().push(at)),
            None => self.sought.push(at),
        }
        self.entries.push(entry);
    }

    /// The lines for a host that is known by any of the names, in order.
    fn of(&self, names: &[&str]) -> Vec<&Entry> {
        let mut found: Vec<usize> = names.iter().filter_map(|name| self.named.get(*name)).flatten().copied().collect();
        let entry = |at: &usize| self.entries.get(*at);
        found.extend(self.sought.iter().filter(|at| entry(at).is_some_and(|entry| entry.is_for_any(names))));
        found.sort_unstable();
        found.dedup();
        found.iter().filter_map(entry).collect()
    }

    /// What is said about a key in SSH's encoding. `names` are those the host is known by, the most exact first; the
    /// others only confirm a key.
    pub fn check(&self, names: &[&str], key: &[u8]) -> Verdict {
        let lines = self.of(names);
        let of = |marker: Marker| lines.iter().filter(move |line| line.marker == marker);
        if let Some(line) = of(Marker::Revoked).find(|line| line.key == key) {
            return Verdict::Revoked { at: line.place() };
        }
        if of(Marker::None).any(|line| line.key == key) {
            return Verdict::Known;
        }
        let first = names.first().copied().unwrap_or_default();
        if let Some(line) = of(Marker::None).find(|line| line.names.matches(first)) {
            return Verdict::Changed { at: line.place() };
        }
        Verdict::Unknown { authority: of(Marker::Authority).next().map(|line| line.place()) }
    }

    /// Where the key of a certificate's signer is named as an authority for the host.
    pub fn authority(&self, names: &[&str], signer: &[u8]) -> Option<String> {
        self.place(names, Marker::Authority, signer)
    }

    /// Where a key is revoked for the host.
    pub fn revoked(&self, names: &[&str], key: &[u8]) -> Option<String> {
        self.place(names, Marker::Revoked, key)
    }

    fn place(&self, names: &[&str], marker: Marker, key: &[u8]) -> Option<String> {
        let mut lines = self.of(names).into_iter();
        lines.find(|line| line.marker == marker && line.key == key).map(Entry::place)
    }

    /// What is recorded for a host, for the negotiation to ask for one of it.
    pub fn recorded(&self, names: &[&str]) -> Recorded {
        let mut recorded = Recorded::default();
        for line in self.of(names) {
            match line.marker {
                Marker::None => recorded.key_types.extend(key_type(&line.key)),
                Marker::Authority => recorded.authority = true,
                Marker::Revoked => {}
            }
        }
        recorded
    }
}

/// What the lines for a host hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// Types of its keys (`ssh-ed25519`), in order.
    pub key_types: Vec<String>,
    /// Whether any authority is named for it, so that a certificate is worth asking for.
    pub authority: bool,
}

impl Entry {
    fn is_for_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.names.matches(name))
    }
    fn place(&self) -> String {
        match self.line {
            0 => self.file.display().to_string(),
            line => format!("{}:{line}", self.file.display()),
        }
    }
}

impl Names {
    fn matches(&self, name: &str) -> bool {
        match self {
            Names::Patterns(patterns) => pattern::exact_list_matches(patterns.iter().map(String::as_str), name),
            Names::Hashed { keyed, hash } => digest(keyed, name) == *hash,
        }
    }

    /// All of them, when each stands for itself alone.
    fn plain(&self) -> Option<&[String]> {
        match self {
            Names::Patterns(patterns) => (!patterns.iter().any(|p| p.contains(['*', '?', '!']))).then_some(patterns),
            Names::Hashed { .. } => None,
        }
    }
}

/// A name hashed with what has taken in the salt.
fn digest(keyed: &Hmac<Sha1>, name: &str) -> Vec<u8> {
    keyed.clone().chain_update(name).finalize().into_bytes().to_vec()
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
            let keyed = Hmac::new_from_slice(&STANDARD.decode(salt).ok()?).ok()?;
            Names::Hashed { keyed, hash: STANDARD.decode(hash).ok()? }
        }
        None => Names::Patterns(first.split(',').map(str::to_lowercase).collect()),
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
        let keyed = Hmac::new_from_slice(&salt).map_err(|e| io::Error::other(e.to_string()))?;
        shown = format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(digest(&keyed, name)));
    }
    Ok(format!("{shown} {kind} {}\n", STANDARD.encode(key)))
}

/// Adds a line to a file in one write, under a lock that other processes of ours respect. The file and its directory are
/// made private when they are missing. Tells which bytes of the file it has written.
pub fn append(file: &Path, line: &str) -> io::Result<Range<u64>> {
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
    out.write_all(text.as_bytes())?;
    Ok(length..length + text.len() as u64)
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

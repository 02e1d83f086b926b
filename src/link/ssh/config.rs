//! `~/.ssh/config` and `/etc/ssh/ssh_config` (ssh_config(5)): `Host` and `Match` blocks, `Include`; the first value of a keyword
//! wins. Keywords without a meaning here are passed over, since the files serve ssh first.

use super::criteria::Criteria;
use super::tokens::{Tokens, login_name};
use crate::diagnostic::{Diagnostic, Result};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Files that include each other deeper than this are not followed, as in OpenSSH.
const DEPTH: usize = 16;

/// An option: its keyword in lower case, and its value.
pub type Pair = (String, String);

/// What configuration files say, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SshConfig {
    lines: Vec<Line>,
    /// Whether a block asks to be read when the host's name is final.
    again: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    /// All of these patterns' blocks must apply: an included file stands within the block that includes it.
    blocks: Vec<Block>,
    name: String,
    value: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Block {
    Hosts(Vec<String>),
    Match(Criteria),
}

/// A host for which the configuration is read.
pub(super) struct Asked<'a> {
    /// The name as it was asked for.
    pub original: &'a str,
    /// The name that `Host` patterns are held against.
    pub name: &'a str,
    /// Whether the name is final: the second reading.
    pub last: bool,
    /// What has been said so far.
    pub found: &'a [Pair],
}

impl Asked<'_> {
    fn first(&self, key: &str) -> Option<&str> {
        self.found.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// What tokens stand for as far as it is known by now.
    pub fn tokens(&self) -> Tokens {
        let alias = self.original.to_owned();
        let named = |name: &str| name.replace("%h", self.name).replace("%%", "%");
        Tokens {
            address: self.first("hostname").map_or_else(|| self.name.to_owned(), named),
            port: self.first("port").and_then(|port| port.parse().ok()).unwrap_or(22),
            user: self.first("user").map_or_else(login_name, str::to_owned),
            jump: self.first("proxyjump").unwrap_or_default().to_owned(),
            key_alias: self.first("hostkeyalias").map(str::to_owned),
            alias,
        }
    }
}

impl SshConfig {
    /// The user's file and the system's; a missing one is empty.
    pub fn usual() -> Result<Self> {
        let mut config = SshConfig::default();
        if let Some(home) = std::env::home_dir() {
            config.read(&home.join(".ssh/config"), &home.join(".ssh"), &[], 0)?;
        }
        config.read(Path::new("/etc/ssh/ssh_config"), Path::new("/etc/ssh"), &[], 0)?;
        Ok(config)
    }

    /// One file in their place (`-F`); it must be there, but for `none`. Like ssh, it looks for included files in `~/.ssh`.
    pub fn load(path: &Path) -> Result<Self> {
        let mut config = SshConfig::default();
        if path == Path::new("none") {
            return Ok(config);
        }
        if !path.exists() {
            return Err(Diagnostic::error(format!("the ssh configuration `{}` does not exist", path.display())).boxed());
        }
        config.read(path, &std::env::home_dir().unwrap_or_default().join(".ssh"), &[], 0)?;
        Ok(config)
    }

    /// From text, for which included files are relative to `base`.
    pub fn parse(text: &str, base: &Path) -> Result<Self> {
        let mut config = SshConfig::default();
        config.add(text, Path::new("ssh_config"), base, &[], 0)?;
        Ok(config)
    }

    /// Options for a host by the name it was asked for, the most telling first. `given` are those that rank before.
    pub fn of(&self, asked: &str, given: &[Pair]) -> Vec<Pair> {
        let mut found = given.to_vec();
        self.pass(&mut found, asked, asked, false);
        if self.again {
            let named =
                Asked { original: asked, name: asked, last: false, found: &found }.tokens().address.to_lowercase();
            // The name is final: another `HostName` comes too late.
            found.push(("hostname".into(), named.replace('%', "%%")));
            self.pass(&mut found, asked, &named, true);
        }
        found.split_off(given.len())
    }

    fn pass(&self, found: &mut Vec<Pair>, original: &str, name: &str, last: bool) {
        // Lines of one block stand together: it is asked once.
        let mut known: Option<(&[Block], bool)> = None;
        for line in &self.lines {
            let holds = match known {
                Some((blocks, holds)) if blocks == line.blocks => holds,
                _ => {
                    let asked = Asked { original, name, last, found };
                    line.blocks.iter().all(|block| block.holds(&asked))
                }
            };
            known = Some((&line.blocks, holds));
            let pair = (line.name.clone(), line.value.clone());
            if holds && !found.contains(&pair) {
                found.push(pair);
            }
        }
    }

    fn read(&mut self, path: &Path, base: &Path, within: &[Block], depth: usize) -> Result<()> {
        match std::fs::read_to_string(path) {
            Ok(text) => self.add(&text, path, base, within, depth),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            Err(e) => {
                Err(Diagnostic::error(format!("could not read `{}`", path.display())).cause(e.to_string()).boxed())
            }
        }
    }

    fn add(&mut self, text: &str, file: &Path, base: &Path, within: &[Block], depth: usize) -> Result<()> {
        let mut blocks = within.to_vec();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let end = line.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(line.len());
            let name = line[..end].to_lowercase();
            let value = line[end..].trim_start();
            let value = value.strip_prefix('=').unwrap_or(value).trim();
            match name.as_str() {
                "host" => {
                    blocks = within.to_vec();
                    blocks.push(Block::Hosts(words(value)));
                }
                "match" => {
                    let criteria = Criteria::parse(&words(value)).map_err(|why| {
                        let place = format!("{}:{}", file.display(), number + 1);
                        Diagnostic::error(format!("could not read the ssh configuration: {place}")).cause(why).boxed()
                    })?;
                    self.again |= criteria.want_final();
                    blocks = within.to_vec();
                    blocks.push(Block::Match(criteria));
                }
                "include" if depth < DEPTH => {
                    for word in words(value) {
                        for file in included(&word, base) {
                            self.read(&file, base, &blocks, depth + 1)?;
                        }
                    }
                }
                "proxycommand" => self.push(&blocks, &name, value),
                _ => self.push(&blocks, &name, &words(value).join(" ")),
            }
        }
        Ok(())
    }

    fn push(&mut self, blocks: &[Block], name: &str, value: &str) {
        self.lines.push(Line { blocks: blocks.to_vec(), name: name.to_owned(), value: value.to_owned() });
    }
}

impl Block {
    fn holds(&self, asked: &Asked<'_>) -> bool {
        match self {
            Block::Match(criteria) => criteria.hold(asked),
            // With case, as ssh has it.
            Block::Hosts(patterns) => {
                super::pattern::exact_list_matches(patterns.iter().map(String::as_str), asked.name)
            }
        }
    }
}

/// Words of a value, double quotes removed.
fn words(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, after) = match rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
            Some((word, after)) => (word, after),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Files an `Include` names: `~`, relative names, and `*` `?` in any component.
fn included(word: &str, base: &Path) -> Vec<PathBuf> {
    let path = match (word.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => base.join(word),
    };
    let mut found = vec![PathBuf::new()];
    for part in path.components() {
        let name = part.as_os_str().to_string_lossy().into_owned();
        if !name.contains(['*', '?']) {
            found.iter_mut().for_each(|path| path.push(&name));
            continue;
        }
        found = found.iter().flat_map(|directory| inside(directory, &name)).collect();
    }
    found
}

/// Entries of a directory that a pattern names, in order.
fn inside(directory: &Path, pattern: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let wanted = |name: &String| name.starts_with('.') <= pattern.starts_with('.');
    let mut files: Vec<PathBuf> = names
        .filter(|name| wanted(name) && super::pattern::matches(pattern, name))
        .map(|name| directory.join(name))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(config: &SshConfig, host: &str, name: &str) -> Option<String> {
        config.of(host, &[]).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    #[test]
    fn first_value_of_matching_blocks_wins() {
        let text = "\
Port 2022
Host web* !web9
  HostName %h.example.org
  User=deploy
Match host web1
  User never
Host *
  User other
  IdentityFile \"/a b\"
  Port 22
";
        let config = SshConfig::parse(text, Path::new("/")).unwrap();
        assert_eq!(first(&config, "web1", "user").as_deref(), Some("deploy"));
        assert_eq!(first(&config, "web9", "user").as_deref(), Some("other"));
        assert_eq!(first(&config, "web1", "hostname").as_deref(), Some("%h.example.org"));
        assert_eq!(first(&config, "x", "port").as_deref(), Some("2022"));
        assert_eq!(first(&config, "x", "identityfile").as_deref(), Some("/a b"));
    }

    #[test]
    fn included_files_stay_within_their_block() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("conf.d/sub")).unwrap();
        std::fs::write(dir.path().join("conf.d/sub/1.conf"), "User a\nHost b\nUser c\n").unwrap();
        let config = SshConfig::parse("Host a b\nInclude conf.?/s*/*.conf\nPort 7\n", dir.path()).unwrap();
        assert_eq!(first(&config, "a", "user").as_deref(), Some("a"));
        assert_eq!(first(&config, "z", "user"), None);
        assert_eq!(first(&config, "b", "port").as_deref(), Some("7"));
    }

    #[test]
    fn what_cannot_be_matched_is_said_with_its_place() {
        let error = SshConfig::parse("\nMatch moon full\n", Path::new("/")).unwrap_err().to_string();
        assert!(error.contains("ssh_config:2") && error.contains("`moon`"), "{error}");
    }
}

//! `~/.ssh/config` and `/etc/ssh/ssh_config`: `Host` blocks, `Match all`, `Include`; the first value of a keyword wins.
//! Other `Match` blocks are not entered. Keywords without a meaning here are passed over, since the file serves ssh first.

use crate::diagnostic::{Diagnostic, Result};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Files that include each other deeper than this are not followed, as in OpenSSH.
const DEPTH: usize = 16;

/// What configuration files say, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SshConfig {
    lines: Vec<Line>,
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
    Never,
}

impl SshConfig {
    /// The user's file and the system's; a missing one is empty.
    pub fn usual() -> Result<Self> {
        let mut config = SshConfig::default();
        if let Some(home) = std::env::home_dir() {
            config.read(&home.join(".ssh/config"), &[], 0)?;
        }
        config.read(Path::new("/etc/ssh/ssh_config"), &[], 0)?;
        Ok(config)
    }

    /// One file in their place (`-F`); it must be there, but for `none`.
    pub fn load(path: &Path) -> Result<Self> {
        let mut config = SshConfig::default();
        if path == Path::new("none") {
            return Ok(config);
        }
        if !path.exists() {
            return Err(Diagnostic::error(format!("the ssh configuration `{}` does not exist", path.display())).boxed());
        }
        config.read(path, &[], 0)?;
        Ok(config)
    }

    /// From text, for which included files are relative to `base`.
    pub fn parse(text: &str, base: &Path) -> Result<Self> {
        let mut config = SshConfig::default();
        config.add(text, base, &[], 0)?;
        Ok(config)
    }

    /// Options for a host by the name it was asked for, keyword in lower case, most telling first.
    pub fn of(&self, host: &str) -> impl Iterator<Item = (String, String)> {
        let host = host.to_lowercase();
        self.lines
            .iter()
            .filter(move |line| line.blocks.iter().all(|block| block.holds(&host)))
            .map(|line| (line.name.clone(), line.value.clone()))
    }

    fn read(&mut self, path: &Path, within: &[Block], depth: usize) -> Result<()> {
        match std::fs::read_to_string(path) {
            Ok(text) => self.add(&text, path.parent().unwrap_or(Path::new("/")), within, depth),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            Err(e) => {
                Err(Diagnostic::error(format!("could not read `{}`", path.display())).cause(e.to_string()).boxed())
            }
        }
    }

    fn add(&mut self, text: &str, base: &Path, within: &[Block], depth: usize) -> Result<()> {
        let mut blocks = within.to_vec();
        for line in text.lines() {
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
                    blocks = within.to_vec();
                    if !value.eq_ignore_ascii_case("all") {
                        blocks.push(Block::Never);
                    }
                }
                "include" if depth < DEPTH => {
                    for word in words(value) {
                        for file in included(&word, base) {
                            self.read(&file, &blocks, depth + 1)?;
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
    fn holds(&self, host: &str) -> bool {
        match self {
            Block::Never => false,
            Block::Hosts(patterns) => super::pattern::list_matches(patterns.iter().map(String::as_str), host),
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

/// Files an `Include` names: `~`, relative names, and `*` `?` in the last component.
fn included(word: &str, base: &Path) -> Vec<PathBuf> {
    let path = match (word.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => base.join(word),
    };
    let Some(last) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Vec::new() };
    if !last.contains(['*', '?']) {
        return vec![path];
    }
    let Ok(directory) = std::fs::read_dir(path.parent().unwrap_or(base)) else { return Vec::new() };
    let mut files: Vec<PathBuf> = directory
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            !name.starts_with('.') && super::pattern::matches(&last, &name)
        })
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(config: &SshConfig, host: &str, name: &str) -> Option<String> {
        config.of(host).find(|(key, _)| key == name).map(|(_, value)| value)
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
        assert_eq!(first(&config, "WEB1", "hostname").as_deref(), Some("%h.example.org"));
        assert_eq!(first(&config, "x", "port").as_deref(), Some("2022"));
        assert_eq!(first(&config, "x", "identityfile").as_deref(), Some("/a b"));
    }

    #[test]
    fn included_files_stay_within_their_block() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("conf.d")).unwrap();
        std::fs::write(dir.path().join("conf.d/1.conf"), "User a\nHost b\nUser c\n").unwrap();
        let config = SshConfig::parse("Host a b\nInclude conf.d/*.conf\nPort 7\n", dir.path()).unwrap();
        assert_eq!(first(&config, "a", "user").as_deref(), Some("a"));
        assert_eq!(first(&config, "z", "user"), None);
        assert_eq!(first(&config, "b", "port").as_deref(), Some("7"));
    }
}

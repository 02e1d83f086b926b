//! Logins from `~/.netrc` (or the file `$NETRC` names), read as Python's `netrc` reads them.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// User and password for `host`; the `default` entry counts for every host. `None` when there is no such file or entry.
///
/// # Errors
/// The file's syntax, or a usual file that others may read.
pub(super) fn find(host: &str) -> Result<Option<(String, String)>, String> {
    let named = std::env::var_os("NETRC").map(PathBuf::from);
    let usual = named.is_none();
    let Some(path) = named.or_else(|| std::env::home_dir().map(|home| home.join(".netrc"))) else { return Ok(None) };
    // A file that cannot be read is none, as for Ansible.
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
    let entries = parse(&text).map_err(|why| format!("{why} ({})", path.display()))?;
    if usual && entries.iter().any(|entry| entry.user != "anonymous") {
        private(&path)?;
    }
    let named = entries.iter().rev().find(|entry| entry.host.as_deref() == Some(host));
    let found = named.or_else(|| entries.iter().rev().find(|entry| entry.host.is_none()));
    let whole = found.filter(|entry| !entry.user.is_empty() && !entry.password.is_empty());
    Ok(whole.map(|entry| (entry.user.clone(), entry.password.clone())))
}

fn private(path: &Path) -> Result<(), String> {
    let Ok(meta) = std::fs::metadata(path) else { return Ok(()) };
    if meta.uid() != rustix::process::getuid().as_raw() {
        return Err(format!("{} belongs to another user", path.display()));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(format!(
            "{} access too permissive: access permissions must restrict access to only the owner",
            path.display()
        ));
    }
    Ok(())
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    /// `None` for `default`.
    host: Option<String>,
    user: String,
    password: String,
}

fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut words = Words { rest: text };
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(word) = words.key() {
        match word.as_str() {
            "machine" => {
                let host = words.next().ok_or("`machine` without a name")?;
                entries.push(Entry { host: Some(host), ..Entry::default() });
            }
            "default" => entries.push(Entry::default()),
            // A macro's body ends at the first empty line.
            "macdef" => {
                words.next().ok_or("`macdef` without a name")?;
                let end = words.rest.find("\n\n").map_or(words.rest.len(), |at| at + 2);
                words.rest = &words.rest[end..];
            }
            key => {
                let Some(entry) = entries.last_mut() else { return Err(format!("bad toplevel token '{key}'")) };
                let value = words.next().unwrap_or_default();
                match key {
                    "login" | "user" => entry.user = value,
                    "password" => entry.password = value,
                    "account" => {}
                    _ => return Err(format!("bad follower token '{key}'")),
                }
            }
        }
    }
    Ok(entries)
}

/// Words between blanks; `"` holds blanks together, `\` protects a character.
struct Words<'t> {
    rest: &'t str,
}

impl Words<'_> {
    /// The next word that is no comment. Only where a keyword may stand can one be: passwords may begin with `#`.
    fn key(&mut self) -> Option<String> {
        loop {
            let word = self.next()?;
            if !word.starts_with('#') {
                return Some(word);
            }
            self.rest = self.rest.find('\n').map_or("", |at| &self.rest[at..]);
        }
    }
}

impl Iterator for Words<'_> {
    type Item = String;
    fn next(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        if self.rest.is_empty() {
            return None;
        }
        let quoted = self.rest.starts_with('"');
        let mut letters = self.rest.char_indices().skip(usize::from(quoted));
        let mut word = String::new();
        let mut end = self.rest.len();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' if quoted => {
                    end = at + 1;
                    break;
                }
                ' ' | '\t' | '\r' | '\n' if !quoted => {
                    end = at;
                    break;
                }
                '\\' => word.extend(letters.next().map(|(_, escaped)| escaped)),
                letter => word.push(letter),
            }
        }
        self.rest = &self.rest[end..];
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_python_reads_them() {
        let text = "# c\nmachine a login u password \"p q\"\nmacdef m\nmachine no\n\nmachine b\n user x\\ y account z\n password #1 # c\ndefault login d password e";
        let entry = |host: Option<&str>, user: &str, password: &str| Entry {
            host: host.map(str::to_owned),
            user: user.into(),
            password: password.into(),
        };
        let wanted = vec![entry(Some("a"), "u", "p q"), entry(Some("b"), "x y", "#1"), entry(None, "d", "e")];
        assert_eq!(parse(text), Ok(wanted));
        assert_eq!(parse("login x"), Err("bad toplevel token 'login'".into()));
        assert_eq!(parse("machine a colour x"), Err("bad follower token 'colour'".into()));
    }
}

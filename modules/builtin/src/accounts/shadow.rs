//! `/etc/shadow`: the hash of a password and the times that go with it.

use hostler_sdk::Look;
use std::fmt;

/// A password's hash. It has no printable form.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Hash(pub String);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// An entry; numbers are days, `None` where a field is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub hash: Hash,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub warn: Option<i64>,
    pub inactive: Option<i64>,
    pub expires: Option<i64>,
}

impl Entry {
    /// Reads a line.
    pub(super) fn parse(line: &str) -> Option<(&str, Self)> {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, hash, _, min, max, warn, inactive, expires, ..] = fields[..] else { return None };
        let days = |text: &str| text.trim().parse().ok();
        Some((
            name,
            Entry {
                hash: Hash(hash.to_owned()),
                min: days(min),
                max: days(max),
                warn: days(warn),
                inactive: days(inactive),
                expires: days(expires),
            },
        ))
    }

    /// The entry of a user; an empty one when the file may not be read. A user whom the file does not know expires at once, as
    /// Ansible sees it, so that the tools make an entry for whoever shall never expire.
    pub(super) fn of(look: &Look, name: &str) -> Self {
        let Ok(text) = look.read_text("/etc/shadow") else { return Entry::default() };
        let found = text.lines().filter_map(Entry::parse).find(|(user, _)| *user == name);
        found.map_or_else(|| Entry { expires: Some(0), ..Entry::default() }, |(_, entry)| entry)
    }
}

/// Whether a text looks like no hash, so that whoever wrote it probably meant the password itself.
pub(super) fn looks_plain(password: &str) -> bool {
    if password.is_empty() || matches!(password, "*" | "!" | "*************") {
        return false;
    }
    if password.contains([':', '*', '!']) {
        return true;
    }
    let fields: Vec<&str> = password.split('$').collect();
    let [_, kind, .., digest] = fields[..] else { return true };
    if digest.contains(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '/') {
        return true;
    }
    match kind {
        "1" => digest.len() != 22,
        "5" | "y" => digest.len() != 43,
        "6" => digest.len() != 86,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_never_printed() {
        let (name, entry) = Entry::parse("bob:$6$s$h:19000:0:99999:7:30:20000:").expect("an entry");
        assert_eq!((name, entry.hash.0.as_str(), entry.max, entry.inactive), ("bob", "$6$s$h", Some(99999), Some(30)));
        assert_eq!((entry.min, entry.warn, entry.expires), (Some(0), Some(7), Some(20000)));
        assert!(!format!("{entry:?}").contains("$6$"));
    }

    #[test]
    fn plain_passwords_are_noticed() {
        for (password, plain) in [
            ("secret", true),
            ("!", false),
            ("*", false),
            ("!$6$a", true),
            ("$1$salt$0123456789012345678901", false),
            ("$6$salt$short", true),
            ("$2b$10$abc", false),
            ("$5", true),
        ] {
            assert_eq!(looks_plain(password), plain, "{password}");
        }
    }
}

//! Paths as Ansible reads them in settings: `~`, `~user`, `$VAR`, `{{CWD}}`, relative ones against a base directory;
//! `.` and `..` resolved by text, symbolic links left alone.

use super::Surroundings;
use std::path::{Component, Path, PathBuf};

/// `text` as an absolute path; relative ones are below `base`.
pub fn absolute(text: &str, base: &Path, around: &Surroundings) -> PathBuf {
    let text = text.replace("{{CWD}}", &around.cwd.to_string_lossy());
    let text = expand_home(&expand_vars(&text, around), around);
    normalise(&base.join(text))
}

/// Resolves `.` and `..` by text.
pub(crate) fn normalise(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn expand_home(text: &str, around: &Surroundings) -> PathBuf {
    let Some(rest) = text.strip_prefix('~') else { return text.into() };
    let (user, rest) = rest.split_once('/').map_or((rest, None), |(u, r)| (u, Some(r)));
    let home = if user.is_empty() { Some(around.home.clone()) } else { home_of_user(user) };
    match (home, rest) {
        (Some(home), Some(rest)) => home.join(rest.trim_start_matches('/')),
        (Some(home), None) => home,
        (None, _) => text.into(),
    }
}

/// `$NAME` and `${NAME}`; unknown ones stay as they are.
fn expand_vars(text: &str, around: &Surroundings) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, len) = match after.strip_prefix('{').and_then(|a| a.find('}').map(|end| &a[..end])) {
            Some(name) => (name, name.len() + 2),
            None => {
                let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        match around.var(name).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[at..at + 1 + len]),
        }
        rest = &after[len..];
    }
    out + rest
}

fn passwd(find: impl Fn(&[&str]) -> bool) -> Option<PathBuf> {
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|f| f.len() > 5 && find(f)).map(|f| f[5].into())
}

fn home_of_user(user: &str) -> Option<PathBuf> {
    passwd(|fields| fields[0] == user)
}

/// The home directory of a user id, from `/etc/passwd`.
pub(crate) fn home_of_uid(uid: u32) -> Option<PathBuf> {
    passwd(|fields| fields[2] == uid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_as_unfrackpath_does() {
        let mut around = Surroundings { home: "/home/ann".into(), cwd: "/srv".into(), ..Surroundings::default() };
        around.env.insert("X".into(), "ex".into());
        for (text, want) in [
            ("roles", "/base/roles"),
            ("./roles/../lib", "/base/lib"),
            ("~/roles", "/home/ann/roles"),
            ("~", "/home/ann"),
            ("~no-such-user-here/x", "/base/~no-such-user-here/x"),
            ("$X/${X}y/$NOPE/$", "/base/ex/exy/$NOPE/$"),
            ("{{CWD}}/here", "/srv/here"),
            ("/a//b/./c/", "/a/b/c"),
            ("/../etc", "/etc"),
        ] {
            assert_eq!(absolute(text, Path::new("/base"), &around), Path::new(want), "{text}");
        }
    }
}

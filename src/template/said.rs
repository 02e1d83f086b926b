//! Whether a host had a say in a value: what hosts answered (facts, results) and all that was made of it. Such text is data like any
//! other, but for one thing: it may not choose files of the controller. A file whose name it had a say in is accepted when it lies in
//! the project, or when the operator's own text in front of it names a directory and the file stays below that.

use crate::diagnostic::{Diagnostic, Result};
use std::path::{Component, Path, PathBuf};

/// Whether a host had a say in a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// It is the operator's.
    #[default]
    Nothing,
    /// A host said what stands behind so many bytes of its text; of what is no text, all of it.
    After(usize),
}

impl Said {
    /// The whole value.
    pub const ALL: Said = Said::After(0);

    /// Whether a host had a say.
    pub fn is_any(self) -> bool {
        self != Said::Nothing
    }

    /// The one of both in which a host had a say.
    #[must_use]
    pub fn or(self, other: Said) -> Said {
        if self.is_any() { self } else { other }
    }
}

/// What a file is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To be read.
    Read,
    /// To be written: that it lies in the project is not enough then.
    Written,
}

/// Refuses a file that a host had a say in, unless the operator pinned it down: `name` is what was rendered, `path` where it was found
/// (or would be), `project` the directories that belong to the project.
///
/// # Errors
/// A host would choose a file elsewhere.
pub fn pinned(name: &str, said: Said, path: &Path, wanted: Wanted, project: &[PathBuf]) -> Result<()> {
    let Said::After(at) = said else { return Ok(()) };
    if at >= name.len() || is_below_its_directory(name, at) || wanted == Wanted::Read && is_in_project(path, project) {
        return Ok(());
    }
    let (done, but) = match wanted {
        Wanted::Read => ("read", "the file is not in the project"),
        Wanted::Written => ("written", "no directory stands in front of that"),
    };
    Err(Diagnostic::error(format!("`{name}` is not {done}, because a host chose it"))
        .cause(format!("the name is made of facts or results of a host, and {but}"))
        .hint("write the directory in front of what the host says, as in `/srv/files/{{ ... }}`")
        .boxed())
}

/// Whether a path names a place below where it begins: not absolute, and no way up or home.
pub fn stays_below(path: &str) -> bool {
    !path.starts_with(['/', '~']) && !path.contains('\0') && !path.split('/').any(|part| part == "..")
}

/// Whether the text in front of `at` names a directory (and perhaps the beginning of a name there), and what a host said leads
/// neither out of it nor to anything hidden.
fn is_below_its_directory(name: &str, at: usize) -> bool {
    let (Some(own), Some(said)) = (name.get(..at), name.get(at..)) else { return false };
    let Some(slash) = own.rfind('/') else { return false };
    let directory = own[..slash].trim_end_matches('/');
    // Everything is below the root.
    if directory.is_empty() || said.contains('\0') {
        return false;
    }
    let begun = &own[slash + 1..];
    // `..` would be the host's doing when it only ends here: `/srv/.` and then `./x`.
    if matches!(begun, "." | "..") {
        return false;
    }
    let mut depth = 0;
    for (number, part) in said.split('/').enumerate() {
        match part {
            _ if number == 0 && !begun.is_empty() => {}
            "" | "." => {}
            ".." if depth == 0 => return false,
            ".." => depth -= 1,
            part if part.starts_with('.') => return false,
            _ => depth += 1,
        }
    }
    true
}

/// Whether a file really lies in the project, and is nothing hidden there (`.ssh`, `.git`).
fn is_in_project(path: &Path, project: &[PathBuf]) -> bool {
    let Ok(real) = std::fs::canonicalize(path) else { return false };
    let hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().first() == Some(&b'.');
    project.iter().filter_map(|root| std::fs::canonicalize(root).ok()).any(|root| {
        root.parent().is_some() && real.strip_prefix(&root).is_ok_and(|rest| !rest.components().any(hidden))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_says_stays_below_the_directory_in_front_of_it() {
        for (own, said, good) in [
            ("/opt/releases/", "1.2.tar", true),
            ("/opt/releases/", "a/b", true),
            ("/opt/releases/", "a/../b", true),
            ("/opt/releases/", "a/.git/b", false),
            ("/opt/releases/", "../../etc/shadow", false),
            ("/opt/releases/", "a/../../../etc/shadow", false),
            ("/opt/releases/", "..", false),
            ("/opt/releases/", ".hidden", false),
            ("/opt/releases/", "a\0b", false),
            ("/srv/x-", "1.2", true),
            ("/srv/x-", "..", true),
            ("/srv/x-", "a/../x", false),
            ("/srv/x-", "a/../../../etc/shadow", false),
            ("/srv/.", "./../etc/shadow", false),
            ("/srv/.", "bashrc", false),
            ("/", "etc/shadow", false),
            ("//", "etc/shadow", false),
            ("", "/etc/shadow", false),
            ("x-", "a", false),
            ("~/", ".ssh/id", false),
            ("~/", "x", true),
            ("files/", "x", true),
            ("../shared/", "x", true),
        ] {
            assert_eq!(is_below_its_directory(&format!("{own}{said}"), own.len()), good, "{own} {said}");
        }
    }

    #[test]
    fn a_file_of_the_project_really_lies_there() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        std::fs::create_dir_all(at("project/.git")).unwrap();
        std::fs::create_dir_all(at("elsewhere")).unwrap();
        for name in ["project/a", "project/.git/config", "elsewhere/secret"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink("../elsewhere/secret", at("project/link")).unwrap();
        let project = [at("project")];
        for (name, good) in [
            ("project/a", true),
            ("elsewhere/../project/a", true),
            ("project/link", false),
            ("project/.git/config", false),
            ("project/../elsewhere/secret", false),
            ("project/missing", false),
        ] {
            let path = at(name);
            let judged = pinned(&path.to_string_lossy(), Said::ALL, &path, Wanted::Read, &project);
            assert_eq!(judged.is_ok(), good, "{name}: {judged:?}");
        }
        assert!(pinned("/etc/x", Said::Nothing, Path::new("/etc/x"), Wanted::Read, &project).is_ok());
        assert!(pinned("a", Said::ALL, &at("project/a"), Wanted::Written, &project).is_err());
        assert!(pinned("got/a", Said::After(4), Path::new("got/a"), Wanted::Written, &project).is_ok());
    }
}

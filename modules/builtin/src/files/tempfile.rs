//! `tempfile`: a new file or directory with a name nobody could have known.

use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Choice, Look, Map, Module, Outcome, WriteFile};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Creates temporary files and directories
///
/// Makes an empty file or directory that only its owner may use. Nobody removes it: use `file` for that.
#[derive(Debug, Module)]
#[module(
    kind = "action",
    check = "none",
    returns(
        ("path", "str", "the file or directory that was made"),
        ("mode", "str", "permission bits"),
        ("owner", "str", "name of the owner"),
        ("group", "str", "name of the group"),
        ("uid", "int", "number of the owner"),
        ("gid", "int", "number of the group"),
        ("size", "int", "bytes"),
        ("state", "str", "what is there")
    ),
    examples = r#"- name: Create temporary build directory
  ansible.builtin.tempfile:
    state: directory
    suffix: build
  register: made

- name: Remove it
  ansible.builtin.file:
    path: "{{ made.path }}"
    state: absent
"#
)]
pub struct Tempfile {
    /// What is made.
    #[arg(default = "file")]
    state: TempState,
    /// Where it is made; the system's temporary directory when not given.
    path: Option<HostPath>,
    /// What its name begins with.
    #[arg(default = "ansible.")]
    prefix: String,
    /// What its name ends with.
    #[arg(default = "")]
    suffix: String,
}

/// What is made.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TempState {
    Directory,
    File,
}

impl Action for Tempfile {
    fn check(&self, _: &Look) -> Result<Option<Outcome>> {
        Ok(None)
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        for (name, part) in [("prefix", &self.prefix), ("suffix", &self.suffix)] {
            if part.contains('/') {
                return Err(Failure::new(format!("{name} must be a valid file name component, got '{part}'")));
            }
        }
        let directory = match &self.path {
            Some(path) => change.absolute(path),
            None => {
                let named = ["TMPDIR", "TEMP", "TMP"].into_iter().find_map(|name| change.env(name));
                named.filter(|path| path.starts_with('/')).unwrap_or_else(|| "/tmp".to_owned())
            }
        };
        let directory = directory.trim_end_matches('/');
        // A name that is taken is met once in the age of the universe; then another will do.
        for _ in 0..100 {
            let path = format!("{directory}/{}{}{}", self.prefix, random_name(), self.suffix);
            if change.lstat(&path)?.is_some() {
                continue;
            }
            match self.state {
                TempState::Directory => change.make_dir(&path, 0o700)?,
                TempState::File => {
                    let mut empty = std::io::empty();
                    change.write(WriteFile { mode: Some(0o600), ..WriteFile::new(&path, &mut empty) })?;
                }
            }
            let mut values = Map::from_iter([("path", path.as_str())]);
            values.extend(change.path_info(&path)?);
            return Ok(Outcome { changed: true, values, ..Outcome::default() });
        }
        Err(Failure::new("No usable temporary file name found"))
    }
}

/// Eight letters, digits and underscores, as Python's `tempfile` makes them, from the system's randomness.
fn random_name() -> String {
    const LETTERS: &[u8; 37] = b"abcdefghijklmnopqrstuvwxyz0123456789_";
    let mut bits = RandomState::new().build_hasher().finish();
    let mut name = String::with_capacity(8);
    for _ in 0..8 {
        name.push(char::from(LETTERS[(bits % 37) as usize]));
        bits /= 37;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::backend::native::Native;
    use hostler_sdk::body::Inline;
    use hostler_sdk::{Call, Map};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn names_differ() {
        let names: std::collections::HashSet<String> = (0..100).map(|_| random_name()).collect();
        assert_eq!(names.len(), 100);
        assert!(names.iter().all(|name| name.len() == 8));
    }

    #[test]
    fn only_the_owner_may_use_them() {
        let top = ::tempfile::tempdir().unwrap();
        let path = top.path().to_str().unwrap();
        for (state, want) in [("file", 0o600), ("directory", 0o700)] {
            let args = Map::from_iter([("state", state), ("path", path), ("prefix", "p."), ("suffix", ".s")]);
            let call = Call { module: "tempfile".into(), args, ..Call::default() };
            let module = hostler_sdk::find("tempfile").unwrap().module;
            let outcome = module.call(&call, &Native::new(), &Inline(Vec::new().into()));
            let made = outcome.values.str("path").unwrap();
            assert!(made.starts_with(&format!("{path}/p.")) && made.ends_with(".s"), "{made}");
            assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o7777, want);
        }
    }

    #[test]
    fn names_stay_in_the_directory() {
        let args = Map::from_iter([("prefix", "../x")]);
        let call = Call { module: "tempfile".into(), args, ..Call::default() };
        let module = hostler_sdk::find("tempfile").unwrap().module;
        let outcome = module.call(&call, &Native::new(), &Inline(Vec::new().into()));
        assert!(outcome.failed.unwrap().contains("valid file name component"));
    }
}

//! `assemble`: a file is what the fragments in a directory of the host make together. Fragments of the controller are put
//! together there, and come here as `copy`.

use super::copy::{Copy, State};
use crate::fragments;
use crate::regex::{Flags, Pattern};
use hostler_sdk::args::HostPath;
use hostler_sdk::backend::Digest;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Diff, FileAttributes, FileKind, Look, Map, Module, Resource};

/// Assemble configuration files from fragments
///
/// Puts the files of a directory together into one, in the order of their names.
#[derive(Debug, Module)]
#[module(
    kind = "resource",
    diff,
    returns(
        ("dest", "str", "the file"),
        ("src", "str", "the directory of the fragments"),
        ("checksum", "str", "SHA-1 of the whole"),
        ("md5sum", "str", "MD5 of the whole, when it was written"),
        ("backup_file", "str", "name of the backup"),
        ("msg", "str", "OK")
    ),
    examples = r#"- name: Assemble from fragments from a directory
  ansible.builtin.assemble:
    src: /etc/someapp/fragments
    dest: /etc/someapp/someapp.conf

- name: Insert the provided delimiter between fragments
  ansible.builtin.assemble:
    src: /etc/someapp/fragments
    dest: /etc/someapp/someapp.conf
    delimiter: '### START FRAGMENT ###'
"#
)]
pub struct Assemble {
    /// The directory of the fragments.
    src: HostPath,
    /// The file they make together.
    dest: HostPath,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    backup: bool,
    /// What stands between fragments.
    delimiter: Option<String>,
    /// Only fragments whose names match this pattern are taken.
    regexp: Option<String>,
    /// Whether fragments whose names begin with a dot are left out.
    #[arg(default = "no")]
    ignore_hidden: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    validate: Option<String>,
    #[arg(flatten)]
    attributes: FileAttributes,
}

impl Assemble {
    fn copy(&self) -> Copy {
        let dest = HostPath(self.dest.0.trim_end_matches('/').to_owned());
        Copy::of_content(dest, self.backup, self.validate.clone(), self.attributes.clone())
    }

    fn whole(&self, look: &Look) -> Result<Vec<u8>> {
        let src = look.absolute(&self.src);
        match look.stat(&src)? {
            None => return Err(Failure::new(format!("Source ({src}) does not exist"))),
            Some(meta) if meta.kind != FileKind::Directory => {
                return Err(Failure::new(format!("Source ({src}) is not a directory")));
            }
            Some(_) => {}
        }
        let pattern = self.regexp.as_deref().map(|r| Pattern::text(r, Flags::default())).transpose()?;
        let mut parts = Vec::new();
        for name in look.list(&src)? {
            if self.ignore_hidden && name.starts_with('.') {
                continue;
            }
            if let Some(pattern) = &pattern
                && !pattern.is_match(name.as_bytes())?
            {
                continue;
            }
            let path = format!("{}/{name}", src.trim_end_matches('/'));
            if look.stat(&path)?.is_some_and(|meta| meta.kind == FileKind::File) {
                parts.push(look.read(&path)?);
            }
        }
        Ok(fragments::assemble(parts, self.delimiter.as_deref(), false))
    }
}

impl Resource for Assemble {
    type State = State;

    fn current(&self, look: &Look) -> Result<State> {
        super::edited::Edited::check_validate(self.validate.as_deref())?;
        self.copy().made(look, self.whole(look)?)
    }

    fn desired(&self, current: &State, look: &Look) -> Result<State> {
        self.copy().desired(current, look)
    }

    fn apply(&self, change: &Change, current: &State, desired: &State) -> Result<Map> {
        self.copy().apply(change, current, desired).map_err(|failure| {
            // This module's words for a refusal hold what `copy` returns beside them.
            let (rc, error) = (failure.values.get("exit_status").cloned(), failure.values.str("stderr"));
            match (rc, error) {
                (Some(rc), Some(error)) => Failure::new(format!("failed to validate: rc:{rc} error:{error}")),
                _ => failure,
            }
        })
    }

    fn returns(&self, look: &Look, current: &State, desired: &State) -> Result<Map> {
        let mut values = Map::from_iter([("src", look.absolute(&self.src))]);
        values.extend(self.copy().returns(look, current, desired)?);
        if values.take("path").is_some() {
            values.set("md5sum", look.hash(current.dest(), Digest::Md5)?);
        }
        values.set("msg", "OK");
        Ok(values)
    }

    fn diff(&self, look: &Look, current: &State, desired: &State) -> Result<Vec<Diff>> {
        self.copy().diff(look, current, desired)
    }
}

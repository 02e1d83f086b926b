//! `assemble`: fragments of the controller are put together here and sent as one file; fragments of the host are put together there.

use super::copy::send;
use super::{Act, ActionError, ActionResult, Body, TaskRun, register};
use crate::diagnostic::Diagnostic;
use hostler_builtin::fragments;
use hostler_builtin::regex::{Flags, Pattern};
use hostler_sdk::Module;
use hostler_sdk::attributes::FileAttributes;
use std::io::Read;
use std::path::Path;

/// Assemble configuration files from fragments
///
/// Puts the files of a directory together into one, in the order of their names. The directory is on the host unless `remote_src`
/// is off.
#[derive(Debug, Module)]
#[module(
    kind = "declaration",
    name = "assemble",
    diff,
    returns(
        ("dest", "str", "the file"),
        ("checksum", "str", "SHA-1 of the whole"),
        ("md5sum", "str", "MD5 of the whole, when it was written"),
        ("backup_file", "str", "name of the backup")
    ),
    examples = r#"
- name: Assemble from fragments from a directory
  ansible.builtin.assemble:
    src: /etc/someapp/fragments
    dest: /etc/someapp/someapp.conf
"#
)]
pub struct Assemble {
    /// The directory of the fragments.
    src: String,
    /// The file they make together.
    #[allow(dead_code, reason = "read on the host")]
    dest: String,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    #[allow(dead_code, reason = "read on the host")]
    backup: bool,
    /// What stands between fragments.
    delimiter: Option<String>,
    /// Whether the fragments are on the host.
    #[arg(default = "yes")]
    remote_src: bool,
    /// Only fragments whose names match this pattern are taken.
    regexp: Option<String>,
    /// Whether fragments whose names begin with a dot are left out.
    #[arg(default = "no")]
    ignore_hidden: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    #[allow(dead_code, reason = "read on the host")]
    validate: Option<String>,
    /// Whether vaulted fragments are decrypted.
    #[arg(default = "yes")]
    decrypt: bool,
    #[arg(flatten)]
    #[allow(dead_code, reason = "read on the host")]
    attributes: FileAttributes,
}

register!(of Assemble);

impl Act for Assemble {
    const AHEAD: bool = true;

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let mut args = task.args.clone();
        for name in ["remote_src", "decrypt"] {
            args.take(name);
        }
        if self.remote_src {
            return Ok(task.call_module("assemble", args, Vec::new()).await?.into());
        }
        for name in ["src", "delimiter", "regexp", "ignore_hidden"] {
            args.take(name);
        }
        let directory = task.find_file("files", &self.src, task.said.of(&["src"]))?;
        let whole = fragments::assemble(self.parts(task, &directory)?, self.delimiter.as_deref(), true);
        args.set("src", directory.to_string_lossy().as_ref());
        let mut outcome = send(task, args, Body::Bytes(whole.into()), Some(&directory)).await?;
        // One file has one difference, and here it is no list.
        if let [diff] = outcome.diff.as_slice() {
            outcome.values.set("diff", diff.clone().into_value());
            outcome.diff.clear();
        }
        Ok(outcome.into())
    }
}

impl Assemble {
    fn parts(&self, task: &TaskRun<'_>, directory: &Path) -> Result<Vec<Vec<u8>>, ActionError> {
        let cannot = |path: &Path, e: std::io::Error| {
            let told = Diagnostic::error(format!("could not read `{}`", path.display())).cause(e.to_string());
            ActionError::from(told.at(&task.task.place, "this task needs it"))
        };
        if !directory.is_dir() {
            return Err(ActionError::new(format!("Source ({}) is not a directory", directory.display())));
        }
        let pattern = self.regexp.as_deref().map(|r| Pattern::text(r, Flags::default())).transpose();
        let pattern = pattern.map_err(ActionError::new)?;
        let entries = std::fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut paths: Vec<_> = entries.map_err(|e| cannot(directory, e))?.iter().map(|e| e.path()).collect();
        paths.sort();
        let mut parts = Vec::new();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !path.is_file() || self.ignore_hidden && name.starts_with('.') {
                continue;
            }
            if let Some(pattern) = &pattern
                && !pattern.is_match(name.as_bytes()).map_err(ActionError::new)?
            {
                continue;
            }
            let body = if self.decrypt { task.plain_body(&path)? } else { Body::File(path.clone()) };
            let mut content = Vec::new();
            body.open().and_then(|mut file| file.read_to_end(&mut content)).map_err(|e| cannot(&path, e))?;
            parts.push(content);
        }
        Ok(parts)
    }
}

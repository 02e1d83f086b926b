//! `copy`: finds what is to be copied on the controller and has it put in its place by the module of the same name on the host.
//! A whole directory is one call: what differs is told apart there, and only that is sent.

mod showing;
mod tree;

use super::{Act, ActionError, ActionResult, TaskRun, register};
use crate::diagnostic::Diagnostic;
use crate::link::Body;
use hostler_sdk::args::Secret;
use hostler_sdk::attributes::FileAttributes;
use hostler_sdk::bytes;
use hostler_sdk::{ArgError, JsonStyle, Map, Mode, Module, Outcome, Value};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tree::Tree;

pub(super) use showing::show_sent;

/// Copy files to remote locations
///
/// Copies a file or a directory structure from the controller, or text given in the task, to a place on the host. The source is
/// searched for in `files/` of the role and beside the play. To get a file from a host see `fetch`, for variables in files `template`.
#[derive(Debug, Module)]
#[module(
    kind = "declaration",
    name = "copy",
    diff,
    mutually_exclusive("src", "content"),
    required_one_of("src", "content"),
    returns(
        ("dest", "str", "the file or directory that was written"),
        ("src", "str", "where the content came from"),
        ("checksum", "str", "SHA-1 of the content"),
        ("md5sum", "str", "MD5 of the content, when it was written"),
        ("backup_file", "str", "name of the backup"),
        ("mode", "str", "permission bits"),
        ("owner", "str", "name of the owner"),
        ("group", "str", "name of the group"),
        ("uid", "int", "number of the owner"),
        ("gid", "int", "number of the group"),
        ("size", "int", "bytes"),
        ("state", "str", "what is there")
    ),
    examples = r#"
- name: Copy file with owner and permissions
  ansible.builtin.copy:
    src: /srv/myfiles/foo.conf
    dest: /etc/foo.conf
    owner: foo
    group: foo
    mode: '0644'

- name: Copy using inline content
  ansible.builtin.copy:
    content: '# This file was moved to /etc/other.conf'
    dest: /etc/mine.conf

- name: Copy a new sudoers file into place, after passing validation with visudo
  ansible.builtin.copy:
    src: /mine/sudoers
    dest: /etc/sudoers
    validate: /usr/sbin/visudo -csf %s
"#
)]
pub struct Copy {
    /// What is copied: a file or directory of the controller, or of the host with `remote_src`. With a slash at its end, what is in
    /// the directory rather than the directory.
    src: Option<String>,
    /// Text of the file, instead of `src`; lists and mappings become JSON.
    content: Option<Secret<Value>>,
    /// Where it goes. With a slash at its end, or when it is a directory, into it.
    dest: String,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    #[allow(dead_code, reason = "read on the host")]
    backup: bool,
    /// Whether a file is replaced that has other content.
    #[arg(default = "yes")]
    #[allow(dead_code, reason = "read on the host")]
    force: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    #[allow(dead_code, reason = "read on the host")]
    validate: Option<String>,
    /// The permissions of directories that are made on the way.
    #[allow(dead_code, reason = "read on the host")]
    directory_mode: Option<Mode>,
    /// Whether the source is on the host.
    #[arg(default = "no")]
    remote_src: bool,
    /// Whether links in the source are followed: by default those of the controller are, those of the host are copied as links.
    local_follow: Option<bool>,
    /// SHA-1 that the content must have.
    #[allow(dead_code, reason = "read on the host")]
    checksum: Option<String>,
    /// Whether a link at the destination is followed rather than replaced.
    #[arg(default = "no")]
    #[allow(dead_code, reason = "read on the host")]
    follow: bool,
    /// Whether vaulted files are decrypted.
    #[arg(default = "yes")]
    decrypt: bool,
    #[arg(flatten)]
    attributes: FileAttributes,
}

register!(of Copy);

impl Act for Copy {
    const AHEAD: bool = true;

    fn refused(refusal: ArgError) -> ArgError {
        let words = match refusal.msg.as_str() {
            "missing required arguments: dest" => "dest is required",
            "one of the following is required: src, content" => "src (or content) is required",
            "parameters are mutually exclusive: src|content" => "src and content are mutually exclusive",
            _ => return refusal,
        };
        ArgError { msg: words.to_owned(), ..refusal }
    }

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        if self.dest.is_empty() {
            return Err(ActionError::new("dest is required"));
        }
        let mut args = task.args.clone();
        args.take("content");
        args.take("decrypt");
        if self.remote_src {
            return Ok(task.call_module("copy", args, Vec::new()).await?.into());
        }
        args.take("local_follow");
        if let Some(content) = &self.content {
            if self.dest.ends_with('/') {
                return Err(ActionError::new("can not use content with a dir as dest"));
            }
            let body = Body::Bytes(bytes::of_text(&as_text(content.reveal())).into_owned().into());
            return Ok(send(task, args, body, None).await?.into());
        }
        let src = self.src.as_deref().filter(|src| !src.is_empty());
        let src = src.ok_or_else(|| ActionError::new("src (or content) is required"))?;
        let path = task.find_file("files", src, task.said.of(&["src"]))?;
        if path.is_dir() {
            let tree = Tree::walk(&path, src.ends_with('/'), self.local_follow.unwrap_or(true))
                .map_err(|e| unreadable(task, &path, &e))?;
            return Ok(self.send_tree(task, args, &path, tree).await?.into());
        }
        if self.attributes.mode == Some(Mode::Preserve) {
            args.set("mode", mode_of(task, &path)?);
        }
        args.set("src", path.to_string_lossy().as_ref());
        args.set("_original_basename", path.file_name().unwrap_or_default().to_string_lossy().as_ref());
        let body = self.body(task, &path)?;
        Ok(send(task, args, body, Some(&path)).await?.into())
    }
}

impl Copy {
    fn body(&self, task: &TaskRun<'_>, path: &Path) -> Result<Body, ActionError> {
        if self.decrypt { task.plain_body(path) } else { Ok(Body::File(path.to_owned())) }
    }

    async fn send_tree(
        &self,
        task: &TaskRun<'_>,
        mut args: Map,
        top: &Path,
        tree: Tree,
    ) -> Result<Outcome, ActionError> {
        let preserve = self.attributes.mode == Some(Mode::Preserve);
        let mut entries = Vec::new();
        let mut bodies = Vec::new();
        let mut sources = Vec::new();
        for path in &tree.directories {
            entries.push(Map::from_iter([("path", path.as_str()), ("kind", "directory")]));
        }
        for (from, path) in &tree.files {
            let mut entry = Map::from_iter([("path", path.as_str()), ("kind", "file")]);
            entry.set("body", bodies.len());
            if preserve {
                entry.set("mode", mode_of(task, from)?);
            }
            entries.push(entry);
            bodies.push(self.body(task, from)?);
            sources.push(from.clone());
        }
        for (target, path) in &tree.links {
            entries.push(Map::from_iter([("path", path.as_str()), ("kind", "link"), ("target", target.as_str())]));
        }
        let src = top.to_string_lossy();
        if entries.is_empty() {
            return Ok(Outcome::default().with("dest", self.dest.as_str()).with("src", src.as_ref()));
        }
        if preserve {
            args.take("mode");
        }
        args.set("src", src.as_ref());
        args.set("_tree", entries);
        let mut outcome = task.call_module("copy", args, bodies.clone()).await?;
        show_sent(&mut outcome, &bodies, &|number| sources.get(number).map(|p| p.display().to_string()));
        Ok(outcome)
    }
}

/// One file through the host's `copy`, with its text in the diff.
pub(super) async fn send(
    task: &TaskRun<'_>,
    args: Map,
    body: Body,
    source: Option<&Path>,
) -> Result<Outcome, ActionError> {
    let bodies = [body];
    let mut outcome = task.call_module("copy", args, bodies.to_vec()).await?;
    show_sent(&mut outcome, &bodies, &|_| source.map(|p| p.display().to_string()));
    Ok(outcome)
}

/// The permission bits of a file of the controller, as octal text.
pub(super) fn mode_of(task: &TaskRun<'_>, path: &Path) -> Result<String, ActionError> {
    let meta = std::fs::metadata(path).map_err(|e| unreadable(task, path, &e))?;
    Ok(hostler_sdk::mode::octal(meta.permissions().mode()))
}

pub(super) fn unreadable(task: &TaskRun<'_>, path: &Path, error: &std::io::Error) -> ActionError {
    Diagnostic::error(format!("could not read `{}`", path.display()))
        .cause(error.to_string())
        .at(&task.task.place, "this task needs it")
        .into()
}

/// `content` as the text of a file: lists and mappings as JSON.
fn as_text(content: &Value) -> String {
    match content {
        Value::List(_) | Value::Map(_) => JsonStyle::default().dumps(content),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from `json.dumps`.
    #[test]
    fn lists_and_mappings_become_json() {
        for (json, want) in [
            (
                r#"{"a":[1,true,null,1.5],"b":"é\n\"😀\u007f"}"#,
                r#"{"a": [1, true, null, 1.5], "b": "\u00e9\n\"\ud83d\ude00\u007f"}"#,
            ),
            ("[]", "[]"),
            ("{}", "{}"),
        ] {
            assert_eq!(as_text(&Value::from_json(json).unwrap()), want);
        }
        assert_eq!(as_text(&Value::from(true)), "True");
        assert_eq!(as_text(&Value::from("plain")), "plain");
    }
}

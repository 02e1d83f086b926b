//! `template`: a file of the controller is rendered with the host's variables here, and sent as `copy` sends a file.

use super::copy::{mode_of, send};
use super::{Act, ActionError, ActionResult, Body, TaskRun, register};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::template::{FileSyntax, Template, about, over};
use hostler_builtin::encoding::Encoding;
use hostler_sdk::attributes::FileAttributes;
use hostler_sdk::bytes;
use hostler_sdk::{Mode, Module};
use std::path::Path;
use std::sync::Arc;

/// Template a file out to a target host
///
/// The template is searched for in `templates/` of the role and beside the play. Besides all variables of the host it may use
/// `ansible_managed`, `template_host`, `template_uid`, `template_path`, `template_fullpath`, `template_destpath`, `template_mtime` and
/// `template_run_date`. A first line `#jinja2: key: value, ...` sets how it is read.
#[derive(Debug, Module)]
#[module(
    kind = "declaration",
    name = "template",
    diff,
    returns(
        ("dest", "str", "the file that was written"),
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
- name: Template a file to /etc/file.conf
  ansible.builtin.template:
    src: /mytemplates/foo.j2
    dest: /etc/file.conf
    owner: bin
    group: wheel
    mode: '0644'
"#
)]
pub struct TemplateFile {
    /// The template, a file of the controller.
    src: String,
    /// Where the text goes. With a slash at its end, or when it is a directory, into it.
    dest: String,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    #[allow(dead_code, reason = "read on the host")]
    backup: bool,
    /// Whether a file is replaced that has other content.
    #[arg(default = "yes")]
    #[allow(dead_code, reason = "read on the host")]
    force: bool,
    /// Whether a link at the destination is followed rather than replaced.
    #[arg(default = "no")]
    #[allow(dead_code, reason = "read on the host")]
    follow: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    #[allow(dead_code, reason = "read on the host")]
    validate: Option<String>,
    /// How lines end in the file.
    #[arg(default = "\\n")]
    newline_sequence: String,
    /// What a statement begins with.
    block_start_string: Option<String>,
    /// What a statement ends with.
    block_end_string: Option<String>,
    /// What a variable begins with.
    variable_start_string: Option<String>,
    /// What a variable ends with.
    variable_end_string: Option<String>,
    /// What a comment begins with.
    comment_start_string: Option<String>,
    /// What a comment ends with.
    comment_end_string: Option<String>,
    /// Whether the newline behind a statement is dropped.
    #[arg(default = "yes")]
    trim_blocks: bool,
    /// Whether white space in front of a statement is dropped.
    #[arg(default = "no")]
    lstrip_blocks: bool,
    /// The encoding of the file that is written, by Python's name.
    #[arg(default = "utf-8")]
    output_encoding: String,
    #[arg(flatten)]
    attributes: FileAttributes,
}

register!(of TemplateFile);

/// Arguments that are for the controller alone.
const OURS: [&str; 10] = [
    "newline_sequence",
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "trim_blocks",
    "lstrip_blocks",
    "output_encoding",
];

impl Act for TemplateFile {
    const AHEAD: bool = true;

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        if self.src.is_empty() || self.dest.is_empty() {
            return Err(ActionError::new("src and dest are required"));
        }
        let path = task.find_file("templates", &self.src, task.said.of(&["src"]))?;
        let template = self.compiled(task, &path)?;
        let own = about(&path, Some(&self.dest)).map_err(|e| super::copy::unreadable(task, &path, &e))?;
        let scope = over(task.scope, own);
        let text = task.jinja.render_text(&template, &scope)?;
        let encoding = match self.output_encoding.as_str() {
            "" => Encoding::Utf8,
            name => Encoding::named(name).map_err(Diagnostic::error)?,
        };
        let bytes = match encoding {
            Encoding::Utf8 => bytes::of_text(&text).into_owned(),
            other => other.encode(&text).map_err(ActionError::new)?,
        };
        let mut args = task.args.clone();
        for name in OURS {
            args.take(name);
        }
        if self.attributes.mode == Some(Mode::Preserve) {
            args.set("mode", mode_of(task, &path)?);
        }
        args.set("src", path.to_string_lossy().as_ref());
        args.set("_original_basename", path.file_name().unwrap_or_default().to_string_lossy().as_ref());
        Ok(send(task, args, Body::Bytes(bytes.into()), Some(&path)).await?.into())
    }
}

impl TemplateFile {
    /// The template, compiled once for all hosts while the file stands.
    fn compiled(&self, task: &TaskRun<'_>, path: &Path) -> Result<Arc<Template>, ActionError> {
        let syntax = self.syntax()?;
        if path.is_dir() {
            return Err(ActionError::new(format!("'src' must be a file, '{}' is a directory", path.display())));
        }
        match task.plain_body(path)? {
            Body::File(path) => Ok(task.jinja.file_at(&path, &syntax)?),
            Body::Bytes(bytes) => {
                // A vaulted template: its text must not be shown, so places name the file and nothing else.
                let text = String::from_utf8(bytes.to_vec())
                    .map_err(|_| Diagnostic::error(format!("template `{}` is not UTF-8 text", path.display())))?;
                let place = Place::new(&Arc::new(Source { path: path.to_owned(), text: String::new() }), 0, 0);
                Ok(task.jinja.file(&text, place, syntax)?)
            }
        }
    }

    fn syntax(&self) -> Result<FileSyntax, ActionError> {
        let usual = FileSyntax::default();
        let newline = self.newline_sequence.replace("\\r", "\r").replace("\\n", "\n");
        if !matches!(newline.as_str(), "\n" | "\r" | "\r\n") {
            return Err(ActionError::new("newline_sequence needs to be one of: \n, \r or \r\n"));
        }
        let set = |given: &Option<String>, usual: String| given.clone().filter(|g| !g.is_empty()).unwrap_or(usual);
        Ok(FileSyntax {
            variable_start: set(&self.variable_start_string, usual.variable_start),
            variable_end: set(&self.variable_end_string, usual.variable_end),
            block_start: set(&self.block_start_string, usual.block_start),
            block_end: set(&self.block_end_string, usual.block_end),
            comment_start: set(&self.comment_start_string, usual.comment_start),
            comment_end: set(&self.comment_end_string, usual.comment_end),
            trim_blocks: self.trim_blocks,
            lstrip_blocks: self.lstrip_blocks,
            newline,
            ..usual
        })
    }
}

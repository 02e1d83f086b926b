//! `lineinfile`: one line is in a text file, or is not.

use super::edited::{Edited, Saving, lossy};
use super::line_edit::{self, Present, Spot, Wanted};
use crate::regex::{Flags, Pattern};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Choice, Diff, FileAttributes, Look, Map, Module, Resource};

/// Manage lines in text files
///
/// Makes sure that a particular line is in a file, or replaces an existing line that is known by a regular expression of
/// Python's dialect. For several similar lines see `replace`, for several lines at once `blockinfile`.
#[derive(Debug, Module)]
#[module(
    kind = "resource",
    diff,
    mutually_exclusive("insertbefore", "insertafter"),
    mutually_exclusive("regexp", "search_string"),
    mutually_exclusive("backrefs", "search_string"),
    returns(
        ("msg", "str", "what was done, empty when nothing was"),
        ("backup", "str", "name of the backup, empty when there is none"),
        ("found", "int", "with state=absent, how many lines were removed")
    ),
    examples = r#"- name: Ensure SELinux is set to enforcing mode
  ansible.builtin.lineinfile:
    path: /etc/selinux/config
    regexp: '^SELINUX='
    line: SELINUX=enforcing

- name: Ensure a line is gone
  ansible.builtin.lineinfile:
    path: /etc/sudoers
    state: absent
    regexp: '^%wheel'

- name: Ensure the port is right, the old line kept in part
  ansible.builtin.lineinfile:
    path: /etc/app.conf
    regexp: '^(.*)Xms(\d+)m(.*)$'
    line: '\1Xms${xms}m\3'
    backrefs: true
"#
)]
pub struct Lineinfile {
    /// The file to modify.
    #[arg(alias("dest", "destfile", "name"))]
    path: HostPath,
    /// Whether the line shall be there.
    #[arg(default = "present")]
    state: LineState,
    /// The pattern to look for in every line; the last that matches is replaced, all that match are removed.
    #[arg(alias = "regex")]
    regexp: Option<String>,
    /// The text to look for in every line, instead of a pattern.
    search_string: Option<String>,
    /// The line.
    #[arg(alias = "value")]
    line: Option<String>,
    /// A new line goes after the last line that matches this pattern; `BOF` and `EOF` are the ends of the file.
    insertafter: Option<String>,
    /// A new line goes before the last line that matches this pattern; `BOF` is the beginning of the file.
    insertbefore: Option<String>,
    /// Whether `line` may hold references to the groups of `regexp`; without a match the file stays as it is.
    #[arg(default = "no")]
    backrefs: bool,
    /// Whether a missing file is made.
    #[arg(default = "no")]
    create: bool,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    backup: bool,
    /// Whether first matches count rather than last ones.
    #[arg(default = "no")]
    firstmatch: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    validate: Option<String>,
    #[arg(flatten)]
    attributes: FileAttributes,
}

/// Whether the line shall be there.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
}

/// What an edit came to.
struct Edit {
    content: Vec<u8>,
    message: String,
    found: Option<usize>,
}

impl Lineinfile {
    fn edit(&self, content: &[u8]) -> Result<Edit> {
        let mut lines = line_edit::lines(content);
        let pattern = self.regexp.as_deref().map(|r| Pattern::bytes(r, Flags::default())).transpose()?;
        let wanted = match (&pattern, &self.search_string) {
            (Some(pattern), _) => Wanted::Pattern(pattern),
            (None, Some(text)) => Wanted::Text(text),
            (None, None) => Wanted::Line,
        };
        if self.state == LineState::Absent {
            let line = self.line.as_deref().unwrap_or_default();
            let found = line_edit::absent(&mut lines, &wanted, line)?;
            let message = if found > 0 { format!("{found} line(s) removed") } else { String::new() };
            return Ok(Edit { content: lines.concat(), message, found: Some(found) });
        }
        let line = self.line.as_deref().ok_or_else(|| Failure::new("line is required with state=present"))?;
        let spot = self.spot()?;
        let present = Present { wanted, line, backrefs: self.backrefs, spot: &spot, first: self.firstmatch };
        let message = present.edit(&mut lines)?.to_owned();
        Ok(Edit { content: lines.concat(), message, found: None })
    }

    fn spot(&self) -> Result<Spot> {
        let pattern = |text: &str| Pattern::bytes(text, Flags::default());
        Ok(match (self.insertafter.as_deref(), self.insertbefore.as_deref()) {
            (Some("BOF"), _) | (_, Some("BOF")) => Spot::Start,
            (Some("EOF" | ""), _) | (None, None | Some("")) => Spot::End,
            (Some(after), _) => Spot::After(pattern(after)?),
            (None, Some(before)) => Spot::Before(pattern(before)?),
        })
    }

    fn check_arguments(&self, look: &Look) -> Result<()> {
        if self.state == LineState::Present {
            if self.backrefs && self.regexp.is_none() {
                return Err("regexp is required with backrefs=true".into());
            }
            if self.line.is_none() {
                return Err("line is required with state=present".into());
            }
        } else if self.regexp.is_none() && self.search_string.is_none() && self.line.is_none() {
            return Err("one of line, search_string, or regexp is required with state=absent".into());
        }
        let empty = |text: &Option<String>| text.as_deref() == Some("");
        if empty(&self.regexp) || empty(&self.search_string) {
            let (what, advice) = match empty(&self.regexp) {
                true => (
                    "regular expression",
                    " If this is desired, use '^' to match every line in the file and avoid this warning.",
                ),
                false => ("search string", ""),
            };
            look.warn(format!(
                "The {what} is an empty string, which will match every line in the file. This may have unintended \
                 consequences, such as replacing the last line in the file rather than appending.{advice}"
            ));
        }
        Ok(())
    }
}

impl Resource for Lineinfile {
    type State = Edited;
    const DIFF_IS_LIST: bool = true;

    fn current(&self, look: &Look) -> Result<Edited> {
        let current = Edited::read(look, &self.path, &self.attributes)?;
        self.check_arguments(look)?;
        if current.content.is_none() && self.state == LineState::Present && !self.create {
            return Err(Failure::new(format!("Destination {} does not exist !", current.shown)).with("rc", 257));
        }
        Ok(current)
    }

    fn desired(&self, current: &Edited, look: &Look) -> Result<Edited> {
        if current.content.is_none() && self.state == LineState::Absent {
            return Ok(current.clone());
        }
        let edit = self.edit(current.content.as_deref().unwrap_or_default())?;
        if current.content.is_none() && edit.message.is_empty() {
            return Ok(current.clone());
        }
        let want = current.with(look, edit.content, &self.attributes)?;
        if want.content != current.content {
            Edited::check_validate(self.validate.as_deref())?;
        }
        Ok(want)
    }

    fn apply(&self, change: &Change, current: &Edited, desired: &Edited) -> Result<Map> {
        let validate = self.validate.as_deref();
        let saving = Saving { backup: self.backup, asked: &self.attributes, validate };
        let backup = current.save(change, desired, &saving)?;
        Ok(Map::from_iter([("backup", backup.unwrap_or_default())]))
    }

    fn returns(&self, look: &Look, current: &Edited, desired: &Edited) -> Result<Map> {
        let mut values = Map::new();
        let Some(content) = &current.content else {
            let absent = self.state == LineState::Absent;
            let content = if absent {
                "file not present"
            } else if desired.content.is_some() {
                "line added"
            } else {
                ""
            };
            values.set("msg", current.message(look, desired, content));
            if !absent {
                values.set("backup", "");
            }
            return Ok(values);
        };
        let edit = self.edit(content)?;
        values.set("msg", current.message(look, desired, &edit.message));
        values.set("backup", "");
        values.set_some("found", edit.found);
        Ok(values)
    }

    fn diff(&self, look: &Look, current: &Edited, desired: &Edited) -> Result<Vec<Diff>> {
        Ok(current.diffs(look, desired, &lossy))
    }
}

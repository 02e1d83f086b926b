//! `blockinfile`: several lines between two marker lines are in a text file, or are not.

use super::block_edit::{Block, BlockSpot};
use super::edited::{Edited, Saving, backup_result, lossy};
use crate::regex::{Flags, Pattern};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Choice, Diff, FileAttributes, Look, Map, Module, Resource};

/// Insert, update or remove a block of lines surrounded by marker lines
///
/// The markers tell the block from the rest of the file, so they must be lines that nothing else writes, and differ from
/// those of other blocks in the same file.
#[derive(Debug, Module)]
#[module(
    kind = "resource",
    diff,
    mutually_exclusive("insertbefore", "insertafter"),
    returns(
        ("msg", "str", "what was done, empty when nothing was"),
        ("backup_file", "str", "name of the backup")
    ),
    examples = r#"- name: Insert or update a block in a configuration file
  ansible.builtin.blockinfile:
    path: /etc/ssh/sshd_config
    block: |
      Match User ansible-agent
      PasswordAuthentication no

- name: Remove the block
  ansible.builtin.blockinfile:
    path: /var/www/html/index.html
    marker: "<!-- {mark} ANSIBLE MANAGED BLOCK -->"
    block: ""
"#
)]
pub struct Blockinfile {
    /// The file to modify.
    #[arg(alias("dest", "destfile", "name"))]
    path: HostPath,
    /// Whether the block shall be there.
    #[arg(default = "present")]
    state: BlockState,
    /// The marker lines; `{mark}` becomes `marker_begin` and `marker_end`.
    #[arg(default = "# {mark} ANSIBLE MANAGED BLOCK")]
    marker: String,
    /// The lines between the markers; none removes the block.
    #[arg(alias = "content", default = "")]
    block: String,
    /// A new block goes after the last line that matches this pattern; `EOF` is the end of the file.
    insertafter: Option<String>,
    /// A new block goes before the last line that matches this pattern; `BOF` is the beginning of the file.
    insertbefore: Option<String>,
    /// Whether a missing file is made.
    #[arg(default = "no")]
    create: bool,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    backup: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    validate: Option<String>,
    /// What `{mark}` is in the line before the block.
    #[arg(default = "BEGIN")]
    marker_begin: String,
    /// What `{mark}` is in the line after the block.
    #[arg(default = "END")]
    marker_end: String,
    /// Whether an empty line stands after the block.
    #[arg(default = "no")]
    append_newline: bool,
    /// Whether an empty line stands before the block.
    #[arg(default = "no")]
    prepend_newline: bool,
    #[arg(flatten)]
    attributes: FileAttributes,
}

/// Whether the block shall be there.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockState {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
}

impl Blockinfile {
    fn edit(&self, text: &[u8]) -> Result<Vec<u8>> {
        let present = self.state == BlockState::Present;
        let pattern = |text: &str| Pattern::bytes(text, Flags::default());
        let spot = match (self.insertafter.as_deref(), self.insertbefore.as_deref()) {
            (Some("EOF"), _) | (None, None) => BlockSpot::End,
            (_, Some("BOF")) => BlockSpot::Start,
            (Some(after), _) => BlockSpot::After(pattern(after)?),
            (None, Some(before)) => BlockSpot::Before(pattern(before)?),
        };
        let block = Block {
            block: if present { &self.block } else { "" },
            begin: self.marker.replace("{mark}", &self.marker_begin),
            end: self.marker.replace("{mark}", &self.marker_end),
            spot: &spot,
            blank_before: present && self.prepend_newline,
            blank_after: present && self.append_newline,
        };
        Ok(block.edit(text)?)
    }
}

impl Resource for Blockinfile {
    type State = Edited;
    const DIFF_IS_LIST: bool = true;

    fn current(&self, look: &Look) -> Result<Edited> {
        let current = Edited::read(look, &self.path, &self.attributes)?;
        if current.content.is_none() && !self.create {
            return Err(Failure::new(format!("Path {} does not exist !", current.shown)).with("rc", 257));
        }
        Ok(current)
    }

    fn desired(&self, current: &Edited, look: &Look) -> Result<Edited> {
        if current.content.is_none() && self.state == BlockState::Absent {
            return Ok(current.clone());
        }
        let content = self.edit(current.content.as_deref().unwrap_or_default())?;
        let want = current.with(look, content, &self.attributes)?;
        if want.content != current.content {
            Edited::check_validate(self.validate.as_deref())?;
        }
        Ok(want)
    }

    fn apply(&self, change: &Change, current: &Edited, desired: &Edited) -> Result<Map> {
        let validate = self.validate.as_deref();
        let saving = Saving { backup: self.backup, asked: &self.attributes, validate };
        current.save(change, desired, &saving).map(backup_result)
    }

    fn returns(&self, look: &Look, current: &Edited, desired: &Edited) -> Result<Map> {
        let removing = self.state == BlockState::Absent || self.block.is_empty();
        let message = match &current.content {
            None if desired.content.is_none() => format!("File {} not present", current.shown),
            None => current.message(look, desired, "File created"),
            Some(_) if current.content == desired.content => current.message(look, desired, ""),
            Some(_) if removing => current.message(look, desired, "Block removed"),
            Some(_) => current.message(look, desired, "Block inserted"),
        };
        Ok(Map::from_iter([("msg", message)]))
    }

    fn diff(&self, look: &Look, current: &Edited, desired: &Edited) -> Result<Vec<Diff>> {
        Ok(current.diffs(look, desired, &lossy))
    }
}

//! `replace`: every match of a pattern in a text file is replaced.

use super::edited::{Edited, Saving, backup_result, lossy};
use crate::encoding::Encoding;
use crate::regex::{Flags, Pattern, Replacement};
use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Change, Diff, FileAttributes, Look, Map, Module, Resource};

/// Replace all instances of a pattern within a file
///
/// The pattern is of Python's dialect, with `^` and `$` at every line. It is for the user to see that the replacement does
/// not match again, so that a second run changes nothing.
#[derive(Debug, Module)]
#[module(
    kind = "resource",
    diff,
    returns(
        ("msg", "str", "what was done, empty when nothing was"),
        ("rc", "int", "0"),
        ("backup_file", "str", "name of the backup")
    ),
    examples = r#"- name: Replace old hostname with new hostname
  ansible.builtin.replace:
    path: /etc/hosts
    regexp: '(\s+)old\.host\.name(\s+.*)?$'
    replace: '\1new.host.name\2'

- name: Comment out everything in one section
  ansible.builtin.replace:
    path: /etc/app.conf
    after: '\[section\]'
    before: '\[other\]'
    regexp: '^(.+)$'
    replace: '# \1'
"#
)]
pub struct Replace {
    /// The file to modify.
    #[arg(alias("dest", "destfile", "name"))]
    path: HostPath,
    /// The pattern to look for.
    regexp: String,
    /// What every match becomes; groups are `\1` or `\g<1>`. Nothing, when not given.
    #[arg(default = "")]
    replace: String,
    /// Only what comes after this pattern is searched.
    after: Option<String>,
    /// Only what comes before this pattern is searched.
    before: Option<String>,
    /// Whether the old file is kept beside the new one.
    #[arg(default = "no")]
    backup: bool,
    /// A command that must accept the new file, whose path stands for `%s`, before it takes the old one's place.
    validate: Option<String>,
    /// The file's encoding, by Python's name.
    #[arg(default = "utf-8")]
    encoding: String,
    #[arg(flatten)]
    attributes: FileAttributes,
}

/// What an edit came to.
enum Edit {
    /// There is no such section.
    NoSection(String),
    /// The new text, and how many matches there were.
    Text(String, usize),
}

impl Replace {
    /// The pattern of the part that is searched, when it is not the whole.
    fn section(&self) -> Option<String> {
        let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        match (given(&self.after), given(&self.before)) {
            (Some(after), Some(before)) => Some(format!("{after}(?P<subsection>.*?){before}")),
            (Some(after), None) => Some(format!("{after}(?P<subsection>.*)")),
            (None, Some(before)) => Some(format!("(?P<subsection>.*){before}")),
            (None, None) => None,
        }
    }

    fn edit(&self, text: &str) -> Result<Edit> {
        let mut range = 0..text.len();
        if let Some(section) = self.section() {
            let pattern = Pattern::text(&section, Flags { dot_all: true, ..Flags::default() })?;
            let group = pattern.group_number("subsection").unwrap_or_default();
            match pattern.search(text.as_bytes(), 0)?.and_then(|found| found.group(group)) {
                Some(found) => range = found,
                None => return Ok(Edit::NoSection(section)),
            }
        }
        let pattern = Pattern::text(&self.regexp, Flags { multi_line: true, ..Flags::default() })?;
        let replacement = Replacement::new(&self.replace, &pattern)
            .map_err(|e| Failure::new(format!("Unable to process replace due to error: {e}")))?;
        let (new, count) = pattern.replace_all(&text.as_bytes()[range.clone()], &replacement)?;
        let new = String::from_utf8(new).map_err(|e| Failure::new(e.to_string()))?;
        Ok(Edit::Text(format!("{}{new}{}", &text[..range.start], &text[range.end..]), count))
    }

    fn edit_bytes(&self, content: &[u8]) -> Result<(Encoding, Edit)> {
        let encoding = Encoding::named(&self.encoding)?;
        let text = encoding.decode(content)?;
        Ok((encoding, self.edit(&text)?))
    }
}

impl Resource for Replace {
    type State = Edited;

    fn current(&self, look: &Look) -> Result<Edited> {
        let current = Edited::read(look, &self.path, &self.attributes)?;
        if current.content.is_none() {
            return Err(Failure::new(format!("Path {} does not exist !", current.shown)).with("rc", 257));
        }
        Ok(current)
    }

    fn desired(&self, current: &Edited, look: &Look) -> Result<Edited> {
        let content = current.content.as_deref().unwrap_or_default();
        match self.edit_bytes(content)? {
            (_, Edit::NoSection(_)) => Ok(current.clone()),
            (encoding, Edit::Text(text, _)) => {
                let want = current.with(look, encoding.encode(&text)?, &self.attributes)?;
                if want.content != current.content {
                    Edited::check_validate(self.validate.as_deref())?;
                }
                Ok(want)
            }
        }
    }

    fn apply(&self, change: &Change, current: &Edited, desired: &Edited) -> Result<Map> {
        let validate = self.validate.as_deref();
        let saving = Saving { backup: self.backup, asked: &self.attributes, validate };
        current.save(change, desired, &saving).map(backup_result)
    }

    fn returns(&self, look: &Look, current: &Edited, desired: &Edited) -> Result<Map> {
        let mut values = Map::from_iter([("rc", 0)]);
        let message = match self.edit_bytes(current.content.as_deref().unwrap_or_default())?.1 {
            Edit::NoSection(section) => {
                format!("Pattern for before/after params did not match the given file: {section}")
            }
            Edit::Text(_, count) if current.content != desired.content => {
                current.message(look, desired, &format!("{count} replacements made"))
            }
            Edit::Text(..) => current.message(look, desired, ""),
        };
        values.set("msg", message);
        Ok(values)
    }

    fn diff(&self, look: &Look, current: &Edited, desired: &Edited) -> Result<Vec<Diff>> {
        let encoding = Encoding::named(&self.encoding)?;
        let mut diffs = current.diffs(look, desired, &|bytes| encoding.decode(bytes).unwrap_or_else(|_| lossy(bytes)));
        // The whole file under its bare name, as Ansible shows it for this module.
        if let Some(first) = diffs.first_mut().filter(|_| current.content != desired.content) {
            first.before_header = Some(current.shown.clone());
            first.after_header = Some(current.shown.clone());
        }
        Ok(diffs)
    }
}

//! A file whose text is edited: read through links, written back whole and atomically, with its attributes. What `lineinfile`,
//! `blockinfile` and `replace` share beside the edit itself.

use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Attributes, Change, Diff, FileAttributes, FileKind, HostError, Look, Map, WriteFile};

/// The file as it is, or shall be.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// The path as given, expanded: for messages.
    pub shown: String,
    /// The file itself, links resolved.
    pub path: String,
    /// Its content; `None` when it is not there.
    pub content: Option<Vec<u8>>,
    /// Its attributes.
    pub attributes: Attributes,
}

/// How it is written.
#[derive(Debug)]
pub(super) struct Saving<'a> {
    /// Whether the old content is kept beside.
    pub backup: bool,
    /// What the task says about the file's owner and group.
    pub asked: &'a FileAttributes,
    /// A command that must accept the new content.
    pub validate: Option<&'a str>,
}

impl Edited {
    /// What is there. A directory is an error in the words of the module that reads it.
    pub(super) fn read(look: &Look, path: &HostPath, attributes: &FileAttributes) -> Result<Self> {
        let shown = look.absolute(path);
        let path = match look.lstat(&shown)? {
            Some(meta) if meta.kind == FileKind::Link => look.real_path(&shown)?,
            _ => shown.clone(),
        };
        let Some(meta) = look.stat(&path)? else {
            return Ok(Edited { shown, path, content: None, attributes: Attributes::default() });
        };
        if meta.kind == FileKind::Directory {
            return Err(Failure::new(format!("Path {shown} is a directory !")).with("rc", 256));
        }
        let content = Some(look.read(&path)?);
        let attributes = attributes.current(look, &path, &meta)?;
        Ok(Edited { shown, path, content, attributes })
    }

    /// The same file with other content and the attributes asked for.
    pub(super) fn with(&self, look: &Look, content: Vec<u8>, attributes: &FileAttributes) -> Result<Self> {
        Ok(Edited {
            content: Some(content),
            attributes: attributes.desired(look, &self.path, FileKind::File, &self.attributes)?,
            ..self.clone()
        })
    }

    /// Writes what differs from `self`; the name of the backup comes back, when one was made.
    pub(super) fn save(&self, change: &Change, want: &Edited, saving: &Saving) -> Result<Option<String>> {
        let mut backup = None;
        let mut now = self.attributes.clone();
        if self.content != want.content {
            if self.content.is_none() {
                make_parents(change, &self.path)?;
            } else if saving.backup {
                backup = Some(change.back_up(&self.path)?);
            }
            let (uid, gid) = want.attributes.asked_of(saving.asked, &self.attributes);
            change
                .write(WriteFile {
                    mode: want.attributes.mode,
                    uid,
                    gid,
                    validate: saving.validate,
                    unsafe_writes: saving.asked.unsafe_writes(change),
                    ..WriteFile::new(&self.path, &mut want.content.as_deref().unwrap_or_default())
                })
                .map_err(refused)?;
            (now.mode, now.uid, now.gid) = (want.attributes.mode, want.attributes.uid, want.attributes.gid);
        }
        now.apply(change, &self.path, &want.attributes)?;
        Ok(backup)
    }

    /// The attributes before and after, where they count as a change of their own: a new file has some by itself.
    fn attribute_change(&self, look: &Look, want: &Edited) -> Option<(Attributes, Attributes)> {
        let (before, after) = match self.content {
            Some(_) => (self.attributes.clone(), want.attributes.clone()),
            None => {
                let born = Attributes::of_new_file(look);
                let after = want.attributes.or(&born);
                (born, after)
            }
        };
        (want.content.is_some() && before != after).then_some((before, after))
    }

    /// `msg`: what happened to the content, and whether attributes changed too.
    pub(super) fn message(&self, look: &Look, want: &Edited, content: &str) -> String {
        match (content, self.attribute_change(look, want).is_some()) {
            (content, false) => content.to_owned(),
            ("", true) => "ownership, perms or SE linux context changed".to_owned(),
            (content, true) => format!("{content} and ownership, perms or SE linux context changed"),
        }
    }

    /// The differences of content and of attributes, each under its name. `text` reads the content.
    pub(super) fn diffs(&self, look: &Look, want: &Edited, text: &dyn Fn(&[u8]) -> String) -> Vec<Diff> {
        let text = |content: &Option<Vec<u8>>| text(content.as_deref().unwrap_or_default());
        let mut diffs = Vec::new();
        if self.content != want.content {
            diffs.push(Diff::text(text(&self.content), text(&want.content), &format!("{} (content)", self.shown)));
        }
        if let Some((before, after)) = self.attribute_change(look, want) {
            let (before, after) = before.diff(&after);
            diffs.push(Diff::text(before, after, &format!("{} (file attributes)", self.shown)));
        }
        diffs
    }

    /// `%s` must stand in `validate`, or it would accept anything.
    pub(super) fn check_validate(validate: Option<&str>) -> Result<()> {
        match validate {
            Some(command) if !command.contains("%s") => {
                Err(Failure::new(format!("validate must contain %s: {command}")))
            }
            _ => Ok(()),
        }
    }
}

/// Directories above `path` that are missing, outermost first.
pub(super) fn missing_parents(look: &Look, path: &str) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    let mut path = path.trim_end_matches('/');
    while let Some((parent, _)) = path.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) {
        if look.stat(parent)?.is_some() {
            break;
        }
        missing.push(parent.to_owned());
        path = parent.trim_end_matches('/');
    }
    missing.reverse();
    Ok(missing)
}

/// Makes the directories above `path` as `mkdir -p` does.
fn make_parents(change: &Change, path: &str) -> Result<()> {
    for directory in missing_parents(change, path)? {
        change
            .make_dir(&directory, 0o777 & !change.umask())
            .map_err(|e| Failure::new(format!("Error creating {directory} ({})", e.cause)))?;
    }
    Ok(())
}

/// `backup_file`, when there is one.
pub(super) fn backup_result(backup: Option<String>) -> Map {
    let mut values = Map::new();
    values.set_some("backup_file", backup);
    values
}

/// The failure of a write; a refusal by `validate` in Ansible's words alone.
pub(super) fn refused(e: HostError) -> Failure {
    if e.cause.starts_with("failed to validate") { Failure::new(e.cause) } else { e.into() }
}

/// Bytes as text to be shown.
pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

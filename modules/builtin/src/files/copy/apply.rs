//! How the paths of a plan are made what they shall be, and how the difference looks.

use super::plan::{PathState, Planned, Source, State, What};
use super::verified::Verified;
use super::{Copy, MAX_DIFF};
use crate::files::edited::{Edited, lossy, refused};
use hostler_sdk::backend::{Digest, HostResult};
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Attributes, Change, Diff, Look, Map, Value, WriteFile};
use std::io::{Cursor, Read};

impl Copy {
    pub(super) fn make(&self, change: &Change, current: &State, desired: &State) -> Result<Map> {
        let mut values = Map::new();
        // The files of a tree are made durable together.
        let many = current.plan.planned.len() > 1;
        for ((planned, now), want) in current.plan.planned.iter().zip(&current.paths).zip(&desired.paths) {
            if now == want {
                continue;
            }
            let backup = self.make_one(change, planned, now, want, many)?;
            values.set_some("backup_file", backup);
            if planned.path == current.plan.dest && matches!(want.what, What::File(_)) && now.what != want.what {
                change.settle()?;
                values.set("md5sum", change.hash(&planned.path, Digest::Md5)?);
            }
        }
        change.settle()?;
        Ok(values)
    }

    fn make_one(
        &self,
        change: &Change,
        planned: &Planned,
        now: &PathState,
        want: &PathState,
        many: bool,
    ) -> Result<Option<String>> {
        let path = planned.path.as_str();
        let mut have = now.attributes.clone();
        let mut backup = None;
        if now.what != want.what {
            match (&now.what, &want.what) {
                (What::Absent, What::Directory) => {
                    let mode = want.attributes.mode.unwrap_or(0o777 & !change.umask());
                    change.make_dir(path, mode)?;
                    have = Attributes::made_with(Some(mode), None, None);
                }
                (What::Directory, What::Link(_) | What::File(_)) | (_, What::Directory) => {
                    return Err(Failure::new(format!("{path} is something else than what is copied there")));
                }
                (_, What::Link(target)) => change.symlink(target, path)?,
                (_, What::File(sha1)) => {
                    have = Attributes::made_with(want.attributes.mode, want.attributes.uid, want.attributes.gid);
                    // What must be done to the finished file itself needs it to be there.
                    let later = many && have == want.attributes;
                    backup = self.write(change, planned, now, want, sha1, later)?;
                }
                _ => {}
            }
        }
        have.apply(change, path, &want.attributes)?;
        Ok(backup)
    }

    fn write(
        &self,
        change: &Change,
        planned: &Planned,
        now: &PathState,
        want: &PathState,
        sha1: &str,
        later: bool,
    ) -> Result<Option<String>> {
        let path = planned.path.as_str();
        Edited::check_validate(self.validate.as_deref())?;
        let mut backup = None;
        if self.backup && change.stat(path)?.is_some() {
            backup = Some(change.back_up(path)?);
        }
        // What replaces a link is a new file: the link's attributes are not its own.
        let link = matches!(now.what, What::Link(_));
        let mode = want.attributes.mode.or(link.then_some(0o666 & !change.umask()));
        let asked = want.attributes.asked_of(&planned.asked, &now.attributes);
        let uid = asked.0.or(link.then_some(change.euid()));
        let mut content = Verified::new(open(change, &planned.source)?, sha1);
        let file = WriteFile {
            mode,
            uid,
            gid: asked.1,
            validate: self.validate.as_deref(),
            unsafe_writes: self.attributes.unsafe_writes(change),
            ..WriteFile::new(path, &mut content)
        };
        let written = if later { change.write_later(file) } else { change.write(file) };
        written.map_err(|e| validation(refused(e)))?;
        Ok(backup)
    }
}

/// Ansible's parts of a refusal: `failed to validate: rc:1 error:no` becomes `msg`, `exit_status` and `stderr`.
fn validation(failure: Failure) -> Failure {
    let Some((rc, error)) = failure.msg.strip_prefix("failed to validate: rc:").and_then(|r| r.split_once(" error:"))
    else {
        return failure;
    };
    let rc: i32 = rc.parse().unwrap_or(1);
    Failure::new("failed to validate").with("exit_status", rc).with("stdout", "").with("stderr", error)
}

fn open<'a>(look: &'a Look, source: &Source) -> HostResult<Box<dyn Read + 'a>> {
    match source {
        Source::Body(number) => look.body(*number),
        Source::Path(path) => Ok(Box::new(Cursor::new(look.read(path)?))),
        Source::Made(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
        Source::Nowhere => Ok(Box::new(std::io::empty())),
    }
}

/// How one path differs. The new side of a file that came with the call is known to the controller only: `after` is then the
/// number of the file, and whoever sent it puts the text in.
pub(super) fn difference(look: &Look, planned: &Planned, now: &PathState, want: &PathState) -> Result<Option<Diff>> {
    let path = planned.path.as_str();
    if now == want {
        return Ok(None);
    }
    let What::File(_) = want.what else { return Ok(Some(attributes(path, now, want))) };
    if now.what == want.what {
        return Ok(Some(attributes(path, now, want)));
    }
    let before = text(look, path)?;
    let after = match &planned.source {
        Source::Body(number) => Ok(Value::from(*number)),
        Source::Path(source) => text(look, source)?.map(Value::from),
        Source::Made(bytes) => shown(bytes).map(Value::from),
        Source::Nowhere => Ok(Value::from("")),
    };
    Ok(Some(match (before, after) {
        (Ok(before), Ok(after)) => Diff {
            before: before.into(),
            after,
            before_header: (now.what != What::Absent).then(|| path.to_owned()),
            after_header: Some(path.to_owned()),
            prepared: None,
        },
        (Err(reason), _) => {
            Diff { prepared: Some(format!("diff skipped: destination file {reason}\n")), ..Diff::default() }
        }
        (_, Err(reason)) => Diff { prepared: Some(format!("diff skipped: source file {reason}\n")), ..Diff::default() },
    }))
}

fn attributes(path: &str, now: &PathState, want: &PathState) -> Diff {
    let mut before = Map::from_iter([("path", path)]);
    let mut after = before.clone();
    if now.what != want.what {
        before.set("state", word(&now.what));
        after.set("state", word(&want.what));
    }
    if now.what != What::Absent {
        let (b, a) = now.attributes.diff(&want.attributes.or(&now.attributes));
        before.extend(b);
        after.extend(a);
    }
    Diff { before: before.into(), after: after.into(), ..Diff::default() }
}

fn word(what: &What) -> &'static str {
    match what {
        What::Absent => "absent",
        What::Directory => "directory",
        What::Link(_) => "link",
        _ => "file",
    }
}

/// A file's text for a diff; the inner error says why it is not shown.
fn text(look: &Look, path: &str) -> Result<std::result::Result<String, String>> {
    let Some(meta) = look.stat(path)? else { return Ok(Ok(String::new())) };
    if meta.size > MAX_DIFF {
        return Ok(Err(format!("size is greater than {MAX_DIFF}")));
    }
    Ok(shown(&look.read(path)?))
}

fn shown(bytes: &[u8]) -> std::result::Result<String, String> {
    if bytes.len() as u64 > MAX_DIFF {
        return Err(format!("size is greater than {MAX_DIFF}"));
    }
    if bytes.contains(&0) { Err("appears to be binary".to_owned()) } else { Ok(lossy(bytes)) }
}

//! Mode, owner, group and the rest that modules which write files let the user set: one group of arguments, what they
//! mean for a file that is there or will be, how it is made so, and what results say about a path.

mod extended;
mod path_info;

pub use path_info::state_word;

use crate::Arguments;
use crate::args::FromValue;
use crate::backend::{FileKind, Meta};
use crate::host::{Change, Look};
use crate::mode::{Mode, octal};
use crate::module::{Failure, Result};
use crate::value::Map;
use extended::{Context, Flags};

/// The arguments that modules share which write files.
#[derive(Arguments, Clone, Debug, Default)]
pub struct FileAttributes {
    /// The permissions the file or directory shall have, octal (`"0644"`) or symbolic (`u=rwX,g=rX`).
    pub mode: Option<Mode>,
    /// Name or number of the user that shall own the file or directory.
    pub owner: Option<String>,
    /// Name or number of the group that shall own the file or directory.
    pub group: Option<String>,
    /// The user part of the SELinux context; `_default` for the policy's.
    pub seuser: Option<String>,
    /// The role part of the SELinux context; `_default` for the policy's.
    pub serole: Option<String>,
    /// The type part of the SELinux context; `_default` for the policy's.
    pub setype: Option<String>,
    /// The level part of the SELinux context; `_default` for the policy's.
    pub selevel: Option<String>,
    /// The flags the file shall have, as `chattr` takes them; without an operator, exactly these.
    #[arg(alias = "attr")]
    pub attributes: Option<String>,
    /// Whether a file that cannot be replaced atomically may be written in place; without it `ANSIBLE_UNSAFE_WRITES` in the
    /// environment of the task says so.
    pub unsafe_writes: Option<bool>,
}

impl FileAttributes {
    /// Whether a file may be written in place on this host.
    pub fn unsafe_writes(&self, look: &Look) -> bool {
        let by_environment = || look.env("ANSIBLE_UNSAFE_WRITES").and_then(|text| bool::from_value(&text.into()).ok());
        self.unsafe_writes.or_else(by_environment).unwrap_or(false)
    }
}

/// What a path has of these, or shall have; `None` is what nobody manages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Owner's number.
    pub uid: Option<u32>,
    /// Group's number.
    pub gid: Option<u32>,
    context: Option<Context>,
    flags: Option<Flags>,
}

impl FileAttributes {
    /// What the path has now. SELinux context and flags are only read when they are managed.
    pub fn current(&self, look: &Look, path: &str, meta: &Meta) -> Result<Attributes> {
        Ok(Attributes {
            mode: Some(meta.mode),
            uid: Some(meta.uid),
            gid: Some(meta.gid),
            context: self.context_of(look, path)?,
            flags: self.flags_of(look, path)?,
        })
    }

    /// What a path that has `current` shall have.
    pub fn desired(&self, look: &Look, path: &str, kind: FileKind, current: &Attributes) -> Result<Attributes> {
        let known = current.mode.is_some();
        let mut want = current.clone();
        if let Some(owner) = &self.owner {
            want.uid = user(look, owner, path, known)?.or(want.uid);
        }
        if let Some(group) = &self.group {
            want.gid = self::group(look, group, path, known)?.or(want.gid);
        }
        if let Some(mode) = self.mode.as_ref().filter(|mode| **mode != Mode::Preserve) {
            let directory = kind == FileKind::Directory;
            let base = current.mode.unwrap_or((if directory { 0o777 } else { 0o666 }) & !look.umask());
            let bits = mode.bits(base, directory, look.umask()).map_err(|e| {
                Failure::new("mode must be in octal or symbolic form").with("path", path).with("details", e)
            })?;
            // A link has no mode of its own on Linux.
            if kind != FileKind::Link {
                want.mode = Some(bits);
            }
        }
        want.context = self.wanted_context(look, path, current.context.as_ref())?;
        want.flags = self.wanted_flags(current.flags.as_ref());
        Ok(want)
    }

    /// What a file that is not there yet shall have; `None` where the system decides.
    pub fn for_new(&self, look: &Look, path: &str, kind: FileKind) -> Result<Attributes> {
        self.desired(look, path, kind, &Attributes::default())
    }
}

impl Attributes {
    /// What a file has that was just made, as far as it can be told.
    pub fn of_new_file(look: &Look) -> Self {
        Attributes { mode: Some(0o666 & !look.umask()), uid: Some(look.euid()), ..Attributes::default() }
    }

    /// What a path has that was just made with these permissions and owners; context and flags come after.
    #[must_use]
    pub fn made_with(mode: Option<u32>, uid: Option<u32>, gid: Option<u32>) -> Self {
        Attributes { mode, uid, gid, ..Attributes::default() }
    }

    /// Owner and group that a file which replaces one with `now` must get: those that the task asks for, and those that differ. What
    /// nobody asked for is kept where that is allowed.
    pub fn asked_of(&self, asked: &FileAttributes, now: &Attributes) -> (Option<u32>, Option<u32>) {
        let uid = self.uid.filter(|_| asked.owner.is_some() || self.uid != now.uid);
        let gid = self.gid.filter(|_| asked.group.is_some() || self.gid != now.gid);
        (uid, gid)
    }

    /// The same with what it leaves open taken from `other`.
    #[must_use]
    pub fn or(&self, other: &Attributes) -> Self {
        Attributes {
            mode: self.mode.or(other.mode),
            uid: self.uid.or(other.uid),
            gid: self.gid.or(other.gid),
            context: self.context.clone().or_else(|| other.context.clone()),
            flags: self.flags.clone().or_else(|| other.flags.clone()),
        }
    }

    /// Brings a path from `self` to `want`. Owner before mode, because a change of owner clears setuid. Links are not followed.
    pub fn apply(&self, change: &Change, path: &str, want: &Attributes) -> Result<()> {
        let failed =
            |what: &str, e: crate::HostError| Failure::new(what).with("path", path).with("details", e.to_string());
        if let Some(context) = want.context.as_ref().filter(|_| want.context != self.context) {
            context.set(change, path)?;
        }
        let uid = want.uid.filter(|_| want.uid != self.uid);
        let gid = want.gid.filter(|_| want.gid != self.gid);
        if uid.is_some() || gid.is_some() {
            let what = if uid.is_some() { "chown failed" } else { "chgrp failed" };
            change.chown(path, uid, gid, false).map_err(|e| failed(what, e))?;
        }
        if let Some(mode) = want.mode
            && (want.mode != self.mode || (uid.is_some() || gid.is_some()) && mode & 0o6000 != 0)
        {
            change.chmod(path, mode, false).map_err(|e| failed("chmod failed", e))?;
        }
        if let Some(flags) = want.flags.as_ref().filter(|_| want.flags != self.flags) {
            flags.set(change, path)?;
        }
        Ok(())
    }

    /// What differs, as the `before` and `after` of a diff show it.
    pub fn diff(&self, want: &Attributes) -> (Map, Map) {
        let (mut before, mut after) = (Map::new(), Map::new());
        if want.context != self.context {
            before.set_some("secontext", self.context.as_ref().map(Context::list));
            after.set_some("secontext", want.context.as_ref().map(Context::list));
        }
        if want.uid != self.uid {
            before.set_some("owner", self.uid);
            after.set_some("owner", want.uid);
        }
        if want.gid != self.gid {
            before.set_some("group", self.gid);
            after.set_some("group", want.gid);
        }
        if want.mode != self.mode {
            before.set_some("mode", self.mode.map(octal));
            after.set_some("mode", want.mode.map(octal));
        }
        if want.flags != self.flags {
            before.set_some("attributes", self.flags.as_ref().map(Flags::text));
            after.set_some("attributes", want.flags.as_ref().map(Flags::text));
        }
        (before, after)
    }
}

/// The number of the user called `owner`. In check mode a user that is not there yet, of a file that is not there yet, is a
/// warning: an earlier task of the same run may make both.
fn user(look: &Look, owner: &str, path: &str, known: bool) -> Result<Option<u32>> {
    if let Ok(uid) = owner.parse() {
        return Ok(Some(uid));
    }
    match look.user_named(owner)? {
        Some(user) => Ok(Some(user.uid)),
        None if look.check_mode() && !known => {
            look.warn(format!("failed to look up user {owner}. Create user up to this point in real play"));
            Ok(None)
        }
        None => Err(Failure::new(format!("chown failed: failed to look up user {owner}")).with("path", path)),
    }
}

fn group(look: &Look, group: &str, path: &str, known: bool) -> Result<Option<u32>> {
    if let Ok(gid) = group.parse() {
        return Ok(Some(gid));
    }
    match look.group_named(group)? {
        Some(group) => Ok(Some(group.gid)),
        None if look.check_mode() && !known => {
            look.warn(format!("failed to look up group {group}. Create group up to this point in real play"));
            Ok(None)
        }
        None => Err(Failure::new(format!("chgrp failed: failed to look up group {group}")).with("path", path)),
    }
}

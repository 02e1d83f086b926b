//! What results say about a path: `uid gid owner group mode state size`, as Ansible adds them to every result with a path.

use crate::backend::{FileKind, HostResult, Meta};
use crate::host::Look;
use crate::mode::octal;
use crate::value::Map;

/// Ansible's word for what is there: `file`, `hard` (more than one name), `directory`, `link`.
pub fn state_word(meta: &Meta) -> &'static str {
    match meta.kind {
        FileKind::Link => "link",
        FileKind::Directory => "directory",
        _ if meta.nlink > 1 => "hard",
        _ => "file",
    }
}

impl Look<'_> {
    /// The values results hold about a path; none when nothing is there, a dangling link included.
    pub fn path_info(&self, path: &str) -> HostResult<Map> {
        let mut info = Map::new();
        if self.stat(path)?.is_none() {
            return Ok(info);
        }
        let Some(meta) = self.lstat(path)? else { return Ok(info) };
        info.set("uid", meta.uid);
        info.set("gid", meta.gid);
        info.set("owner", self.user_numbered(meta.uid)?.map_or_else(|| meta.uid.to_string(), |user| user.name));
        info.set("group", self.group_numbered(meta.gid)?.map_or_else(|| meta.gid.to_string(), |group| group.name));
        info.set("mode", octal(meta.mode));
        info.set("state", state_word(&meta));
        info.set("size", meta.size);
        Ok(info)
    }
}

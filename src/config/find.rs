//! Which `ansible.cfg` is read: `ANSIBLE_CONFIG`, then the working directory's unless everybody may write there, then
//! `~/.ansible.cfg`, then `/etc/ansible/ansible.cfg`.

use super::Surroundings;
use crate::diagnostic::Diagnostic;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The file to read, when there is one.
pub(super) fn config_file(around: &Surroundings, warnings: &mut Vec<Diagnostic>) -> Option<PathBuf> {
    let mut candidates = Vec::new();
    let named = around.var("ANSIBLE_CONFIG").map(|text| super::absolute(text, &around.cwd, around));
    if let Some(path) = &named {
        candidates.push(if path.is_dir() { path.join("ansible.cfg") } else { path.clone() });
    }
    let here = around.cwd.join("ansible.cfg");
    let open_to_all = std::fs::metadata(&around.cwd).is_ok_and(|m| m.permissions().mode() & 0o002 != 0);
    if !open_to_all {
        candidates.push(here.clone());
    }
    candidates.push(around.home.join(".ansible.cfg"));
    candidates.push("/etc/ansible/ansible.cfg".into());
    let found = candidates.into_iter().find(|path| readable(path));
    if open_to_all && readable(&here) && found.as_ref() != Some(&here) && (named.is_none() || found != named) {
        warnings.push(
            Diagnostic::warning(format!("`{}` was not read", here.display()))
                .cause("everybody may write to its directory, so that anybody could have put it there")
                .hint(format!(
                    "take the right away (`chmod o-w {}`) or name the file in `ANSIBLE_CONFIG`",
                    around.cwd.display()
                )),
        );
    }
    found
}

fn readable(path: &Path) -> bool {
    path.exists() && rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok()
}

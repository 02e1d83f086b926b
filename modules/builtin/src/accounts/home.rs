//! Home directories that `useradd` does not make: copied from the skeleton, owned by the user. Nothing is followed that
//! a user could have linked elsewhere: everything is made new.

use hostler_sdk::module::Result;
use hostler_sdk::{Change, FileKind};

/// Makes the directories above a home, as root's own.
pub(super) fn make_parents(change: &Change, path: &str) -> Result<()> {
    let mut at = String::new();
    for part in path.split('/').filter(|p| !p.is_empty()) {
        at = format!("{at}/{part}");
        if change.stat(&at)?.is_none() {
            change.make_dir(&at, 0o755)?;
        }
    }
    Ok(())
}

/// Makes the home of a user who has none.
pub(super) fn create(change: &Change, path: &str, skeleton: Option<&str>, uid: u32, gid: u32) -> Result<()> {
    let parent = path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
    make_parents(change, parent)?;
    let mode = mode(&change.read_text("/etc/login.defs").unwrap_or_default());
    // Closed to everybody until it is filled and handed over.
    change.make_dir(path, 0o700)?;
    let skeleton = skeleton.unwrap_or("/etc/skel");
    if matches!(change.stat(skeleton), Ok(Some(meta)) if meta.kind == FileKind::Directory) {
        copy(change, skeleton, path, uid, gid)?;
    }
    change.chmod(path, mode, false)?;
    change.chown(path, Some(uid), Some(gid), false)?;
    Ok(())
}

fn copy(change: &Change, from: &str, to: &str, uid: u32, gid: u32) -> Result<()> {
    for name in change.list(from)? {
        let (source, target) = (format!("{from}/{name}"), format!("{to}/{name}"));
        let Some(meta) = change.lstat(&source)? else { continue };
        match meta.kind {
            FileKind::Directory => {
                change.make_dir(&target, 0o700)?;
                copy(change, &source, &target, uid, gid)?;
                change.chmod(&target, meta.mode, false)?;
            }
            FileKind::Link => change.symlink(&change.read_link(&source)?, &target)?,
            FileKind::File => change.copy_file(&source, &target)?,
            _ => continue,
        }
        change.chown(&target, Some(uid), Some(gid), false)?;
    }
    Ok(())
}

/// Bits of a home directory by `/etc/login.defs`: `HOME_MODE`, else what `UMASK` leaves.
fn mode(login_defs: &str) -> u32 {
    let number = |key: &str| {
        let mut lines = login_defs.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some(key)).then(|| words.next())?
        });
        u32::from_str_radix(lines.next()?, 8).ok()
    };
    number("HOME_MODE").or_else(|| number("UMASK").map(|umask| 0o777 & !umask)).unwrap_or(0o755)
}

#[cfg(test)]
mod tests {
    use super::mode;

    #[test]
    fn login_defs_decide_the_mode() {
        assert_eq!(mode("UMASK\t\t022\n#HOME_MODE 0700\n"), 0o755);
        assert_eq!(mode("UMASK 077\nHOME_MODE\t0750\n"), 0o750);
        assert_eq!(mode(""), 0o755);
    }
}

//! Tests on paths of the controller: `exists`, `directory`, `file`, `link`, ...

use super::Test;
use crate::template::engine::{Args, Bound, Eval, Fault, Val};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

pub(super) const TESTS: &[Test] = &[
    Test::new("exists", |_, v, a| Ok(path(v, a)?.exists())),
    Test::new("link_exists", |_, v, a| Ok(path(v, a)?.symlink_metadata().is_ok())),
    Test::new("directory", |_, v, a| Ok(path(v, a)?.is_dir())),
    Test::new("is_dir", |_, v, a| Ok(path(v, a)?.is_dir())),
    Test::new("file", |_, v, a| Ok(path(v, a)?.is_file())),
    Test::new("is_file", |_, v, a| Ok(path(v, a)?.is_file())),
    Test::new("link", |_, v, a| Ok(path(v, a)?.is_symlink())),
    Test::new("is_link", |_, v, a| Ok(path(v, a)?.is_symlink())),
    Test::new("abs", |_, v, a| Ok(path(v, a)?.is_absolute())),
    Test::new("is_abs", |_, v, a| Ok(path(v, a)?.is_absolute())),
    Test::new("same_file", |_, v, a| same(v, a)),
    Test::new("is_same_file", |_, v, a| same(v, a)),
    Test::new("mount", |_, v, a| Ok(is_mount(&path(v, a)?))),
    Test::new("is_mount", |_, v, a| Ok(is_mount(&path(v, a)?))),
    Test::new("vaulted_file", |_, v, a| {
        let path = path(v, a)?;
        let text = std::fs::read(&path)
            .map_err(|e| Fault::new(format!("Cannot test if the file '{}' is a vault: {e}", path.display())))?;
        Ok(text.starts_with(b"$ANSIBLE_VAULT;"))
    }),
];

fn path(value: &Val, args: Args) -> Eval<PathBuf> {
    args.none("the test")?;
    match value.as_str() {
        Some(text) => Ok(PathBuf::from(text)),
        None => Err(Fault::new(format!("expected a path, found a value of type '{}'", value.type_name()))),
    }
}

fn same(value: &Val, args: Args) -> Eval<bool> {
    let [other] = args.bind("same_file", ["other"])?;
    let (a, b) = (path(value, Args::default())?, path(&other.required("same_file", "other")?, Args::default())?);
    let meta = |p: &PathBuf| std::fs::metadata(p).map_err(|e| Fault::new(format!("{}: {e}", p.display())));
    let (a, b) = (meta(&a)?, meta(&b)?);
    Ok(a.dev() == b.dev() && a.ino() == b.ino())
}

/// As `os.path.ismount`: a directory on another device than its parent, or its own parent.
fn is_mount(path: &std::path::Path) -> bool {
    let Ok(meta) = path.symlink_metadata() else { return false };
    if meta.is_symlink() {
        return false;
    }
    path.join("..").metadata().is_ok_and(|parent| parent.dev() != meta.dev() || parent.ino() == meta.ino())
}

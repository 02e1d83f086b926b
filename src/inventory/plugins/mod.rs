//! Inventory plugins whose sources are YAML files with a `plugin:` key.

mod constructed;
mod generator;
mod options;
mod scope;

use super::{Beyond, Inventory, Texts};
use crate::diagnostic::{Diagnostic, Result};
use options::{Options, wrong};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The plugins there are.
const NAMES: [&str; 2] = ["constructed", "generator"];

/// The sources before one, and what is beyond all of them.
pub(super) struct Sources<'a> {
    pub beyond: &'a dyn Beyond,
    /// Their directories, in order.
    pub directories: &'a [PathBuf],
}

/// Reads a plugin's file into the inventory; `expected` is the one plugin it must be for, if any.
pub(super) fn read(
    path: &Path,
    expected: Option<&str>,
    origin: &Arc<str>,
    inventory: &mut Inventory,
    texts: &dyn Texts,
    before: &Sources<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<()> {
    let documents = texts.file(path, warnings)?;
    let Some(root) = documents.first().filter(|node| !node.is_null()) else {
        return Err(Diagnostic::error(format!("{} is empty", path.display())).boxed());
    };
    let no_plugin = || {
        let file = path.display();
        let what = format!("no root 'plugin' key found, '{file}' is not a valid YAML inventory plugin config file");
        Diagnostic::error(what).boxed()
    };
    let plugin = root.get("plugin").filter(|node| !node.is_null()).ok_or_else(no_plugin)?;
    let options = Options::of(root, "the configuration of an inventory plugin")?;
    let written = plugin.as_str().unwrap_or_default();
    let name = written.strip_prefix("ansible.builtin.").unwrap_or(written);
    if expected.is_some_and(|expected| expected != name) {
        return Err(wrong(format!("Incorrect plugin name in file: {written}"), plugin).boxed());
    }
    match name {
        "constructed" => constructed::read(&options, inventory, texts, before, warnings),
        "generator" => generator::read(&options, origin, inventory, texts, warnings),
        other => Err(wrong(format!("the inventory plugin `{other}` is not supported"), plugin)
            .nearest(other, NAMES)
            .hint("use an executable that prints the same inventory as JSON for `--list`")
            .boxed()),
    }
}

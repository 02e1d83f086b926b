//! What a source may see beyond the sources before it, where it asks for it (`constructed`): the command line's variables, and the
//! files of variables beside those sources. Variables stand above the inventory, so they are reached through this.

use crate::diagnostic::{Diagnostic, Result};
use crate::template::Variables;
use std::path::Path;
use std::sync::Arc;

/// Variables that are no part of an inventory.
pub trait Beyond {
    /// Those of the command line.
    fn extra(&self) -> Variables;
    /// Those of a group (or of a host) in the files beside a source in `directory`, weakest first.
    ///
    /// # Errors
    /// Files that cannot be read.
    fn beside(&self, directory: &Path, whose: Whose<'_>, warnings: &mut Vec<Diagnostic>)
    -> Result<Vec<Arc<Variables>>>;
}

/// A group or a host, by its name.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// `group_vars/NAME`
    Group(&'a str),
    /// `host_vars/NAME`
    Host(&'a str),
}

/// Nothing is beyond the sources.
pub struct Nothing;

impl Beyond for Nothing {
    fn extra(&self) -> Variables {
        Variables::default()
    }
    fn beside(&self, _: &Path, _: Whose<'_>, _: &mut Vec<Diagnostic>) -> Result<Vec<Arc<Variables>>> {
        Ok(Vec::new())
    }
}

//! Reads inventories whose sources may ask for variables: those of the command line, and the files beside sources.

use super::beside::{Beside, Kind};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::{Beyond, Inventory, Texts, Whose};
use crate::template::Variables;
use std::path::Path;
use std::sync::Arc;

struct Seen<'a> {
    extra: &'a Variables,
    beside: Beside,
    texts: &'a dyn Texts,
}

impl Beyond for Seen<'_> {
    fn extra(&self) -> Variables {
        self.extra.clone()
    }
    fn beside(
        &self,
        directory: &Path,
        whose: Whose<'_>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Vec<Arc<Variables>>> {
        let (kind, name) = match whose {
            Whose::Group(name) => (Kind::Group, name),
            Whose::Host(name) => (Kind::Host, name),
        };
        Ok(self.beside.vars(directory, kind, name, self.texts, warnings)?.as_ref().clone())
    }
}

/// Reads an inventory; `extra` is what [`super::extra_vars`] read.
///
/// # Errors
/// As [`Inventory::load`].
pub fn read_inventory(
    sources: &[String],
    settings: &Settings,
    texts: &dyn Texts,
    extra: &Variables,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Inventory> {
    let beside = Beside::new((*settings.yaml_valid_extensions).clone());
    Inventory::load(sources, settings, texts, &Seen { extra, beside, texts }, warnings)
}

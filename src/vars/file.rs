//! A file of variables: a mapping (or, for `vars_files`, a list of mappings) in YAML or JSON, encrypted or not.

use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Texts;
use crate::template::{Variable, Variables};
use crate::yaml::{Node, unmarked};
use std::path::Path;
use std::sync::Arc;

/// Reads a file of variables. An empty file has none.
pub(super) fn read(path: &Path, texts: &dyn Texts, warnings: &mut Vec<Diagnostic>) -> Result<Arc<Variables>> {
    let mut vars = Variables::default();
    for document in texts.file(path, warnings)? {
        let document = unmarked(&document);
        match document.as_list() {
            Some(items) => {
                for item in items {
                    add(item, &mut vars, texts)?;
                }
            }
            None => add(&document, &mut vars, texts)?,
        }
    }
    Ok(Arc::new(vars))
}

/// Adds the entries of a mapping.
pub(super) fn add(node: &Node, vars: &mut Variables, texts: &dyn Texts) -> Result<()> {
    if node.is_null() {
        return Ok(());
    }
    let Some(entries) = node.as_map() else {
        let error = Diagnostic::error(format!("a file of variables holds a mapping, this is {}", node.kind()));
        return Err(error.at(&node.place, "").boxed());
    };
    for (key, value) in entries {
        let place = Some(key.place.clone());
        vars.0.insert(key.to_key().to_string().into(), Variable { value: texts.node(value)?, place });
    }
    Ok(())
}

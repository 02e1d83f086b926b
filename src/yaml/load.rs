//! Reading YAML files.

use super::{Node, parse};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use hostler_sdk::Value;
use std::path::Path;
use std::sync::Arc;

/// The text of a file, for parsing. Files that are not UTF-8 are refused with the place of the first wrong byte.
pub fn read(path: &Path) -> Result<Arc<Source>> {
    let failed = |cause: String| Diagnostic::error(format!("could not read `{}`", path.display())).cause(cause);
    let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()).boxed())?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(Source { path: path.to_owned(), text })),
        Err(e) => {
            let start = e.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(e.as_bytes()).into_owned();
            let place = Place::new(&Arc::new(Source { path: path.to_owned(), text }), start, start + 3);
            Err(failed("it is not UTF-8 text".to_owned()).at(&place, "the first byte that is not").boxed())
        }
    }
}

/// All documents of a file. Encrypted files are opened by `vault`; here they are text like any other.
pub fn load_file(path: &Path, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Node>> {
    parse(&read(path)?, warnings)
}

/// The plain values of all documents of a text that is data (`from_yaml`, script output); `name` stands in errors.
pub fn value_of(name: &str, text: &str) -> Result<Vec<Value>> {
    let source = Place::named(name, text).source;
    parse(&source, &mut Vec::new())?.iter().map(Node::to_value).collect()
}

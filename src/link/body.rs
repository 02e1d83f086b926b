//! Files that go with a call, on the engine's side.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// The content of a file that goes with a call. It moves only when the module on the host asks for it.
#[derive(Clone, Debug)]
pub enum Body {
    /// Bytes made here (a rendered template, `content:`).
    Bytes(Arc<[u8]>),
    /// A file of the controller.
    File(PathBuf),
}

impl Body {
    /// Opens the content, from its beginning.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Body::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Body::File(path) => Box::new(File::open(path)?),
        })
    }
}

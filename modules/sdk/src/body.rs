//! Files that travel beside a call. The call names them by hash and size; content moves only when the module
//! asks for it, so that an unchanged file costs no transfer.

use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use std::sync::Arc;

/// What a call says about a file that goes with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BodyInfo {
    /// Bytes.
    pub size: u64,
    /// SHA-1 in lower-case hex: Ansible's `checksum`, compared on the host.
    pub sha1: String,
    /// The content itself when it is small enough to ride along.
    #[serde(with = "serde_bytes")]
    pub inline: Option<Vec<u8>>,
}

/// Where a module gets the content of the files of its call.
pub trait Bodies: Send + Sync {
    /// Opens the content of file `index` of the call. Each may be opened once.
    fn open(&self, index: usize) -> io::Result<Box<dyn Read + '_>>;
}

/// The files of a call that all ride along inside it.
#[derive(Debug)]
pub struct Inline(pub Arc<[BodyInfo]>);

impl Bodies for Inline {
    fn open(&self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        self.0
            .get(index)
            .and_then(|body| body.inline.as_deref())
            .map(|bytes| Box::new(bytes) as Box<dyn Read>)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the call carries no such file"))
    }
}

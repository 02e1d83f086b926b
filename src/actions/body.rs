//! Files an action sends beside a module call.

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

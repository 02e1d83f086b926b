//! Waiting in a template: lookups that wait for a server or a command stand aside, so that the connections served by the same
//! threads go on.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does `work`, which waits; the async runtime has others do this thread's work meanwhile, where it has any.
pub(super) fn wait<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

//! Modules that run what the operator wrote: `command`, `shell`, `script`, `raw`, as jobs in the background too; and `ping`, which runs nothing.

mod async_status;
mod async_wrapper;
mod clock;
mod command;
mod execution;
pub(crate) mod glob;
mod ping;
mod raw;
mod script;
mod shell;

pub(crate) use glob::{is_magic, matches};
pub use raw::Raw;
pub(crate) use script::private_directory;

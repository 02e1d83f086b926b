//! Modules that run what the operator wrote: `command`, `shell`, `script`, `raw`; and `ping`, which runs nothing.

mod clock;
mod command;
mod execution;
pub(crate) mod glob;
mod ping;
mod raw;
mod script;
mod shell;

pub(crate) use glob::matches;
pub use raw::Raw;
pub(crate) use script::private_directory;

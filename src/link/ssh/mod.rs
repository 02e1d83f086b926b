//! SSH inside this process, on russh, whose types do not leave this folder.

pub mod config;
pub mod options;
pub mod pattern;

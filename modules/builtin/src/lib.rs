//! Built-in modules, one a file, by family. Each registers itself beside its definition.

pub mod commands;
mod expand;
mod facts;
pub mod regex;

//! Built-in modules, one a file, by family. Each registers itself beside its definition.

pub mod regex;

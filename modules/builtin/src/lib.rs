//! Built-in modules, one a file, by family. Each registers itself beside its definition.

mod accounts;
pub mod commands;
pub mod encoding;
mod facts;
#[cfg(test)]
mod fake_host;
mod files;
pub mod fragments;
pub mod ini;
mod packages;
pub mod regex;
mod services;
pub mod system;

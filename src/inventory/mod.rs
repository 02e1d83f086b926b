//! Inventories: hosts and groups from INI, YAML, JSON, scripts, directories and lists of names, merged in order; host
//! patterns; the implicit localhost. An inventory is a value: runs share an `Arc` of it and change it by making another.

mod address;
mod beyond;
mod dynamic;
mod glob;
mod graph;
mod group;
mod host;
mod ini;
mod limit;
mod literal;
mod merge;
mod order;
mod pattern;
mod plugins;
mod script;
mod shlex;
mod sources;
#[cfg(test)]
mod tests;
mod texts;
mod toml;
mod yaml;

pub use beyond::{Beyond, Nothing, Whose};
pub use glob::Glob;
pub use graph::Inventory;
pub use group::{Group, GroupName};
pub use host::{Host, HostName, LOCALHOST};
pub use limit::Limit;
pub use literal::literal;
pub use merge::merged;
pub use order::Order;
pub use pattern::Selection;
#[cfg(test)]
pub(crate) use texts::Plain;
pub use texts::Texts;

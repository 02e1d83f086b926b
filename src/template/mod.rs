//! Jinja2 as Ansible uses it: minijinja reads the grammar, our own engine evaluates. A template is not a string: it is
//! compiled once, only from text the operator wrote, and no function turns a value back into one. Rendering is lazy and
//! yields native values.

mod about;
mod addresses;
mod engine;
mod filters;
mod host_facts;
mod jinja;
mod lookups;
mod mentions;
mod methods;
mod nodes;
mod overlay;
mod parts;
mod pprint;
mod said;
mod scope;
mod syntax;
mod templated;
mod tests;
mod variables;
pub(crate) mod words;

pub use about::{about, managed};
pub use host_facts::{HostFacts, Rest};
pub use jinja::{Decrypt, Jinja, JinjaOptions, ReadSetting, SettingName};
pub use mentions::Mentions;
pub use overlay::over;
pub use pprint::pretty;
pub use said::{Said, Wanted, pinned, stays_below};
pub use scope::{Binding, Hosts, Scope, ScopeError};
pub use syntax::{FileSyntax, free_variables};
pub use templated::{Template, TemplateKind, Templated, TemplatedKey, VaultText};
pub use variables::{Variable, Variables};

#[cfg(test)]
mod cases;
#[cfg(test)]
mod places;
#[cfg(test)]
mod said_tests;

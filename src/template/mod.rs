//! Jinja2 as Ansible uses it, on minijinja. A template is not a string: it is compiled once, only from text the operator
//! wrote, and no function turns a value back into one. Rendering is lazy and yields native values.

mod scope;
mod templated;
mod variables;

pub use scope::{Binding, Hosts, Scope, ScopeError};
pub use templated::{Template, TemplateKind, Templated, TemplatedKey, VaultText};
pub use variables::{Variable, Variables};

//! What the loader asks about modules: whoever knows modules and actions (the run) answers.

use hostler_sdk::{ArgError, Map, ModuleSpec};

/// All modules and actions a task may name.
pub trait Catalogue: Send + Sync {
    /// The declaration of what users call `name`: short, full (`ansible.builtin.copy`) or an alias.
    fn find(&self, name: &str) -> Option<&'static ModuleSpec>;
    /// Every name, short and full, for near-name hints.
    fn names(&self) -> Vec<String>;
    /// Whether arguments without templates are good for the module, without touching a host.
    fn validate(&self, name: &str, args: &Map) -> Result<(), ArgError>;
    /// Arguments of `name` that are bare expressions (`assert`'s `that`, `debug`'s `var`): the loader compiles them.
    fn expressions(&self, name: &str) -> &'static [&'static str] {
        let _ = name;
        &[]
    }
}

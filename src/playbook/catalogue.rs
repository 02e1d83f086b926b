//! What the loader asks about modules: whoever knows modules and actions (the run) answers.

use hostler_sdk::{ArgError, CheckSupport, Map, ModuleSpec};

/// What a task calls whose module is not known: the task fails if it is ever run.
pub static UNRESOLVED: ModuleSpec = ModuleSpec {
    name: "unresolved",
    collection: "",
    aliases: &[],
    summary: "",
    description: "",
    args: &[],
    required_together: &[],
    mutually_exclusive: &[],
    required_one_of: &[],
    required_if: &[],
    free_form: None,
    any_args: true,
    check: CheckSupport::None,
    diff: false,
    looks_beyond: true,
    idle_user: None,
    returns: &[],
    examples: "",
};

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

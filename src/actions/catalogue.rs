//! Everything a task may name: actions of the controller first, then modules.

use crate::playbook::Catalogue;
use hostler_sdk::{ArgError, Args, Map, ModuleSpec};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The actions and modules of this program.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modules;

/// What a name ends with behind its collection: `copy` of `ansible.builtin.copy`.
pub(super) fn end_of(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, end)| end)
}

/// The ends of all names that modules have; most words that are asked for, keywords of tasks, are none.
static ENDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let specs = hostler_sdk::modules().iter().map(|module| module.spec);
    specs.flat_map(|spec| std::iter::once(&spec.name).chain(spec.aliases)).map(|name| end_of(name)).collect()
});

impl Catalogue for Modules {
    fn find(&self, name: &str) -> Option<&'static ModuleSpec> {
        let module = || ENDS.contains(end_of(name)).then(|| hostler_sdk::find(name)).flatten();
        super::find(name).map(|action| action.spec).or_else(|| module().map(|module| module.spec))
    }

    fn names(&self) -> Vec<String> {
        let modules = hostler_sdk::modules().iter().map(|module| module.spec);
        let specs = super::actions().iter().map(|action| action.spec).chain(modules);
        let mut names: Vec<String> = specs
            .flat_map(|spec| {
                let aliases = spec.aliases.iter().map(|alias| (*alias).to_owned());
                [spec.name.to_owned(), spec.full_name()].into_iter().chain(aliases)
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn validate(&self, name: &str, args: &Map) -> Result<(), ArgError> {
        let args = Args::new(args);
        match (super::find(name), hostler_sdk::find(name)) {
            (Some(action), _) => (action.validate)(&args),
            (None, Some(module)) => module.module.validate(&args),
            (None, None) => Ok(()),
        }
    }

    fn expressions(&self, name: &str) -> &'static [&'static str] {
        super::find(name).map(|action| action.expressions).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_every_name() {
        for name in ["debug", "ansible.builtin.debug", "ansible.legacy.debug", "ping", "include_tasks", "meta"] {
            assert!(Modules.find(name).is_some_and(|spec| spec.answers_to(name)), "{name}");
        }
        assert!(Modules.find("community.general.debug").is_none());
        assert_eq!(Modules.expressions("assert"), ["that"]);
    }

    #[test]
    fn validates_actions_too() {
        let wrong = Map::from_iter([("msgg", "x")]);
        let error = Modules.validate("fail", &wrong).unwrap_err().to_string();
        assert!(error.contains("Unsupported parameters for (fail) module: msgg"), "{error}");
    }
}

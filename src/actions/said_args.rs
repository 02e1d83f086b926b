//! In which arguments of a task a host had a say.

use crate::template::{Said, Templated, Variables};
use hostler_sdk::{Key, Map};

/// Rendered arguments that a host had a say in; others are not here.
#[derive(Clone, Debug, Default)]
pub struct SaidArgs(Vec<(Key, Templated)>);

impl SaidArgs {
    /// Takes note of an argument.
    pub fn add(&mut self, name: Key, value: Templated) {
        if value.said().is_any() {
            self.0.push((name, value));
        }
    }

    /// Takes note of arguments that come from one value.
    pub fn add_all(&mut self, args: &Map, said: Said) {
        if said.is_any() {
            args.iter().for_each(|(key, value)| self.add(key.clone(), Templated::of(value.clone(), Said::ALL)));
        }
    }

    /// Whether a host had a say in any of them.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether a host had a say in the argument that goes by one of these names.
    pub fn of(&self, names: &[&str]) -> Said {
        let found = self.0.iter().find(|(key, _)| key.as_str().is_some_and(|key| names.contains(&key)));
        found.map(|(_, value)| value.said()).unwrap_or_default()
    }

    /// Arguments as variables of which this stays known.
    pub fn variables(&self, args: &Map) -> Variables {
        let mut out = Variables::default();
        for (key, value) in args {
            let said = self.0.iter().find(|(name, _)| name == key).map(|(_, part)| part.clone());
            out.set(key.to_string(), said.unwrap_or_else(|| value.clone().into()), None);
        }
        out
    }
}

//! What a run learns about a host: facts, `set_fact` and registered results, `include_vars`. Scopes keep what they were made
//! with; a change makes new maps only while somebody still reads the old ones.

use super::clean::{is_restricted, leads_elsewhere};
use crate::template::{Variable, Variables};
use hostler_sdk::{Map, Value};
use std::sync::Arc;

/// The state of one host.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// `set_fact` and registered results.
    pub set: Arc<Variables>,
    /// `include_vars`.
    pub included: Arc<Variables>,
    /// Facts as modules gave them.
    pub facts: Arc<Map>,
    /// The same as `ansible_facts`: without the prefix.
    pub namespaced: Arc<Map>,
    /// Grows with every change.
    pub epoch: u64,
}

impl State {
    /// Adds facts; those that are there already are replaced whole. The names of those that are not taken, for they would lead to other
    /// files of the controller, come back.
    pub fn add_facts(&mut self, facts: &Map) -> Vec<String> {
        let (raw, namespaced) = (Arc::make_mut(&mut self.facts), Arc::make_mut(&mut self.namespaced));
        let mut refused = Vec::new();
        for (key, value) in facts {
            if let Some(name) = key.as_str().filter(|name| leads_elsewhere(short(name), value)) {
                refused.push(name.to_owned());
                continue;
            }
            raw.set(key.clone(), value.clone());
            namespaced.set(key.as_str().map_or_else(|| key.clone(), |k| short(k).into()), value.clone());
        }
        self.epoch += 1;
        refused
    }

    pub fn clear_facts(&mut self) {
        self.facts = Arc::default();
        self.namespaced = Arc::default();
        self.epoch += 1;
    }

    pub fn set(&mut self, name: &str, value: Value) {
        Arc::make_mut(&mut self.set).set(name, value, None);
        self.epoch += 1;
    }

    pub fn include(&mut self, vars: &Variables, merge: bool) {
        let included = Arc::make_mut(&mut self.included);
        for (name, variable) in &vars.0 {
            let value = match included.get(name) {
                Some(known) if merge => crate::inventory::merged(&known.value, &variable.value),
                _ => variable.value.clone(),
            };
            included.0.insert(name.clone(), Variable { value, place: variable.place.clone() });
        }
        self.epoch += 1;
    }

    /// A fact that is a variable of its own.
    pub fn fact(&self, name: &str, inject: bool) -> Option<&Value> {
        let found = self.facts.get(name)?;
        (name == "ansible_local" || (inject && !is_restricted(name))).then_some(found)
    }
}

/// A fact's name within `ansible_facts`.
fn short(name: &str) -> &str {
    match name.strip_prefix("ansible_") {
        Some("local") | None => name,
        Some(rest) => rest,
    }
}

//! What a run learns about a host: facts, `set_fact` and registered results, `include_vars`. Scopes keep what they were made
//! with; a change makes new maps only while somebody still reads the old ones.

use super::clean::{is_fact, is_restricted, is_word, leads_elsewhere};
use super::unasked::Unasked;
use crate::template::{HostFacts, Rest, Said, Templated, Variable, Variables};
use hostler_sdk::{Key, Map, Value};
use std::sync::{Arc, OnceLock};

/// The state of one host.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// `set_fact` and registered results.
    pub set: Arc<Variables>,
    /// `include_vars`.
    pub included: Arc<Variables>,
    /// What modules found.
    pub facts: Arc<Facts>,
    /// Grows with every change.
    pub epoch: u64,
}

/// The facts of a host under both kinds of names.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    given: Arc<Map>,
    /// Made when somebody reads `ansible_facts`.
    namespaced: OnceLock<Arc<HostFacts>>,
    /// Whether a host had a say in any of them, as far as they are not words that were looked at.
    heard: bool,
    /// Those that were not asked for, where only some were.
    rest: Option<Arc<Unasked>>,
}

impl Facts {
    /// Under the names that modules gave them.
    pub fn given(&self) -> &Arc<Map> {
        &self.given
    }

    /// As `ansible_facts`: without the prefix.
    fn namespaced(&self) -> &Arc<HostFacts> {
        self.namespaced.get_or_init(|| {
            let known = Arc::new(namespaced(&self.given));
            let words = self.heard.then_some(is_word as fn(&str) -> bool);
            let rest = self
                .rest
                .clone()
                .map(|facts| Arc::new(Beside { facts, known: known.clone(), whole: OnceLock::new() }) as Arc<dyn Rest>);
            Arc::new(HostFacts { known, words, rest })
        })
    }

    /// A fact under the name that a module gave it, got from the host when it was not asked for.
    fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.given.get(name) {
            return Some(value.clone());
        }
        let rest = self.rest.as_ref().filter(|rest| is_fact(name) && !rest.was_asked(name))?;
        rest.all()?.get(name).cloned()
    }

    /// Sets a fact. Where it has the same name in `ansible_facts` as another (`x` and `ansible_x`), the later one counts there.
    fn set(given: &mut Map, key: &Key, value: &Value) {
        if let Some(name) = key.as_str() {
            let other = if short(name) == name { format!("ansible_{name}") } else { short(name).to_owned() };
            if given.contains_key(other.as_str()) {
                given.take(name);
            }
        }
        given.set(key.clone(), value.clone());
    }
}

impl State {
    /// Adds facts; those that are there already are replaced whole. The names of those that are not taken, for they would lead to other
    /// files of the controller, come back.
    pub fn add_facts(&mut self, facts: &Arc<Map>, said: Said) -> Vec<String> {
        let elsewhere = |(key, value): (&Key, &Value)| {
            key.as_str().filter(|name| leads_elsewhere(short(name), value)).map(ToOwned::to_owned)
        };
        let refused: Vec<String> = facts.iter().filter_map(elsewhere).collect();
        let known = &mut Arc::make_mut(&mut self.facts);
        known.namespaced.take();
        known.heard |= said.is_any();
        if known.given.is_empty() && refused.is_empty() {
            known.given = facts.clone();
        } else {
            let given = Arc::make_mut(&mut known.given);
            for (key, value) in facts.iter() {
                if key.as_str().is_none_or(|name| !refused.iter().any(|other| other == name)) {
                    Facts::set(given, key, value);
                }
            }
        }
        self.epoch += 1;
        refused
    }

    /// Facts that come now are only some of the host's.
    pub fn leave_out(&mut self, rest: Option<Arc<Unasked>>) {
        let known = Arc::make_mut(&mut self.facts);
        known.namespaced.take();
        known.rest = rest;
        self.epoch += 1;
    }

    pub fn clear_facts(&mut self) {
        self.facts = Arc::default();
        self.epoch += 1;
    }

    pub fn set(&mut self, name: &str, value: Templated) {
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

    /// The names of all facts that are there.
    pub fn fact_names(&self) -> impl Iterator<Item = &str> {
        let fetched = self.facts.rest.as_ref().and_then(|rest| rest.fetched());
        self.facts.given.keys().chain(fetched.into_iter().flat_map(|facts| facts.keys())).filter_map(Key::as_str)
    }

    /// A fact that is a variable of its own.
    pub fn fact(&self, name: &str, inject: bool) -> Option<Templated> {
        if name != "ansible_local" && (!inject || is_restricted(name)) {
            return None;
        }
        let found = self.facts.get(name)?;
        let said = if self.facts.heard && !is_word(short(name)) { Said::ALL } else { Said::Nothing };
        Some(Templated::of(found, said))
    }

    /// `ansible_facts`.
    pub fn all_facts(&self) -> Templated {
        Templated::Facts(self.facts.namespaced().clone())
    }
}

/// The rest of a host's facts, as `ansible_facts` has them, with what is known besides.
#[derive(Debug)]
struct Beside {
    facts: Arc<Unasked>,
    known: Arc<Map>,
    /// Both, made when they are first read.
    whole: OnceLock<Arc<Map>>,
}

impl Rest for Beside {
    fn was_asked(&self, name: &str) -> bool {
        self.facts.was_asked(name)
    }

    fn all(&self) -> Option<Arc<Map>> {
        let fetched = self.facts.all()?;
        let whole = self.whole.get_or_init(|| {
            let mut all = namespaced(fetched);
            all.extend(self.known.iter().map(|(key, value)| (key.clone(), value.clone())));
            Arc::new(all)
        });
        Some(whole.clone())
    }
}

fn namespaced(given: &Map) -> Map {
    let short = |key: &Key| key.as_str().map_or_else(|| key.clone(), |name| short(name).into());
    given.iter().map(|(key, value)| (short(key), value.clone())).collect()
}

/// A fact's name within `ansible_facts`.
pub(super) fn short(name: &str) -> &str {
    match name.strip_prefix("ansible_") {
        Some("local") | None => name,
        Some(rest) => rest,
    }
}

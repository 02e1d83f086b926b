//! What a run learns of its hosts: facts, registered results, included variables. It is kept by host, and facts in the fact cache too
//! where there is one.

use super::beside::lock;
use super::state::State;
use super::store::VarStore;
use super::unasked::Unasked;
use crate::diagnostic::Diagnostic;
use crate::playbook::reserved;
use crate::template::{Said, Templated, Variables};
use hostler_sdk::{Key, Map, Value};
use std::sync::{Arc, Mutex};

impl VarStore {
    /// Equal facts that have in common with those of other hosts what is the same in both.
    pub fn shared(&self, facts: &Map) -> Arc<Map> {
        Arc::new(lock(&self.pool).share(facts))
    }

    /// Stores facts that a module found.
    pub fn add_facts(&self, host: &str, facts: &Arc<Map>, said: Said) {
        let state = self.state(host);
        let mut state = lock(&state);
        self.take_facts(host, &mut state, facts, said);
        self.keep_facts(host, state.facts.given());
    }

    /// The facts of a host that come next are all, or `rest` are those that were not asked for.
    pub fn leave_out(&self, host: &str, rest: Option<Arc<Unasked>>) {
        let state = self.state(host);
        let mut state = lock(&state);
        state.leave_out(rest);
    }

    /// Whether facts are kept for other runs.
    pub fn keeps_facts(&self) -> bool {
        self.cache.is_some()
    }

    /// Adds facts to what is known of a host, and warns of those that are not taken.
    fn take_facts(&self, host: &str, state: &mut State, facts: &Arc<Map>, said: Said) {
        for name in state.add_facts(facts, said) {
            let what = format!("the fact `{name}` of `{host}` was dropped");
            let cause = "it is a path that leads elsewhere, where a word is expected that playbooks make file names of";
            self.warn(Diagnostic::warning(what).cause(cause));
        }
    }

    fn keep_facts(&self, host: &str, facts: &Map) {
        if let Some(Err(warning)) = self.cache.as_ref().map(|cache| cache.store(host, facts)) {
            self.warn(*warning);
        }
    }

    /// What is known of a host before anything was done: facts that are cached.
    fn remembered(&self, host: &str) -> State {
        let mut state = State::default();
        match self.cache.as_ref().map(|cache| cache.load(host)) {
            Some(Ok(Some(facts))) => self.take_facts(host, &mut state, &self.shared(&facts), self.said_of_cache(host)),
            Some(Err(warning)) => self.warn(*warning),
            _ => {}
        }
        state
    }

    /// Who had a say in facts of the cache: the host, unless it is this machine.
    fn said_of_cache(&self, host: &str) -> Said {
        let inventory = self.inventory();
        let own = inventory.host(host).is_some_and(|known| {
            let groups = inventory.groups_of(&known.name);
            let of_groups = groups.iter().rev().chain(inventory.group("all")).map(|group| &group.vars);
            let mut all = std::iter::once(&known.vars).chain(of_groups);
            let connection = all.find_map(|vars| vars.get("ansible_connection")).and_then(|set| set.value.as_value());
            known.implicit || connection.and_then(Value::as_str) == Some("local")
        });
        if own { Said::Nothing } else { Said::ALL }
    }

    /// `set_fact`, rendered; `cacheable` ones are facts as well.
    pub fn set_facts(&self, host: &str, values: &Variables, cacheable: bool) {
        let state = self.state(host);
        let mut state = lock(&state);
        if cacheable {
            let said = values.0.values().find(|v| v.value.said().is_any()).map_or(Said::Nothing, |_| Said::ALL);
            let facts = values.0.iter().map(|(name, v)| (Key::Str(name.clone()), v.value.as_written())).collect();
            self.take_facts(host, &mut state, &Arc::new(facts), said);
            self.keep_facts(host, state.facts.given());
        }
        for (name, variable) in &values.0 {
            reserved(name, None).into_iter().for_each(|warning| self.warn(warning));
            state.set(name, variable.value.clone());
        }
    }

    /// `register`.
    pub fn register(&self, host: &str, name: &str, value: Templated) {
        reserved(name, None).into_iter().for_each(|warning| self.warn(warning));
        lock(&self.state(host)).set(name, value);
    }

    /// `include_vars`.
    pub fn include_vars(&self, host: &str, vars: &Variables) {
        lock(&self.state(host)).include(vars, self.merges());
    }

    /// `meta: clear_facts`.
    pub fn clear_facts(&self, host: &str) {
        lock(&self.state(host)).clear_facts();
        if let Some(cache) = &self.cache {
            cache.delete(host);
        }
    }

    /// The facts of a host as modules gave them.
    pub fn facts(&self, host: &str) -> Arc<Map> {
        lock(&self.state(host)).facts.given().clone()
    }

    /// Whether `setup` ran for a host (`gathering: smart`).
    pub fn has_facts(&self, host: &str) -> bool {
        let facts = self.facts(host);
        facts.contains_key("module_setup") || facts.contains_key("_ansible_facts_gathered")
    }

    /// Grows whenever anything changes that a host's variables depend on, other than the play.
    pub fn epoch(&self, host: &str) -> u64 {
        lock(&self.state(host)).epoch + self.snapshot().1
    }

    pub(super) fn state(&self, host: &str) -> Arc<Mutex<State>> {
        let known = self.states.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(host).cloned();
        known.unwrap_or_else(|| {
            let mut states = self.states.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            let known = states.entry(host.into());
            known.or_insert_with(|| Arc::new(Mutex::new(self.remembered(host)))).clone()
        })
    }
}

//! The counts of the recap.

use crate::report::HostStats;
use hostler_sdk::{Map, Value};
use indexmap::IndexMap;
use std::sync::Arc;

/// Counts per host, and what `set_stats` gathered.
#[derive(Debug, Default)]
pub(super) struct Tally {
    hosts: IndexMap<Arc<str>, HostStats>,
    custom: Map,
    custom_hosts: IndexMap<Arc<str>, Map>,
}

impl Tally {
    /// The counts of a host, to be changed.
    pub fn of(&mut self, host: &Arc<str>) -> &mut HostStats {
        self.hosts.entry(host.clone()).or_default()
    }

    /// `set_stats` for the whole run.
    pub fn custom(&mut self, data: &Map, aggregate: bool) {
        merge(&mut self.custom, data, aggregate);
    }

    /// `set_stats` of one host.
    pub fn custom_of(&mut self, host: &Arc<str>, data: &Map, aggregate: bool) {
        merge(self.custom_hosts.entry(host.clone()).or_default(), data, aggregate);
    }

    /// All of it, in the order hosts appeared; the run's own custom stats under `_run`, as Ansible's callbacks call them.
    pub fn finish(self) -> (Vec<(String, HostStats)>, Map) {
        let mut custom = Map::new();
        for (host, data) in self.custom_hosts {
            custom.set(host, data);
        }
        if !self.custom.is_empty() {
            custom.set("_run", self.custom);
        }
        (self.hosts.into_iter().map(|(name, stats)| (name.to_string(), stats)).collect(), custom)
    }
}

fn merge(into: &mut Map, data: &Map, aggregate: bool) {
    for (key, value) in data {
        let merged = match into.get(key) {
            Some(old) if aggregate => add(old, value),
            _ => value.clone(),
        };
        into.insert(key.clone(), merged);
    }
}

/// Numbers are added, texts and lists joined, mappings merged; anything else is replaced.
fn add(old: &Value, new: &Value) -> Value {
    match (old, new) {
        (Value::Int(a), Value::Int(b)) => Value::Int(a.saturating_add(*b)),
        (Value::Float(a), Value::Float(b)) => Value::Float(a + b),
        (Value::Float(a), Value::Int(b)) | (Value::Int(b), Value::Float(a)) => Value::Float(a + *b as f64),
        (Value::Str(a), Value::Str(b)) => format!("{a}{b}").into(),
        (Value::List(a), Value::List(b)) => a.iter().chain(b.iter()).cloned().collect(),
        (Value::Map(a), Value::Map(b)) => {
            let mut out = (**a).clone();
            out.extend(b.iter().map(|(k, v)| (k.clone(), v.clone())));
            out.into()
        }
        _ => new.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_stats_aggregate_by_type() {
        let mut tally = Tally::default();
        let data = |n: i32, s: &str| Map::from_iter([("n", Value::from(n)), ("s", Value::from(s))]);
        tally.custom(&data(1, "a"), false);
        tally.custom(&data(2, "b"), true);
        assert_eq!(tally.finish().1.get("_run"), Some(&data(3, "ab").into()));
    }
}

//! `ansible_facts` of a host: the facts that were asked for are there, the rest is got when somebody reads it.

use super::Said;
use hostler_sdk::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// The facts of a host by their short names, as templates read them.
#[derive(Clone, Debug)]
pub struct HostFacts {
    /// What is there.
    pub known: Arc<Map>,
    /// Whether the host had a say in them: in all but those whose names this knows as words that lead nowhere. `None` where this
    /// machine speaks of itself.
    pub words: Option<fn(&str) -> bool>,
    /// The facts that nobody has asked for yet, where there may be any.
    pub rest: Option<Arc<dyn Rest>>,
}

/// Facts of a host that were not asked for when the others were.
pub trait Rest: Send + Sync + fmt::Debug {
    /// Whether a fact (its name in `ansible_facts`) was asked for, so that it is known when it exists.
    fn was_asked(&self, name: &str) -> bool;
    /// All facts of the host. They are got from it by whoever asks first, and everybody else waits for that.
    fn all(&self) -> Option<Arc<Map>>;
}

impl HostFacts {
    /// A fact by its name.
    pub fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.known.get(name) {
            return Some(value.clone());
        }
        let rest = self.rest.as_ref().filter(|rest| !rest.was_asked(name))?;
        rest.all()?.get(name).cloned()
    }

    /// All of them.
    pub fn whole(&self) -> Arc<Map> {
        self.rest.as_ref().and_then(|rest| rest.all()).unwrap_or_else(|| self.known.clone())
    }

    /// Whether the host had a say in a fact.
    pub fn said(&self, name: &str) -> Said {
        match self.words {
            Some(is_word) if !is_word(name) => Said::ALL,
            _ => Said::Nothing,
        }
    }

    /// Whether the host had a say in them as a whole.
    pub fn said_whole(&self) -> Said {
        if self.words.is_some() { Said::ALL } else { Said::Nothing }
    }
}

//! Named variables as written in one file or one `vars:`, each with its place.

use super::Templated;
use crate::diagnostic::Place;
use indexmap::IndexMap;
use std::sync::Arc;

/// One variable as written.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its value, not rendered.
    pub value: Templated,
    /// Where it was set; `None` for values that no file holds (facts, results).
    pub place: Option<Place>,
}

/// Variables in the order they were written.
#[derive(Clone, Debug, Default)]
pub struct Variables(pub IndexMap<Arc<str>, Variable>);

impl Variables {
    /// The variable called `name`.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.0.get(name)
    }
    /// Sets one.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: impl Into<Templated>, place: Option<Place>) {
        self.0.insert(name.into(), Variable { value: value.into(), place });
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

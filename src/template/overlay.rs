//! A few variables laid over a scope.

use super::{Binding, Scope, Variables};
use std::path::PathBuf;
use std::sync::Arc;

/// A scope whose topmost layer is `vars`.
pub fn over(base: &Arc<dyn Scope>, vars: Variables) -> Arc<dyn Scope> {
    Arc::new(Overlay { base: base.clone(), vars })
}

#[derive(Debug)]
struct Overlay {
    base: Arc<dyn Scope>,
    vars: Variables,
}

/// Nothing is remembered: what the base remembers was rendered without these variables.
impl Scope for Overlay {
    fn get(&self, name: &str) -> Option<Binding> {
        match self.vars.get(name) {
            Some(variable) => Some(Binding::Templated(variable.value.clone())),
            None => self.base.get(name),
        }
    }
    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.base.names();
        names.extend(self.vars.0.keys().filter(|name| self.base.get(name).is_none()).cloned());
        names
    }
    fn origin(&self, name: &str) -> Option<String> {
        match self.vars.get(name) {
            Some(variable) => variable.place.as_ref().map(ToString::to_string),
            None => self.base.origin(name),
        }
    }
    fn is_guess(&self) -> bool {
        self.base.is_guess()
    }
    fn search_path(&self) -> Vec<PathBuf> {
        self.base.search_path()
    }
    fn project(&self) -> Vec<PathBuf> {
        self.base.project()
    }
}

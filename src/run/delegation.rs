//! `ansible_delegated_vars`: what a delegated task may ask of the host it is delegated to.

use super::world::Host;
use crate::template::{Binding, Hosts, Scope};
use std::path::PathBuf;
use std::sync::Arc;

const NAME: &str = "ansible_delegated_vars";

/// The variables of a task's own host, and those of the host it is delegated to under `name`, as it was written.
pub(super) fn delegated(base: &Arc<dyn Scope>, name: Host, there: Arc<dyn Scope>) -> Arc<dyn Scope> {
    Arc::new(Delegated { base: base.clone(), there: Arc::new(There { name, scope: there }) })
}

#[derive(Debug)]
struct Delegated {
    base: Arc<dyn Scope>,
    there: Arc<There>,
}

#[derive(Debug)]
struct There {
    name: Host,
    scope: Arc<dyn Scope>,
}

impl Hosts for There {
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        (*self.name == *host).then(|| self.scope.clone())
    }
    fn names(&self) -> Vec<String> {
        vec![self.name.to_string()]
    }
}

/// Nothing is remembered: what the base remembers was rendered without the other host.
impl Scope for Delegated {
    fn get(&self, name: &str) -> Option<Binding> {
        match name {
            NAME => Some(Binding::Hosts(self.there.clone())),
            name => self.base.get(name),
        }
    }
    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.base.names();
        names.push(NAME.into());
        names
    }
    fn origin(&self, name: &str) -> Option<String> {
        self.base.origin(name)
    }
    fn is_guess(&self) -> bool {
        self.base.is_guess()
    }
    fn search_path(&self) -> Vec<PathBuf> {
        self.base.search_path()
    }
}

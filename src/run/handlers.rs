//! Handlers of a play: which names lead to which, and for which hosts they are due.

use super::steps::Work;
use super::world::{Host, World};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The handlers of a play and who notified them.
#[derive(Default)]
pub(super) struct Handlers {
    /// In order of definition.
    list: Arc<Vec<Work>>,
    /// By task id: hosts they are due for.
    due: HashMap<u64, HashSet<Host>>,
    /// By task id: rendered names.
    names: HashMap<u64, Vec<String>>,
}

impl Handlers {
    /// The handlers of a play.
    pub fn new(list: Vec<Work>) -> Self {
        Handlers { list: Arc::new(list), ..Handlers::default() }
    }

    /// All of them, in order.
    pub fn all(&self) -> Arc<Vec<Work>> {
        self.list.clone()
    }

    /// Adds those an included role brought.
    pub fn add(&mut self, more: impl IntoIterator<Item = Work>) {
        let known: HashSet<u64> = self.list.iter().map(|h| h.id).collect();
        let list = Arc::make_mut(&mut self.list);
        list.extend(more.into_iter().filter(|h| !known.contains(&h.id)));
    }

    /// In the order in which Ansible searches: what was loaded last first (the play, its roles), and within it as written.
    fn searched(&self) -> Vec<Work> {
        let of = |handler: &Work| handler.role.as_ref().map(|role| role.id);
        self.list.chunk_by(|a, b| of(a) == of(b)).rev().flatten().cloned().collect()
    }

    /// The handlers `topic` leads to: the first found of that name, and all that listen to it (of equal names the first found).
    pub fn find(&mut self, topic: &str, world: &dyn World) -> Vec<Work> {
        let mut found: Vec<Work> = Vec::new();
        let ordered = self.searched();
        for handler in &ordered {
            let names = self.names.entry(handler.id).or_insert_with(|| world.handler_names(handler));
            if names.iter().any(|name| name == topic) {
                found.push(handler.clone());
                break;
            }
        }
        let mut seen: HashSet<String> = HashSet::new();
        for handler in &ordered {
            let listens = handler.listen.iter().any(|l| l.as_value().and_then(|v| v.as_str()) == Some(topic));
            if !listens {
                continue;
            }
            let names = self.names.entry(handler.id).or_insert_with(|| world.handler_names(handler));
            let first = names.first().is_none_or(|name| seen.insert(name.clone()));
            if first && !found.iter().any(|f| f.id == handler.id) {
                found.push(handler.clone());
            }
        }
        found
    }

    /// All names and topics that can be notified.
    pub fn known(&mut self, world: &dyn World) -> Vec<String> {
        let mut out = Vec::new();
        for handler in self.list.clone().iter() {
            out.extend(self.names.entry(handler.id).or_insert_with(|| world.handler_names(handler)).iter().cloned());
            out.extend(handler.listen.iter().filter_map(|l| l.as_value().map(ToString::to_string)));
        }
        out
    }

    /// Makes a handler due for a host; `false` when it already was.
    pub fn notify(&mut self, handler: &Work, host: &Host) -> bool {
        self.due.entry(handler.id).or_default().insert(host.clone())
    }

    /// Whether a handler is due for a host.
    pub fn is_due(&self, handler: &Work, host: &Host) -> bool {
        self.due.get(&handler.id).is_some_and(|hosts| hosts.contains(host))
    }

    /// Whether any handler is due for any host.
    pub fn any_due(&self) -> bool {
        self.due.values().any(|hosts| !hosts.is_empty())
    }

    /// A handler starts for a host (for all hosts when it runs once).
    pub fn started(&mut self, handler: &Work, host: &Host, once: bool) {
        if let Some(hosts) = self.due.get_mut(&handler.id) {
            if once {
                hosts.clear();
            } else {
                hosts.remove(host);
            }
        }
    }

    /// Names of the handlers still due for a host, in order.
    pub fn owed(&self, host: &Host) -> Vec<String> {
        let of = |h: &Work| {
            self.names.get(&h.id).and_then(|n| n.first()).cloned().unwrap_or_else(|| h.action.written.clone())
        };
        self.list.iter().filter(|h| self.is_due(h, host)).map(of).collect()
    }
}

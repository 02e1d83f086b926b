//! Facts that a play did not ask for at its start, got from the host when a template reads one of them after all. Whoever reads it
//! waits: a fact that is not there yet must never look like one that does not exist.

use super::engine::Engine;
use super::hands::{Manner, Touched};
use super::item::Item;
use super::rendering::phrase;
use super::steps::Work;
use super::world::Host;
use crate::diagnostic::Diagnostic;
use crate::report::Event;
use crate::template::Variables;
use crate::vars::{Fetch, Fetched, Unasked};
use hostler_sdk::{Map, Value};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock, Weak};
use tokio::runtime::Handle;

/// What a play asks for, and how it would ask for all.
pub(super) struct PartOfFacts {
    /// Names without their prefix.
    pub asked: Arc<BTreeSet<String>>,
    /// The task that gathers all facts.
    pub whole: Work,
}

thread_local! {
    /// Whether this thread is fetching facts. What that needs (how the host is reached) cannot itself wait for facts.
    static FETCHING: Cell<bool> = const { Cell::new(false) };
}

impl Engine {
    /// The facts that are about to be taken from a host's gathering are all, or only those the play asked for.
    pub(super) fn note_gathering(self: &Arc<Self>, host: &Host) {
        let rest = self.part.as_ref().map(|part| {
            Unasked::new(part.asked.clone(), fetch(Arc::downgrade(self), host.clone(), part.whole.clone()))
        });
        self.ctx.vars.leave_out(host, rest);
    }

    async fn all_facts(self: &Arc<Self>, host: &Host, gather: &Work) -> Result<Arc<Map>, String> {
        let scope = self.scope(host, Some(gather), Variables::default()).map_err(|e| phrase(&e))?;
        let item = Item { engine: self, host, task: gather, overlay: Variables::default() };
        let prepared = item.prepare(&scope).map_err(|e| phrase(&e))?;
        let sent = item.send(&prepared, &scope, true, None, Manner::Now(&Touched::default())).await;
        let done = item.result_of(sent, &prepared);
        match done.result.get("ansible_facts").and_then(Value::as_map) {
            Some(facts) => Ok(self.ctx.vars.shared(facts)),
            None => Err(done.result.str("msg").unwrap_or("the host told none").to_owned()),
        }
    }
}

/// Fetches the facts of a host, once. The play is not kept by this: who runs plays keeps them as long as any is run.
fn fetch(engine: Weak<Engine>, host: Host, gather: Work) -> Fetch {
    let (runtime, got) = (Handle::current(), OnceLock::new());
    Box::new(move || {
        if FETCHING.get() {
            return Fetched::NotNow;
        }
        let Some(engine) = engine.upgrade() else { return Fetched::Nothing };
        // The others go on meanwhile; those who need the same facts wait here, too.
        let facts = tokio::task::block_in_place(|| {
            got.get_or_init(|| {
                FETCHING.set(true);
                let facts = runtime.block_on(engine.all_facts(&host, &gather));
                FETCHING.set(false);
                facts.map_err(|why| engine.send(Event::Warning { text: untold(&host, &why) })).ok()
            })
        });
        facts.clone().map_or(Fetched::Nothing, Fetched::Facts)
    })
}

fn untold(host: &Host, why: &str) -> String {
    let told = Diagnostic::warning(format!("could not get more facts of `{host}`, those not known yet are undefined"));
    crate::diagnostic::render(&told.cause(why), false)
}

#[cfg(test)]
mod tests {
    use crate::link::{Become, BecomeKeywords, ConnectionKeywords, LinkOptions, Target};
    use crate::vars::is_fact;
    use hostler_sdk::Value;

    /// Each task of each host asks for these; none of them may have facts fetched.
    #[test]
    fn the_way_to_a_host_is_no_fact() {
        let mut names: Vec<String> = Vec::new();
        let options = LinkOptions::default();
        for method in ["sudo", "su", "doas", "dzdo", "pfexec", "run0", "machinectl"] {
            for connection in ["ssh", "local"] {
                let mut lookup = |name: &str| {
                    names.push(name.to_owned());
                    Ok(match name {
                        "ansible_become" => Some(Value::from(true)),
                        "ansible_become_method" => Some(method.into()),
                        "ansible_connection" => Some(connection.into()),
                        _ => None,
                    })
                };
                Target::resolve("h", &mut lookup, &ConnectionKeywords::default(), &options).unwrap();
                Become::resolve(&mut lookup, &BecomeKeywords::default(), &options).unwrap();
            }
        }
        assert!(names.len() > 100 && names.iter().any(|name| name == "ansible_port"));
        for name in names {
            assert!(!is_fact(&name), "{name}");
        }
    }
}

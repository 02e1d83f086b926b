//! Facts of a host that nobody has asked for, because nothing that was loaded when facts were gathered reads them. Whoever reads one
//! all the same has all of them fetched.

use super::clean::leads_elsewhere;
use super::state::short;
use hostler_sdk::Map;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Gets all facts of the host.
pub type Fetch = Box<dyn Fn() -> Fetched + Send + Sync>;

/// What came of that.
pub enum Fetched {
    /// As `setup` tells them.
    Facts(Arc<Map>),
    /// They cannot be had, which is told to the operator.
    Nothing,
    /// Whoever asks is about to get them, and has to do without on the way.
    NotNow,
}

/// The facts that were left out, of one host.
pub struct Unasked {
    /// Names without their prefix.
    asked: Arc<BTreeSet<String>>,
    fetch: Fetch,
    /// What was fetched, without what would lead elsewhere.
    fetched: OnceLock<Option<Arc<Map>>>,
}

impl Unasked {
    /// All facts but those that were `asked` for, by their names in `ansible_facts`. `fetch` is called by whoever first needs one of
    /// them, whatever thread that is; when several do at the same time, it has to see to it that they may wait.
    pub fn new(asked: Arc<BTreeSet<String>>, fetch: Fetch) -> Arc<Self> {
        Arc::new(Unasked { asked, fetch, fetched: OnceLock::new() })
    }

    /// Whether a fact (with or without the prefix) was asked for.
    pub(super) fn was_asked(&self, name: &str) -> bool {
        self.asked.contains(name.strip_prefix("ansible_").unwrap_or(name))
    }

    /// What was fetched so far.
    pub(super) fn fetched(&self) -> Option<&Arc<Map>> {
        self.fetched.get()?.as_ref()
    }

    /// All facts of the host.
    pub(super) fn all(&self) -> Option<&Arc<Map>> {
        if let Some(known) = self.fetched.get() {
            return known.as_ref();
        }
        // Not within the initialisation: what is fetched may read variables on its way, and those may ask for facts.
        let facts = match (self.fetch)() {
            Fetched::Facts(facts) => Some(harmless(facts)),
            Fetched::Nothing => None,
            Fetched::NotNow => return None,
        };
        self.fetched.get_or_init(|| facts).as_ref()
    }
}

/// Without those that would lead to other files of the controller.
fn harmless(facts: Arc<Map>) -> Arc<Map> {
    let leads = |name: &str| facts.get(name).is_some_and(|value| leads_elsewhere(short(name), value));
    if !facts.keys().any(|key| key.as_str().is_some_and(leads)) {
        return facts;
    }
    let kept = facts.iter().filter(|(key, _)| !key.as_str().is_some_and(leads));
    Arc::new(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

impl fmt::Debug for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unasked").field("fetched", &self.fetched.get().is_some()).finish_non_exhaustive()
    }
}

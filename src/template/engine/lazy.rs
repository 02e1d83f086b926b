//! Lists and mappings of the operator's files with templates inside: each member is rendered when it is read, once.

use super::fault::{Eval, Fault};
use super::session::Session;
use super::val::Val;
use crate::template::{HostFacts, Said, Templated, TemplatedKey};
use hostler_sdk::{Key, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// What is known of a member.
#[derive(Clone)]
enum Slot {
    Unread,
    Reading,
    Read(Val, Said),
}

/// A list whose members may be templates.
pub(crate) struct LazyList {
    items: Arc<Vec<Templated>>,
    slots: RefCell<Vec<Slot>>,
    session: Rc<Session>,
}

/// A mapping whose values may be templates, or the facts of a host. Keys that are templates stay as written, as in Ansible.
pub(crate) struct LazyMap {
    members: Members,
    session: Rc<Session>,
}

enum Members {
    Written {
        items: Arc<Vec<(TemplatedKey, Templated)>>,
        slots: RefCell<Vec<Slot>>,
    },
    /// Whoever reads one hears the host, unless it is a word that leads nowhere.
    Facts(Arc<HostFacts>),
}

impl LazyList {
    pub fn new(items: &Arc<Vec<Templated>>, session: &Rc<Session>) -> Self {
        LazyList {
            items: items.clone(),
            slots: RefCell::new(vec![Slot::Unread; items.len()]),
            session: session.clone(),
        }
    }
    pub fn len(&self) -> usize {
        self.items.len()
    }
    /// The member at `n`; not there when out of range.
    pub fn get(&self, n: usize) -> Eval<Val> {
        match self.items.get(n) {
            Some(item) => read(&self.slots, n, item, &self.session),
            None => Err(Fault::new("list index out of range")),
        }
    }
}

impl LazyMap {
    pub fn new(items: &Arc<Vec<(TemplatedKey, Templated)>>, session: &Rc<Session>) -> Self {
        let slots = RefCell::new(vec![Slot::Unread; items.len()]);
        LazyMap { members: Members::Written { items: items.clone(), slots }, session: session.clone() }
    }
    /// The facts of a host.
    pub fn facts(facts: &Arc<HostFacts>, session: &Rc<Session>) -> Self {
        LazyMap { members: Members::Facts(facts.clone()), session: session.clone() }
    }
    pub fn len(&self) -> usize {
        match &self.members {
            Members::Written { items, .. } => items.len(),
            Members::Facts(facts) => facts.whole().len(),
        }
    }
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match &self.members {
            Members::Written { items, .. } => items.is_empty(),
            Members::Facts(facts) => facts.known.is_empty() && facts.whole().is_empty(),
        }
    }
    /// Keys as they are written.
    pub fn keys(&self) -> Vec<Key> {
        match &self.members {
            Members::Written { items, .. } => items.iter().map(|(k, _)| written_key(k)).collect(),
            Members::Facts(facts) => {
                self.session.hear(facts.said_whole());
                facts.whole().keys().cloned().collect()
            }
        }
    }
    /// Whether there is such a key.
    pub fn contains(&self, key: &Key) -> bool {
        match &self.members {
            Members::Written { items, .. } => position(items, key).is_some(),
            Members::Facts(facts) => key.as_str().is_some_and(|name| facts.get(name).is_some()),
        }
    }
    /// The value under `key`.
    pub fn get(&self, key: &Key) -> Option<Eval<Val>> {
        match &self.members {
            Members::Written { items, slots } => {
                let n = position(items, key)?;
                Some(read(slots, n, &items[n].1, &self.session))
            }
            Members::Facts(facts) => {
                let name = key.as_str()?;
                let value = facts.get(name)?;
                self.session.hear(facts.said(name));
                Some(Ok(Val::Plain(value)))
            }
        }
    }
    /// All keys and values.
    pub fn entries(&self) -> Eval<Vec<(Key, Val)>> {
        match &self.members {
            Members::Written { items, slots } => {
                let all = items.iter().enumerate();
                all.map(|(n, (k, v))| Ok((written_key(k), read(slots, n, v, &self.session)?))).collect()
            }
            Members::Facts(facts) => {
                self.session.hear(facts.said_whole());
                Ok(facts.whole().iter().map(|(k, v)| (k.clone(), Val::Plain(v.clone()))).collect())
            }
        }
    }
    /// Whether these are the facts of a host.
    pub fn is_facts(&self) -> bool {
        matches!(self.members, Members::Facts(_))
    }
    /// The value at `n`, where values are written one after the other.
    pub fn nth(&self, n: usize) -> Option<Eval<Val>> {
        match &self.members {
            Members::Written { items, slots } => Some(read(slots, n, &items.get(n)?.1, &self.session)),
            Members::Facts(_) => None,
        }
    }
    /// The whole, when there is nothing in it to be rendered.
    pub fn whole(&self) -> Option<Value> {
        match &self.members {
            Members::Written { .. } => None,
            Members::Facts(facts) => {
                self.session.hear(facts.said_whole());
                Some(Value::Map(facts.whole()))
            }
        }
    }
}

fn position(items: &[(TemplatedKey, Templated)], key: &Key) -> Option<usize> {
    items.iter().position(|(k, _)| match k {
        TemplatedKey::Key(k) => k == key,
        TemplatedKey::Template(t) => key.as_str() == Some(&t.source),
    })
}

fn written_key(key: &TemplatedKey) -> Key {
    match key {
        TemplatedKey::Key(k) => k.clone(),
        TemplatedKey::Template(t) => Key::Str(t.source.clone()),
    }
}

fn read(slots: &RefCell<Vec<Slot>>, n: usize, item: &Templated, session: &Rc<Session>) -> Eval<Val> {
    match &slots.borrow()[n] {
        Slot::Read(v, said) => {
            session.hear(*said);
            return Ok(v.clone());
        }
        Slot::Reading => return Err(Fault::new("recursive loop detected: this value needs itself")),
        Slot::Unread => {}
    }
    slots.borrow_mut()[n] = Slot::Reading;
    let (value, said) = match session.value_said(item) {
        Ok(known) => known,
        // As a variable whose template fails, a member is a value that is not there until it is used.
        Err(fault) => (Val::Missing(fault.into_missing()), Said::Nothing),
    };
    session.hear(said);
    slots.borrow_mut()[n] = Slot::Read(value.clone(), said);
    Ok(value)
}

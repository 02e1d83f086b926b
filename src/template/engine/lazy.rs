//! Lists and mappings of the operator's files with templates inside: each member is rendered when it is read, once.

use super::fault::{Eval, Fault};
use super::session::Session;
use super::val::Val;
use crate::template::{Templated, TemplatedKey};
use hostler_sdk::Key;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// What is known of a member.
#[derive(Clone)]
enum Slot {
    Unread,
    Reading,
    Read(Val),
}

/// A list whose members may be templates.
pub(crate) struct LazyList {
    items: Arc<Vec<Templated>>,
    slots: RefCell<Vec<Slot>>,
    session: Rc<Session>,
}

/// A mapping whose values may be templates. Keys that are templates stay as written, as in Ansible.
pub(crate) struct LazyMap {
    items: Arc<Vec<(TemplatedKey, Templated)>>,
    slots: RefCell<Vec<Slot>>,
    session: Rc<Session>,
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
        LazyMap { items: items.clone(), slots: RefCell::new(vec![Slot::Unread; items.len()]), session: session.clone() }
    }
    pub fn len(&self) -> usize {
        self.items.len()
    }
    /// Keys as they are written.
    pub fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.items.iter().map(|(k, _)| written_key(k))
    }
    /// Whether there is such a key.
    pub fn position(&self, key: &Key) -> Option<usize> {
        self.items.iter().position(|(k, _)| match k {
            TemplatedKey::Key(k) => k == key,
            TemplatedKey::Template(t) => key.as_str() == Some(&t.source),
        })
    }
    /// The value under `key`.
    pub fn get(&self, key: &Key) -> Option<Eval<Val>> {
        let n = self.position(key)?;
        Some(read(&self.slots, n, &self.items[n].1, &self.session))
    }
    /// All keys and values.
    pub fn entries(&self) -> Eval<Vec<(Key, Val)>> {
        let all = self.items.iter().enumerate();
        all.map(|(n, (k, v))| Ok((written_key(k), read(&self.slots, n, v, &self.session)?))).collect()
    }
}

fn written_key(key: &TemplatedKey) -> Key {
    match key {
        TemplatedKey::Key(k) => k.clone(),
        TemplatedKey::Template(t) => Key::Str(t.source.clone()),
    }
}

fn read(slots: &RefCell<Vec<Slot>>, n: usize, item: &Templated, session: &Rc<Session>) -> Eval<Val> {
    match &slots.borrow()[n] {
        Slot::Read(v) => return Ok(v.clone()),
        Slot::Reading => return Err(Fault::new("recursive loop detected: this value needs itself")),
        Slot::Unread => {}
    }
    slots.borrow_mut()[n] = Slot::Reading;
    let value = match session.value_of(item) {
        Ok(value) => value,
        // As a variable whose template fails, a member is a value that is not there until it is used.
        Err(fault) => Val::Missing(fault.into_missing()),
    };
    slots.borrow_mut()[n] = Slot::Read(value.clone());
    Ok(value)
}

//! Names that a template itself sets: one small table for each scope of the template, linked to the outer one.

use super::val::Val;
use crate::template::Said;
use crate::template::syntax::Name;
use std::cell::RefCell;
use std::rc::Rc;

/// A name, its value, and whether a host had a say in that.
type Entry = (Name, Val, Said);

/// The names of one scope.
#[derive(Default)]
pub(crate) struct Env {
    vars: RefCell<Vec<Entry>>,
    parent: Option<Rc<Env>>,
}

impl Env {
    /// A scope inside another.
    pub fn inside(parent: &Rc<Env>) -> Rc<Env> {
        Rc::new(Env { vars: RefCell::default(), parent: Some(parent.clone()) })
    }

    /// The value of `name` here or further out, and whether a host had a say in it.
    pub fn get(&self, name: &str) -> Option<(Val, Said)> {
        let mut env = self;
        loop {
            let vars = env.vars.borrow();
            if let Some((_, value, said)) = vars.iter().find(|(n, ..)| n.as_ref() == name) {
                return Some((value.clone(), *said));
            }
            drop(vars);
            env = env.parent.as_deref()?;
        }
    }

    /// Sets `name` in this scope.
    pub fn set(&self, name: &Name, value: Val, said: Said) {
        let mut vars = self.vars.borrow_mut();
        match vars.iter_mut().find(|(n, ..)| n == name) {
            Some((_, old, of_old)) => (*old, *of_old) = (value, said),
            None => vars.push((name.clone(), value, said)),
        }
    }

    /// Replaces `name` where it is set; whether it is.
    pub fn replace(&self, name: &str, value: Val) -> bool {
        let mut env = self;
        loop {
            if let Some((_, old, _)) = env.vars.borrow_mut().iter_mut().find(|(n, ..)| n.as_ref() == name) {
                *old = value;
                return true;
            }
            match env.parent.as_deref() {
                Some(parent) => env = parent,
                None => return false,
            }
        }
    }

    /// The names of this scope alone: what a template exports.
    pub fn own(&self) -> Vec<Entry> {
        self.vars.borrow().clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.vars.borrow_mut().clear();
    }
}

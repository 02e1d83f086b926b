//! Macros, `caller`, and templates that were imported.

use super::args::Args;
use super::env::Env;
use super::fault::{Cause, Eval, Fault};
use super::machine::Machine;
use super::object::Object;
use super::session::Session;
use super::val::Val;
use crate::template::Said;
use crate::template::syntax::{MacroDef, Name};
use hostler_sdk::Key;
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

/// A macro with the names it sees.
pub(crate) struct Macro {
    machine: Machine,
    def: Arc<MacroDef>,
    env: Rc<Env>,
}

impl Macro {
    pub fn new(machine: &Machine, def: Arc<MacroDef>, env: &Rc<Env>) -> Macro {
        Macro { machine: machine.clone(), def, env: env.clone() }
    }
}

impl Object for Macro {
    fn type_name(&self) -> &'static str {
        "Macro"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        Some(Ok(match name {
            "name" => Val::text(&self.def.name),
            "arguments" => Val::list(self.def.params.iter().map(Val::text).collect()),
            _ => return None,
        }))
    }
    fn call(&self, session: &Rc<Session>, mut args: Args) -> Eval<Val> {
        let def = &self.def;
        let env = Env::inside(&self.env);
        let caller = args.take("caller");
        // Of arguments with names it is known only for all together.
        let said = if session.heard() { Said::ALL } else { Said::Nothing };
        let of: Vec<Said> = (0..def.params.len().min(args.pos.len())).map(|n| args.said(n)).collect();
        let mut given: Vec<Option<Val>> = Vec::with_capacity(def.params.len());
        let extra = args.pos.split_off(def.params.len().min(args.pos.len()));
        given.extend(args.pos.into_iter().map(Some));
        given.resize(def.params.len(), None);
        let mut named = indexmap::IndexMap::new();
        for (name, value) in args.named {
            match def.params.iter().position(|p| *p == name) {
                Some(n) if given[n].is_none() => given[n] = Some(value),
                Some(_) => {
                    return Err(Fault::new(format!("macro '{}' got multiple values for argument '{name}'", def.name)));
                }
                None => {
                    named.insert(Key::Str(name), value);
                }
            }
        }
        let uses = |name: &str| super::super::syntax::uses(&def.body, name);
        if !extra.is_empty() && !uses("varargs") {
            let message = format!("macro '{}' takes not more than {} argument(s)", def.name, def.params.len());
            return Err(Fault::new(message));
        }
        if let (Some(Key::Str(name)), false) = (named.keys().next(), uses("kwargs")) {
            return Err(Fault::new(format!("macro '{}' takes no keyword argument '{name}'", def.name)));
        }
        let first_default = def.params.len() - def.defaults.len();
        for (n, (name, value)) in def.params.iter().zip(given).enumerate() {
            let (value, said) = match (value, n.checked_sub(first_default).and_then(|n| def.defaults.get(n))) {
                (Some(value), _) => (value, of.get(n).copied().unwrap_or(said)),
                (None, Some(default)) => self.machine.expr_said(default, &env)?,
                (None, None) => {
                    let told = Cause::Told(format!("parameter '{name}' was not provided"));
                    (Val::missing(told), Said::Nothing)
                }
            };
            env.set(name, value, said);
        }
        env.set(&Name::from("varargs"), Val::tuple(extra), said);
        env.set(&Name::from("kwargs"), Val::dict(named), said);
        if let Some(caller) = caller {
            env.set(&Name::from("caller"), caller, Said::Nothing);
        }
        let machine = Machine { session: session.clone(), ..self.machine.clone() };
        // What it was called with counts for what it writes only where it is written.
        let (written, _) = session.listen(|| machine.captured(&def.body, &env));
        let (value, said) = written?;
        session.unhear();
        session.hear(said);
        Ok(value)
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn repr(&self) -> Eval<String> {
        Ok(format!("<Macro '{}'>", self.def.name))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// An imported template: its macros and variables are its members.
pub(crate) struct Module {
    pub name: Arc<str>,
    pub env: Rc<Env>,
    /// What the template itself writes.
    pub text: Val,
}

impl Module {
    /// What the template exports as `name`, and whether a host had a say in it.
    pub fn get(&self, name: &str) -> Option<(Val, Said)> {
        self.env.own().into_iter().find(|(n, ..)| n.as_ref() == name).map(|(_, value, said)| (value, said))
    }
}

impl Object for Module {
    fn type_name(&self) -> &'static str {
        "TemplateModule"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        self.get(name).map(|(value, _)| Ok(value))
    }
    fn text(&self) -> Eval<String> {
        Ok(if self.text.is_null() { String::new() } else { self.text.to_text()?.to_string() })
    }
    fn repr(&self) -> Eval<String> {
        Ok(format!("<TemplateModule '{}'>", self.name))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

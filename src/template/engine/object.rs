//! Things inside a template that are no data: macros, functions, `loop`, `namespace`, `hostvars`, dates.

use super::args::Args;
use super::fault::{Eval, Fault};
use super::session::Session;
use super::val::Val;
use hostler_sdk::{Key, Value};
use std::any::Any;
use std::rc::Rc;

/// What a template can do with such a thing. Everything has a refusing default.
pub(crate) trait Object: Any {
    /// Python's name of its type.
    fn type_name(&self) -> &'static str;
    /// `object.name` and `object['name']`; `None` when there is no such member.
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        let _ = name;
        None
    }
    /// `object(args)`.
    fn call(&self, session: &Rc<Session>, args: Args) -> Eval<Val> {
        let _ = (session, args);
        Err(Fault::new(format!("'{}' object is not callable", self.type_name())))
    }
    /// `object.name(args)`, when it is more than calling the member.
    fn method(&self, session: &Rc<Session>, name: &str, args: Args) -> Option<Eval<Val>> {
        let _ = (session, name, args);
        None
    }
    /// `namespace.name = value`; whether it can be done.
    fn assign(&self, name: &str, value: Val) -> bool {
        let _ = (name, value);
        false
    }
    /// Members, when it can be walked through.
    fn iterate(&self) -> Option<Eval<Vec<Val>>> {
        None
    }
    /// Keys and values, when it is a mapping.
    fn entries(&self) -> Option<Eval<Vec<(Key, Val)>>> {
        None
    }
    /// Whether it is a mapping, without reading it.
    fn is_mapping(&self) -> bool {
        false
    }
    /// Whether it is a sequence.
    fn is_sequence(&self) -> bool {
        false
    }
    /// Whether it can be called.
    fn is_callable(&self) -> bool {
        false
    }
    /// Its truth.
    fn truth(&self) -> bool {
        true
    }
    /// `str(object)`.
    fn text(&self) -> Eval<String> {
        self.repr()
    }
    /// `repr(object)`.
    fn repr(&self) -> Eval<String> {
        Ok(format!("<{}>", self.type_name()))
    }
    /// As plain data.
    fn to_value(&self) -> Eval<Value> {
        Err(Fault::new(format!("a value of type '{}' cannot be the result of a template", self.type_name())))
    }
    /// For looking inside.
    fn as_any(&self) -> &dyn Any;
}

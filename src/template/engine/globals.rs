//! Names that Jinja and Ansible know without anyone having set them: `range`, `lookup`, `namespace`, `omit`, ...

use super::args::{Args, Bound};
use super::fault::{Cause, Eval, Fault};
use super::machine::Machine;
use super::object::Object;
use super::output::Output;
use super::session::Session;
use super::val::Val;
use crate::template::lookups;
use crate::template::syntax::Name;
use hostler_sdk::{Key, Value};
use indexmap::IndexMap;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The most numbers that `range` gives.
const LONGEST_RANGE: i128 = 1_000_000;

type Body = fn(&Rc<Session>, Args) -> Eval<Val>;

/// A function.
struct Function {
    name: &'static str,
    body: Body,
}

impl Object for Function {
    fn type_name(&self) -> &'static str {
        "function"
    }
    fn call(&self, session: &Rc<Session>, args: Args) -> Eval<Val> {
        (self.body)(session, args)
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn repr(&self) -> Eval<String> {
        Ok(format!("<function {}>", self.name))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What `name` stands for when nobody set it.
pub(super) fn global(name: &str, machine: &Machine) -> Option<Val> {
    let (name, body): (&'static str, Body) = match name {
        "omit" => return Some(Val::Omit),
        "lookup" => ("lookup", |s, a| lookups::call(s, a, false)),
        "query" => ("query", |s, a| lookups::call(s, a, true)),
        "q" => ("q", |s, a| lookups::call(s, a, true)),
        "range" => ("range", range),
        "dict" => ("dict", dict),
        "namespace" => ("namespace", |_, a| Ok(Val::Object(Rc::new(Namespace(RefCell::new(pairs(a)?)))))),
        "cycler" => ("cycler", |_, a| Ok(Val::Object(Rc::new(Cycler { items: a.pos, at: Cell::new(0) })))),
        "joiner" => ("joiner", |_, a| {
            let [sep] = a.bind("joiner", ["sep"])?;
            Ok(Val::Object(Rc::new(Joiner { sep: sep.unwrap_or_else(|| Val::text(", ")), used: Cell::new(false) })))
        }),
        "undef" => ("undef", |_, a| {
            let [hint] = a.bind("undef", ["hint"])?;
            let text = hint.string()?.unwrap_or_else(|| "Mandatory variable has not been overridden".to_owned());
            Ok(Val::missing(Cause::Told(text)))
        }),
        "now" => ("now", crate::template::filters::time::now),
        "super" => {
            let (name, level) = machine.block.clone()?;
            return Some(Val::Object(Rc::new(BlockCall { machine: machine.clone(), name, level: level + 1 })));
        }
        "self" => return Some(Val::Object(Rc::new(Blocks(machine.clone())))),
        _ => return None,
    };
    Some(Val::Object(Rc::new(Function { name, body })))
}

fn range(_: &Rc<Session>, args: Args) -> Eval<Val> {
    let numbers: Vec<i128> = args
        .pos
        .iter()
        .map(|v| {
            v.as_int()
                .ok_or_else(|| Fault::new(format!("'{}' object cannot be interpreted as an integer", v.type_name())))
        })
        .collect::<Eval<_>>()?;
    let (start, stop, step) = match numbers[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [_, _, 0] => return Err(Fault::new("range() arg 3 must not be zero")),
        [start, stop, step] => (start, stop, step),
        _ => return Err(Fault::new(format!("range expected 1 to 3 arguments, got {}", numbers.len()))),
    };
    let count = if step > 0 { (stop - start + step - 1) / step } else { (start - stop - step - 1) / -step };
    if count > LONGEST_RANGE {
        return Err(Fault::new(format!("range() would give {count} numbers, more than {LONGEST_RANGE}")));
    }
    let items = (0..count.max(0)).map(|n| Val::from(start + n * step)).collect();
    let text = if step == 1 { format!("range({start}, {stop})") } else { format!("range({start}, {stop}, {step})") };
    Ok(Val::Object(Rc::new(Range { items, text })))
}

/// What `range()` gives. Ansible refuses it as a result: it has to be made a list.
struct Range {
    items: Vec<Val>,
    text: String,
}

impl Object for Range {
    fn type_name(&self) -> &'static str {
        "range"
    }
    fn iterate(&self) -> Option<Eval<Vec<Val>>> {
        Some(Ok(self.items.clone()))
    }
    fn is_sequence(&self) -> bool {
        true
    }
    fn truth(&self) -> bool {
        !self.items.is_empty()
    }
    fn repr(&self) -> Eval<String> {
        Ok(self.text.clone())
    }
    fn to_value(&self) -> Eval<Value> {
        Err(Fault::new("Type 'range' is unsupported for variable storage; make it a list with `| list`"))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The pairs of `dict(...)`: a mapping or a list of pairs, then keyword arguments.
fn pairs(mut args: Args) -> Eval<IndexMap<Key, Val>> {
    let mut map = IndexMap::new();
    if args.pos.len() > 1 {
        return Err(Fault::new(format!("dict expected at most 1 argument, got {}", args.pos.len())));
    }
    if let Some(first) = args.pos.pop() {
        match first.entries() {
            Some(entries) => map.extend(entries?),
            None => {
                for pair in first.iterate()? {
                    let [key, value] = <[Val; 2]>::try_from(pair.iterate()?).map_err(|p| {
                        Fault::new(format!("dictionary update sequence element has length {}; 2 is required", p.len()))
                    })?;
                    map.insert(key.to_key()?, value);
                }
            }
        }
    }
    map.extend(args.named.into_iter().map(|(k, v)| (Key::Str(k), v)));
    Ok(map)
}

fn dict(_: &Rc<Session>, args: Args) -> Eval<Val> {
    Ok(Val::dict(pairs(args)?))
}

/// `namespace(...)`: attributes that a template may set.
struct Namespace(RefCell<IndexMap<Key, Val>>);

impl Object for Namespace {
    fn type_name(&self) -> &'static str {
        "Namespace"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        self.0.borrow().get(name).cloned().map(Ok)
    }
    fn assign(&self, name: &str, value: Val) -> bool {
        self.0.borrow_mut().insert(Key::from(name), value);
        true
    }
    fn repr(&self) -> Eval<String> {
        Ok(format!("<Namespace {}>", Val::dict(self.0.borrow().clone()).repr()?))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `cycler(...)`.
struct Cycler {
    items: Vec<Val>,
    at: Cell<usize>,
}

impl Object for Cycler {
    fn type_name(&self) -> &'static str {
        "Cycler"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        (name == "current")
            .then(|| self.items.get(self.at.get()).cloned().ok_or_else(|| Fault::new("no items for cycling given")))
    }
    fn method(&self, _: &Rc<Session>, name: &str, args: Args) -> Option<Eval<Val>> {
        match name {
            "next" => Some(args.none("next").and_then(|()| {
                let item =
                    self.items.get(self.at.get()).cloned().ok_or_else(|| Fault::new("no items for cycling given"))?;
                self.at.set((self.at.get() + 1) % self.items.len());
                Ok(item)
            })),
            "reset" => Some(args.none("reset").map(|()| {
                self.at.set(0);
                Val::NULL
            })),
            _ => None,
        }
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `joiner(...)`: nothing at first, then the separator.
struct Joiner {
    sep: Val,
    used: Cell<bool>,
}

impl Object for Joiner {
    fn type_name(&self) -> &'static str {
        "Joiner"
    }
    fn call(&self, _: &Rc<Session>, args: Args) -> Eval<Val> {
        args.none("joiner")?;
        Ok(if self.used.replace(true) { self.sep.clone() } else { Val::text("") })
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `super`.
struct BlockCall {
    machine: Machine,
    name: Name,
    level: usize,
}

impl Object for BlockCall {
    fn type_name(&self) -> &'static str {
        "BlockReference"
    }
    fn call(&self, _: &Rc<Session>, args: Args) -> Eval<Val> {
        args.none("super")?;
        let mut out = Output::default();
        self.machine.render_block(&self.name, self.level, &self.machine.root, &mut out)?;
        Ok(out.finish().0)
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `self`: the template's blocks as functions.
struct Blocks(Machine);

impl Object for Blocks {
    fn type_name(&self) -> &'static str {
        "TemplateReference"
    }
    fn method(&self, _: &Rc<Session>, name: &str, args: Args) -> Option<Eval<Val>> {
        let mut out = Output::default();
        Some(args.none(name).and_then(|()| {
            self.0.render_block(&Name::from(name), 0, &self.0.root, &mut out)?;
            Ok(out.finish().0)
        }))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

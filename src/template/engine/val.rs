//! Values while a template is evaluated: plain values shared with the rest of the program, and what exists only inside
//! a template (undefined, `omit`, tuples, lists that may be changed in place, lazy containers, objects).

use super::fault::{Cause, Eval, Fault, Missing};
use super::lazy::{LazyList, LazyMap};
use super::object::Object;
use hostler_sdk::{Key, Map, Value};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// A value inside a template. Cloning is cheap; `List` and `Dict` have reference semantics as in Python.
#[derive(Clone)]
pub(crate) enum Val {
    /// Not there; using it is a fault.
    Missing(Rc<Missing>),
    /// The value that takes its argument away.
    Omit,
    /// A plain value.
    Plain(Value),
    /// A list made in this template.
    List(Rc<RefCell<Vec<Val>>>),
    /// A mapping made in this template.
    Dict(Rc<RefCell<IndexMap<Key, Val>>>),
    /// A tuple.
    Tuple(Rc<Vec<Val>>),
    /// A list of the operator's files with templates inside.
    LazyList(Rc<LazyList>),
    /// A mapping of the operator's files with templates inside.
    LazyMap(Rc<LazyMap>),
    /// Everything else: macros, `loop`, `hostvars`, dates.
    Object(Rc<dyn Object>),
}

impl Val {
    pub const NULL: Val = Val::Plain(Value::Null);

    /// Text.
    pub fn text(text: impl AsRef<str>) -> Val {
        Val::Plain(Value::from(text.as_ref()))
    }

    /// A list of any values; plain when its members are.
    pub fn list(items: Vec<Val>) -> Val {
        if items.iter().all(|v| matches!(v, Val::Plain(_))) {
            let plain = items.into_iter().filter_map(|v| match v {
                Val::Plain(v) => Some(v),
                _ => None,
            });
            return Val::Plain(Value::List(Arc::new(plain.collect())));
        }
        Val::List(Rc::new(RefCell::new(items)))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Val>) -> Val {
        Val::Tuple(Rc::new(items))
    }

    /// A mapping of any values; plain when its members are.
    pub fn dict(items: IndexMap<Key, Val>) -> Val {
        if items.values().all(|v| matches!(v, Val::Plain(_))) {
            let map: Map = items
                .into_iter()
                .filter_map(|(k, v)| match v {
                    Val::Plain(v) => Some((k, v)),
                    _ => None,
                })
                .collect();
            return Val::Plain(Value::Map(Arc::new(map)));
        }
        Val::Dict(Rc::new(RefCell::new(items)))
    }

    /// Not there, for this cause.
    pub fn missing(cause: Cause) -> Val {
        Val::Missing(Rc::new(Missing::new(cause)))
    }

    /// The value itself, unless it is not there.
    pub fn strict(self) -> Eval<Val> {
        match self {
            Val::Missing(m) => Err(Fault::Missing(m)),
            other => Ok(other),
        }
    }

    /// Python's name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Val::Missing(_) => "Undefined",
            Val::Omit => "Omit",
            Val::Plain(v) => v.type_name(),
            Val::List(_) | Val::LazyList(_) => "list",
            Val::Dict(_) | Val::LazyMap(_) => "dict",
            Val::Tuple(_) => "tuple",
            Val::Object(o) => o.type_name(),
        }
    }

    /// The text, when it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Val::Plain(v) => v.as_str(),
            _ => None,
        }
    }

    /// Whether this is `none`.
    pub fn is_null(&self) -> bool {
        matches!(self, Val::Plain(Value::Null))
    }

    /// Whether it is what an inline `if` without `else` gives.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Val::Missing(m) if matches!(m.cause, Cause::Nothing))
    }

    /// Python's truth.
    pub fn truth(&self) -> Eval<bool> {
        Ok(match self {
            nothing if nothing.is_nothing() => false,
            Val::Missing(m) => return Err(Fault::Missing(m.clone())),
            Val::Omit => true,
            Val::Plain(v) => v.truthy(),
            Val::List(l) => !l.borrow().is_empty(),
            Val::Dict(d) => !d.borrow().is_empty(),
            Val::Tuple(t) => !t.is_empty(),
            Val::LazyList(l) => l.len() > 0,
            Val::LazyMap(m) => !m.is_empty(),
            Val::Object(o) => o.truth(),
        })
    }

    /// The members of a sequence, the keys of a mapping, the characters of text.
    pub fn iterate(&self) -> Eval<Vec<Val>> {
        Ok(match self {
            nothing if nothing.is_nothing() => Vec::new(),
            Val::Missing(m) => return Err(Fault::Missing(m.clone())),
            Val::Plain(Value::List(items)) => items.iter().cloned().map(Val::Plain).collect(),
            Val::Plain(Value::Map(map)) => map.keys().map(|k| Val::Plain(k.to_value())).collect(),
            Val::Plain(Value::Str(text)) => {
                let mut buffer = [0; 4];
                text.chars().map(|c| Val::text(&*c.encode_utf8(&mut buffer))).collect()
            }
            Val::List(l) => l.borrow().clone(),
            Val::Dict(d) => d.borrow().keys().map(|k| Val::Plain(k.to_value())).collect(),
            Val::Tuple(t) => t.as_ref().clone(),
            Val::LazyList(l) => (0..l.len()).map(|n| l.get(n)).collect::<Eval<_>>()?,
            Val::LazyMap(m) => m.keys().iter().map(|k| Val::Plain(k.to_value())).collect(),
            Val::Object(o) => match o.iterate() {
                Some(items) => items?,
                None => return Err(Fault::new(format!("'{}' object is not iterable", o.type_name()))),
            },
            other => return Err(Fault::new(format!("'{}' object is not iterable", other.type_name()))),
        })
    }

    /// How many members or characters, when it has any.
    pub fn len(&self) -> Eval<usize> {
        Ok(match self {
            Val::Missing(m) => return Err(Fault::Missing(m.clone())),
            Val::Plain(Value::List(items)) => items.len(),
            Val::Plain(Value::Map(map)) => map.len(),
            Val::Plain(Value::Str(text)) => text.chars().count(),
            Val::List(l) => l.borrow().len(),
            Val::Dict(d) => d.borrow().len(),
            Val::Tuple(t) => t.len(),
            Val::LazyList(l) => l.len(),
            Val::LazyMap(m) => m.len(),
            Val::Object(o) => match o.iterate() {
                Some(items) => items?.len(),
                None => return Err(Fault::new(format!("object of type '{}' has no len()", o.type_name()))),
            },
            other => return Err(Fault::new(format!("object of type '{}' has no len()", other.type_name()))),
        })
    }

    /// Keys and values, when it is a mapping.
    pub fn entries(&self) -> Option<Eval<Vec<(Key, Val)>>> {
        match self {
            Val::Plain(Value::Map(map)) => {
                Some(Ok(map.iter().map(|(k, v)| (k.clone(), Val::Plain(v.clone()))).collect()))
            }
            Val::Dict(d) => Some(Ok(d.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect())),
            Val::LazyMap(m) => Some(m.entries()),
            Val::Object(o) => o.entries(),
            _ => None,
        }
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        match self {
            Val::Plain(Value::Map(_)) | Val::Dict(_) | Val::LazyMap(_) => true,
            Val::Object(o) => o.is_mapping(),
            _ => false,
        }
    }

    /// Whether it may hold what was not read yet.
    pub fn is_container(&self) -> bool {
        matches!(self, Val::LazyList(_) | Val::LazyMap(_) | Val::List(_) | Val::Dict(_) | Val::Tuple(_))
    }

    /// Whether it is a list or a tuple.
    pub fn is_list(&self) -> bool {
        match self {
            Val::Plain(Value::List(_)) | Val::List(_) | Val::LazyList(_) | Val::Tuple(_) => true,
            Val::Object(o) => o.is_sequence(),
            _ => false,
        }
    }

    /// A whole number; booleans are numbers, as in Python.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Val::Plain(Value::Int(i)) => Some(*i),
            Val::Plain(Value::Bool(b)) => Some(i128::from(*b)),
            _ => None,
        }
    }

    /// As a key of a mapping.
    pub fn to_key(&self) -> Eval<Key> {
        match self {
            Val::Missing(m) => Err(Fault::Missing(m.clone())),
            // Python's 1.0 and 1 are one key; other floats have no place in our mappings.
            Val::Plain(Value::Float(f)) if f.fract() == 0.0 && f.abs() < 1e15 => Ok(Key::Int(*f as i128)),
            Val::Plain(v) => {
                Key::try_from(v.clone()).map_err(|v| Fault::new(format!("unhashable type: '{}'", v.type_name())))
            }
            Val::Tuple(_) | Val::Object(_) => Ok(Key::from(self.repr()?)),
            other => Err(Fault::new(format!("unhashable type: '{}'", other.type_name()))),
        }
    }

    /// `str(value)`.
    pub fn to_text(&self) -> Eval<Arc<str>> {
        Ok(match self {
            nothing if nothing.is_nothing() => "".into(),
            Val::Plain(Value::Str(s)) => s.clone(),
            Val::Plain(v) => v.to_string().into(),
            Val::Object(o) => o.text()?.into(),
            other => other.repr()?.into(),
        })
    }

    /// `repr(value)`.
    pub fn repr(&self) -> Eval<String> {
        let mut out = String::new();
        self.write_repr(&mut out)?;
        Ok(out)
    }

    fn write_repr(&self, out: &mut String) -> Eval<()> {
        match self {
            Val::Missing(m) => return Err(Fault::Missing(m.clone())),
            Val::Omit => out.push_str("<<Omit>>"),
            Val::Plain(v) => out.push_str(&v.repr()),
            Val::Tuple(items) => {
                out.push('(');
                for (n, item) in items.iter().enumerate() {
                    if n > 0 {
                        out.push_str(", ");
                    }
                    item.write_repr(out)?;
                }
                out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Val::Object(o) => out.push_str(&o.repr()?),
            other => match other.entries() {
                Some(entries) => {
                    out.push('{');
                    for (n, (key, item)) in entries?.into_iter().enumerate() {
                        if n > 0 {
                            out.push_str(", ");
                        }
                        out.push_str(&key.to_value().repr());
                        out.push_str(": ");
                        item.write_repr(out)?;
                    }
                    out.push('}');
                }
                None => {
                    out.push('[');
                    for (n, item) in other.iterate()?.into_iter().enumerate() {
                        if n > 0 {
                            out.push_str(", ");
                        }
                        item.write_repr(out)?;
                    }
                    out.push(']');
                }
            },
        }
        Ok(())
    }

    /// The plain value with everything inside rendered; members that are `omit` are left out, tuples become lists.
    pub fn to_value(&self) -> Eval<Value> {
        Ok(match self {
            Val::Missing(m) => return Err(Fault::Missing(m.clone())),
            Val::Omit => return Err(Fault::new("`omit` is used where a value is needed")),
            Val::Plain(v) => v.clone(),
            Val::LazyMap(m) if let Some(whole) = m.whole() => whole,
            Val::Object(o) => match o.entries() {
                Some(entries) => map_value(entries?)?,
                None => o.to_value()?,
            },
            other => match other.entries() {
                Some(entries) => map_value(entries?)?,
                None => {
                    let items = other.iterate()?;
                    let kept = items.iter().filter(|v| !matches!(v, Val::Omit));
                    Value::List(Arc::new(kept.map(Val::to_value).collect::<Eval<_>>()?))
                }
            },
        })
    }
}

fn map_value(entries: Vec<(Key, Val)>) -> Eval<Value> {
    let mut map = Map::new();
    for (key, value) in entries {
        if !matches!(value, Val::Omit) {
            map.insert(key, value.to_value()?);
        }
    }
    Ok(map.into())
}

impl<T: Into<Value>> From<T> for Val {
    fn from(v: T) -> Val {
        Val::Plain(v.into())
    }
}

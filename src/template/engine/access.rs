//! `object.name`, `object[key]` and slices, as Jinja reads them: what is not there is a value of its own.

use super::fault::{Cause, Eval, Fault};
use super::val::Val;
use hostler_sdk::{Key, Value};
use std::rc::Rc;

/// `object.name`.
pub(crate) fn attribute(object: &Val, name: &str) -> Eval<Val> {
    let found = match object {
        // Asking something that is not there for a part gives the same thing again: only its use is a fault.
        Val::Missing(_) => return Ok(object.clone()),
        Val::Plain(Value::Map(map)) => map.get(name).cloned().map(Val::Plain),
        Val::Dict(d) => d.borrow().get(name).cloned(),
        Val::LazyMap(m) => m.get(&Key::from(name)).transpose()?,
        Val::Object(o) => o.member(name).transpose()?,
        _ => None,
    };
    Ok(found.unwrap_or_else(|| absent(object, format!("'{name}'"))))
}

/// Names that Python keeps for itself are not to be had.
pub(crate) fn unsafe_name(object: &Val, name: &str) -> Option<Val> {
    let hidden = name.starts_with("__") && !object.is_mapping() || name.starts_with("__") && name.ends_with("__");
    hidden.then(|| {
        let text = format!("access to attribute '{name}' of '{}' object is unsafe.", object.type_name());
        Val::missing(Cause::Told(text))
    })
}

/// Not there, in this object.
pub(crate) fn absent(object: &Val, name: String) -> Val {
    Val::missing(Cause::Member(object.clone(), name))
}

/// `object[key]`.
pub(crate) fn item(object: &Val, key: &Val) -> Eval<Val> {
    if let Val::Missing(_) = object {
        return Ok(object.clone());
    }
    if let Val::Missing(_) = key {
        return Ok(key.clone());
    }
    let found = match object {
        Val::Plain(Value::Map(map)) => match key {
            Val::Plain(Value::Str(name)) => map.get(name.as_ref()).cloned().map(Val::Plain),
            other => other.to_key().ok().and_then(|k| map.get(&k).cloned()).map(Val::Plain),
        },
        Val::Dict(d) => key.to_key().ok().and_then(|k| d.borrow().get(&k).cloned()),
        Val::LazyMap(m) => match key.to_key() {
            Ok(k) => m.get(&k).transpose()?,
            Err(_) => None,
        },
        Val::Object(o) if !o.is_sequence() => match key.as_str() {
            Some(name) => o.member(name).transpose()?,
            None => None,
        },
        sequence => match (key.as_int(), key.as_str()) {
            (Some(n), _) => at(sequence, n)?,
            (None, Some(name)) => return attribute(object, name),
            _ => None,
        },
    };
    Ok(match found {
        Some(value) => value,
        None => absent(object, key.repr()?),
    })
}

fn at(sequence: &Val, n: i128) -> Eval<Option<Val>> {
    let index = |len: usize| {
        let n = if n < 0 { n + len as i128 } else { n };
        usize::try_from(n).ok().filter(|n| *n < len)
    };
    Ok(match sequence {
        Val::Plain(Value::List(items)) => index(items.len()).map(|n| Val::Plain(items[n].clone())),
        Val::List(items) => {
            let items = items.borrow();
            index(items.len()).map(|n| items[n].clone())
        }
        Val::Tuple(items) => index(items.len()).map(|n| items[n].clone()),
        Val::LazyList(items) => index(items.len()).map(|n| items.get(n)).transpose()?,
        Val::Plain(Value::Str(text)) => {
            index(text.chars().count()).and_then(|n| text.chars().nth(n)).map(|c| Val::text(c.to_string()))
        }
        Val::Object(o) => match o.iterate() {
            Some(items) => {
                let items = items?;
                index(items.len()).map(|n| items[n].clone())
            }
            None => None,
        },
        _ => None,
    })
}

/// `object[start:stop:step]`.
pub(crate) fn slice(object: &Val, start: Option<i128>, stop: Option<i128>, step: Option<i128>) -> Eval<Val> {
    if let Val::Missing(_) = object {
        return Ok(object.clone());
    }
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(Fault::new("slice step cannot be zero"));
    }
    if let Val::Plain(Value::Str(text)) = object {
        let chars: Vec<char> = text.chars().collect();
        let picked: String = indices(chars.len(), start, stop, step).map(|n| chars[n]).collect();
        return Ok(Val::from(picked));
    }
    if !object.is_list() {
        return Ok(absent(object, "slice".to_owned()));
    }
    let items = object.iterate()?;
    let picked = indices(items.len(), start, stop, step).map(|n| items[n].clone()).collect();
    Ok(match object {
        Val::Tuple(_) => Val::Tuple(Rc::new(picked)),
        _ => Val::list(picked),
    })
}

fn indices(len: usize, start: Option<i128>, stop: Option<i128>, step: i128) -> impl Iterator<Item = usize> {
    let len = len as i128;
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp =
        |n: Option<i128>, default: i128| n.map_or(default, |n| if n < 0 { (n + len).max(low) } else { n.min(high) });
    let (start, stop) =
        if step > 0 { (clamp(start, 0), clamp(stop, len)) } else { (clamp(start, len - 1), clamp(stop, -1)) };
    let mut n = start;
    std::iter::from_fn(move || {
        let inside = if step > 0 { n < stop } else { n > stop };
        let this = usize::try_from(n).ok().filter(|_| inside)?;
        n += step;
        Some(this)
    })
}

//! Methods of Python's dictionaries.

use crate::template::engine::{Args, Bound, Eval, Fault, Val, access, ops};
use hostler_sdk::Key;
use indexmap::IndexMap;
use std::cell::RefMut;
use std::rc::Rc;

/// `dict.name(args)`; `None` when mappings have no such method.
pub(super) fn call(value: &Val, name: &str, args: Args) -> Option<Eval<Val>> {
    Some(match name {
        "items" => args.none(name).and_then(|()| {
            let pairs = entries(value)?.into_iter().map(|(k, v)| Val::tuple(vec![Val::from(k.to_value()), v]));
            Ok(Val::list(pairs.collect()))
        }),
        "keys" => args.none(name).and_then(|()| Ok(Val::list(value.iterate()?))),
        "values" => args.none(name).and_then(|()| Ok(Val::list(entries(value)?.into_iter().map(|(_, v)| v).collect()))),
        "get" => args.bind(name, ["key", "default"]).and_then(|[key, default]| {
            match access::item(value, &key.required(name, "key")?)? {
                Val::Missing(m) if matches!(m.cause, crate::template::engine::Cause::Member(..)) => {
                    Ok(default.unwrap_or(Val::NULL))
                }
                found => Ok(found),
            }
        }),
        "copy" => args.none(name).and_then(|()| Ok(Val::dict(entries(value)?.into_iter().collect()))),
        "fromkeys" => args.bind(name, ["iterable", "value"]).and_then(|[keys, fill]| {
            let fill = fill.unwrap_or(Val::NULL);
            let keys = keys.required(name, "iterable")?.iterate()?;
            let map: Eval<IndexMap<Key, Val>> = keys.into_iter().map(|k| Ok((k.to_key()?, fill.clone()))).collect();
            Ok(Val::dict(map?))
        }),
        "has_key" => {
            args.bind(name, ["key"]).and_then(|[key]| Ok(Val::from(ops::contains(value, &key.required(name, "key")?)?)))
        }
        _ => match value {
            Val::Dict(map) => change(map.borrow_mut(), name, args, value)?,
            // The engine makes a mapping changeable before it calls a method that changes it.
            _ => return None,
        },
    })
}

fn entries(value: &Val) -> Eval<Vec<(Key, Val)>> {
    value.entries().unwrap_or_else(|| Err(Fault::new("not a mapping")))
}

fn change(mut map: RefMut<'_, IndexMap<Key, Val>>, name: &str, args: Args, whole: &Val) -> Option<Eval<Val>> {
    Some(match name {
        "update" => update(&mut map, args, whole),
        "pop" => args.bind(name, ["key", "default"]).and_then(|[key, default]| {
            let key = key.required(name, "key")?;
            match map.shift_remove(&key.to_key()?).or(default) {
                Some(value) => Ok(value),
                None => Err(Fault::new(format!("KeyError: {}", key.repr()?))),
            }
        }),
        "popitem" => args.none(name).and_then(|()| match map.pop() {
            Some((key, value)) => Ok(Val::tuple(vec![Val::from(key.to_value()), value])),
            None => Err(Fault::new("popitem(): dictionary is empty")),
        }),
        "setdefault" => args.bind(name, ["key", "default"]).and_then(|[key, default]| {
            let key = key.required(name, "key")?.to_key()?;
            Ok(map.entry(key).or_insert(default.unwrap_or(Val::NULL)).clone())
        }),
        "clear" => args.none(name).map(|()| {
            map.clear();
            Val::NULL
        }),
        _ => return None,
    })
}

fn update(map: &mut IndexMap<Key, Val>, args: Args, whole: &Val) -> Eval<Val> {
    for other in args.pos {
        if same(&other, whole) {
            continue;
        }
        match other.entries() {
            Some(pairs) => map.extend(pairs?),
            None => {
                for pair in other.iterate()? {
                    let [key, value] = <[Val; 2]>::try_from(pair.iterate()?).map_err(|p| {
                        Fault::new(format!("dictionary update sequence element has length {}; 2 is required", p.len()))
                    })?;
                    map.insert(key.to_key()?, value);
                }
            }
        }
    }
    for (name, value) in args.named {
        map.insert(Key::Str(name), checked(value, whole)?);
    }
    Ok(Val::NULL)
}

fn same(a: &Val, b: &Val) -> bool {
    matches!((a, b), (Val::Dict(a), Val::Dict(b)) if Rc::ptr_eq(a, b))
}

/// A mapping inside itself would never print to an end.
fn checked(item: Val, whole: &Val) -> Eval<Val> {
    if same(&item, whole) { Err(Fault::new("a mapping cannot be put into itself")) } else { Ok(item) }
}

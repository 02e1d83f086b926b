//! Methods of Python's lists and tuples.

use crate::template::engine::{Args, Bound, Eval, Fault, Val, ops};
use std::cell::RefMut;
use std::rc::Rc;

/// `list.name(args)`; `None` when lists have no such method.
pub(super) fn call(value: &Val, name: &str, args: Args) -> Option<Eval<Val>> {
    Some(match name {
        "count" => one(args, name).and_then(|item| {
            let mut count = 0;
            for other in value.iterate()? {
                count += usize::from(ops::equal(&other, &item)?);
            }
            Ok(Val::from(count))
        }),
        "index" => one(args, name).and_then(|item| match position(&value.iterate()?, &item)? {
            Some(n) => Ok(Val::from(n)),
            None => Err(Fault::new(format!("{} is not in list", item.repr()?))),
        }),
        "copy" => args.none(name).and_then(|()| Ok(Val::list(value.iterate()?))),
        _ if !super::changes(name) || matches!(value, Val::Tuple(_)) => return None,
        _ => match value {
            Val::List(items) => change(items.borrow_mut(), name, args, value)?,
            // The engine makes a list changeable before it calls a method that changes it.
            _ => return None,
        },
    })
}

fn change(mut items: RefMut<'_, Vec<Val>>, name: &str, args: Args, whole: &Val) -> Option<Eval<Val>> {
    let done = Ok(Val::NULL);
    Some(match name {
        "append" => one(args, name).and_then(|item| {
            items.push(checked(item, whole)?);
            done
        }),
        "extend" => one(args, name).and_then(|more| {
            let more = if same(&more, whole) { items.clone() } else { more.iterate()? };
            items.extend(more);
            done
        }),
        "insert" => args.bind(name, ["index", "object"]).and_then(|[index, item]| {
            let n = clamp(index.int(0)?, items.len());
            let item = checked(item.required(name, "object")?, whole)?;
            items.insert(n, item);
            done
        }),
        "pop" => args.bind(name, ["index"]).and_then(|[index]| {
            let n = index.int(-1)?;
            let n = if n < 0 { n + items.len() as i128 } else { n };
            match usize::try_from(n).ok().filter(|n| *n < items.len()) {
                Some(n) => Ok(items.remove(n)),
                None if items.is_empty() => Err(Fault::new("pop from empty list")),
                None => Err(Fault::new("pop index out of range")),
            }
        }),
        "remove" => one(args, name).and_then(|item| match position(&items, &item)? {
            Some(n) => {
                items.remove(n);
                done
            }
            None => Err(Fault::new("list.remove(x): x not in list")),
        }),
        "reverse" => args.none(name).and_then(|()| {
            items.reverse();
            done
        }),
        "clear" => args.none(name).and_then(|()| {
            items.clear();
            done
        }),
        "sort" => args.bind(name, ["key", "reverse"]).and_then(|[key, reverse]| {
            if key.is_some_and(|k| !k.is_null()) {
                return Err(Fault::new("list.sort: `key` is not supported in templates; use the `sort` filter"));
            }
            crate::template::filters::sequence::sort_values(&mut items, reverse.flag(false)?)?;
            done
        }),
        _ => return None,
    })
}

fn clamp(n: i128, len: usize) -> usize {
    let n = if n < 0 { (n + len as i128).max(0) } else { n };
    usize::try_from(n).unwrap_or(usize::MAX).min(len)
}

fn same(a: &Val, b: &Val) -> bool {
    matches!((a, b), (Val::List(a), Val::List(b)) if Rc::ptr_eq(a, b))
}

/// A list inside itself would never print to an end.
fn checked(item: Val, whole: &Val) -> Eval<Val> {
    if same(&item, whole) { Err(Fault::new("a list cannot be put into itself")) } else { Ok(item) }
}

fn position(items: &[Val], item: &Val) -> Eval<Option<usize>> {
    for (n, other) in items.iter().enumerate() {
        if ops::equal(other, item)? {
            return Ok(Some(n));
        }
    }
    Ok(None)
}

fn one(args: Args, name: &str) -> Eval<Val> {
    let [item] = args.bind(name, ["value"])?;
    item.required(name, "value")
}

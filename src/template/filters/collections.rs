//! Ansible's filters on lists and mappings: `combine`, `flatten`, sets, `zip`, `product`, `dict2items`, `subelements`, ...

use super::Filter;
use super::sequence::Seen;
use crate::template::engine::{Args, Bound, Cause, Eval, Fault, Session, Val, access, ops};
use hostler_sdk::{Key, Map, Value};
use indexmap::IndexMap;
use std::rc::Rc;
use std::sync::Arc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("combine", combine),
    Filter::new("flatten", |_, v, a| {
        let [levels, nulls] = a.bind("flatten", ["levels", "skip_nulls"])?;
        let levels = match levels {
            Some(l) if !l.is_null() => Some(Some(l).int(0)?),
            _ => None,
        };
        let mut out = Vec::new();
        flatten(&v, levels, nulls.flag(true)?, &mut out)?;
        Ok(Val::list(out))
    }),
    Filter::new("union", |_, v, a| sets(&v, a, "union", |_, _| true, true)),
    Filter::new("intersect", |_, v, a| sets(&v, a, "intersect", |_, b| b, false)),
    Filter::new("difference", |_, v, a| sets(&v, a, "difference", |_, b| !b, false)),
    Filter::new("symmetric_difference", |_, v, a| sets(&v, a, "symmetric_difference", |a, b| a != b, true)),
    Filter::new("zip", |_, v, a| zip(v, a, None)),
    Filter::new("zip_longest", |_, v, mut a| {
        let fill = a.take("fillvalue").unwrap_or(Val::NULL);
        zip(v, a, Some(fill))
    }),
    Filter::new("product", product),
    Filter::new("permutations", |_, v, a| {
        let [r] = a.bind("permutations", ["r"])?;
        let items = v.iterate()?;
        let r = size(r, items.len())?;
        choose(&items, r, true)
    }),
    Filter::new("combinations", |_, v, a| {
        let [r] = a.bind("combinations", ["r"])?;
        let r = size(Some(r.required("combinations", "r")?), 0)?;
        choose(&v.iterate()?, r, false)
    }),
    Filter::new("dict2items", dict_to_items),
    Filter::new("items2dict", items_to_dict),
    Filter::new("subelements", subelements),
    Filter::lenient("extract", extract),
    Filter::new("rekey_on_member", rekey),
];

/// The largest product or list of permutations.
const LARGEST: usize = 1_000_000;

/// What becomes of two lists under one key.
#[derive(Clone, Copy)]
pub(super) enum Lists {
    Replace,
    Keep,
    Append,
    Prepend,
    AppendRp,
    PrependRp,
}

impl Lists {
    /// By the name that `list_merge` gives.
    pub fn named(name: Option<&str>) -> Eval<Lists> {
        Ok(match name {
            None | Some("replace") => Lists::Replace,
            Some("keep") => Lists::Keep,
            Some("append") => Lists::Append,
            Some("prepend") => Lists::Prepend,
            Some("append_rp") => Lists::AppendRp,
            Some("prepend_rp") => Lists::PrependRp,
            Some(other) => {
                return Err(Fault::new(format!(
                    "merge_hash: 'list_merge' argument can only be equal to 'replace', 'keep', 'append', 'prepend', 'append_rp' or 'prepend_rp', not '{other}'"
                )));
            }
        })
    }
}

fn combine(_: &Rc<Session>, input: Val, mut args: Args) -> Eval<Val> {
    let recursive = args.take("recursive").flag(false)?;
    let lists = Lists::named(args.take("list_merge").string()?.as_deref())?;
    if !args.named.is_empty() {
        return Err(Fault::new("'recursive' and 'list_merge' are the only valid keyword arguments"));
    }
    let mut dicts = Vec::new();
    flatten(&Val::tuple([vec![input], args.pos].concat()), Some(1), true, &mut dicts)?;
    let mut result: Option<Val> = None;
    for dict in dicts {
        if !dict.is_mapping() {
            return Err(Fault::new(format!(
                "failed to combine variables, expected dicts but got a '{}'",
                dict.type_name()
            )));
        }
        result = Some(match result {
            None => dict,
            Some(base) => merge(&base, &dict, recursive, lists)?,
        });
    }
    Ok(result.unwrap_or_else(|| Val::dict(IndexMap::new())))
}

/// Two mappings as one; what `over` says counts.
pub(super) fn merge(base: &Val, over: &Val, recursive: bool, lists: Lists) -> Eval<Val> {
    if let (Val::Plain(Value::Map(base)), Val::Plain(Value::Map(over)), false, Lists::Replace) =
        (base, over, recursive, lists)
    {
        if base.is_empty() {
            return Ok(Val::Plain(Value::Map(over.clone())));
        }
        let mut merged: Map = base.as_ref().clone();
        for (key, value) in over.iter() {
            merged.insert(key.clone(), value.clone());
        }
        return Ok(Val::Plain(Value::Map(Arc::new(merged))));
    }
    let entries = |v: &Val| v.entries().unwrap_or_else(|| Err(Fault::new("not a mapping")));
    let mut merged: IndexMap<Key, Val> = entries(base)?.into_iter().collect();
    for (key, value) in entries(over)? {
        let joined = match merged.get(&key) {
            Some(old) if recursive && old.is_mapping() && value.is_mapping() => merge(old, &value, recursive, lists)?,
            Some(old) if old.is_list() && value.is_list() => join_lists(old, value, lists)?,
            _ => value,
        };
        merged.insert(key, joined);
    }
    Ok(Val::dict(merged))
}

fn join_lists(old: &Val, new: Val, lists: Lists) -> Eval<Val> {
    let (x, y) = (old.iterate()?, new.iterate()?);
    let without = |from: &[Val], what: &[Val]| -> Eval<Vec<Val>> {
        let what = Val::list(what.to_vec());
        let mut kept = Vec::new();
        for item in from {
            if !ops::contains(&what, item)? {
                kept.push(item.clone());
            }
        }
        Ok(kept)
    };
    Ok(match lists {
        Lists::Replace => new,
        Lists::Keep => old.clone(),
        Lists::Append => Val::list([x, y].concat()),
        Lists::Prepend => Val::list([y, x].concat()),
        Lists::AppendRp => Val::list([without(&x, &y)?, y].concat()),
        Lists::PrependRp => {
            let rest = without(&x, &y)?;
            Val::list([y, rest].concat())
        }
    })
}

/// Ansible's `flatten`: lists in lists opened up, down to `levels`.
pub(crate) fn flatten(value: &Val, levels: Option<i128>, skip_nulls: bool, out: &mut Vec<Val>) -> Eval<()> {
    for item in value.iterate()? {
        let null = item.is_null() || matches!(item.as_str(), Some("None" | "null"));
        if skip_nulls && null {
            continue;
        }
        match levels {
            _ if !item.is_list() => out.push(item),
            None => flatten(&item, None, skip_nulls, out)?,
            Some(n) if n >= 1 => flatten(&item, Some(n - 1), skip_nulls, out)?,
            Some(_) => out.push(item),
        }
    }
    Ok(())
}

/// Sets keep the order of their first appearance; Python's is without order.
fn sets(a: &Val, args: Args, who: &str, keep: fn(bool, bool) -> bool, both: bool) -> Eval<Val> {
    let [b] = args.bind(who, ["other"])?;
    let (a, b) = (a.iterate()?, b.required(who, "other")?.iterate()?);
    let set = |items: &[Val]| -> Eval<Seen> {
        let mut seen = Seen::default();
        for item in items {
            seen.add(&item.clone().strict()?)?;
        }
        Ok(seen)
    };
    let (in_a, in_b) = (set(&a)?, set(&b)?);
    let mut done = Seen::default();
    let mut out = Vec::new();
    for item in a.iter().chain(both.then_some(&b).into_iter().flatten()) {
        if keep(in_a.has(item)?, in_b.has(item)?) && done.add(item)? {
            out.push(item.clone());
        }
    }
    Ok(Val::list(out))
}

fn zip(input: Val, args: Args, fill: Option<Val>) -> Eval<Val> {
    if let Some((name, _)) = args.named.first() {
        return Err(Fault::new(format!("zip got an unexpected keyword argument '{name}'")));
    }
    let columns = [vec![input], args.pos].concat().iter().map(Val::iterate).collect::<Eval<Vec<_>>>()?;
    let lengths = columns.iter().map(Vec::len);
    let rows = if fill.is_some() { lengths.max() } else { lengths.min() }.unwrap_or(0);
    let row = |n: usize| {
        let cells = columns.iter().map(|c| c.get(n).cloned().or_else(|| fill.clone()).unwrap_or(Val::NULL));
        Val::tuple(cells.collect())
    };
    Ok(Val::list((0..rows).map(row).collect()))
}

fn product(_: &Rc<Session>, input: Val, mut args: Args) -> Eval<Val> {
    let repeat = usize::try_from(args.take("repeat").int(1)?).unwrap_or(1).min(64);
    let once = [vec![input], args.pos].concat().iter().map(Val::iterate).collect::<Eval<Vec<_>>>()?;
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for column in std::iter::repeat_n(&once, repeat).flatten() {
        if rows.len().saturating_mul(column.len()) > LARGEST {
            return Err(Fault::new(format!("product: more than {LARGEST} results")));
        }
        rows = rows
            .iter()
            .flat_map(|row| column.iter().map(move |item| [row.as_slice(), std::slice::from_ref(item)].concat()))
            .collect();
    }
    Ok(Val::list(rows.into_iter().map(Val::tuple).collect()))
}

fn size(r: Option<Val>, default: usize) -> Eval<usize> {
    usize::try_from(r.int(default as i128)?).map_err(|_| Fault::new("r must be non-negative"))
}

/// Choices of `r` members in the order of itertools.
fn choose(items: &[Val], r: usize, ordered: bool) -> Eval<Val> {
    fn walk(items: &[Val], r: usize, ordered: bool, picked: &mut Vec<usize>, out: &mut Vec<Val>) -> Eval<()> {
        if picked.len() == r {
            if out.len() >= LARGEST {
                return Err(Fault::new(format!("more than {LARGEST} results")));
            }
            out.push(Val::tuple(picked.iter().map(|n| items[*n].clone()).collect()));
            return Ok(());
        }
        let from = if ordered { 0 } else { picked.last().map_or(0, |n| n + 1) };
        for n in from..items.len() {
            if !picked.contains(&n) {
                picked.push(n);
                walk(items, r, ordered, picked, out)?;
                picked.pop();
            }
        }
        Ok(())
    }
    let mut out = Vec::new();
    if r <= items.len() {
        walk(items, r, ordered, &mut Vec::new(), &mut out)?;
    }
    Ok(Val::list(out))
}

fn dict_to_items(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [key, value] = args.bind("dict2items", ["key_name", "value_name"])?;
    let (key, value) =
        (key.string()?.unwrap_or_else(|| "key".into()), value.string()?.unwrap_or_else(|| "value".into()));
    let Some(entries) = input.entries() else {
        return Err(Fault::new(format!("dict2items requires a dictionary, got {} instead.", input.type_name())));
    };
    let pair = |(k, v): (Key, Val)| {
        Val::dict([(Key::from(&key), Val::from(k.to_value())), (Key::from(&value), v)].into_iter().collect())
    };
    Ok(Val::list(entries?.into_iter().map(pair).collect()))
}

fn items_to_dict(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [key, value] = args.bind("items2dict", ["key_name", "value_name"])?;
    let (key, value) =
        (key.string()?.unwrap_or_else(|| "key".into()), value.string()?.unwrap_or_else(|| "value".into()));
    if !input.is_list() {
        return Err(Fault::new(format!("items2dict requires a list, got {} instead.", input.type_name())));
    }
    let mut map = IndexMap::new();
    for item in input.iterate()? {
        if !item.is_mapping() {
            return Err(Fault::new(format!(
                "items2dict requires a list of dictionaries, got {} instead.",
                item.repr()?
            )));
        }
        let (k, v) = (access::attribute(&item, &key)?, access::attribute(&item, &value)?);
        if [&k, &v].iter().any(|v| matches!(v, Val::Missing(m) if matches!(m.cause, Cause::Member(..)))) {
            return Err(Fault::new(format!(
                "items2dict requires each dictionary in the list to contain the keys '{key}' and '{value}', got {} instead.",
                item.repr()?
            )));
        }
        map.insert(k.to_key()?, v);
    }
    Ok(Val::dict(map))
}

fn subelements(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [path, skip] = args.bind("subelements", ["subelements", "skip_missing"])?;
    let path = path.required("subelements", "subelements")?;
    let path = match path.as_str() {
        Some(text) => text.split('.').map(Val::text).collect(),
        None if path.is_list() => path.iterate()?,
        None => return Err(Fault::new("subelements must be a list or a string")),
    };
    let skip = skip.flag(false)?;
    let elements = match input.entries() {
        Some(entries) => entries?.into_iter().map(|(_, v)| v).collect(),
        None if input.is_list() => input.iterate()?,
        None => return Err(Fault::new("obj must be a list of dicts or a nested dict")),
    };
    let mut out = Vec::new();
    for element in elements {
        let mut values = element.clone();
        let mut found = true;
        for part in &path {
            if !values.is_mapping() {
                return Err(Fault::new(format!(
                    "the key {} should point to a dictionary, got '{}'",
                    part.to_text()?,
                    values.to_text()?
                )));
            }
            match access::item(&values, part)? {
                Val::Missing(m) if matches!(m.cause, Cause::Member(..)) => {
                    if !skip {
                        return Err(Fault::new(format!(
                            "could not find {} key in iterated item {}",
                            part.repr()?,
                            values.repr()?
                        )));
                    }
                    found = false;
                    break;
                }
                value => values = value.strict()?,
            }
        }
        if !found {
            continue;
        }
        if !values.is_list() {
            let last = path.last().map_or(Ok(String::new()), Val::repr)?;
            return Err(Fault::new(format!("the key {last} should point to a list, got {}", values.repr()?)));
        }
        for value in values.iterate()? {
            out.push(Val::tuple(vec![element.clone(), value]));
        }
    }
    Ok(Val::list(out))
}

fn extract(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [container, more] = args.bind("extract", ["container", "morekeys"])?;
    let mut value = access::item(&container.required("extract", "container")?, &input)?;
    match more {
        Some(more) if more.is_list() => {
            for key in more.iterate()? {
                value = access::item(&value, &key)?;
            }
        }
        Some(more) if !more.is_null() => value = access::item(&value, &more)?,
        _ => {}
    }
    Ok(value)
}

fn rekey(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [key, duplicates] = args.bind("rekey_on_member", ["key", "duplicates"])?;
    let key = key.required("rekey_on_member", "key")?;
    let overwrite = match duplicates.string()?.as_deref() {
        None | Some("error") => false,
        Some("overwrite") => true,
        Some(other) => {
            return Err(Fault::new(format!("duplicates parameter to rekey_on_member has unknown value '{other}'")));
        }
    };
    let items = match input.entries() {
        Some(entries) => entries?.into_iter().map(|(_, v)| v).collect(),
        None if input.is_list() => input.iterate()?,
        None => return Err(Fault::new("Type is not a valid list, set, or dict")),
    };
    let mut map = IndexMap::new();
    for item in items {
        if !item.is_mapping() {
            return Err(Fault::new("List item is not a valid dict"));
        }
        let name = match access::item(&item, &key)? {
            Val::Missing(_) => return Err(Fault::new(format!("Key {} was not found.", key.repr()?))),
            value => value,
        };
        if map.insert(name.to_key()?, item).is_some() && !overwrite {
            return Err(Fault::new(format!("Key {} is not unique, cannot convert to dict.", name.repr()?)));
        }
    }
    Ok(Val::dict(map))
}

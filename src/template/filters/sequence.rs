//! Jinja's filters on sequences: `join`, `sort`, `first`, `unique`, `batch`, ...

use super::{Filter, attribute_path, by_path};
use crate::template::engine::{Args, Bound, Cause, Eval, Fault, Session, Val, ops};
use hostler_sdk::{Key, Value};
use std::cmp::Ordering;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("length", |_, v, a| length(&v, a)),
    Filter::new("count", |_, v, a| length(&v, a)),
    Filter::new("list", |_, v, a| {
        a.none("list")?;
        Ok(Val::list(v.iterate()?))
    }),
    Filter::new("first", |_, v, a| {
        a.none("first")?;
        end(v.iterate()?.into_iter().next(), "No first item, sequence was empty.")
    }),
    Filter::new("last", |_, v, a| {
        a.none("last")?;
        end(v.iterate()?.pop(), "No last item, sequence was empty.")
    }),
    Filter::new("join", join),
    Filter::new("reverse", reverse),
    Filter::new("sort", sort),
    Filter::new("unique", unique),
    Filter::new("min", |_, v, a| extreme(v, a, "min", Ordering::Less)),
    Filter::new("max", |_, v, a| extreme(v, a, "max", Ordering::Greater)),
    Filter::new("dictsort", dict_sort),
    Filter::new("items", |_, v, a| {
        a.none("items")?;
        let entries = v.entries().unwrap_or_else(|| Err(Fault::new("Can only get item pairs from a mapping.")))?;
        Ok(Val::list(entries.into_iter().map(|(k, v)| Val::tuple(vec![Val::from(k.to_value()), v])).collect()))
    }),
    Filter::new("batch", batch),
    Filter::new("slice", slice),
];

fn length(value: &Val, args: Args) -> Eval<Val> {
    args.none("length")?;
    Ok(Val::from(value.len()?))
}

fn end(item: Option<Val>, message: &str) -> Eval<Val> {
    Ok(item.unwrap_or_else(|| Val::missing(Cause::Told(message.to_owned()))))
}

fn path(attribute: Option<Val>) -> Eval<Option<Vec<Val>>> {
    match attribute {
        Some(a) if !a.is_null() => attribute_path(&a).map(Some),
        _ => Ok(None),
    }
}

fn join(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [separator, attribute] = args.bind("join", ["d", "attribute"])?;
    let separator = match separator {
        Some(s) => s.to_text()?,
        None => "".into(),
    };
    let path = path(attribute)?;
    let mut out = String::new();
    if let (Val::Plain(Value::List(items)), None) = (&input, &path) {
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                out.push_str(&separator);
            }
            match item {
                Value::Str(text) => out.push_str(text),
                other => out.push_str(&other.to_string()),
            }
        }
        return Ok(Val::from(out));
    }
    for (n, item) in input.iterate()?.into_iter().enumerate() {
        if n > 0 {
            out.push_str(&separator);
        }
        let item = match &path {
            Some(path) => by_path(&item, path, None)?,
            None => item,
        };
        out.push_str(&item.to_text()?);
    }
    Ok(Val::from(out))
}

fn reverse(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    args.none("reverse")?;
    if let Some(text) = input.as_str() {
        return Ok(Val::from(text.chars().rev().collect::<String>()));
    }
    let mut items = input.iterate()?;
    items.reverse();
    Ok(Val::list(items))
}

/// Text in lower case; everything else as it is.
pub(crate) fn fold_case(value: &Val) -> Val {
    match value.as_str() {
        Some(text) => Val::from(text.to_lowercase()),
        None => value.clone(),
    }
}

/// A stable sort that may fail.
pub(crate) fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Eval<Ordering>) -> Eval<()> {
    let mut failed = None;
    items.sort_by(|a, b| match (&failed, compare(a, b)) {
        (None, Ok(order)) => order,
        (None, Err(fault)) => {
            failed = Some(fault);
            Ordering::Equal
        }
        (Some(_), _) => Ordering::Equal,
    });
    failed.map_or(Ok(()), Err)
}

/// `list.sort()`.
pub(crate) fn sort_values(items: &mut [Val], reverse: bool) -> Eval<()> {
    sort_by(items, |a, b| {
        let order = ops::compare(a, b, "<")?;
        Ok(if reverse { order.reverse() } else { order })
    })
}

fn sort(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [reverse, case, attribute] = args.bind("sort", ["reverse", "case_sensitive", "attribute"])?;
    let (reverse, case) = (reverse.flag(false)?, case.flag(false)?);
    let paths = match attribute {
        Some(a) if !a.is_null() => match a.as_str() {
            Some(text) => text.split(',').map(|p| attribute_path(&Val::text(p))).collect::<Eval<Vec<_>>>()?,
            None => vec![attribute_path(&a)?],
        },
        _ => Vec::new(),
    };
    let fold = |v: Val| if case { v } else { fold_case(&v) };
    let mut keyed = Vec::new();
    for item in input.iterate()? {
        let keys = if paths.is_empty() {
            vec![fold(item.clone())]
        } else {
            paths.iter().map(|p| Ok(fold(by_path(&item, p, None)?))).collect::<Eval<Vec<_>>>()?
        };
        keyed.push((keys, item));
    }
    sort_by(&mut keyed, |(a, _), (b, _)| {
        for (a, b) in a.iter().zip(b) {
            if !ops::equal(a, b)? {
                let order = ops::compare(a, b, "<")?;
                return Ok(if reverse { order.reverse() } else { order });
            }
        }
        Ok(Ordering::Equal)
    })?;
    Ok(Val::list(keyed.into_iter().map(|(_, item)| item).collect()))
}

/// Ansible's `unique`: Jinja's, which folds case; lists and mappings among the members make it compare exactly.
fn unique(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [case, attribute] = args.bind("unique", ["case_sensitive", "attribute"])?;
    let asked = case.as_ref().is_some_and(|flag| !flag.is_null());
    let sensitive = case.flag(false)?;
    let path = path(attribute)?;
    let mut keyed = Vec::new();
    for item in input.iterate()? {
        let key = match &path {
            Some(path) => by_path(&item, path, None)?.strict()?,
            None => item.clone().strict()?,
        };
        keyed.push((key, item));
    }
    let compound = keyed.iter().any(|(k, _)| k.is_mapping() || k.is_list() && !matches!(k, Val::Tuple(_)));
    if compound && (asked && !sensitive || path.is_some()) {
        return Err(Fault::new(
            "unique cannot compare lists and mappings by `attribute` or with `case_sensitive=false`",
        ));
    }
    let exact = sensitive || compound;
    let mut seen = Seen::default();
    let mut kept = Vec::new();
    for (key, item) in keyed {
        if seen.add(&if exact { key } else { fold_case(&key) })? {
            kept.push(item);
        }
    }
    Ok(Val::list(kept))
}

/// Values met so far: text and whole numbers by hash, the rest one by one.
#[derive(Default)]
pub(super) struct Seen {
    keys: std::collections::HashSet<Key>,
    others: Vec<Val>,
}

impl Seen {
    /// Whether a value is new.
    pub fn add(&mut self, value: &Val) -> Eval<bool> {
        if let Val::Plain(v @ (Value::Str(_) | Value::Null)) = value
            && let Ok(key) = Key::try_from(v.clone())
        {
            return Ok(self.keys.insert(key));
        }
        if self.has(value)? {
            return Ok(false);
        }
        self.others.push(value.clone());
        Ok(true)
    }

    /// Whether a value was met.
    pub fn has(&self, value: &Val) -> Eval<bool> {
        if let Val::Plain(v @ (Value::Str(_) | Value::Null)) = value
            && let Ok(key) = Key::try_from(v.clone())
        {
            return Ok(self.keys.contains(&key));
        }
        for other in &self.others {
            if ops::equal(other, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn extreme(input: Val, args: Args, who: &str, wanted: Ordering) -> Eval<Val> {
    let [case, attribute] = args.bind(who, ["case_sensitive", "attribute"])?;
    let folding = !case.flag(false)?;
    let path = path(attribute)?;
    let mut best: Option<(Val, Val)> = None;
    for item in input.iterate()? {
        let key = match &path {
            Some(path) => by_path(&item, path, None)?,
            None => item.clone(),
        };
        let key = if folding { fold_case(&key) } else { key };
        let better = match &best {
            None => true,
            Some((top, _)) => ops::compare(&key, top, "<")? == wanted,
        };
        if better {
            best = Some((key, item));
        }
    }
    end(best.map(|(_, item)| item), "No aggregated item, sequence was empty.")
}

fn dict_sort(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [case, by, reverse] = args.bind("dictsort", ["case_sensitive", "by", "reverse"])?;
    let (case, reverse) = (case.flag(false)?, reverse.flag(false)?);
    let by_value = match by.string()?.as_deref() {
        None | Some("key") => false,
        Some("value") => true,
        Some(_) => return Err(Fault::new("You can only sort by either \"key\" or \"value\"")),
    };
    let entries = input
        .entries()
        .unwrap_or_else(|| Err(Fault::new(format!("'{}' object has no attribute 'items'", input.type_name()))))?;
    let mut keyed: Vec<(Val, Val)> = Vec::new();
    for (key, value) in entries {
        let key = Val::from(key.to_value());
        let sort_key = if by_value { value.clone() } else { key.clone() };
        keyed.push((if case { sort_key } else { fold_case(&sort_key) }, Val::tuple(vec![key, value])));
    }
    sort_by(&mut keyed, |(a, _), (b, _)| {
        let order = ops::compare(a, b, "<")?;
        Ok(if reverse { order.reverse() } else { order })
    })?;
    Ok(Val::list(keyed.into_iter().map(|(_, pair)| pair).collect()))
}

fn batch(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [size, fill] = args.bind("batch", ["linecount", "fill_with"])?;
    let size = usize::try_from(size.required("batch", "linecount")?.as_int().unwrap_or(0)).unwrap_or(0);
    if size == 0 {
        return Err(Fault::new("batch: `linecount` must be 1 or more"));
    }
    let items = input.iterate()?;
    let mut rows: Vec<Vec<Val>> = items.chunks(size).map(<[Val]>::to_vec).collect();
    if let (Some(fill), Some(last)) = (fill.filter(|f| !f.is_null()), rows.last_mut()) {
        last.resize(size, fill);
    }
    Ok(Val::list(rows.into_iter().map(Val::list).collect()))
}

fn slice(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [slices, fill] = args.bind("slice", ["slices", "fill_with"])?;
    let slices = usize::try_from(slices.required("slice", "slices")?.as_int().unwrap_or(0)).unwrap_or(0);
    if slices == 0 {
        return Err(Fault::new("slice: `slices` must be 1 or more"));
    }
    let items = input.iterate()?;
    let (each, extra) = (items.len() / slices, items.len() % slices);
    let fill = fill.filter(|f| !f.is_null());
    let mut from = 0;
    let mut columns = Vec::with_capacity(slices);
    for n in 0..slices {
        let len = each + usize::from(n < extra);
        let mut column = items[from..from + len].to_vec();
        from += len;
        if let (Some(fill), true) = (&fill, n >= extra && extra > 0) {
            column.push(fill.clone());
        }
        columns.push(Val::list(column));
    }
    Ok(Val::list(columns))
}

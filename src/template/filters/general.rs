//! Filters of `community.general` on lists and mappings: `dict`, `dict_kv`, `counter`, `version_sort`, `lists_*`,
//! `groupby_as_dict`, `keep_keys`, ...

use super::Filter;
use super::collections::{Lists, merge};
use super::sequence::{Seen, sort_by};
use crate::template::engine::{Args, Bound, Eval, Fault, Session, Val, access, ops};
use crate::template::tests::loose_versions;
use hostler_builtin::regex::Flags;
use hostler_sdk::Key;
use indexmap::IndexMap;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("dict", |_, v, a| {
        a.none("dict")?;
        let mut map = IndexMap::new();
        for pair in v.iterate()? {
            let [key, value] = <[Val; 2]>::try_from(pair.iterate()?).map_err(|p| {
                Fault::new(format!("dictionary update sequence element has length {}; 2 is required", p.len()))
            })?;
            map.insert(key.to_key()?, value);
        }
        Ok(Val::dict(map))
    }),
    Filter::new("dict_kv", |_, v, a| {
        let [key] = a.bind("dict_kv", ["key"])?;
        let key = key.required("dict_kv", "key")?.to_key()?;
        Ok(Val::dict([(key, v)].into_iter().collect()))
    }),
    Filter::new("counter", |_, v, a| {
        a.none("counter")?;
        if v.as_str().is_none() && !v.is_list() {
            return Err(Fault::new("Argument for community.general.counter must be a sequence (string or list)"));
        }
        let mut counts: IndexMap<Key, i128> = IndexMap::new();
        for item in v.iterate()? {
            *counts.entry(item.to_key()?).or_default() += 1;
        }
        Ok(Val::dict(counts.into_iter().map(|(k, n)| (k, Val::from(n))).collect()))
    }),
    Filter::new("version_sort", |_, v, a| {
        let [reverse] = a.bind("version_sort", ["reverse"])?;
        let mut items = v.iterate()?;
        let reverse = reverse.flag(false)?;
        sort_by(&mut items, |a, b| {
            let order = loose_versions(&a.to_text()?, &b.to_text()?)?;
            Ok(if reverse { order.reverse() } else { order })
        })?;
        Ok(Val::list(items))
    }),
    Filter::new("lists_union", |_, v, a| fold(v, a, |a, b| Ok([a, b].concat()))),
    Filter::new("lists_intersect", |_, v, a| fold(v, a, |a, b| only(a, |v| ops::contains(&Val::list(b.to_vec()), v)))),
    Filter::new("lists_difference", |_, v, a| {
        fold(v, a, |a, b| only(a, |v| Ok(!ops::contains(&Val::list(b.to_vec()), v)?)))
    }),
    Filter::new("lists_symmetric_difference", |_, v, a| {
        fold(v, a, |a, b| {
            let (left, right) = (Val::list(a.to_vec()), Val::list(b.to_vec()));
            only(&distinct([a, b].concat())?, |v| Ok(!(ops::contains(&left, v)? && ops::contains(&right, v)?)))
        })
    }),
    Filter::new("lists_mergeby", lists_mergeby),
    Filter::new("groupby_as_dict", |_, v, a| {
        let [attribute] = a.bind("groupby_as_dict", ["attribute"])?;
        let attribute = attribute.required("groupby_as_dict", "attribute")?;
        let mut map = IndexMap::new();
        for (n, item) in v.iterate()?.into_iter().enumerate() {
            if !item.is_mapping() {
                return Err(Fault::new(format!("Sequence element #{n} is not a mapping")));
            }
            let key = match access::item(&item, &attribute)? {
                Val::Missing(_) => {
                    return Err(Fault::new(format!("Attribute not contained in element #{n} of sequence")));
                }
                key => key,
            };
            if map.insert(key.to_key()?, item).is_some() {
                let key = key.repr()?;
                return Err(Fault::new(format!("Multiple sequence entries have attribute value {key}")));
            }
        }
        Ok(Val::dict(map))
    }),
    Filter::new("accumulate", |_, v, a| {
        a.none("accumulate")?;
        let mut out: Vec<Val> = Vec::new();
        for item in v.iterate()? {
            let next = match out.last() {
                Some(last) => ops::binary(crate::template::syntax::Op::Add, last.clone(), item)?,
                None => item,
            };
            out.push(next);
        }
        Ok(Val::list(out))
    }),
    Filter::new("keep_keys", |s, v, a| keys(s, &v, a, "keep_keys", true)),
    Filter::new("remove_keys", |s, v, a| keys(s, &v, a, "remove_keys", false)),
    Filter::new("crc32", |_, v, a| {
        a.none("crc32")?;
        let mut crc = flate2::Crc::new();
        crc.update(&hostler_sdk::bytes::of_text(&v.to_text()?));
        Ok(Val::from(format!("{:x}", crc.sum())))
    }),
    Filter::new("to_time_unit", |_, v, mut a| {
        let unit = if a.pos.is_empty() { a.take("unit") } else { Some(a.pos.remove(0)) };
        duration(&v, a, &unit.string()?.unwrap_or_else(|| "ms".into()))
    }),
    Filter::new("to_milliseconds", |_, v, a| duration(&v, a, "ms")),
    Filter::new("to_seconds", |_, v, a| duration(&v, a, "s")),
    Filter::new("to_minutes", |_, v, a| duration(&v, a, "m")),
    Filter::new("to_hours", |_, v, a| duration(&v, a, "h")),
    Filter::new("to_days", |_, v, a| duration(&v, a, "d")),
    Filter::new("to_weeks", |_, v, a| duration(&v, a, "w")),
    Filter::new("to_months", |_, v, a| duration(&v, a, "mo")),
    Filter::new("to_years", |_, v, a| duration(&v, a, "y")),
];

fn only(items: &[Val], keep: impl Fn(&Val) -> Eval<bool>) -> Eval<Vec<Val>> {
    let mut kept = Vec::new();
    for item in items {
        if keep(item)? {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

fn distinct(items: Vec<Val>) -> Eval<Vec<Val>> {
    let mut seen = Seen::default();
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        if seen.add(&item)? {
            out.push(item);
        }
    }
    Ok(out)
}

/// Lists of lists opened up by one level, when all their members are lists.
fn opened(lists: Vec<Val>) -> Eval<Vec<Val>> {
    let mut out = Vec::new();
    for list in lists {
        if !list.is_list() {
            return Err(Fault::new(format!("All arguments must be lists. {} is {}", list.repr()?, list.type_name())));
        }
        let members = list.iterate()?;
        if !members.is_empty() && members.iter().all(Val::is_list) {
            out.extend(members);
        } else if !members.is_empty() {
            out.push(list);
        }
    }
    Ok(out)
}

fn fold(input: Val, mut args: Args, join: impl Fn(&[Val], &[Val]) -> Eval<Vec<Val>>) -> Eval<Val> {
    let flatten = args.take("flatten").flag(false)?;
    if let Some((name, _)) = args.named.first() {
        return Err(Fault::new(format!("got unexpected keywords arguments: {name}")));
    }
    let mut lists = [vec![input], args.pos].concat();
    if flatten {
        lists = opened(lists)?;
    }
    let mut lists = lists.into_iter();
    let Some(first) = lists.next() else { return Ok(Val::list(Vec::new())) };
    if lists.len() == 0 {
        return Ok(first);
    }
    let mut all = distinct(first.iterate()?)?;
    for list in lists {
        all = join(&all, &list.iterate()?)?;
    }
    Ok(Val::list(distinct(all)?))
}

/// Lists of mappings, merged where one key has the same value.
fn lists_mergeby(_: &Rc<Session>, input: Val, mut args: Args) -> Eval<Val> {
    let recursive = args.take("recursive").flag(false)?;
    let lists = Lists::named(args.take("list_merge").string()?.as_deref())?;
    if !args.named.is_empty() {
        return Err(Fault::new("'recursive' and 'list_merge' are the only valid keyword arguments."));
    }
    let Some(index) = args.pos.pop() else { return Err(Fault::new("At least one list and index are needed.")) };
    let terms = opened([vec![input], args.pos].concat())?;
    if terms.len() < 2 {
        return Ok(terms.into_iter().next().unwrap_or_else(|| Val::list(Vec::new())));
    }
    if index.as_str().is_none() {
        return Err(Fault::new("First argument after the lists for community.general.lists_mergeby must be string."));
    }
    let mut merged: IndexMap<Key, (Val, Val)> = IndexMap::new();
    for list in terms {
        for item in list.iterate()? {
            if !item.is_mapping() {
                let text = item.repr()?;
                return Err(Fault::new(format!(
                    "Elements of list arguments for lists_mergeby must be dictionaries. {text}"
                )));
            }
            let key = access::item(&item, &index)?;
            if let Val::Missing(_) = key {
                continue;
            }
            let joined = match merged.get(&key.to_key()?) {
                Some((_, base)) => merge(base, &item, recursive, lists)?,
                None => item,
            };
            merged.insert(key.to_key()?, (key, joined));
        }
    }
    let mut items: Vec<(Val, Val)> = merged.into_values().collect();
    sort_by(&mut items, |(a, _), (b, _)| ops::compare(a, b, "<"))?;
    Ok(Val::list(items.into_iter().map(|(_, v)| v).collect()))
}

fn keys(session: &Rc<Session>, input: &Val, args: Args, who: &str, keep: bool) -> Eval<Val> {
    let [target, how] = args.bind(who, ["target", "matching_parameter"])?;
    let target = target.required(who, "target")?;
    let targets = match target.as_str() {
        Some(text) => vec![text.to_owned()],
        None => target.iterate()?.iter().map(|t| Ok(t.to_text()?.to_string())).collect::<Eval<Vec<_>>>()?,
    };
    if targets.is_empty() {
        return Err(Fault::new("The target can't be empty."));
    }
    let how = how.string()?.unwrap_or_else(|| "equal".into());
    let pattern = match (how.as_str(), &targets[..]) {
        ("regex", [one]) => Some(session.shared.pattern(&format!("\\A(?:{one})"), Flags::default())?),
        ("regex", _) => {
            let text = "Single item is required in the target list if matching_parameter=regex.";
            return Err(Fault::new(text));
        }
        _ => None,
    };
    let matches = |key: &str| -> Eval<bool> {
        Ok(match (how.as_str(), &pattern) {
            (_, Some(pattern)) => pattern.is_match(key.as_bytes())?,
            ("equal", _) => targets.iter().any(|t| t == key),
            ("starts_with", _) => targets.iter().any(|t| key.starts_with(t.as_str())),
            ("ends_with", _) => targets.iter().any(|t| key.ends_with(t.as_str())),
            (other, _) => {
                return Err(Fault::new(format!(
                    "The matching_parameter must be one of equal, starts_with, ends_with, regex, not {other}"
                )));
            }
        })
    };
    let mut out = Vec::new();
    for item in input.iterate()? {
        let entries = item.entries().ok_or_else(|| Fault::new("The data items must be dictionaries."))??;
        let mut kept = IndexMap::new();
        for (key, value) in entries {
            if matches(&key.to_string())? == keep {
                kept.insert(key, value);
            }
        }
        out.push(Val::dict(kept));
    }
    Ok(Val::list(out))
}

/// `1h 30m` in another unit.
fn duration(input: &Val, mut args: Args, unit: &str) -> Eval<Val> {
    let text = input.to_text()?;
    if &*text == "0" {
        return Ok(Val::from(0));
    }
    let (year, month) = (args.take("year").int(365)?, args.take("month").int(30)?);
    if let Some((name, _)) = args.named.first() {
        return Err(Fault::new(format!("to_time_unit() got unknown keyword arguments: {name}")));
    }
    let day = 24 * 60 * 60 * 1000;
    let factor = |name: &str| {
        Some(match name.trim_end_matches('s') {
            _ if name == "ms" => 1,
            "millisecond" | "msec" | "msecond" => 1,
            "sec" | "second" => 1000,
            _ if name == "s" => 1000,
            "m" | "min" | "minute" => 60_000,
            "h" | "hour" => 3_600_000,
            "d" | "day" => day,
            "w" | "week" => 7 * day,
            "mo" | "month" => month * day,
            "y" | "year" => year * day,
            _ => return None,
        })
    };
    let wanted = factor(unit)
        .ok_or_else(|| Fault::new(format!("to_time_unit() can not convert to the following unit: {unit}")))?;
    let wrong = || Fault::new(format!("to_time_unit() can not interpret following string: {text}"));
    let mut total: i128 = 0;
    for part in text.split_whitespace() {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != '-').ok_or_else(wrong)?;
        let number: i128 = part[..end].parse().map_err(|_| wrong())?;
        total += number * factor(&part[end..]).ok_or_else(wrong)?;
    }
    let value = total as f64 / wanted as f64;
    Ok(Val::from((value * 1e12).round() / 1e12))
}

//! Lookups that only rearrange their terms: `items`, `list`, `dict`, `nested`, `together`, `sequence`, ...

use super::Lookup;
use crate::template::engine::{Args, Eval, Fault, Session, Val, access};
use crate::template::filters;
use crate::template::methods;
use hostler_sdk::Value;
use std::rc::Rc;
use std::sync::Arc;

pub(super) const LOOKUPS: &[Lookup] = &[
    Lookup::new("items", |_, terms, _| once(terms)),
    Lookup::new("list", |_, terms, _| Ok(terms)),
    Lookup::new("flattened", |_, terms, _| {
        let mut out = Vec::new();
        flatten_text(terms, &mut out)?;
        Ok(out)
    }),
    Lookup::new("dict", dict),
    Lookup::new("indexed_items", |_, terms, _| {
        Ok(once(terms)?.into_iter().enumerate().map(|(n, v)| Val::tuple(vec![Val::from(n), v])).collect())
    }),
    Lookup::acting("random_choice", |_, terms, _| {
        if terms.is_empty() {
            return Ok(terms);
        }
        let n = filters::random::below(terms.len() as u128)?;
        Ok(terms.into_iter().nth(n as usize).into_iter().collect())
    }),
    Lookup::new("nested", nested),
    Lookup::new("cartesian", nested),
    Lookup::new("together", |_, terms, _| {
        if terms.is_empty() {
            return Err(Fault::new("with_together requires at least one element in each list"));
        }
        let columns = terms.iter().map(Val::iterate).collect::<Eval<Vec<_>>>()?;
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        let row = |n: usize| Val::list(columns.iter().map(|c| c.get(n).cloned().unwrap_or(Val::NULL)).collect());
        Ok((0..rows).map(row).collect())
    }),
    Lookup::new("subelements", subelements),
    Lookup::new("sequence", sequence),
];

/// Lists among the terms opened up by one level.
fn once(terms: Vec<Val>) -> Eval<Vec<Val>> {
    let mut out = Vec::new();
    for term in terms {
        if term.is_list() { out.extend(term.iterate()?) } else { out.push(term) }
    }
    Ok(out)
}

fn flatten_text(terms: Vec<Val>, out: &mut Vec<Val>) -> Eval<()> {
    for term in terms {
        if matches!(term.as_str(), Some("None" | "null")) {
            break;
        }
        if term.is_list() {
            flatten_text(term.iterate()?, out)?;
        } else {
            out.push(term);
        }
    }
    Ok(())
}

fn dict(_: &Rc<Session>, terms: Vec<Val>, _: &mut Args) -> Eval<Vec<Val>> {
    let mut out = Vec::new();
    for term in terms {
        // `with_dict: "{{ a }}"` gives a list of one.
        let maps = if term.is_list() { term.iterate()? } else { vec![term] };
        for map in maps {
            let Some(entries) = map.entries() else {
                let (shown, kind) = (map.to_text()?, map.type_name());
                let what = format!("the 'dict' lookup plugin expects a dictionary, got '{shown}' of type {kind}");
                return Err(Fault::new(what));
            };
            for (key, value) in entries? {
                let pair = [("key".into(), Val::from(key.to_value())), ("value".into(), value)];
                out.push(Val::dict(pair.into_iter().collect()));
            }
        }
    }
    Ok(out)
}

fn nested(_: &Rc<Session>, terms: Vec<Val>, _: &mut Args) -> Eval<Vec<Val>> {
    if terms.is_empty() {
        return Err(Fault::new("with_nested requires at least one element in the nested list"));
    }
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for term in terms {
        let column = if term.is_list() { term.iterate()? } else { vec![term] };
        let mut longer = Vec::new();
        for row in &rows {
            for item in &column {
                let mut cells = row.clone();
                // Members that are lists themselves are opened up.
                if item.is_list() {
                    cells.extend(item.iterate()?)
                } else {
                    cells.push(item.clone())
                }
                longer.push(cells);
            }
        }
        rows = longer;
    }
    Ok(rows.into_iter().map(Val::list).collect())
}

/// Whether something is the result of a task that was skipped.
fn is_skipped(result: &Val) -> Eval<bool> {
    match access::attribute(result, "skipped")? {
        skipped @ Val::Plain(_) => skipped.truth(),
        _ => Ok(false),
    }
}

fn subelements(_: &Rc<Session>, terms: Vec<Val>, _: &mut Args) -> Eval<Vec<Val>> {
    let wrong = |what: &str| Fault::new(format!("subelements lookup expects a list of two or three items, {what}"));
    if !(2..=3).contains(&terms.len()) {
        return Err(wrong(&format!("not of {}", terms.len())));
    }
    let kinds = || wrong("first a dict or a list, second a string pointing to the subkey");
    let (Some(list), Some(path)) = (terms.first(), terms.get(1).and_then(Val::as_str)) else { return Err(kinds()) };
    let skip = match terms.get(2) {
        Some(flags) if flags.is_mapping() => match access::attribute(flags, "skip_missing")? {
            Val::Missing(_) => false,
            other => filters::to_bool(&other).unwrap_or(false),
        },
        Some(_) => return Err(wrong("the optional third item must be a dict with flags ('skip_missing',)")),
        None => false,
    };
    let elements = match list.entries() {
        Some(_) if is_skipped(list)? => return Ok(Vec::new()),
        Some(entries) => entries?.into_iter().map(|(_, v)| v).collect(),
        None if list.is_list() => list.iterate()?,
        None => return Err(kinds()),
    };
    let mut out = Vec::new();
    for element in elements {
        if !element.is_mapping() {
            return Err(Fault::new(format!("subelements lookup expects a dictionary, got '{}'", element.to_text()?)));
        }
        if is_skipped(&element)? {
            continue;
        }
        let mut value = element.clone();
        let mut passed_over = false;
        for (index, part) in path.split('.').enumerate() {
            if index > 0 && !matches!(value, Val::Missing(_)) && !value.is_mapping() {
                passed_over = skip;
                if passed_over {
                    break;
                }
                let before = path.split('.').take(index).collect::<Vec<_>>().join(".");
                let shown = value.to_text()?;
                return Err(Fault::new(format!("the key {before} should point to a dictionary, got '{shown}'")));
            }
            let inner = access::attribute(&value, part)?;
            if matches!(inner, Val::Missing(_)) && !skip {
                let shown = value.to_text()?;
                return Err(Fault::new(format!("could not find '{part}' key in iterated item '{shown}'")));
            }
            value = inner;
        }
        match value {
            _ if passed_over => {}
            Val::Missing(_) => {}
            list if list.is_list() => {
                // What is walked through is taken out of the element itself, as Ansible does.
                let mut rest = element.to_value()?;
                take_out(&mut rest, path);
                for item in list.iterate()? {
                    out.push(Val::tuple(vec![Val::Plain(rest.clone()), item]));
                }
            }
            other => {
                return Err(Fault::new(format!("the key {path} should point to a list, got '{}'", other.to_text()?)));
            }
        }
    }
    Ok(out)
}

fn take_out(value: &mut Value, path: &str) {
    let Value::Map(map) = value else { return };
    let map = Arc::make_mut(map);
    match path.split_once('.') {
        Some((first, rest)) => map.get_mut(first).into_iter().for_each(|v| take_out(v, rest)),
        None => {
            map.take(path);
        }
    }
}

fn sequence(_: &Rc<Session>, terms: Vec<Val>, options: &mut Args) -> Eval<Vec<Val>> {
    let mut out = Vec::new();
    let terms = if terms.is_empty() { vec![Val::text("")] } else { terms };
    let mut given: Vec<(String, Val)> = Vec::new();
    for name in ["start", "end", "count", "stride", "format"] {
        given.extend(options.take(name).map(|v| (name.to_owned(), v)));
    }
    for term in terms {
        let text = term.to_text()?;
        if text.is_empty() && given.is_empty() {
            continue;
        }
        let mut fields = given.clone();
        read_sequence(&text, &mut fields)?;
        let number = |name: &str| -> Eval<Option<i128>> {
            match fields.iter().rev().find(|(n, _)| n == name) {
                Some((_, v)) => {
                    let read = match v.as_str() {
                        Some(text) => {
                            crate::template::engine::convert::int_text(text, 0).or_else(|| text.trim().parse().ok())
                        }
                        None => v.as_int(),
                    };
                    read.map(Some).ok_or_else(|| {
                        Fault::new(format!(
                            "'{name}' has an invalid value: can't parse {name}={} as integer",
                            v.repr().unwrap_or_default()
                        ))
                    })
                }
                None => Ok(None),
            }
        };
        let start = number("start")?.unwrap_or(1);
        let (end, stride) = match (number("count")?, number("end")?, number("stride")?) {
            (Some(_), Some(_), _) => return Err(Fault::new("can't specify both count and end in with_sequence")),
            (None, None, _) => return Err(Fault::new("must specify count or end in with_sequence")),
            (Some(0), None, _) => continue,
            (Some(count), None, stride) => {
                let stride = stride.unwrap_or(1);
                (start + count * stride - 1, stride)
            }
            (None, Some(end), stride) => (end, stride.unwrap_or(1)),
        };
        let format = fields.iter().rev().find(|(n, _)| n == "format").map_or(Ok("%d".into()), |(_, v)| v.to_text())?;
        if stride > 0 && end < start {
            return Err(Fault::new("to count backwards make stride negative"));
        }
        if stride < 0 && end > start {
            return Err(Fault::new("to count forward don't make stride negative"));
        }
        if stride == 0 {
            continue;
        }
        // Everything else would be formatted to the same text, or to no text at all.
        if format.matches('%').count() - 2 * format.matches("%%").count() != 1 {
            return Err(Fault::new(format!("bad formatting string: {format}")));
        }
        if (end - start) / stride > 1_000_000 {
            return Err(Fault::new("sequence: more than 1000000 items"));
        }
        let mut n = start;
        while if stride > 0 { n <= end } else { n >= end } {
            out.push(Val::from(methods::percent(&format, &Val::from(n))?));
            n += stride;
        }
    }
    Ok(out)
}

/// `start-end/stride:format`, or `start=0 end=10 ...`.
fn read_sequence(text: &str, fields: &mut Vec<(String, Val)>) -> Eval<()> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(());
    }
    if text.contains('=') {
        for pair in shell_words::split(text).map_err(|e| Fault::new(e.to_string()))? {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(Fault::new(format!("unknown error parsing with_sequence arguments: '{text}'")));
            };
            if !["start", "end", "count", "stride", "format"].contains(&name) {
                return Err(Fault::new(format!("unrecognized arguments to with_sequence: ['{name}']")));
            }
            fields.push((name.to_owned(), Val::text(value)));
        }
        return Ok(());
    }
    let (range, format) = text.split_once(':').map_or((text, None), |(r, f)| (r, Some(f)));
    let (range, stride) = range.split_once('/').map_or((range, None), |(r, s)| (r, Some(s)));
    // A minus in the first place is a sign.
    let cut = range.get(1..).and_then(|r| r.find('-')).map(|n| n + 1);
    let (start, end) = cut.map_or((None, range), |n| (Some(&range[..n]), &range[n + 1..]));
    for (name, value) in [("start", start), ("end", Some(end)), ("stride", stride), ("format", format)] {
        fields.extend(value.map(|v| (name.to_owned(), Val::text(v))));
    }
    Ok(())
}

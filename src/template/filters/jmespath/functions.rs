//! The functions of JMESPath.

use super::{equal, number, search};
use crate::template::engine::{Eval, Fault};
use hostler_sdk::{Map, Value};
use jmespath::ast::Ast;
use std::cmp::Ordering;

/// Calls a function; arguments that are `&expression` are handed on, others are evaluated first.
pub(super) fn call(name: &str, args: &[Ast], data: &Value) -> Eval<Value> {
    let count = |n: usize| match args.len() == n {
        true => Ok(()),
        false => Err(Fault::new(format!("json_query: {name}() takes {n} arguments, {} given", args.len()))),
    };
    let value = |n: usize| search(&args[n], data);
    let expression = |n: usize| match &args[n] {
        Ast::Expref { ast, .. } => Ok(&**ast),
        _ => Err(Fault::new(format!("json_query: argument {} of {name}() must be an `&expression`", n + 1))),
    };
    let list = |v: Value| match v {
        Value::List(items) => Ok(items),
        other => Err(wrong(name, &other)),
    };
    let text = |v: Value| match v {
        Value::Str(text) => Ok(text),
        other => Err(wrong(name, &other)),
    };
    match name {
        "map" => {
            count(2)?;
            let (each, items) = (expression(0)?, list(value(1)?)?);
            return Ok(items.iter().map(|v| search(each, v)).collect::<Eval<Vec<_>>>()?.into());
        }
        "sort_by" | "max_by" | "min_by" => {
            count(2)?;
            let (items, by) = (list(value(0)?)?, expression(1)?);
            let mut keyed =
                items.iter().map(|v| Ok((search(by, v)?, v.clone()))).collect::<Eval<Vec<(Value, Value)>>>()?;
            if name == "sort_by" {
                check_order(name, keyed.iter().map(|(k, _)| k))?;
                keyed.sort_by(|(a, _), (b, _)| order(a, b));
                return Ok(keyed.into_iter().map(|(_, v)| v).collect());
            }
            check_order(name, keyed.iter().map(|(k, _)| k))?;
            return Ok(extreme(keyed.into_iter(), name == "max_by", |(a, _), (b, _)| order(a, b))
                .map_or(Value::Null, |(_, v)| v));
        }
        "not_null" => {
            for n in 0..args.len() {
                let found = value(n)?;
                if !found.is_null() {
                    return Ok(found);
                }
            }
            return Ok(Value::Null);
        }
        "merge" => {
            let mut merged = Map::new();
            for n in 0..args.len() {
                match value(n)? {
                    Value::Map(map) => merged.extend(map.iter().map(|(k, v)| (k.clone(), v.clone()))),
                    other => return Err(wrong(name, &other)),
                }
            }
            return Ok(merged.into());
        }
        "contains" => {
            count(2)?;
            let (within, what) = (value(0)?, value(1)?);
            return Ok(Value::Bool(match &within {
                Value::Str(text) => what.as_str().is_some_and(|part| text.contains(part)),
                Value::List(items) => items.iter().any(|v| equal(v, &what)),
                other => return Err(wrong(name, other)),
            }));
        }
        "starts_with" | "ends_with" => {
            count(2)?;
            let (whole, part) = (text(value(0)?)?, text(value(1)?)?);
            let holds = if name == "starts_with" { whole.starts_with(&*part) } else { whole.ends_with(&*part) };
            return Ok(Value::Bool(holds));
        }
        "join" => {
            count(2)?;
            let (glue, items) = (text(value(0)?)?, list(value(1)?)?);
            let parts = items.iter().map(|v| v.as_str().ok_or_else(|| wrong(name, v))).collect::<Eval<Vec<_>>>()?;
            return Ok(parts.join(&glue).into());
        }
        _ => count(1)?,
    }
    let input = value(0)?;
    let numbers =
        |items: &[Value]| items.iter().map(|v| number(v).ok_or_else(|| wrong(name, v))).collect::<Eval<Vec<f64>>>();
    Ok(match name {
        "abs" => match &input {
            Value::Int(i) => Value::Int(i.abs()),
            Value::Float(f) => Value::Float(f.abs()),
            other => return Err(wrong(name, other)),
        },
        "ceil" | "floor" => match &input {
            Value::Int(i) => Value::Int(*i),
            Value::Float(f) => Value::Int(if name == "ceil" { f.ceil() } else { f.floor() } as i128),
            other => return Err(wrong(name, other)),
        },
        "avg" => {
            let all = numbers(&list(input)?)?;
            if all.is_empty() { Value::Null } else { Value::Float(all.iter().sum::<f64>() / all.len() as f64) }
        }
        "sum" => {
            let items = list(input)?;
            match items.iter().map(|v| if let Value::Int(i) = v { Some(*i) } else { None }).sum::<Option<i128>>() {
                Some(sum) => Value::Int(sum),
                None => Value::Float(numbers(&items)?.iter().sum()),
            }
        }
        "keys" | "values" => match &input {
            Value::Map(map) if name == "keys" => map.keys().map(|k| k.to_value()).collect(),
            Value::Map(map) => map.values().cloned().collect(),
            other => return Err(wrong(name, other)),
        },
        "length" => match &input {
            Value::Str(s) => Value::Int(s.chars().count() as i128),
            Value::List(l) => Value::Int(l.len() as i128),
            Value::Map(m) => Value::Int(m.len() as i128),
            other => return Err(wrong(name, other)),
        },
        "max" | "min" | "sort" => {
            let mut items = list(input)?.to_vec();
            check_order(name, items.iter())?;
            if name == "sort" {
                items.sort_by(order);
                items.into()
            } else {
                extreme(items.into_iter(), name == "max", order).unwrap_or(Value::Null)
            }
        }
        "reverse" => match &input {
            Value::Str(s) => s.chars().rev().collect::<String>().into(),
            Value::List(l) => l.iter().rev().cloned().collect(),
            other => return Err(wrong(name, other)),
        },
        "to_array" => match input {
            Value::List(_) => input,
            other => vec![other].into(),
        },
        "to_string" => match input {
            Value::Str(_) => input,
            other => other.to_json().into(),
        },
        "to_number" => match &input {
            Value::Int(_) | Value::Float(_) => input,
            Value::Str(s) => match (s.parse::<i128>(), s.parse::<f64>()) {
                (Ok(i), _) => Value::Int(i),
                (_, Ok(f)) => Value::Float(f),
                _ => Value::Null,
            },
            _ => Value::Null,
        },
        "type" => kind(&input).into(),
        _ => return Err(Fault::new(format!("json_query: there is no function {name}()"))),
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

fn wrong(name: &str, value: &Value) -> Fault {
    Fault::new(format!("json_query: {name}() does not take a value of type {}", kind(value)))
}

/// Only numbers among themselves and texts among themselves are ordered.
fn check_order<'a>(name: &str, mut values: impl Iterator<Item = &'a Value>) -> Eval<()> {
    let Some(first) = values.next() else { return Ok(()) };
    if !matches!(kind(first), "number" | "string") {
        return Err(wrong(name, first));
    }
    match values.find(|v| kind(v) != kind(first)) {
        Some(other) => Err(wrong(name, other)),
        None => Ok(()),
    }
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.cmp(b),
        _ => number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal),
    }
}

/// The greatest or least; the first of equals, as Python's `max` and `min`.
fn extreme<T>(items: impl Iterator<Item = T>, greatest: bool, order: impl Fn(&T, &T) -> Ordering) -> Option<T> {
    items.reduce(|best, item| {
        let better = if greatest { order(&item, &best).is_gt() } else { order(&item, &best).is_lt() };
        if better { item } else { best }
    })
}

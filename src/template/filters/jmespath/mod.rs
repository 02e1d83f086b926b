//! `json_query`: JMESPath over plain values. The crate `jmespath` reads the expression; it is evaluated here, because
//! results must keep the order of keys and the kinds of numbers that playbooks see.

mod functions;

use super::Filter;
use crate::template::engine::{Bound, Eval, Fault, Val};
use hostler_sdk::{Key, Map, Value};
use jmespath::ast::{Ast, Comparator};
use std::cmp::Ordering;

pub(super) const FILTERS: &[Filter] = &[Filter::new("json_query", |_, input, args| {
    let [expression] = args.bind("json_query", ["expr"])?;
    let expression = expression.required("json_query", "expr")?.to_text()?;
    let tree = jmespath::parse(&with_json_literals(&expression))
        .map_err(|e| Fault::new(format!("JMESPathError in json_query filter plugin:\n{e}")))?;
    search(&tree, &input.to_value()?).map(Val::Plain)
})];

/// What stands between backticks is JSON; Python's reader takes other text there as a string, and playbooks rely on it.
fn with_json_literals(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(start) = rest.find('`') {
        let inner = &rest[start + 1..];
        let end = inner.char_indices().find(|(n, c)| *c == '`' && !inner[..*n].ends_with('\\')).map(|(n, _)| n);
        let Some(end) = end else { break };
        let literal = &inner[..end];
        out.push_str(&rest[..start]);
        if Value::from_json(&literal.replace("\\`", "`")).is_ok() {
            out.push_str(&rest[start..start + end + 2]);
        } else {
            out.push_str(&format!("`\"{}\"`", literal.trim_start()));
        }
        rest = &inner[end + 1..];
    }
    out.push_str(rest);
    out
}

/// The value that an expression finds in `data`; what is not there is `none`.
fn search(tree: &Ast, data: &Value) -> Eval<Value> {
    Ok(match tree {
        Ast::Identity { .. } => data.clone(),
        Ast::Field { name, .. } => data.as_map().and_then(|m| m.get(name.as_str())).cloned().unwrap_or(Value::Null),
        Ast::Index { idx, .. } => data.as_list().and_then(|l| at(l, i64::from(*idx))).unwrap_or(Value::Null),
        Ast::Slice { start, stop, step, .. } => match data.as_list() {
            Some(items) => slice(items, *start, *stop, *step)?,
            None => Value::Null,
        },
        Ast::Literal { value, .. } => {
            Value::from_json(&value.to_string()).map_err(|e| Fault::new(format!("json_query: {e}")))?
        }
        Ast::Subexpr { lhs, rhs, .. } => search(rhs, &search(lhs, data)?)?,
        Ast::And { lhs, rhs, .. } => {
            let left = search(lhs, data)?;
            if truth(&left) { search(rhs, data)? } else { left }
        }
        Ast::Or { lhs, rhs, .. } => {
            let left = search(lhs, data)?;
            if truth(&left) { left } else { search(rhs, data)? }
        }
        Ast::Not { node, .. } => Value::Bool(!truth(&search(node, data)?)),
        Ast::Condition { predicate, then, .. } => {
            if truth(&search(predicate, data)?) {
                search(then, data)?
            } else {
                Value::Null
            }
        }
        Ast::Comparison { comparator, lhs, rhs, .. } => compare(comparator, &search(lhs, data)?, &search(rhs, data)?),
        Ast::ObjectValues { node, .. } => match search(node, data)?.as_map() {
            Some(map) => map.values().cloned().collect(),
            None => Value::Null,
        },
        Ast::Projection { lhs, rhs, .. } => match search(lhs, data)?.as_list() {
            Some(items) => {
                let mut found = Vec::with_capacity(items.len());
                for item in items {
                    let value = search(rhs, item)?;
                    if !value.is_null() {
                        found.push(value);
                    }
                }
                found.into()
            }
            None => Value::Null,
        },
        Ast::Flatten { node, .. } => match search(node, data)?.as_list() {
            Some(items) => {
                let mut flat = Vec::new();
                for item in items {
                    match item.as_list() {
                        Some(inner) => flat.extend(inner.iter().cloned()),
                        None => flat.push(item.clone()),
                    }
                }
                flat.into()
            }
            None => Value::Null,
        },
        Ast::MultiList { .. } | Ast::MultiHash { .. } if data.is_null() => Value::Null,
        Ast::MultiList { elements, .. } => elements.iter().map(|e| search(e, data)).collect::<Eval<Vec<_>>>()?.into(),
        Ast::MultiHash { elements, .. } => {
            let mut map = Map::new();
            for pair in elements {
                map.insert(Key::from(pair.key.as_str()), search(&pair.value, data)?);
            }
            map.into()
        }
        Ast::Expref { .. } => return Err(Fault::new("json_query: `&expression` stands only in functions")),
        Ast::Function { name, args, .. } => functions::call(name, args, data)?,
    })
}

/// What JMESPath takes for true: everything but `false`, `null` and what is empty.
fn truth(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_)) || value.truthy()
}

fn at(items: &[Value], n: i64) -> Option<Value> {
    let n = if n < 0 { n + items.len() as i64 } else { n };
    items.get(usize::try_from(n).ok()?).cloned()
}

fn slice(items: &[Value], start: Option<i32>, stop: Option<i32>, step: i32) -> Eval<Value> {
    let list = Val::Plain(Value::from(items.to_vec()));
    let wide = |n: Option<i32>| n.map(i128::from);
    crate::template::engine::access::slice(&list, wide(start), wide(stop), Some(step.into()))?.to_value()
}

fn compare(comparator: &Comparator, left: &Value, right: &Value) -> Value {
    let ordered = |holds: fn(Ordering) -> bool| match (number(left), number(right)) {
        (Some(a), Some(b)) => a.partial_cmp(&b).map_or(Value::Null, |o| Value::Bool(holds(o))),
        _ => Value::Null,
    };
    match comparator {
        Comparator::Equal => Value::Bool(equal(left, right)),
        Comparator::NotEqual => Value::Bool(!equal(left, right)),
        Comparator::LessThan => ordered(Ordering::is_lt),
        Comparator::LessThanEqual => ordered(Ordering::is_le),
        Comparator::GreaterThan => ordered(Ordering::is_gt),
        Comparator::GreaterThanEqual => ordered(Ordering::is_ge),
    }
}

/// Equality; unlike Python's, `true` is not 1.
fn equal(left: &Value, right: &Value) -> bool {
    matches!(left, Value::Bool(_)) == matches!(right, Value::Bool(_)) && left == right
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Float(f) => Some(*f),
        _ => None,
    }
}

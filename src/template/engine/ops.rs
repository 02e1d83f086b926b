//! Python's operators: arithmetic, joining, comparison, membership. Whatever Python refuses is a fault with its words.

use super::fault::{Eval, Fault};
use super::val::Val;
use crate::template::syntax::Op;
use hostler_sdk::{Key, Value};
use std::cmp::Ordering;
use std::rc::Rc;

/// The longest text or list that `*` may make.
const LARGEST: usize = 16 * 1024 * 1024;

enum Number {
    Int(i128),
    Float(f64),
}

fn number(value: &Val) -> Option<Number> {
    match value {
        Val::Plain(Value::Float(f)) => Some(Number::Float(*f)),
        other => other.as_int().map(Number::Int),
    }
}

/// `left op right`.
pub(crate) fn binary(op: Op, left: Val, right: Val) -> Eval<Val> {
    let nothing = op == Op::Concat && (left.is_nothing() || right.is_nothing());
    let (left, right) = if nothing { (left, right) } else { (left.strict()?, right.strict()?) };
    if op == Op::Concat {
        return Ok(Val::from(format!("{}{}", left.to_text()?, right.to_text()?)));
    }
    match (op, number(&left), number(&right)) {
        (_, Some(Number::Int(a)), Some(Number::Int(b))) => ints(op, a, b),
        (_, Some(a), Some(b)) => floats(op, as_float(&a), as_float(&b)),
        (Op::Add, _, _) => add(&left, &right),
        (Op::Mul, _, Some(Number::Int(n))) => repeat(&left, n),
        (Op::Mul, Some(Number::Int(n)), _) => repeat(&right, n),
        (Op::Rem, _, _) if left.as_str().is_some() => {
            let text = left.as_str().unwrap_or_default();
            crate::template::methods::percent(text, &right).map(Val::from)
        }
        (Op::Sub, _, _) if matches!(left, Val::Object(_)) => subtract_objects(&left, &right),
        _ => Err(unsupported(op, &left, &right)),
    }
}

fn subtract_objects(left: &Val, right: &Val) -> Eval<Val> {
    crate::template::filters::time::subtract(left, right).unwrap_or_else(|| Err(unsupported(Op::Sub, left, right)))
}

fn as_float(n: &Number) -> f64 {
    match n {
        Number::Int(i) => *i as f64,
        Number::Float(f) => *f,
    }
}

fn ints(op: Op, a: i128, b: i128) -> Eval<Val> {
    let too_large = || Fault::new("the result is too large (more than 127 bits)");
    let zero = || Fault::new("division by zero");
    let value = match op {
        Op::Add => a.checked_add(b).ok_or_else(too_large)?,
        Op::Sub => a.checked_sub(b).ok_or_else(too_large)?,
        Op::Mul => a.checked_mul(b).ok_or_else(too_large)?,
        Op::Div if b == 0 => return Err(zero()),
        Op::Div => return Ok(Val::from(a as f64 / b as f64)),
        Op::FloorDiv if b == 0 => return Err(Fault::new("integer division or modulo by zero")),
        Op::FloorDiv => {
            let q = a.checked_div(b).ok_or_else(too_large)?;
            if a % b != 0 && ((a < 0) != (b < 0)) { q - 1 } else { q }
        }
        Op::Rem if b == 0 => return Err(Fault::new("integer modulo by zero")),
        Op::Rem => {
            let r = a.checked_rem(b).unwrap_or(0);
            if r != 0 && ((r < 0) != (b < 0)) { r + b } else { r }
        }
        Op::Pow if b < 0 => return floats(Op::Pow, a as f64, b as f64),
        Op::Pow => a.checked_pow(u32::try_from(b).map_err(|_| too_large())?).ok_or_else(too_large)?,
        Op::Concat => return Ok(Val::from(format!("{a}{b}"))),
    };
    Ok(Val::from(value))
}

fn floats(op: Op, a: f64, b: f64) -> Eval<Val> {
    let zero = b == 0.0 && matches!(op, Op::Div | Op::FloorDiv | Op::Rem);
    if zero {
        return Err(Fault::new(match op {
            Op::Rem => "float modulo",
            Op::FloorDiv => "float floor division by zero",
            _ => "float division by zero",
        }));
    }
    Ok(Val::from(match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div => a / b,
        Op::FloorDiv => (a / b).floor(),
        Op::Rem => a - b * (a / b).floor(),
        Op::Pow if a == 0.0 && b < 0.0 => return Err(Fault::new("0.0 cannot be raised to a negative power")),
        Op::Pow => a.powf(b),
        Op::Concat => return Err(Fault::new("not a number")),
    }))
}

fn add(left: &Val, right: &Val) -> Eval<Val> {
    match (left, right) {
        (Val::Plain(Value::Str(a)), Val::Plain(Value::Str(b))) => Ok(Val::from(format!("{a}{b}"))),
        (Val::Plain(Value::List(a)), Val::Plain(Value::List(b))) => {
            Ok(Val::from(Value::List(a.iter().chain(b.iter()).cloned().collect::<Vec<_>>().into())))
        }
        (Val::Tuple(a), Val::Tuple(b)) => Ok(Val::tuple(a.iter().chain(b.iter()).cloned().collect())),
        (a, b) if a.type_name() == "list" && b.type_name() == "list" => {
            let mut items = a.iterate()?;
            items.extend(b.iterate()?);
            Ok(Val::list(items))
        }
        (Val::Plain(Value::Str(_)), other) => {
            Err(Fault::new(format!("can only concatenate str (not \"{}\") to str", other.type_name())))
        }
        (a, other) if matches!(a.type_name(), "list" | "tuple") => {
            Err(Fault::new(format!("can only concatenate {0} (not \"{1}\") to {0}", a.type_name(), other.type_name())))
        }
        _ => Err(unsupported(Op::Add, left, right)),
    }
}

fn repeat(value: &Val, times: i128) -> Eval<Val> {
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    let too_long = || Fault::new("the result of `*` is too long");
    match value {
        Val::Plain(Value::Str(s)) => {
            s.len().checked_mul(times).filter(|n| *n <= LARGEST).ok_or_else(too_long)?;
            Ok(Val::from(s.repeat(times)))
        }
        v if v.is_list() => {
            let items = v.iterate()?;
            items.len().checked_mul(times).filter(|n| *n <= LARGEST / 16).ok_or_else(too_long)?;
            let repeated: Vec<Val> = std::iter::repeat_n(&items, times).flatten().cloned().collect();
            Ok(if matches!(v, Val::Tuple(_)) { Val::tuple(repeated) } else { Val::list(repeated) })
        }
        v => Err(Fault::new(format!("can't multiply sequence by non-int of type '{}'", v.type_name()))),
    }
}

fn unsupported(op: Op, left: &Val, right: &Val) -> Fault {
    let sign = match op {
        Op::Add => "+",
        Op::Sub => "-",
        Op::Mul => "*",
        Op::Div => "/",
        Op::FloorDiv => "//",
        Op::Rem => "%",
        Op::Pow => "** or pow()",
        Op::Concat => "~",
    };
    Fault::new(format!("unsupported operand type(s) for {sign}: '{}' and '{}'", left.type_name(), right.type_name()))
}

/// `-value`.
pub(crate) fn negate(value: Val) -> Eval<Val> {
    match number(&value.clone().strict()?) {
        Some(Number::Int(i)) => Ok(Val::from(-i)),
        Some(Number::Float(f)) => Ok(Val::from(-f)),
        None => Err(Fault::new(format!("bad operand type for unary -: '{}'", value.type_name()))),
    }
}

/// `left == right`.
pub(crate) fn equal(left: &Val, right: &Val) -> Eval<bool> {
    match (left, right) {
        (Val::Missing(m), _) | (_, Val::Missing(m)) => Err(Fault::Missing(m.clone())),
        (Val::Plain(a), Val::Plain(b)) => Ok(a == b),
        (Val::Omit, Val::Omit) => Ok(true),
        (Val::Object(a), Val::Object(b)) if Rc::ptr_eq(a, b) => Ok(true),
        (Val::Object(a), Val::Object(b)) if a.entries().is_none() || b.entries().is_none() => {
            Ok(a.type_name() == b.type_name() && a.repr()? == b.repr()?)
        }
        (a, b) => {
            if let (Some(a), Some(b)) = (a.entries(), b.entries()) {
                let (a, b) = (a?, b?);
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (key, value) in &a {
                    match b.iter().find(|(k, _)| k == key) {
                        Some((_, other)) if equal(value, other)? => {}
                        _ => return Ok(false),
                    }
                }
                return Ok(true);
            }
            let tuple = |v: &Val| matches!(v, Val::Tuple(_));
            if !a.is_list() || !b.is_list() || tuple(a) != tuple(b) {
                return Ok(false);
            }
            let (a, b) = (a.iterate()?, b.iterate()?);
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(&b) {
                if !equal(a, b)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// How `left` and `right` are ordered; `sign` is for the message when Python would not compare them.
pub(crate) fn compare(left: &Val, right: &Val, sign: &str) -> Eval<Ordering> {
    if let Val::Missing(m) = left {
        return Err(Fault::Missing(m.clone()));
    }
    if let Val::Missing(m) = right {
        return Err(Fault::Missing(m.clone()));
    }
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return Ok(match (a, b) {
            (Number::Int(a), Number::Int(b)) => a.cmp(&b),
            (a, b) => as_float(&a).partial_cmp(&as_float(&b)).unwrap_or(Ordering::Greater),
        });
    }
    match (left, right) {
        // Python orders text by code points, as Rust orders UTF-8.
        (Val::Plain(Value::Str(a)), Val::Plain(Value::Str(b))) => Ok(a.cmp(b)),
        (a, b) if a.is_list() && b.is_list() && a.type_name() == b.type_name() => {
            let (a, b) = (a.iterate()?, b.iterate()?);
            for (a, b) in a.iter().zip(&b) {
                if !equal(a, b)? {
                    return compare(a, b, sign);
                }
            }
            Ok(a.len().cmp(&b.len()))
        }
        (Val::Object(a), Val::Object(b)) if a.type_name() == "datetime" && b.type_name() == "datetime" => {
            Ok(a.text()?.cmp(&b.text()?))
        }
        _ => Err(Fault::new(format!(
            "'{sign}' not supported between instances of '{}' and '{}'",
            left.type_name(),
            right.type_name()
        ))),
    }
}

/// `item in container`.
pub(crate) fn contains(container: &Val, item: &Val) -> Eval<bool> {
    if let Val::Missing(m) = item {
        return Err(Fault::Missing(m.clone()));
    }
    match container {
        Val::Missing(m) => Err(Fault::Missing(m.clone())),
        Val::Plain(Value::Str(text)) => match item.as_str() {
            Some(part) => Ok(text.contains(part)),
            None => Err(Fault::new(format!("'in <string>' requires string as left operand, not {}", item.type_name()))),
        },
        Val::Plain(Value::Map(map)) => Ok(map.contains_key(&item.to_key()?)),
        Val::Plain(Value::List(items)) => match item {
            Val::Plain(item) => Ok(items.contains(item)),
            other => any_equal(&container.iterate()?, other),
        },
        Val::Dict(d) => Ok(d.borrow().contains_key(&item.to_key()?)),
        Val::LazyMap(m) => Ok(m.contains(&item.to_key()?)),
        Val::Object(o) if o.is_mapping() => match item.to_key()? {
            Key::Str(name) => Ok(o.member(&name).is_some()),
            _ => Ok(false),
        },
        other if other.is_list() || matches!(other, Val::Object(_)) => any_equal(&other.iterate()?, item),
        other => Err(Fault::new(format!("argument of type '{}' is not iterable", other.type_name()))),
    }
}

fn any_equal(items: &[Val], item: &Val) -> Eval<bool> {
    for other in items {
        if equal(other, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

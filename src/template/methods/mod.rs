//! Python's methods of text, lists, mappings and numbers: playbooks call them as if Python were there.

mod dict;
mod format;
mod list;
mod percent;
mod text;

pub(crate) use format::format;
pub(crate) use percent::percent;
pub(crate) use text::{capitalize, split_lines};

use super::engine::{Args, Eval, Fault, Val, access};
use hostler_sdk::Value;

/// Whether a method of this name changes a list or a mapping in place.
pub(crate) fn changes(name: &str) -> bool {
    matches!(
        name,
        "append"
            | "extend"
            | "insert"
            | "pop"
            | "remove"
            | "reverse"
            | "sort"
            | "clear"
            | "update"
            | "setdefault"
            | "popitem"
    )
}

/// Whether a template's source may change a list or a mapping in place.
pub(crate) fn mentions_changes(source: &str) -> bool {
    source.contains('(')
        && [".append", ".extend", ".insert", ".pop", ".remove", ".reverse", ".sort", ".clear", ".update", ".setdefault"]
            .iter()
            .any(|m| source.contains(m))
}

/// `value.name(args)`.
pub(crate) fn call(value: &Val, name: &str, args: Args) -> Eval<Val> {
    if let Some(refused) = access::unsafe_name(value, name) {
        // What Python keeps for itself is not there; of numbers, Ansible allows the operators that Jinja has no sign for.
        if value.as_int().is_none() {
            return Ok(refused);
        }
    }
    let result = match value {
        Val::Plain(Value::Str(text)) => text::call(text, name, args),
        v if v.is_mapping() => dict::call(v, name, args),
        v if v.is_list() => list::call(v, name, args),
        Val::Plain(v @ (Value::Int(_) | Value::Bool(_))) => number(v, name, args),
        Val::Plain(Value::Float(f)) if name == "is_integer" => {
            args.none(name)?;
            Some(Ok(Val::from(f.fract() == 0.0)))
        }
        _ => None,
    };
    result.unwrap_or_else(|| {
        // A mapping's own member of that name is what Jinja would call.
        let member = access::attribute(value, name)?;
        match member {
            Val::Missing(_) => Err(Fault::new(format!("'{}' object has no attribute '{name}'", value.type_name()))),
            other => Err(Fault::new(format!("'{}' object is not callable", other.type_name()))),
        }
    })
}

fn number(value: &Value, name: &str, args: Args) -> Option<Eval<Val>> {
    let int = match value {
        Value::Bool(b) => i128::from(*b),
        Value::Int(i) => *i,
        _ => return None,
    };
    let bits = |op: fn(i128, i128) -> i128| -> Eval<Val> {
        let [other] = args.clone().bind(name, ["value"])?;
        let other = other.and_then(|v| v.as_int()).ok_or_else(|| Fault::new(format!("'{name}' needs an integer")))?;
        Ok(Val::from(op(int, other)))
    };
    Some(match name {
        "__and__" => bits(|a, b| a & b),
        "__or__" => bits(|a, b| a | b),
        "__xor__" => bits(|a, b| a ^ b),
        "__lshift__" => bits(|a, b| u32::try_from(b).ok().and_then(|b| a.checked_shl(b)).unwrap_or(0)),
        "__rshift__" => bits(|a, b| u32::try_from(b).ok().and_then(|b| a.checked_shr(b)).unwrap_or(0)),
        "bit_length" => args.none(name).map(|()| Val::from(128 - int.unsigned_abs().leading_zeros())),
        _ => return None,
    })
}

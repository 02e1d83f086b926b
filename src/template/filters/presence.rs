//! Filters about whether a value is there, and what kind it is: `default`, `mandatory`, `bool`, `ternary`, ...

use super::Filter;
use crate::template::engine::{Args, Bound, Cause, Eval, Fault, Missing, Session, Val};
use hostler_sdk::Value;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::lenient("default", default),
    Filter::lenient("d", default),
    Filter::lenient("mandatory", mandatory),
    Filter::new("bool", bool),
    Filter::lenient("ternary", ternary),
    Filter::lenient("type_debug", type_debug),
    Filter::new("commonpath", super::paths::common_path),
];

fn default(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [value, boolean] = args.bind("default", ["default_value", "boolean"])?;
    let absent = match &input {
        // What failed for another reason than an undefined name is no reason for a default.
        Val::Missing(m) => !matches!(m.cause, Cause::Failed(_)),
        other => boolean.flag(false)? && !other.truth()?,
    };
    Ok(if absent { value.unwrap_or_else(|| Val::text("")) } else { input })
}

fn mandatory(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [msg] = args.bind("mandatory", ["msg"])?;
    let Val::Missing(missing) = &input else { return Ok(input) };
    if let Cause::Failed(_) = missing.cause {
        return Ok(input);
    }
    let message = match (msg.string()?, &missing.cause) {
        (Some(msg), _) => msg,
        (None, Cause::Name(name)) => format!("Mandatory variable '{name}' not defined."),
        (None, _) => "Mandatory variable not defined.".to_owned(),
    };
    Err(Fault::Missing(Rc::new(Missing { cause: Cause::Told(message), ..missing.as_ref().clone() })))
}

/// Ansible's idea of truth in text and numbers; what is neither stays `None`.
pub(crate) fn to_bool(value: &Val) -> Option<bool> {
    match value {
        Val::Plain(Value::Bool(b)) => Some(*b),
        Val::Plain(Value::Int(1)) => Some(true),
        Val::Plain(Value::Int(0)) => Some(false),
        Val::Plain(Value::Float(f)) if *f == 1.0 => Some(true),
        Val::Plain(Value::Float(f)) if *f == 0.0 => Some(false),
        Val::Plain(Value::Str(s)) => match s.to_lowercase().as_str() {
            "yes" | "on" | "1" | "true" => Some(true),
            "no" | "off" | "0" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// What it does not know as true is false, as in ansible-core (which warns).
fn bool(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    args.none("bool")?;
    Ok(Val::from(to_bool(&input).unwrap_or(false)))
}

fn ternary(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [yes, no, none] = args.bind("ternary", ["true_val", "false_val", "none_val"])?;
    let (yes, no) = (yes.required("ternary", "true_val")?, no.required("ternary", "false_val")?);
    match none {
        Some(none) if input.is_null() && !none.is_null() => Ok(none),
        _ => Ok(if input.truth()? { yes } else { no }),
    }
}

fn type_debug(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    args.none("type_debug")?;
    Ok(Val::text(match &input {
        Val::Missing(_) => "UndefinedMarker",
        other => other.type_name(),
    }))
}

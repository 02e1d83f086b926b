//! Tests about what a value is: there at all, its type, its truth, its number.

use super::Test;
use crate::template::engine::{Args, Bound, Cause, Eval, Fault, Session, Val, ops};
use crate::template::filters::to_bool;
use hostler_sdk::Value;
use std::rc::Rc;

pub(super) const TESTS: &[Test] = &[
    Test::lenient("defined", |_, v, a| Ok(!undefined(v, a)?)),
    Test::lenient("undefined", |_, v, a| undefined(v, a)),
    Test::new("none", |_, v, a| plain(a, v.is_null())),
    Test::new("boolean", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Bool(_))))),
    Test::new("true", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Bool(true))))),
    Test::new("false", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Bool(false))))),
    Test::new("integer", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Int(_))))),
    Test::new("float", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Float(_))))),
    Test::new("number", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Float(_))) || v.as_int().is_some())),
    Test::new("string", |_, v, a| plain(a, v.as_str().is_some())),
    Test::new("mapping", |_, v, a| plain(a, v.is_mapping())),
    Test::new("sequence", |_, v, a| plain(a, v.is_mapping() || v.is_list() || v.as_str().is_some())),
    Test::new("iterable", |_, v, a| {
        let object = match v {
            Val::Object(o) => o.iterate().is_some(),
            _ => false,
        };
        plain(a, v.is_mapping() || v.is_list() || v.as_str().is_some() || object)
    }),
    Test::new("callable", |_, v, a| plain(a, matches!(v, Val::Object(o) if o.is_callable()))),
    Test::new("escaped", |_, _, a| plain(a, false)),
    Test::new("odd", |_, v, a| Ok(modulo(v, 2, a)? == 1)),
    Test::new("even", |_, v, a| Ok(modulo(v, 2, a)? == 0)),
    Test::new("divisibleby", |_, v, a| {
        let [num] = a.bind("divisibleby", ["num"])?;
        match num.int(0)? {
            0 => Err(Fault::new("integer modulo by zero")),
            n => Ok(modulo(v, n, Args::default())? == 0),
        }
    }),
    Test::new("lower", |_, v, a| case(v, a, char::is_lowercase, char::is_uppercase)),
    Test::new("upper", |_, v, a| case(v, a, char::is_uppercase, char::is_lowercase)),
    Test::new("nan", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Float(f)) if f.is_nan()))),
    Test::new("isnan", |_, v, a| plain(a, matches!(v, Val::Plain(Value::Float(f)) if f.is_nan()))),
    Test::new("truthy", truthy),
    Test::new("falsy", |s, v, a| Ok(!truthy(s, v, a)?)),
    Test::new("filter", |_, v, a| plain(a, v.as_str().is_some_and(|n| crate::template::filters::find(n).is_some()))),
    Test::new("test", |_, v, a| plain(a, v.as_str().is_some_and(|n| super::find(n).is_some()))),
    Test::new("sameas", |_, v, a| {
        let [other] = a.bind("sameas", ["other"])?;
        let other = other.required("sameas", "other")?;
        Ok(v.type_name() == other.type_name() && ops::equal(v, &other)?)
    }),
    Test::new("vault_encrypted", |session, v, a| {
        let vaulted = match v {
            Val::Plain(Value::Str(text)) => text.starts_with("$ANSIBLE_VAULT;") || session.shared.was_vaulted(text),
            _ => false,
        };
        plain(a, vaulted)
    }),
];

fn plain(args: Args, truth: bool) -> Eval<bool> {
    args.none("the test")?;
    Ok(truth)
}

/// What failed for another reason than an undefined name is neither defined nor undefined: it is the failure.
fn undefined(value: &Val, args: Args) -> Eval<bool> {
    args.none("the test")?;
    match value {
        Val::Missing(m) if matches!(m.cause, Cause::Failed(_)) => Err(Fault::Missing(m.clone())),
        Val::Missing(_) => Ok(true),
        _ => Ok(false),
    }
}

fn modulo(value: &Val, by: i128, args: Args) -> Eval<i128> {
    args.none("the test")?;
    match value {
        Val::Plain(Value::Float(f)) => Ok((*f as i128).rem_euclid(by)),
        other => match other.as_int() {
            Some(n) => Ok(n.rem_euclid(by.abs().max(1))),
            None => Err(Fault::new(format!("'{}' is not a number", value.type_name()))),
        },
    }
}

fn case(value: &Val, args: Args, wanted: fn(char) -> bool, other: fn(char) -> bool) -> Eval<bool> {
    args.none("the test")?;
    let text = value.to_text()?;
    Ok(text.chars().any(wanted) && !text.chars().any(other))
}

fn truthy(_: &Rc<Session>, value: &Val, args: Args) -> Eval<bool> {
    let [convert] = args.bind("truthy", ["convert_bool"])?;
    if convert.flag(false)?
        && let Some(truth) = to_bool(value)
    {
        return Ok(truth);
    }
    value.truth()
}

//! Tests that compare: equality, order, membership, sets.

use super::Test;
use crate::template::engine::{Args, Bound, Eval, Val, ops};
use std::cmp::Ordering;

pub(super) const TESTS: &[Test] = &[
    Test::new("eq", |_, v, a| ops::equal(v, &one(a, "eq")?)),
    Test::new("equalto", |_, v, a| ops::equal(v, &one(a, "equalto")?)),
    Test::new("==", |_, v, a| ops::equal(v, &one(a, "==")?)),
    Test::new("ne", |_, v, a| Ok(!ops::equal(v, &one(a, "ne")?)?)),
    Test::new("!=", |_, v, a| Ok(!ops::equal(v, &one(a, "!=")?)?)),
    Test::new("lt", |_, v, a| order(v, a, "<", Ordering::is_lt)),
    Test::new("lessthan", |_, v, a| order(v, a, "<", Ordering::is_lt)),
    Test::new("<", |_, v, a| order(v, a, "<", Ordering::is_lt)),
    Test::new("le", |_, v, a| order(v, a, "<=", Ordering::is_le)),
    Test::new("<=", |_, v, a| order(v, a, "<=", Ordering::is_le)),
    Test::new("gt", |_, v, a| order(v, a, ">", Ordering::is_gt)),
    Test::new("greaterthan", |_, v, a| order(v, a, ">", Ordering::is_gt)),
    Test::new(">", |_, v, a| order(v, a, ">", Ordering::is_gt)),
    Test::new("ge", |_, v, a| order(v, a, ">=", Ordering::is_ge)),
    Test::new(">=", |_, v, a| order(v, a, ">=", Ordering::is_ge)),
    Test::new("in", |_, v, a| ops::contains(&one(a, "in")?, v)),
    Test::new("contains", |_, v, a| ops::contains(v, &one(a, "contains")?)),
    Test::new("subset", |_, v, a| subset(v, &one(a, "subset")?)),
    Test::new("issubset", |_, v, a| subset(v, &one(a, "issubset")?)),
    Test::new("superset", |_, v, a| subset(&one(a, "superset")?, v)),
    Test::new("issuperset", |_, v, a| subset(&one(a, "issuperset")?, v)),
    Test::new("all", |_, v, a| {
        a.none("all")?;
        for item in v.iterate()? {
            if !item.truth()? {
                return Ok(false);
            }
        }
        Ok(true)
    }),
    Test::new("any", |_, v, a| {
        a.none("any")?;
        for item in v.iterate()? {
            if item.truth()? {
                return Ok(true);
            }
        }
        Ok(false)
    }),
];

fn one(args: Args, who: &str) -> Eval<Val> {
    let [other] = args.bind(who, ["other"])?;
    other.required(who, "other")
}

fn order(value: &Val, args: Args, sign: &str, wanted: fn(Ordering) -> bool) -> Eval<bool> {
    Ok(wanted(ops::compare(value, &one(args, sign)?, sign)?))
}

fn subset(small: &Val, large: &Val) -> Eval<bool> {
    let large = Val::list(large.iterate()?);
    for item in small.iterate()? {
        if !ops::contains(&large, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

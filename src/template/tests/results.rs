//! Tests on the result of a task: `failed`, `changed`, `skipped`, ...

use super::Test;
use crate::template::engine::{Args, Eval, Fault, Val, access};

pub(super) const TESTS: &[Test] = &[
    Test::new("failed", |_, v, a| member(v, a, "failed")),
    Test::new("failure", |_, v, a| member(v, a, "failed")),
    Test::new("succeeded", |_, v, a| Ok(!member(v, a, "failed")?)),
    Test::new("success", |_, v, a| Ok(!member(v, a, "failed")?)),
    Test::new("successful", |_, v, a| Ok(!member(v, a, "failed")?)),
    Test::new("unreachable", |_, v, a| member(v, a, "unreachable")),
    Test::new("reachable", |_, v, a| Ok(!member(v, a, "unreachable")?)),
    Test::new("skipped", |_, v, a| member(v, a, "skipped")),
    Test::new("skip", |_, v, a| member(v, a, "skipped")),
    Test::new("changed", |_, v, a| changed(v, a)),
    Test::new("change", |_, v, a| changed(v, a)),
    // A task that was not started in the background is at its end.
    Test::new("finished", |_, v, a| member_or(v, a, "finished", true)),
    Test::new("started", |_, v, a| member_or(v, a, "started", true)),
    Test::new("timedout", |_, v, a| {
        check(v, &a, "timedout")?;
        let timed_out = access::attribute(v, "timedout")?;
        Ok(present(&timed_out)? && present(&access::attribute(&timed_out, "period")?)?)
    }),
];

fn check(value: &Val, args: &Args, name: &str) -> Eval<()> {
    if !args.pos.is_empty() || !args.named.is_empty() {
        return Err(Fault::new(format!("the '{name}' test takes no arguments")));
    }
    if !value.is_mapping() {
        return Err(Fault::new(format!("The '{name}' test expects a dictionary")));
    }
    Ok(())
}

fn present(value: &Val) -> Eval<bool> {
    match value {
        Val::Missing(_) => Ok(false),
        other => other.truth(),
    }
}

fn member(value: &Val, args: Args, name: &str) -> Eval<bool> {
    member_or(value, args, name, false)
}

fn member_or(value: &Val, args: Args, name: &str, absent: bool) -> Eval<bool> {
    check(value, &args, name)?;
    match access::attribute(value, name)? {
        Val::Missing(_) => Ok(absent),
        other => other.truth(),
    }
}

/// `changed` of the whole or, where that is not said, of any item of a loop.
fn changed(value: &Val, args: Args) -> Eval<bool> {
    check(value, &args, "changed")?;
    match access::attribute(value, "changed")? {
        Val::Missing(_) => {
            let results = access::attribute(value, "results")?;
            if !results.is_list() {
                return Ok(false);
            }
            for item in results.iterate()? {
                if item.is_mapping() && present(&access::attribute(&item, "changed")?)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        whole => whole.truth(),
    }
}

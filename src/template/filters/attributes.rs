//! Filters that look into members: `map`, `select`, `selectattr`, `groupby`, `attr`, `sum`, and how they name a member.

use super::{Filter, apply, find};
use crate::template::engine::{Args, Bound, Cause, Eval, Fault, Object, Session, Val, access, ops};
use crate::template::tests;
use hostler_sdk::Value;
use std::any::Any;
use std::rc::Rc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("map", map),
    Filter::new("select", |s, v, a| select(s, v, a, false, true)),
    Filter::new("reject", |s, v, a| select(s, v, a, false, false)),
    Filter::new("selectattr", |s, v, a| select(s, v, a, true, true)),
    Filter::new("rejectattr", |s, v, a| select(s, v, a, true, false)),
    Filter::new("groupby", group_by),
    Filter::new("attr", |_, v, a| {
        // Attributes only, never the members of a mapping.
        let [name] = a.bind("attr", ["name"])?;
        let name = name.required("attr", "name")?.to_text()?;
        if v.is_mapping() {
            return Ok(access::absent(&v, format!("'{name}'")));
        }
        access::attribute(&v, &name)
    }),
    Filter::new("sum", sum),
];

/// How a member is named: `a.b.0`, or a number.
pub(crate) fn attribute_path(attribute: &Val) -> Eval<Vec<Val>> {
    Ok(match attribute {
        Val::Plain(Value::Str(path)) => path
            .split('.')
            .map(|part| match part.parse::<i128>() {
                Ok(n) if part.bytes().all(|b| b.is_ascii_digit()) => Val::from(n),
                _ => Val::text(part),
            })
            .collect(),
        other => vec![other.clone()],
    })
}

/// Follows a path into a value; `default` for what is not there.
pub(crate) fn by_path(value: &Val, path: &[Val], default: Option<&Val>) -> Eval<Val> {
    let mut value = value.clone();
    for part in path {
        value = access::item(&value, part)?;
        if let (Val::Missing(_), Some(default)) = (&value, default) {
            return Ok(default.clone());
        }
    }
    Ok(value)
}

fn map(session: &Rc<Session>, input: Val, mut args: Args) -> Eval<Val> {
    let items = items(&input)?;
    if args.pos.is_empty() {
        let attribute = args.take("attribute").ok_or_else(|| Fault::new("map requires a filter argument"))?;
        let default = args.take("default");
        if let Some((name, _)) = args.named.first() {
            return Err(Fault::new(format!("Unexpected keyword argument '{name}'")));
        }
        let path = attribute_path(&attribute)?;
        return Ok(Val::list(items.iter().map(|i| by_path(i, &path, default.as_ref())).collect::<Eval<_>>()?));
    }
    let name = args.pos.remove(0).to_text()?;
    let filter = find(&name).ok_or_else(|| Fault::new(format!("there is no filter `{name}`")))?;
    let mapped = items.into_iter().map(|i| apply(filter, session, i, args.clone()));
    Ok(Val::list(mapped.collect::<Eval<_>>()?))
}

/// Members of what a filter walks through; nothing counts as empty, as in Jinja.
fn items(input: &Val) -> Eval<Vec<Val>> {
    if input.is_null() { Ok(Vec::new()) } else { input.iterate() }
}

fn select(session: &Rc<Session>, input: Val, mut args: Args, attribute: bool, keep: bool) -> Eval<Val> {
    let items = items(&input)?;
    let path = if attribute {
        if args.pos.is_empty() {
            return Err(Fault::new("Missing parameter for attribute name"));
        }
        Some(attribute_path(&args.pos.remove(0))?)
    } else {
        None
    };
    let test = if args.pos.is_empty() {
        None
    } else {
        let name = args.pos.remove(0).to_text()?;
        Some(tests::find(&name).ok_or_else(|| Fault::new(format!("there is no test `{name}`")))?)
    };
    let mut kept = Vec::new();
    for item in items {
        let value = match &path {
            Some(path) => by_path(&item, path, None)?,
            None => item.clone(),
        };
        let truth = match test {
            Some(test) => tests::apply(test, session, &value, args.clone())?,
            None => value.truth()?,
        };
        if truth == keep {
            kept.push(item);
        }
    }
    Ok(Val::list(kept))
}

fn group_by(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [attribute, default, case] = args.bind("groupby", ["attribute", "default", "case_sensitive"])?;
    let path = attribute_path(&attribute.required("groupby", "attribute")?)?;
    let case = case.flag(false)?;
    let mut keyed = Vec::new();
    for item in items(&input)? {
        let key = by_path(&item, &path, default.as_ref())?.strict()?;
        keyed.push((if case { key.clone() } else { super::sequence::fold_case(&key) }, key, item));
    }
    super::sequence::sort_by(&mut keyed, |a, b| ops::compare(&a.0, &b.0, "<"))?;
    let mut groups: Vec<(Val, Val, Vec<Val>)> = Vec::new();
    for (folded, key, item) in keyed {
        match groups.last_mut() {
            Some((last, _, members)) if ops::equal(last, &folded)? => members.push(item),
            _ => groups.push((folded, key, vec![item])),
        }
    }
    let groups = groups.into_iter().map(|(_, key, members)| {
        let group: Rc<dyn Object> = Rc::new(Group { grouper: key, list: Val::list(members) });
        Val::Object(group)
    });
    Ok(Val::list(groups.collect()))
}

/// A pair of `groupby`, with names for its parts.
struct Group {
    grouper: Val,
    list: Val,
}

impl Object for Group {
    fn type_name(&self) -> &'static str {
        "tuple"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        match name {
            "grouper" => Some(Ok(self.grouper.clone())),
            "list" => Some(Ok(self.list.clone())),
            _ => None,
        }
    }
    fn iterate(&self) -> Option<Eval<Vec<Val>>> {
        Some(Ok(vec![self.grouper.clone(), self.list.clone()]))
    }
    fn is_sequence(&self) -> bool {
        true
    }
    fn repr(&self) -> Eval<String> {
        Val::tuple(vec![self.grouper.clone(), self.list.clone()]).repr()
    }
    fn to_value(&self) -> Eval<Value> {
        Val::tuple(vec![self.grouper.clone(), self.list.clone()]).to_value()
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn sum(_: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    let [attribute, start] = args.bind("sum", ["attribute", "start"])?;
    let path = match attribute {
        Some(a) if !a.is_null() => Some(attribute_path(&a)?),
        _ => None,
    };
    let mut total = start.unwrap_or_else(|| Val::from(0));
    for item in items(&input)? {
        let value = match &path {
            Some(path) => by_path(&item, path, None)?,
            None => item,
        };
        if let Val::Missing(m) = &value
            && matches!(m.cause, Cause::Member(..))
        {
            return Ok(value);
        }
        total = ops::binary(crate::template::syntax::Op::Add, total, value)?;
    }
    Ok(total)
}

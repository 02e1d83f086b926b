//! Rendering with an ear for hosts: whether one had a say in a value, or in which of its parts.

use super::engine::{Args, Eval, Fault, Rendering, Session, Val};
use super::{Jinja, Said, Scope, Templated, lookups};
use crate::diagnostic::{Diagnostic, Result};
use hostler_sdk::Value;
use std::rc::Rc;
use std::sync::Arc;

impl Jinja {
    /// As [`Jinja::render_opt`], and whether a host had a say in the value.
    pub fn render_said(&self, templated: &Templated, scope: &Arc<dyn Scope>) -> Result<(Option<Value>, Said)> {
        match templated {
            Templated::Value(value) => Ok((Some(value.clone()), Said::Nothing)),
            Templated::Said(value, at) => Ok((Some(value.clone()), Said::After(*at))),
            templated => self.with(templated, scope, |_, val| match val {
                Val::Omit => Ok(None),
                val => val.to_value().map(Some),
            }),
        }
    }

    /// As [`Jinja::render`], but of each part it stays known whether a host had a say in it: nothing is left to be rendered.
    pub fn render_parts(&self, templated: &Templated, scope: &Arc<dyn Scope>) -> Result<Templated> {
        if let Templated::Value(_) | Templated::Said(..) = templated {
            return Ok(templated.clone());
        }
        let (parts, said) = self.with(templated, scope, parts)?;
        Ok(match parts {
            Templated::Value(value) => Templated::of(value, said),
            // A host had a say in what there is, so in all of it.
            parts if said.is_any() && !matches!(parts, Templated::Said(..)) => Templated::of(parts.as_written(), said),
            parts => parts,
        })
    }

    /// Runs a lookup for `with_<name>`: `terms` as Ansible passes them, rendered.
    pub fn lookup(&self, name: &str, terms: &[Templated], scope: &Arc<dyn Scope>) -> Result<Vec<Templated>> {
        // The most common one keeps apart what its terms keep apart.
        if matches!(name, "items" | "ansible.builtin.items") {
            return Ok(terms.iter().flat_map(Templated::opened).collect());
        }
        let rendering = Rendering::new(&self.shared, scope);
        let Some(lookup) = lookups::find_with(name) else {
            return Err(Diagnostic::error(format!("there is no lookup `{name}`"))
                .nearest(name, lookups::names())
                .boxed());
        };
        let run = || -> Eval<Vec<Templated>> {
            let session = &rendering.0;
            let mut args = Args::default();
            for term in terms {
                let (value, said) = session.value_said(term)?;
                session.hear(said);
                args.push(value, said);
            }
            let (found, said) = session.listen_on(|| lookups::run_with(lookup, session, args));
            let marked = |val: &Val| match (parts(session, val)?, said) {
                (part, Said::Nothing) => Ok(part),
                (part, said) => Ok(Templated::of(part.as_written(), said)),
            };
            found?.iter().map(marked).collect()
        };
        run().map_err(|fault| {
            let mut told = Diagnostic::error(format!("the lookup `{name}` failed")).cause(fault.message());
            told.hint = fault.hint().map(ToOwned::to_owned);
            told.boxed()
        })
    }
}

/// A value rendered through and through, of whose parts it stays known whether a host had a say in them.
fn parts(session: &Rc<Session>, val: &Val) -> Eval<Templated> {
    let marked = |val: &Val, found: Result<Templated, Fault>, said: Said| match (found?, said) {
        (Templated::Value(value), said) => Ok(Templated::of(value, said)),
        (_, Said::After(_)) => Ok(Templated::of(val.to_value()?, Said::ALL)),
        (part, Said::Nothing) => Ok(part),
    };
    let part = |val: &Val| {
        let (found, said) = session.listen(|| parts(session, val));
        marked(val, found, said)
    };
    match val {
        Val::LazyList(list) => {
            let items = (0..list.len()).map(|n| {
                let (item, said) = session.listen(|| list.get(n));
                let item = item?;
                Ok((!matches!(item, Val::Omit)).then_some((item, said)))
            });
            let items = items.filter_map(Result::transpose).map(|item: Eval<(Val, Said)>| {
                let (item, said) = item?;
                marked(&item, part(&item), said)
            });
            Ok(Templated::list(items.collect::<Eval<_>>()?))
        }
        Val::LazyMap(map) if !map.is_facts() => {
            let mut entries = Vec::with_capacity(map.len());
            for (n, key) in map.keys().into_iter().enumerate() {
                let (value, said) = session.listen(|| map.nth(n).transpose());
                let Some(value) = value? else { continue };
                if !matches!(value, Val::Omit) {
                    entries.push((key, marked(&value, part(&value), said)?));
                }
            }
            Ok(Templated::map(entries))
        }
        Val::List(items) => {
            let items: Vec<Val> = items.borrow().iter().filter(|v| !matches!(v, Val::Omit)).cloned().collect();
            Ok(Templated::list(items.iter().map(part).collect::<Eval<_>>()?))
        }
        Val::Tuple(items) => {
            let items = items.iter().filter(|v| !matches!(v, Val::Omit));
            Ok(Templated::list(items.map(part).collect::<Eval<_>>()?))
        }
        Val::Dict(map) => {
            let map = map.borrow().clone();
            let kept = map.into_iter().filter(|(_, v)| !matches!(v, Val::Omit));
            Ok(Templated::map(kept.map(|(key, value)| Ok((key, part(&value)?))).collect::<Eval<_>>()?))
        }
        other => other.to_value().map(Templated::Value),
    }
}

//! Lookups of variables: `vars`, `varnames`, `inventory_hostnames`.

use super::Lookup;
use crate::template::engine::{Args, Cause, Eval, Fault, Missing, Session, Val, access};
use hostler_builtin::regex::Flags;
use std::rc::Rc;

pub(super) const LOOKUPS: &[Lookup] =
    &[Lookup::new("vars", vars), Lookup::new("varnames", var_names), Lookup::new("inventory_hostnames", host_names)];

fn vars(session: &Rc<Session>, terms: Vec<Val>, options: &mut Args) -> Eval<Vec<Val>> {
    let default = options.take("default");
    let mut out = Vec::new();
    for term in terms {
        let Some(name) = term.as_str() else {
            return Err(Fault::new(format!("Variable name must be 'str' not '{}'.", term.type_name())));
        };
        match (session.var(name), &default) {
            (Some(value), _) => out.push(value.strict()?),
            (None, Some(default)) => out.push(default.clone()),
            (None, None) => {
                let told = Cause::Told(format!("No variable named '{name}' was found."));
                return Err(Fault::Missing(Rc::new(Missing::new(told))));
            }
        }
    }
    Ok(out)
}

fn no_identifier(term: &Val) -> Eval<Fault> {
    let (shown, kind) = (term.repr()?, term.type_name());
    Ok(Fault::new(format!("Invalid setting identifier, \"{shown}\" is not a string, it is a <class '{kind}'>")))
}

fn var_names(session: &Rc<Session>, terms: Vec<Val>, _: &mut Args) -> Eval<Vec<Val>> {
    let names = session.all_names();
    let mut out = Vec::new();
    for term in terms {
        let Some(text) = term.as_str() else {
            return Err(no_identifier(&term)?);
        };
        let pattern = session.shared.pattern(text, Flags::default()).map_err(|e| {
            // Python's words for the most common mistake.
            let why = e.message().replace("Target of repeat operator is invalid", "nothing to repeat");
            Fault::new(format!("Unable to use \"{text}\" as a search parameter: {why}"))
        })?;
        for name in &names {
            if pattern.is_match(name.as_bytes())? {
                out.push(Val::text(name));
            }
        }
    }
    Ok(out)
}

/// Host patterns of group and host names joined by `:` and `,`, with `!` and `&`, as far as `groups` tells.
fn host_names(session: &Rc<Session>, terms: Vec<Val>, _: &mut Args) -> Eval<Vec<Val>> {
    let groups = session.var("groups").unwrap_or_else(|| Val::dict(Default::default()));
    let all: Vec<String> = match access::attribute(&groups, "all")? {
        Val::Missing(_) => Vec::new(),
        hosts => hosts.iterate()?.iter().filter_map(|h| h.as_str().map(str::to_owned)).collect(),
    };
    let mut chosen: Vec<String> = Vec::new();
    let text = terms.iter().map(Val::to_text).collect::<Eval<Vec<_>>>()?.join(":");
    let mut parts: Vec<&str> = text.split([':', ',']).map(str::trim).filter(|p| !p.is_empty()).collect();
    // Plain names first, then intersections, then exclusions, as Ansible orders them.
    parts.sort_by_key(|p| match p.as_bytes().first() {
        Some(b'&') => 1,
        Some(b'!') => 2,
        _ => 0,
    });
    for part in parts {
        let name = part.trim_start_matches(['&', '!']);
        let members: Vec<String> = if name == "all" || name == "*" {
            all.clone()
        } else {
            let glob = super::files::Glob::new(name);
            let mut members: Vec<String> = all.iter().filter(|h| glob.matches(h)).cloned().collect();
            for (group, hosts) in groups.entries().unwrap_or_else(|| Ok(Vec::new()))? {
                if glob.matches(&group.to_string()) {
                    for host in hosts.iterate()? {
                        members.extend(host.as_str().filter(|h| !members.iter().any(|m| m == h)).map(str::to_owned));
                    }
                }
            }
            members
        };
        match part.as_bytes().first() {
            Some(b'&') => chosen.retain(|h| members.contains(h)),
            Some(b'!') => chosen.retain(|h| !members.contains(h)),
            _ => {
                for host in members {
                    if !chosen.contains(&host) {
                        chosen.push(host);
                    }
                }
            }
        }
    }
    Ok(chosen.into_iter().map(Val::from).collect())
}

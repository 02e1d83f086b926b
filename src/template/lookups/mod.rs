//! Lookups: data from the controller's side. They run here, never on a host, and what they give is never a template.

mod aside;
mod basic;
mod config;
mod files;
mod password;
mod process;
mod tables;
mod url;
mod variables;

pub(crate) use files::glob_paths;

use super::engine::{Args, Bound, Eval, Fault, Session, Val};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

/// A lookup's body: terms and options; a list of results.
pub(crate) type Run = fn(&Rc<Session>, Vec<Val>, &mut Args) -> Eval<Vec<Val>>;

/// A lookup.
pub(crate) struct Lookup {
    pub name: &'static str,
    run: Run,
    /// Whether it is called with terms that are not there.
    sees_missing: bool,
    /// Whether it does more than read files and variables of the controller, or gives something else each time.
    acts: bool,
}

impl Lookup {
    const fn new(name: &'static str, run: Run) -> Lookup {
        Lookup { name, run, sees_missing: false, acts: false }
    }
    const fn lenient(name: &'static str, run: Run) -> Lookup {
        Lookup { name, run, sees_missing: true, acts: false }
    }
    const fn acting(name: &'static str, run: Run) -> Lookup {
        Lookup { name, run, sees_missing: false, acts: true }
    }
}

const FAMILIES: &[&[Lookup]] =
    &[basic::LOOKUPS, config::LOOKUPS, files::LOOKUPS, process::LOOKUPS, url::LOOKUPS, variables::LOOKUPS];

/// Lookups that give the same for the same terms and variables.
const STEADY: &[&str] = &[
    "cartesian",
    "dict",
    "flattened",
    "indexed_items",
    "inventory_hostnames",
    "items",
    "list",
    "nested",
    "sequence",
    "subelements",
    "together",
    "varnames",
    "vars",
];

static BY_NAME: LazyLock<HashMap<String, &'static Lookup>> = LazyLock::new(|| {
    let mut map = HashMap::new();
    for lookup in FAMILIES.iter().flat_map(|f| f.iter()) {
        map.insert(lookup.name.to_owned(), lookup);
        for home in ["ansible.builtin.", "ansible.legacy.", "community.general."] {
            map.insert(format!("{home}{}", lookup.name), lookup);
        }
    }
    map
});

/// The lookup called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Lookup> {
    BY_NAME.get(name).copied()
}

/// The lookup that `with_<name>` asks.
pub(crate) fn find_with(name: &str) -> Option<&'static Lookup> {
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    files::WITH.iter().find(|l| l.name == short).or_else(|| find(name))
}

/// All short names.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = BY_NAME.values().map(|l| l.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// `lookup(...)` and `query(...)`.
pub(crate) fn call(session: &Rc<Session>, mut args: Args, query: bool) -> Eval<Val> {
    let want_list = args.take("wantlist").flag(false)? || query;
    let errors = args.take("errors").string()?.unwrap_or_else(|| "strict".to_owned());
    let name = args.shift().ok_or_else(|| Fault::new("lookup is missing the name of the plugin"))?;
    let name = name.strict()?.to_text()?;
    let lookup = find(&name).ok_or_else(|| Fault::new(format!("there is no lookup `{name}`")))?;
    if !lookup.sees_missing
        && let Some(missing) = args.first_missing()
    {
        return Ok(missing.clone());
    }
    let found = match (run_with(lookup, session, args), errors.as_str()) {
        (Ok(found), _) => found,
        (Err(Fault::Missing(m)), _) => return Ok(Val::Missing(m)),
        (Err(fault), "strict") => {
            return Err(fault.after(&format!("The lookup plugin '{name}' failed: ")));
        }
        (Err(_), "warn" | "ignore") => return Ok(if want_list { Val::list(Vec::new()) } else { Val::NULL }),
        (Err(_), other) => {
            return Err(Fault::new(format!("lookup: `errors` must be strict, warn or ignore, not '{other}'")));
        }
    };
    if want_list {
        return Ok(Val::list(found));
    }
    Ok(match <[Val; 1]>::try_from(found) {
        Ok([only]) => only,
        Err(many) if many.iter().all(|v| v.as_str().is_some()) && !many.is_empty() => {
            let texts: Vec<&str> = many.iter().filter_map(Val::as_str).collect();
            Val::from(texts.join(","))
        }
        Err(many) => Val::list(many),
    })
}

/// Runs a lookup with its options; one it does not know is a fault.
pub(crate) fn run_with(lookup: &Lookup, session: &Rc<Session>, mut options: Args) -> Eval<Vec<Val>> {
    if lookup.acts && session.scope.is_guess() {
        return Err(Fault::new(format!("the lookup `{}` is not run ahead of its turn", lookup.name)));
    }
    if !STEADY.contains(&lookup.name) {
        session.fleeting();
    }
    let terms = options.take_pos();
    let found = (lookup.run)(session, terms, &mut options)?;
    match options.named.first() {
        Some((name, _)) => Err(Fault::new(format!("the lookup `{}` knows no option `{name}`", lookup.name))),
        None => Ok(found),
    }
}

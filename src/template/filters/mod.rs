//! Filters: Jinja2's own, ansible-core's and the few of other collections that nearly every playbook meets. One file a
//! family; a filter is found by its short name or with its collection's.

mod attributes;
mod codecs;
mod collections;
mod crypt;
mod data;
mod encode;
mod maths;
mod paths;
mod presence;
pub(crate) mod random;
mod regex;
pub(crate) mod sequence;
mod text;
pub(crate) mod time;
mod urls;

pub(crate) use attributes::{attribute_path, by_path};
pub(crate) use crypt::hash_password;
pub(crate) use paths::expand_user;
pub(crate) use presence::to_bool;

use super::engine::{Args, Eval, Session, Val};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::LazyLock;

/// A filter's body: the input and the arguments.
pub(crate) type Run = fn(&Rc<Session>, Val, Args) -> Eval<Val>;

/// A filter.
pub(crate) struct Filter {
    pub name: &'static str,
    pub run: Run,
    /// Whether it is called with values that are not there; others hand such a value on.
    pub sees_missing: bool,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({})", self.name)
    }
}

impl Filter {
    /// A filter that wants values that are there.
    const fn new(name: &'static str, run: Run) -> Filter {
        Filter { name, run, sees_missing: false }
    }
    /// A filter that is about values that may not be there.
    const fn lenient(name: &'static str, run: Run) -> Filter {
        Filter { name, run, sees_missing: true }
    }
}

/// The families of ansible-core and Jinja2.
const CORE: &[&[Filter]] = &[
    presence::FILTERS,
    text::FILTERS,
    sequence::FILTERS,
    attributes::FILTERS,
    collections::FILTERS,
    data::FILTERS,
    encode::FILTERS,
    regex::FILTERS,
    maths::FILTERS,
    paths::FILTERS,
    urls::FILTERS,
    time::FILTERS,
    random::FILTERS,
    crypt::FILTERS,
];

/// Filters of other collections, with the collections that have them.
const OTHERS: &[(&[&str], &[Filter])] = &[];

static BY_NAME: LazyLock<HashMap<String, &'static Filter>> = LazyLock::new(|| {
    let mut map = HashMap::new();
    let others = OTHERS.iter().flat_map(|(homes, filters)| filters.iter().map(move |f| (*homes, f)));
    let core = CORE.iter().flat_map(|family| family.iter()).map(|f| (&["ansible.builtin.", "ansible.legacy."][..], f));
    for (homes, filter) in others.chain(core) {
        map.insert(filter.name.to_owned(), filter);
        for home in homes {
            map.insert(format!("{home}{}", filter.name), filter);
        }
    }
    map
});

/// The filter called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    BY_NAME.get(name).copied()
}

/// All short names.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = BY_NAME.values().map(|f| f.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Runs a filter on values as an expression would.
pub(crate) fn apply(filter: &'static Filter, session: &Rc<Session>, input: Val, args: Args) -> Eval<Val> {
    if !filter.sees_missing {
        if let Val::Missing(_) = input {
            return Ok(input);
        }
        if let Some(missing) = args.first_missing() {
            return Ok(missing.clone());
        }
    }
    (filter.run)(session, input, args)
}

//! Filters: Jinja2's own, ansible-core's and the few of other collections that nearly every playbook meets. One file a
//! family; a filter is found by its short name or with its collection's.

mod addresses;
mod attributes;
mod collections;
mod crypt;
mod data;
mod encode;
mod general;
mod hardware;
mod internal;
mod jmespath;
mod maths;
mod paths;
mod presence;
pub(crate) mod random;
mod regex;
pub(crate) mod sequence;
mod text;
pub(crate) mod time;
mod urlize;
mod urls;
mod vault;
mod yaml;

pub(crate) use attributes::{attribute_path, by_path};
pub(crate) use crypt::{HashOptions, hash_password, salt_size};
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
    yaml::FILTERS,
    encode::FILTERS,
    regex::FILTERS,
    maths::FILTERS,
    paths::FILTERS,
    urls::FILTERS,
    time::FILTERS,
    random::FILTERS,
    crypt::FILTERS,
    vault::FILTERS,
];

/// A family of filters and where it is at home.
#[derive(Clone, Copy)]
struct Foreign {
    /// The collections that have them.
    homes: &'static [&'static str],
    /// Whether Ansible finds them by their short names too.
    short: bool,
    filters: &'static [Filter],
}

const GENERAL: &[&str] = &["community.general."];
const UTILS: &[&str] = &["ansible.utils.", "ansible.netcommon."];

const OTHERS: &[Foreign] = &[
    Foreign { homes: &["ansible._protomatter."], short: false, filters: internal::FILTERS },
    Foreign { homes: GENERAL, short: true, filters: jmespath::FILTERS },
    Foreign { homes: GENERAL, short: true, filters: hardware::GENERAL },
    Foreign { homes: GENERAL, short: false, filters: general::FILTERS },
    Foreign { homes: GENERAL, short: false, filters: yaml::FILTERS },
    Foreign { homes: UTILS, short: true, filters: addresses::FILTERS },
    Foreign { homes: UTILS, short: true, filters: hardware::FILTERS },
];

static BY_NAME: LazyLock<HashMap<String, &'static Filter>> = LazyLock::new(|| {
    let core = Foreign { homes: &["ansible.builtin.", "ansible.legacy."], short: true, filters: &[] };
    let core = CORE.iter().map(|filters| Foreign { filters, ..core });
    let mut map = HashMap::new();
    for family in OTHERS.iter().copied().chain(core) {
        for filter in family.filters {
            if family.short {
                map.insert(filter.name.to_owned(), filter);
            }
            for home in family.homes {
                map.insert(format!("{home}{}", filter.name), filter);
            }
        }
    }
    map
});

/// The filter called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Filter> {
    BY_NAME.get(name).copied()
}

/// All names by which a filter is found, without the builtin collection's.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = BY_NAME.keys().map(String::as_str).filter(|n| !n.starts_with("ansible.b")).collect();
    names.sort_unstable();
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

//! Tests (`x is y`): Jinja2's own, ansible-core's, and the address tests of ansible.utils.

mod addresses;
mod files;
mod kinds;
mod membership;
mod patterns;
mod results;
mod versions;

pub(crate) use versions::loose_versions;

use super::engine::{Args, Eval, Fault, Session, Val};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::LazyLock;

/// A test's body: the value and the arguments.
pub(crate) type Run = fn(&Rc<Session>, &Val, Args) -> Eval<bool>;

/// A test.
pub(crate) struct Test {
    pub name: &'static str,
    pub run: Run,
    /// Whether it is called with values that are not there; others hand such a value on.
    pub sees_missing: bool,
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Test({})", self.name)
    }
}

impl Test {
    /// A test that wants a value that is there.
    const fn new(name: &'static str, run: Run) -> Test {
        Test { name, run, sees_missing: false }
    }
    /// A test about whether a value is there.
    const fn lenient(name: &'static str, run: Run) -> Test {
        Test { name, run, sees_missing: true }
    }
}

const FAMILIES: &[&[Test]] =
    &[kinds::TESTS, membership::TESTS, results::TESTS, patterns::TESTS, versions::TESTS, files::TESTS];

static BY_NAME: LazyLock<HashMap<String, &'static Test>> = LazyLock::new(|| {
    let mut map = HashMap::new();
    for test in addresses::TESTS {
        map.insert(format!("ansible.utils.{}", test.name), test);
    }
    for test in FAMILIES.iter().flat_map(|family| family.iter()) {
        map.insert(test.name.to_owned(), test);
        for home in ["ansible.builtin.", "ansible.legacy."] {
            map.insert(format!("{home}{}", test.name), test);
        }
    }
    map
});

/// The test called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Test> {
    BY_NAME.get(name).copied()
}

/// All names by which a test is found, without the builtin collection's.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = BY_NAME.keys().map(String::as_str).filter(|n| !n.starts_with("ansible.b")).collect();
    names.sort_unstable();
    names
}

/// Runs a test on a value, as `select` does; a value that is not there is a fault unless the test is about that.
pub(crate) fn apply(test: &'static Test, session: &Rc<Session>, value: &Val, args: Args) -> Eval<bool> {
    if !test.sees_missing {
        for value in [value].into_iter().chain(args.first_missing()) {
            if let Val::Missing(m) = value {
                return Err(Fault::Missing(m.clone()));
            }
        }
    }
    (test.run)(session, value, args)
}

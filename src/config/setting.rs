//! One setting: its value and where that came from.

use crate::diagnostic::Place;
use hostler_sdk::Value;
use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of `ansible.cfg`.
    File(Place),
    /// A variable of the environment.
    Env(String),
    /// A flag of the command line: `--forks`.
    Flag(String),
}

impl Origin {
    /// The place, when it is in a file.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Origin::File(place) => Some(place),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(place) => write!(f, "{place}"),
            Origin::Env(name) => write!(f, "environment variable `{name}`"),
            Origin::Flag(name) => write!(f, "flag `{name}`"),
        }
    }
}

/// A value that knows its origin; used as the value itself through `Deref`.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    value: T,
    origin: Origin,
}

impl<T> Setting<T> {
    /// A value from somewhere.
    pub fn new(value: T, origin: Origin) -> Self {
        Setting { value, origin }
    }
    /// Where the value came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
    /// Whether nobody set it.
    pub fn is_default(&self) -> bool {
        matches!(self.origin, Origin::Default)
    }
    /// Sets it from a flag.
    pub fn set_flag(&mut self, flag: &str, value: T) {
        *self = Setting::new(value, Origin::Flag(flag.to_owned()));
    }
}

impl<T> Deref for Setting<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A value as `config dump` shows it.
pub trait Shown {
    /// The value for showing.
    fn shown(&self) -> Value;
}

macro_rules! shown_as_value {
    ($($t:ty),*) => {$(impl Shown for $t {
        fn shown(&self) -> Value {
            Value::from(self.clone())
        }
    })*};
}
shown_as_value!(bool, String, f64, i64, u64, u32, u16, usize);

impl Shown for PathBuf {
    fn shown(&self) -> Value {
        self.display().to_string().into()
    }
}
impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Value {
        self.as_ref().map_or(Value::Null, Shown::shown)
    }
}
impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> Value {
        self.iter().map(Shown::shown).collect()
    }
}

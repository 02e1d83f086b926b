//! The three kinds of modules. A [`Resource`] states what is and what should be; the engine derives changed, check
//! mode and diff. An [`Action`] does something that cannot be derived. [`Facts`] only read.

use crate::args::{ArgError, Args};
use crate::host::{Change, Look};
use crate::outcome::{Diff, Outcome};
use crate::spec::ModuleSpec;
use crate::value::Map;

/// A failure inside a module: Ansible's `msg`, with whatever else the result should hold.
#[derive(Debug, Default)]
pub struct Failure {
    /// What went wrong, for the operator.
    pub msg: String,
    /// Other values of the failed result (`rc`, `stderr`, ...).
    pub values: Map,
}

impl Failure {
    /// From words alone.
    pub fn new(msg: impl Into<String>) -> Self {
        Failure { msg: msg.into(), values: Map::new() }
    }
    /// The same with another value in the result.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<crate::Value>) -> Self {
        self.values.set(key, value);
        self
    }
}

impl From<crate::HostError> for Failure {
    fn from(e: crate::HostError) -> Self {
        Failure::new(e.to_string())
    }
}
impl From<String> for Failure {
    fn from(msg: String) -> Self {
        Failure::new(msg)
    }
}
impl From<&str> for Failure {
    fn from(msg: &str) -> Self {
        Failure::new(msg)
    }
}

/// The result of a step of a module.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A declared module; made by `#[derive(Module)]`.
pub trait Module: Sized {
    /// The declaration.
    const SPEC: &'static ModuleSpec;
    /// The struct from arguments, defaults filled in; every complaint names the argument.
    fn parse(args: &Args) -> std::result::Result<Self, ArgError>;
}

/// A module that brings something into a state. The order is `current`, `desired`, and, when they differ and this is not
/// check mode, `apply`. Whether it changed is `current != desired`: no module says it.
pub trait Resource: Module {
    /// What is managed, as data that can be compared.
    type State: PartialEq + Clone;

    /// Whether `diff` in the result is a list also when it is of one.
    const DIFF_IS_LIST: bool = false;

    /// What is. Reads only.
    fn current(&self, look: &Look) -> Result<Self::State>;

    /// What should be, given what is: unmanaged parts are copied from `current`, so that they never differ.
    fn desired(&self, current: &Self::State, look: &Look) -> Result<Self::State>;

    /// Makes it so. What comes back is added to the returned values (`backup_file`, ...).
    fn apply(&self, change: &Change, current: &Self::State, desired: &Self::State) -> Result<Map>;

    /// Returned values that hold in check mode too.
    fn returns(&self, look: &Look, current: &Self::State, desired: &Self::State) -> Result<Map> {
        let _ = (look, current, desired);
        Ok(Map::new())
    }

    /// The differences to show; asked only when a diff is wanted.
    fn diff(&self, look: &Look, current: &Self::State, desired: &Self::State) -> Result<Vec<Diff>> {
        let _ = (look, current, desired);
        Ok(Vec::new())
    }
}

/// A module that does something on the host which no state describes (`command`, `reboot`).
pub trait Action: Module {
    /// Says what a run would do, changing nothing: check mode. `None` means that it cannot be known, and the task is skipped.
    fn check(&self, look: &Look) -> Result<Option<Outcome>>;
    /// Does it.
    fn run(&self, change: &Change) -> Result<Outcome>;
}

/// A module that only reads (`stat`, `getent`, `setup`): the same in check mode.
pub trait Facts: Module {
    /// Reads. The outcome is never `changed`.
    fn gather(&self, look: &Look) -> Result<Outcome>;
}

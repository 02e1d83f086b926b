//! Why an action failed on a host.

use crate::diagnostic::Diagnostic;
use crate::link::LinkError;
use hostler_sdk::module::Failure;
use hostler_sdk::{ArgError, HostError};

/// What ends an action before it has an outcome.
#[derive(Debug)]
pub enum ActionError {
    /// The task failed: Ansible's `msg` and other values of the result.
    Failed(Failure),
    /// The task failed, and there are places to show: a template, a file, a condition.
    Told(Box<Diagnostic>),
    /// The way to the host failed: unreachable, or a failure of the task (`become`).
    Link(LinkError),
}

impl ActionError {
    /// A failure from words alone.
    pub fn new(msg: impl Into<String>) -> Self {
        ActionError::Failed(Failure::new(msg))
    }
}

/// Ansible's `msg`.
impl std::fmt::Display for ActionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ActionError::Failed(failure) => f.write_str(&failure.msg),
            ActionError::Told(diagnostic) => f.write_str(&diagnostic.what),
            ActionError::Link(error) => error.fmt(f),
        }
    }
}

impl From<Failure> for ActionError {
    fn from(failure: Failure) -> Self {
        ActionError::Failed(failure)
    }
}
impl From<Box<Diagnostic>> for ActionError {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        ActionError::Told(diagnostic)
    }
}
impl From<Diagnostic> for ActionError {
    fn from(diagnostic: Diagnostic) -> Self {
        ActionError::Told(diagnostic.boxed())
    }
}
impl From<ArgError> for ActionError {
    fn from(e: ArgError) -> Self {
        ActionError::new(e.to_string())
    }
}
impl From<HostError> for ActionError {
    fn from(e: HostError) -> Self {
        ActionError::Failed(e.into())
    }
}
impl From<LinkError> for ActionError {
    fn from(e: LinkError) -> Self {
        ActionError::Link(e)
    }
}

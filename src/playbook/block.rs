//! Blocks and the steps inside them.

use super::{Role, Task};
use crate::diagnostic::Place;
use std::sync::Arc;

/// One thing in a list of tasks.
#[derive(Clone, Debug)]
pub enum Step {
    /// A task. What it inherits is already part of it.
    Task(Arc<Task>),
    /// A block with its rescue and always parts; its keywords are already part of its tasks.
    Block(Arc<Block>),
    /// The end of a role's own tasks: from here on the role has been run.
    RoleEnd(Arc<Role>),
}

/// A block as meant.
#[derive(Debug)]
pub struct Block {
    /// Name as written, for listings.
    pub name: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// What is run.
    pub block: Vec<Step>,
    /// What is run when something in `block` failed.
    pub rescue: Vec<Step>,
    /// What is run in any case.
    pub always: Vec<Step>,
}

//! Tasks that the controller does itself (`debug`, `set_fact`, `template`, ...), each declared like a module and registered beside
//! its definition. An action sees one task on one host as a [`TaskRun`]; what it wants from a host it asks of a module there.
//!
//! A new action is a struct with `#[derive(Module)]` and `kind = "declaration"`, an `impl Act`, and one line
//! `register!(of X);`.

mod act;
mod add_host;
mod assemble;
mod copy;
mod engine;
mod error;
mod fail;
mod fetch;
mod group_by;
mod pause;
mod raw;
mod registry;
mod script;
mod set_fact;
mod set_stats;
mod task_run;
mod wait_for_connection;

pub use crate::link::Body;
pub(crate) use registry::register;

pub use act::{Act, ActionResult, Doing, Done, Effect};
pub use error::ActionError;
pub use registry::{ACTIONS, ControllerAction, RegisteredAction, actions, find};
pub use task_run::{Hands, TaskRun};

//! Tasks that the controller does itself (`debug`, `set_fact`, `template`, ...), each declared like a module and registered beside
//! its definition. An action sees one task on one host as a [`TaskRun`]; what it wants from a host it asks of a module there.
//!
//! A new action is a struct with `#[derive(Module)]` and `kind = "declaration"`, an `impl Act`, and one line
//! `register!(of X);`.

mod act;
mod add_host;
mod assemble;
mod assert;
mod catalogue;
mod copy;
mod debug;
mod engine;
mod error;
mod fail;
mod fetch;
mod gather_facts;
mod group_by;
mod include_vars;
mod pause;
mod raw;
mod registry;
mod said_args;
mod script;
mod set_fact;
mod set_stats;
mod task_run;
mod template;
mod validate_argument_spec;
mod wait_for_connection;

pub use crate::link::Body;
pub(crate) use registry::register;

pub use act::{Act, ActionResult, Doing, Done, Effect};
pub use catalogue::Modules;
pub use error::ActionError;
pub use registry::{ACTIONS, ControllerAction, RegisteredAction, actions, find, of};
pub use said_args::SaidArgs;
pub use task_run::{Hands, TaskRun};

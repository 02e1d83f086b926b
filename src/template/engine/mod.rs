//! Evaluates templates over our own values. minijinja's machine is not used for this: Ansible's undefined values, lazy
//! variables, native results and lists changed in place are its rules, not Jinja's.

pub(crate) mod access;
pub(crate) mod args;
mod blocks;
pub(crate) mod convert;
pub(crate) mod env;
mod expr;
pub(crate) mod fault;
mod globals;
mod hearing;
mod hosts;
pub(crate) mod lazy;
mod loops;
mod machine;
mod macros;
pub(crate) mod object;
pub(crate) mod ops;
mod output;
pub(crate) mod session;
mod val;

pub(crate) use args::{Args, Bound};
pub(crate) use fault::{Cause, Eval, Fault, Missing};
pub(crate) use object::Object;
pub(crate) use session::{Rendering, Session};
pub(crate) use val::Val;

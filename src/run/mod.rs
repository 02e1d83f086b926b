//! Runs plays: which hosts, in which order, which task next on which host, and what its result means. `run` never prints: it
//! sends events. A task's way is prepare (render), send, finish (judge, register); the parts are separate so that work can be
//! prepared and asked ahead.

mod lane;
mod options;

pub use options::{RunOptions, RunResult};

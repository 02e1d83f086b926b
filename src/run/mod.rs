//! Runs plays: which hosts, in which order, which task next on which host, and what its result means. `run` never prints: it
//! sends events. A task's way is prepare (render), send, finish (judge, register); the parts are separate so that work can be
//! prepared and asked ahead.

#![allow(dead_code, reason = "its engine over real hosts is not wired in yet")]

mod dispatch;
mod executed;
mod free;
mod handlers;
mod include;
mod lane;
mod linear;
mod meta;
mod options;
mod play_run;
mod roles;
mod settle;
mod steps;
mod tally;
mod world;

pub use options::{RunOptions, RunResult};

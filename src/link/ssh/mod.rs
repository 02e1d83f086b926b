//! SSH inside this process, on russh, whose types do not leave this folder.

mod auth;
mod client;
pub mod config;
mod keys;
mod known_hosts;
pub mod options;
mod pattern;
pub(super) mod proxy;
mod session;
mod socket;
mod vet;

pub(super) use session::{Commons, Session, named};

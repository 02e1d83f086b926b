//! SSH inside this process, on russh, whose types do not leave this folder.

mod algorithms;
mod auth;
mod certificate;
mod client;
pub mod config;
mod criteria;
mod keys;
pub mod known_hosts;
pub mod options;
mod pattern;
pub(super) mod proxy;
mod session;
mod slots;
mod socket;
mod tokens;
mod user_certificate;
mod vet;

pub use algorithms::Algorithms;
pub(super) use session::{Commons, Session, named};
pub(super) use tokens::login_name;

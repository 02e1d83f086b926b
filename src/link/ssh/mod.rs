//! SSH inside this process, on russh, whose types do not leave this folder.

mod agent;
mod algorithms;
mod auth;
mod book;
mod certificate;
mod client;
pub mod config;
mod criteria;
mod keys;
pub mod known_hosts;
mod lent;
pub mod options;
mod pace;
mod pattern;
pub(super) mod proxy;
mod public_keys;
mod session;
mod slots;
mod socket;
mod terminal;
mod tokens;
mod user_certificate;
mod vet;
mod words;

pub use algorithms::Algorithms;
pub use session::Stream;
pub(super) use session::{Commons, Session, named};
pub(super) use tokens::login_name;

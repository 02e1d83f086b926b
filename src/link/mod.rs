//! The way to a host: one connection per host for the whole run, a runner process per (host, user) on it, calls and
//! their files as frames. A [`Connector`] opens a [`Link`] to a [`Target`]; everything else here is behind those three.

pub mod r#become;
mod body;
mod bootstrap;
mod connections;
mod connector;
mod error;
mod frames;
mod handle;
mod local;
mod openssh;
mod options;
mod password;
mod process;
mod quote;
mod resolve;
mod runner;
mod shell;
mod spares;
pub mod ssh;
mod start;
mod status;
mod stuffing;
mod tail;
mod target;
mod transport;
mod wire;

pub use r#become::{Become, BecomeKeywords, BecomeMethod};
pub use body::Body;
pub use connector::{Connector, Dial};
pub use error::{BecomeFault, LinkError};
pub use handle::{InOrder, Link};
pub use options::{HostKeyPolicy, LinkOptions};
pub use password::Password;
pub use resolve::{ConnectionKeywords, Lookup};
pub use runner::{EMBEDDED, EmbeddedRunner};
pub use target::{BackendChoice, Connection, Jump, Methods, Proxy, Target};

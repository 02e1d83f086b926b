//! From events to what people and programs read. The engine sends [`Event`]s and never prints; a reporter prints and
//! never decides.

mod event;

pub use event::{Event, HostStats, Reporter, Status, TaskRef};

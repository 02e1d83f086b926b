//! From events to what people and programs read. The engine sends [`Event`]s and never prints; a reporter prints and
//! never decides.

mod diff;
mod dump;
mod event;
mod fold;
mod json;
mod plain;
mod screen;
mod terminal;

pub use event::{Event, HostStats, Reporter, Status, TaskRef};
pub use json::JsonLines;
pub use plain::{Plain, PlainOptions};
pub use screen::{Colour, safe};
pub use terminal::Terminal;

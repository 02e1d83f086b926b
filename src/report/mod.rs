//! From events to what people and programs read. The engine sends [`Event`]s and never prints; a reporter prints and
//! never decides.

mod diff;
mod dump;
mod event;
mod fold;
mod hold;
mod json;
mod masked;
mod minimal;
mod plain;
mod recap;
#[cfg(test)]
mod samples;
mod screen;
mod task_times;
mod terminal;
mod timer;
mod tree;

pub use diff::Context;
pub use dump::{DumpOptions, json as python_json};
pub use event::{Event, HostStats, JobState, Reporter, Status, TaskRef};
pub use hold::{Held, Hold};
pub use json::JsonLines;
pub use masked::masked;
pub use minimal::{Minimal, MinimalOptions};
pub use plain::{Plain, PlainOptions};
pub use screen::{Colour, safe};
pub use task_times::TaskTimes;
pub use terminal::Terminal;
pub use timer::Timer;
pub use tree::Tree;

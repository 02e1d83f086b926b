//! Runs plays: which hosts, in which order, which task next on which host, and what its result means. `run` never prints: it
//! sends events. A task's way is prepare (render), send, finish (judge, register); the parts are separate so that work can be
//! prepared and asked ahead.

mod ahead;
mod answers;
mod arguments;
mod ask;
mod background;
mod bodies;
mod context;
mod debugger;
mod delegation;
mod dispatch;
mod engine;
mod executed;
mod facts_asked;
mod failed_task;
mod free;
mod handlers;
mod hands;
mod implicit;
mod in_line;
mod include;
mod item;
mod judging;
mod lane;
mod language;
mod late_facts;
mod linear;
mod loading;
mod meta;
mod on_host;
mod options;
mod outline;
mod play_run;
mod playing;
mod prepared;
mod profile;
mod prompts;
mod rendering;
mod roles;
mod running;
mod settle;
mod steps;
mod tally;
mod view;
mod world;

pub use answers::Answers;
pub use context::RunContext;
pub use hands::Links;
pub use language::Language;
pub use options::{RunOptions, RunResult};
pub use outline::Outline;
pub use profile::{Profile, Spent};
pub use running::run;

//! Playbooks: from YAML as written to plays, blocks, tasks, roles and handlers as meant, validated. What is static
//! (imports, roles) is resolved while loading; what is dynamic (`include_tasks`, `include_role`) is loaded through the
//! same loader when its turn comes.

mod block;
mod keywords;
mod play;
mod role;
mod task;

pub use block::{Block, Step};
pub use keywords::Keywords;
pub use play::{Play, Prompt, Section};
pub use role::Role;
pub use task::{ActionCall, Loop, LoopControl, LoopKind, Task};

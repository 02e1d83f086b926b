//! Playbooks: from YAML as written to plays, blocks, tasks, roles and handlers as meant, validated. What is static
//! (imports, roles) is resolved while loading; what is dynamic (`include_tasks`, `include_role`) is loaded through the
//! same loader when its turn comes.

mod block;
mod catalogue;
mod keywords;
mod loader;
mod play;
mod reserved;
mod role;
mod site;
mod tags;
mod task;
mod templates;

pub use block::{Block, Step};
pub use catalogue::{Catalogue, UNRESOLVED};
pub use keywords::{Keywords, OwnKeywords};
pub use loader::{FromFiles, Included, Loader, LoaderOptions, Survey, Surveyed};
pub(crate) use loader::{full_group_name, is_name};
pub use play::{Play, Prompt, Section};
pub use reserved::reserved;
pub use role::Role;
pub use site::Site;
pub use tags::TagFilter;
pub use task::{ActionCall, Loop, LoopControl, LoopKind, Task};
pub use templates::Templates;

//! YAML as PyYAML reads it (YAML 1.1 scalars, merge keys, last duplicate wins with a warning), into nodes that know
//! their file, line and column. The tags `!vault` and `!unsafe` are kept for the loader above.

mod compose;
mod load;
mod mapping;
mod mistakes;
mod node;
mod scalar;

pub use compose::{parse, parse_veiled};
pub use load::{load_file, read, value_of};
pub use node::{Data, Node};
pub use scalar::boolean;

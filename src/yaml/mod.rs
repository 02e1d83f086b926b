//! YAML as PyYAML reads it (YAML 1.1 scalars, merge keys, last duplicate wins with a warning), into nodes that know
//! their file, line and column. The tags `!vault` and `!unsafe` are kept for the loader above. And values as YAML text,
//! as PyYAML writes it.

mod compose;
mod emit;
#[cfg(test)]
mod generated;
mod load;
mod mapping;
mod marks;
mod mistakes;
mod node;
mod scalar;

pub use compose::{parse, parse_veiled};
pub use emit::{EmitOptions, LineBreak, Style, emit};
pub use load::{load_file, read, value_of};
pub use marks::unmarked;
pub use node::{Data, Node};
pub use scalar::boolean;

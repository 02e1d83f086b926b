//! Variables: Ansible's layers and their precedence, magic variables, and where each value came from. Nothing is merged or
//! copied: a name is looked for from the strongest layer to the weakest when it is read.

mod beside;
mod beyond;
mod clean;
mod definition;
mod extra;
mod fact_cache;
mod file;
mod growing;
mod host_layers;
mod hostvars;
mod learning;
mod listing;
mod magic;
mod play;
mod scope;
mod sharing;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod unasked;
mod vars_files;

pub use beyond::read_inventory;
pub use clean::{is_fact, is_restricted};
pub use definition::{Definition, Layer};
pub use extra::extra_vars;
pub use magic::RunFacts;
pub use play::PlayContext;
pub use scope::HostScope;
pub use store::VarStore;
pub use unasked::{Fetch, Fetched, Unasked};

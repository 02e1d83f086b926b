//! All that a module author imports. A module is one struct whose declaration is the only truth about it; it
//! sees a host through [`Look`] (read) and, only while it applies, through [`Change`] (write). Nothing here
//! knows the engine, SSH or playbooks, so the pushed runner is this crate and the modules, nothing more.

// The derives name this crate `hostler_sdk`; inside it that is ourselves.
extern crate self as hostler_sdk;

pub mod accounts;
pub mod args;
pub mod arguments;
pub mod attributes;
pub mod backend;
mod backup;
pub mod body;
pub mod bytes;
pub mod call;
mod expand;
pub mod frame;
pub mod host;
mod memory;
pub mod mode;
pub mod module;
pub mod moment;
pub mod outcome;
pub mod registry;
pub mod serve;
pub mod spec;
pub mod testing;
pub mod value;

pub use args::{ArgError, Args, FromValue, HostPath, Secret};
pub use arguments::Arguments;
pub use attributes::{Attributes, FileAttributes, state_word};
pub use backend::{Backend, Command, Digest, FileKind, HostError, Meta, Output, WriteFile};
pub use call::Call;
pub use host::{Change, Look};
pub use hostler_derive::{Arguments, Choice, Module};
pub use mode::Mode;
pub use module::{Action, Facts, Module, Resource};
pub use outcome::{Diff, Outcome};
pub use registry::{HostModule, Registered, find, modules};
pub use spec::{ArgSpec, ArgType, CheckSupport, ModuleSpec};
pub use value::{JsonStyle, Key, Map, Value};

#[doc(hidden)]
pub use linkme;

/// The code of `docs/writing-a-module.md` compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/writing-a-module.md")]
struct WritingAModule;

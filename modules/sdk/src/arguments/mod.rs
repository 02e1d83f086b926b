//! Groups of arguments declared by structs: what `#[derive(Module)]` and `#[derive(Arguments)]` implement, and the
//! machinery their generated code calls. The complaints are ansible-core's, sentence for sentence.

mod check;
mod declare;
mod reader;

pub use check::{check_names, did_you_mean};
pub use declare::{concat, may_default, total};
pub use reader::{Reader, chosen_word};

use crate::args::{ArgError, Args};
use crate::module::Module;
use crate::spec::{ArgSpec, ArgType};
use crate::value::{Map, Value};

/// Arguments declared by a struct: a module's own, a group shared by several modules, or the members of a
/// mapping. Implemented by the derives.
pub trait Arguments: Sized {
    /// The arguments in the order of declaration, flattened groups last.
    const ARGS: &'static [ArgSpec];
    /// Which of them depend on each other.
    const RELATIONS: Relations;
    /// The struct from arguments whose names are already checked.
    fn read(from: &Reader<'_>) -> Result<Self, ArgError>;
}

/// Sets of arguments that depend on each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relations {
    /// Sets of which at most one may come.
    pub mutually_exclusive: &'static [&'static [&'static str]],
    /// Sets that come all or not at all.
    pub required_together: &'static [&'static [&'static str]],
    /// Sets of which at least one must come.
    pub required_one_of: &'static [&'static [&'static str]],
    /// `(argument, value, needed)`: when `argument` has `value`, all of `needed` must come.
    pub required_if: &'static [(&'static str, &'static str, &'static [&'static str])],
}

/// The type of a field with sub-options: a struct of [`Arguments`], a list of them, or either optional.
pub trait Options: Sized {
    /// The documented type.
    const TYPE: ArgType;
    /// The documented type of the elements, for lists.
    const ELEMENTS: Option<ArgType>;
    /// Whether the field may be left out.
    const OPTIONAL: bool;
    /// The arguments of the sub-mapping.
    const ARGS: &'static [ArgSpec];
    /// What the field is when it is left out; `None` is an error.
    fn absent() -> Option<Self>;
    /// Reads the value of `parent`'s argument `name`.
    fn from_options(value: &Value, name: &'static str, parent: &Reader<'_>) -> Result<Self, ArgError>;
}

impl<T: Arguments> Options for T {
    const TYPE: ArgType = ArgType::Dict;
    const ELEMENTS: Option<ArgType> = None;
    const OPTIONAL: bool = false;
    const ARGS: &'static [ArgSpec] = T::ARGS;
    fn absent() -> Option<Self> {
        None
    }
    fn from_options(value: &Value, name: &'static str, parent: &Reader<'_>) -> Result<Self, ArgError> {
        let map = <Map as crate::FromValue>::from_value(value)
            .map_err(|_| ArgError::about(name, format!("value of '{name}' must be of type dict or list of dicts")))?;
        read_checked(&parent.inside(name, &map))
    }
}

impl<T: Options> Options for Option<T> {
    const TYPE: ArgType = T::TYPE;
    const ELEMENTS: Option<ArgType> = T::ELEMENTS;
    const OPTIONAL: bool = true;
    const ARGS: &'static [ArgSpec] = T::ARGS;
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn from_options(value: &Value, name: &'static str, parent: &Reader<'_>) -> Result<Self, ArgError> {
        T::from_options(value, name, parent).map(Some)
    }
}

impl<T: Arguments> Options for Vec<T> {
    const TYPE: ArgType = ArgType::List;
    const ELEMENTS: Option<ArgType> = Some(ArgType::Dict);
    const OPTIONAL: bool = true;
    const ARGS: &'static [ArgSpec] = T::ARGS;
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
    fn from_options(value: &Value, name: &'static str, parent: &Reader<'_>) -> Result<Self, ArgError> {
        match value {
            Value::List(items) => items.iter().map(|item| T::from_options(item, name, parent)).collect(),
            single => Ok(vec![T::from_options(single, name, parent)?]),
        }
    }
}

/// A module's struct from the arguments of a call. Everything is checked: unknown names, types, choices and the
/// relations between arguments.
pub fn parse<M: Module + Arguments>(args: &Args<'_>) -> Result<M, ArgError> {
    let spec = M::SPEC;
    let reader = Reader::new(spec, args.map());
    read_checked(&reader)
}

fn read_checked<T: Arguments>(reader: &Reader<'_>) -> Result<T, ArgError> {
    reader.check_names(T::ARGS)?;
    check::exclusive(reader, T::ARGS, &T::RELATIONS)?;
    check::required(reader, T::ARGS)?;
    let read = T::read(reader)?;
    check::relations(reader, T::ARGS, &T::RELATIONS)?;
    Ok(read)
}

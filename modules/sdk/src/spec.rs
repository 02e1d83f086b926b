//! A module's declaration as data: what `hostler doc`, validation before connecting, schema and completion read.
//! It is built by `#[derive(Module)]` from the struct and its doc comments; nobody writes it by hand.

use crate::Value;
use crate::args::FromValue;

/// Everything known about a module without running it.
#[derive(Debug)]
pub struct ModuleSpec {
    /// Short name, `copy`; the full name is `ansible.builtin.copy` for built-ins.
    pub name: &'static str,
    /// Collection the full name starts with, `ansible.builtin` unless said otherwise.
    pub collection: &'static str,
    /// Other short names users write, `systemd_service` for `systemd`.
    pub aliases: &'static [&'static str],
    /// First line of the struct's doc comment.
    pub summary: &'static str,
    /// The rest of the struct's doc comment.
    pub description: &'static str,
    /// Arguments in the order of declaration.
    pub args: &'static [ArgSpec],
    /// Sets of arguments that come all or not at all.
    pub required_together: &'static [&'static [&'static str]],
    /// Sets of arguments of which at most one may come.
    pub mutually_exclusive: &'static [&'static [&'static str]],
    /// Sets of arguments of which at least one must come.
    pub required_one_of: &'static [&'static [&'static str]],
    /// `(argument, value, needed)`: when `argument` has `value`, all of `needed` must come.
    pub required_if: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Argument that free-form text (`command: ls -l`) fills, when the module takes any.
    pub free_form: Option<&'static str>,
    /// Whether any argument name is taken (`set_fact`, `add_host`).
    pub any_args: bool,
    /// What a run in check mode does.
    pub check: CheckSupport,
    /// Whether a diff is given.
    pub diff: bool,
    /// Whether the module looks beyond its own host, so that it is never asked ahead of its turn.
    pub looks_beyond: bool,
    /// Argument that names a user as whom nothing of Hostler's may run meanwhile: tools for accounts refuse users who are at work.
    pub idle_user: Option<&'static str>,
    /// Returned values: name, type and meaning.
    pub returns: &'static [ReturnSpec],
    /// Tasks in YAML, each shown by `doc` and parsed in tests.
    pub examples: &'static str,
}

impl ModuleSpec {
    /// The argument called `name`, by its own name or an alias.
    pub fn arg(&self, name: &str) -> Option<&'static ArgSpec> {
        self.args.iter().find(|a| a.name == name || a.aliases.contains(&name))
    }

    /// The full name, `ansible.builtin.copy`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.collection, self.name)
    }

    /// Whether users may call the module so: short, full, or (built-ins) `ansible.legacy.`.
    pub fn answers_to(&self, name: &str) -> bool {
        let own = |n: &str| n == self.name || self.aliases.contains(&n);
        own(name)
            || name.rsplit_once('.').is_some_and(|(collection, short)| {
                own(short)
                    && (collection == self.collection
                        || self.collection == "ansible.builtin" && collection == "ansible.legacy")
            })
    }
}

/// One argument.
#[derive(Clone, Copy, Debug)]
pub struct ArgSpec {
    /// Name as documented.
    pub name: &'static str,
    /// Other names users may write.
    pub aliases: &'static [&'static str],
    /// Type the value is turned into.
    pub ty: ArgType,
    /// Type of the elements, for lists.
    pub elements: Option<ArgType>,
    /// Whether it must be given.
    pub required: bool,
    /// Default as YAML text; `None` when there is none.
    pub default: Option<&'static str>,
    /// The allowed texts; empty when all are.
    pub choices: &'static [&'static str],
    /// Whether the value is a secret: masked in every output.
    pub secret: bool,
    /// Arguments of a sub-mapping (`dict`, or `list` of `dict`).
    pub options: &'static [ArgSpec],
    /// The field's doc comment.
    pub doc: &'static str,
}

impl ArgSpec {
    /// The value it has when it is not given, in its type; null when there is none.
    pub fn default_value(&self) -> Value {
        let Some(text) = self.default else { return Value::Null };
        let typed = match self.ty {
            ArgType::Bool => bool::from_value(&text.into()).map(Value::from).ok(),
            ArgType::Int => i64::from_value(&text.into()).map(Value::from).ok(),
            ArgType::Float => f64::from_value(&text.into()).map(Value::from).ok(),
            ArgType::List | ArgType::Dict => Value::from_json(text).ok(),
            _ => None,
        };
        typed.unwrap_or_else(|| text.into())
    }
}

/// The types of arguments, named as Ansible's documentation names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgType {
    /// Text; numbers and booleans are turned into text.
    Str,
    /// A whole number, or text that is one.
    Int,
    /// A number, or text that is one.
    Float,
    /// yes/no/on/off/true/false/1/0 in any case.
    Bool,
    /// A list; a text is split at commas.
    List,
    /// A mapping; a text is read as JSON or `k=v` pairs.
    Dict,
    /// A path on the host: `~` and variables are expanded there.
    Path,
    /// Anything, untouched.
    Raw,
    /// JSON text, or any value turned into it.
    Json,
    /// File mode: octal text, symbolic text, or an octal-looking integer.
    Mode,
}

impl ArgType {
    /// The name in Ansible's documentation.
    pub fn name(self) -> &'static str {
        match self {
            ArgType::Str => "str",
            ArgType::Int => "int",
            ArgType::Float => "float",
            ArgType::Bool => "bool",
            ArgType::List => "list",
            ArgType::Dict => "dict",
            ArgType::Path => "path",
            ArgType::Raw | ArgType::Mode => "raw",
            ArgType::Json => "json",
        }
    }
}

/// What a module does in check mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckSupport {
    /// It says exactly what it would change.
    Full,
    /// It says so for some of its arguments.
    Partial,
    /// It is skipped.
    None,
}

/// One returned value.
#[derive(Debug)]
pub struct ReturnSpec {
    /// Name in the result.
    pub name: &'static str,
    /// Type, in Ansible's words.
    pub ty: &'static str,
    /// When and what.
    pub doc: &'static str,
}

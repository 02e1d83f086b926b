//! Taking one argument after the other out of a call: aliases, defaults, conversion, and the sentence when it fails.

use super::{Options, check};
use crate::args::{ArgError, FromValue};
use crate::spec::{ArgSpec, ArgType, ModuleSpec};
use crate::value::{Key, Map, Value};
use std::borrow::Cow;

/// The arguments of a call, or of a mapping inside one, on their way into a struct.
#[derive(Debug)]
pub struct Reader<'a> {
    module: &'a str,
    any_args: bool,
    map: &'a Map,
    /// Arguments we are inside of, outermost first.
    inside: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(spec: &'a ModuleSpec, map: &'a Map) -> Self {
        Reader { module: spec.name, any_args: spec.any_args, map, inside: Vec::new() }
    }

    pub(super) fn inside<'b>(&'b self, name: &'static str, map: &'b Map) -> Reader<'b> {
        let inside = self.inside.iter().copied().chain([name]).collect();
        Reader { module: self.module, any_args: false, map, inside }
    }

    pub(super) fn check_names(&self, specs: &'static [ArgSpec]) -> Result<(), ArgError> {
        if self.any_args {
            return Ok(());
        }
        check::names(self.module, specs, &self.inside, self.map.keys())
    }

    /// The value given for an argument; a null counts as not given. Of several names the last alias wins, as in Ansible.
    pub fn given(&self, spec: &ArgSpec) -> Option<&'a Value> {
        let named = |name: &str| self.map.get(name).filter(|value| !value.is_null());
        spec.aliases.iter().rev().find_map(|alias| named(alias)).or_else(|| named(spec.name))
    }

    /// Reads one argument.
    pub fn arg<T: FromValue>(&self, spec: &'static ArgSpec) -> Result<T, ArgError> {
        match (self.given(spec), spec.default) {
            (Some(value), _) => T::from_value(value).map_err(|why| self.mismatch::<T>(spec, value, &why)),
            (None, Some(text)) => {
                let value = default_value(text);
                T::from_value(&value).map_err(|why| self.mismatch::<T>(spec, &value, &why))
            }
            (None, None) => T::absent().filter(|_| !spec.required).ok_or_else(|| self.missing(spec)),
        }
    }

    /// Reads one argument with sub-options.
    pub fn options<T: Options>(&self, spec: &'static ArgSpec) -> Result<T, ArgError> {
        match (self.given(spec), spec.default) {
            (Some(value), _) => T::from_options(value, spec.name, self),
            (None, Some(text)) => T::from_options(&default_value(text), spec.name, self),
            (None, None) => T::absent().filter(|_| !spec.required).ok_or_else(|| self.missing(spec)),
        }
    }

    /// Everything that `declared` does not name.
    pub fn rest(&self, declared: &[ArgSpec]) -> Map {
        let named = |key: &Key| {
            key.as_str().is_some_and(|key| declared.iter().any(|s| s.name == key || s.aliases.contains(&key)))
        };
        self.map.iter().filter(|(key, _)| !named(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// A complaint, with the arguments we are inside of.
    pub(super) fn complain(&self, arg: Option<&str>, msg: String) -> ArgError {
        let msg = match self.inside.as_slice() {
            [] => msg,
            inside => format!("{msg} found in {}", inside.join(" -> ")),
        };
        ArgError { arg: arg.map(str::to_owned), msg, hint: None }
    }

    fn missing(&self, spec: &ArgSpec) -> ArgError {
        self.complain(Some(spec.name), format!("missing required arguments: {}", spec.name))
    }

    fn mismatch<T: FromValue>(&self, spec: &ArgSpec, value: &Value, why: &str) -> ArgError {
        let name = spec.name;
        if spec.secret {
            let ty = T::TYPE.name();
            let msg = format!("argument '{name}' has a secret value that we were unable to convert to {ty}");
            return self.complain(Some(name), msg);
        }
        let odd = match T::ELEMENTS {
            Some(_) => {
                elements(value).into_iter().find(|item| T::from_value(&Value::from(vec![item.clone()])).is_err())
            }
            None => None,
        };
        let list = T::CHOICES.join(", ");
        let msg = match (T::CHOICES.is_empty(), odd) {
            (false, Some(_)) => {
                let unknown: Vec<String> = elements(value)
                    .into_iter()
                    .filter(|item| T::from_value(&Value::from(vec![item.clone()])).is_err())
                    .map(|item| item.to_string())
                    .collect();
                format!("value of {name} must be one or more of: {list}. Got no match for: {}", unknown.join(", "))
            }
            (false, None) => format!("value of {name} must be one of: {list}, got: {value}"),
            (true, Some(item)) => format!(
                "Elements value for option '{name}'{} is of type {} and we were unable to convert to {}: {why}",
                self.place(),
                item.type_name(),
                T::ELEMENTS.map_or("raw", ArgType::name),
            ),
            (true, None) => format!(
                "argument '{name}' is of type {}{} and we were unable to convert to {}: {why}",
                value.type_name(),
                self.place(),
                T::TYPE.name(),
            ),
        };
        let hint = match value.as_str() {
            Some(word) if !T::CHOICES.is_empty() => check::did_you_mean(word, T::CHOICES.iter().copied()),
            _ => None,
        };
        if T::CHOICES.is_empty() {
            return ArgError { arg: Some(name.to_owned()), msg, hint };
        }
        ArgError { hint, ..self.complain(Some(name), msg) }
    }

    fn place(&self) -> String {
        match self.inside.as_slice() {
            [] => String::new(),
            inside => format!(" found in '{}'", inside.join(" -> ")),
        }
    }
}

/// The elements a list argument is made of, text split at commas; none for what is no list.
fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        Value::Str(text) => text.split(',').map(Value::from).collect(),
        Value::Map(_) | Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}

/// A default's text as a value: text, which every type converts; lists and mappings are written as JSON.
pub(super) fn default_value(text: &str) -> Value {
    if text.starts_with(['[', '{'])
        && let Ok(value) = Value::from_json(text)
    {
        return value;
    }
    text.into()
}

/// The word a user chose. YAML reads `yes` and `off` as booleans; when exactly one of the choices spells that truth
/// value, it is meant.
pub fn chosen_word<'v>(value: &'v Value, choices: &[&'static str]) -> Cow<'v, str> {
    let word: Cow<'v, str> = match value {
        Value::Str(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    };
    if choices.contains(&&*word) {
        return word;
    }
    let spellings: &[&str] = match &*word {
        "True" => &["y", "yes", "on", "1", "true", "t"],
        "False" => &["n", "no", "off", "0", "false", "f"],
        _ => return word,
    };
    let mut fitting = choices.iter().filter(|choice| spellings.contains(choice));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Cow::Borrowed(only),
        _ => word,
    }
}

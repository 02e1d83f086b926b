//! Arguments of a call: rendered values turned into the types of a module's fields, with complaints that name the
//! argument. Conversions are those of ansible-core's argument spec.

use crate::spec::ArgType;
use crate::value::{Map, Value};
use std::fmt;

/// The arguments of one call, as given.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    map: &'a Map,
}

impl<'a> Args<'a> {
    /// Wraps a mapping of arguments.
    pub fn new(map: &'a Map) -> Self {
        Args { map }
    }
    /// The mapping itself.
    pub fn map(&self) -> &'a Map {
        self.map
    }
    /// The value under the first of `names` that is given and not null, with the name it was given under.
    pub fn given(&self, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        names.iter().find_map(|name| self.map.get(*name).filter(|v| !v.is_null()).map(|v| (*name, v)))
    }
}

/// What is wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{msg}")]
pub struct ArgError {
    /// The argument at fault, when it is one.
    pub arg: Option<String>,
    /// Ansible's sentence where it has one.
    pub msg: String,
    /// What to do about it, when that can be guessed: "did you mean `src`?".
    pub hint: Option<String>,
}

impl ArgError {
    /// A complaint about one argument.
    pub fn about(arg: &str, msg: impl Into<String>) -> Self {
        ArgError { arg: Some(arg.to_owned()), msg: msg.into(), hint: None }
    }
    /// A complaint about the call as a whole.
    pub fn new(msg: impl Into<String>) -> Self {
        ArgError { arg: None, msg: msg.into(), hint: None }
    }
}

/// A type a module's field can have.
pub trait FromValue: Sized {
    /// The documented type.
    const TYPE: ArgType;
    /// The documented type of the elements, for lists.
    const ELEMENTS: Option<ArgType> = None;
    /// The allowed texts, for choices.
    const CHOICES: &'static [&'static str] = &[];
    /// Whether the field may be left out without a default.
    const OPTIONAL: bool = false;
    /// What a field is when its argument is left out and has no default; `None` is an error.
    fn absent() -> Option<Self> {
        None
    }
    /// Converts; the error completes "argument 'x' is of type ... and we were unable to convert to ...: ".
    fn from_value(value: &Value) -> Result<Self, String>;
}

impl<T: FromValue> FromValue for Option<T> {
    const TYPE: ArgType = T::TYPE;
    const ELEMENTS: Option<ArgType> = T::ELEMENTS;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const OPTIONAL: bool = true;
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn from_value(value: &Value) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl FromValue for Value {
    const TYPE: ArgType = ArgType::Raw;
    fn from_value(value: &Value) -> Result<Self, String> {
        Ok(value.clone())
    }
}

impl FromValue for String {
    const TYPE: ArgType = ArgType::Str;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Str(s) => Ok(s.to_string()),
            other => Ok(other.to_string()),
        }
    }
}

impl FromValue for bool {
    const TYPE: ArgType = ArgType::Bool;
    fn from_value(value: &Value) -> Result<Self, String> {
        let word = match value {
            Value::Bool(b) => return Ok(*b),
            other => other.to_string().trim().to_lowercase(),
        };
        match word.as_str() {
            "y" | "yes" | "on" | "1" | "true" | "t" | "1.0" => Ok(true),
            "n" | "no" | "off" | "0" | "false" | "f" | "0.0" => Ok(false),
            _ => Err(format!(
                "The value '{value}' is not a valid boolean. Valid booleans include: 0, 1, 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'"
            )),
        }
    }
}

/// A whole number as Python's `Decimal` reads one: blanks around it, `2.0` and `1e3` are fine.
fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Int(i) => Some(*i),
        Value::Bool(b) => Some(i128::from(*b)),
        Value::Float(x) if x.fract() == 0.0 => Some(*x as i128),
        Value::Str(s) => {
            let digits = s.trim().replace('_', "");
            let float = || digits.parse::<f64>().ok().filter(|x| x.fract() == 0.0).map(|x| x as i128);
            digits.parse().ok().or_else(float)
        }
        _ => None,
    }
}

macro_rules! whole_numbers {
    ($($t:ty),*) => {$(
        impl FromValue for $t {
            const TYPE: ArgType = ArgType::Int;
            fn from_value(value: &Value) -> Result<Self, String> {
                let wrong = || format!("\"{}\" cannot be converted to an int", value.repr());
                <$t>::try_from(whole(value).ok_or_else(wrong)?).map_err(|_| wrong())
            }
        }
    )*};
}
whole_numbers!(i32, i64, u32, u64, u16, usize);

impl FromValue for f64 {
    const TYPE: ArgType = ArgType::Float;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Float(x) => Ok(*x),
            Value::Int(i) => Ok(*i as f64),
            Value::Bool(b) => Ok(f64::from(u8::from(*b))),
            Value::Str(s) => s.trim().parse().map_err(|_| "<class 'str'> cannot be converted to a float".to_owned()),
            _ => Err(format!("<class '{}'> cannot be converted to a float", value.type_name())),
        }
    }
}

impl FromValue for Map {
    const TYPE: ArgType = ArgType::Dict;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Map(m) => Ok((**m).clone()),
            Value::Str(s) if s.starts_with('{') => match Value::from_json(s) {
                Ok(Value::Map(m)) => Ok((*m).clone()),
                _ => Err("unable to evaluate string as dictionary".to_owned()),
            },
            Value::Str(s) if s.contains('=') => pairs(s.trim()),
            Value::Str(_) => Err("dictionary requested, could not parse JSON or key=value".to_owned()),
            other => Err(format!("<class '{}'> cannot be converted to a dict", other.type_name())),
        }
    }
}

/// `k1=v1, k2="v 2"`: pairs between blanks and commas; quotes and backslashes protect both.
fn pairs(text: &str) -> Result<Map, String> {
    let mut fields = vec![String::new()];
    let (mut quote, mut escaped) = (None, false);
    for c in text.chars() {
        let Some(field) = fields.last_mut() else { break };
        match c {
            c if escaped => {
                field.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '\'' | '"' if quote.is_none() => quote = Some(c),
            c if quote == Some(c) => quote = None,
            ',' | ' ' if quote.is_none() => fields.push(String::new()),
            c => field.push(c),
        }
    }
    let pair = |field: &String| {
        let pair = field.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
        pair.ok_or_else(|| "unable to evaluate string in the \"key=value\" format as dictionary".to_owned())
    };
    fields.iter().filter(|field| !field.is_empty()).map(pair).collect::<Result<Map, String>>()
}

impl<T: FromValue> FromValue for Vec<T> {
    const TYPE: ArgType = ArgType::List;
    const ELEMENTS: Option<ArgType> = Some(T::TYPE);
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const OPTIONAL: bool = true;
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::List(items) => items.iter().map(T::from_value).collect(),
            Value::Str(s) => s.split(',').map(|word| T::from_value(&Value::from(word))).collect(),
            Value::Int(_) | Value::Float(_) | Value::Bool(_) => {
                Ok(vec![T::from_value(&Value::from(value.to_string()))?])
            }
            other => Err(format!("<class '{}'> cannot be converted to a list", other.type_name())),
        }
    }
}

/// A path on the host as the user wrote it; `~` and `$VARIABLES` are expanded on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPath(pub String);

impl FromValue for HostPath {
    const TYPE: ArgType = ArgType::Path;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Str(s) if s.contains('\0') => Err("a path cannot contain a NUL character".to_owned()),
            other => String::from_value(other).map(HostPath),
        }
    }
}

/// A secret argument: it has no printable form.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hands the secret out, on purpose.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl<T: FromValue> FromValue for Secret<T> {
    const TYPE: ArgType = T::TYPE;
    const ELEMENTS: Option<ArgType> = T::ELEMENTS;
    const OPTIONAL: bool = T::OPTIONAL;
    fn absent() -> Option<Self> {
        T::absent().map(Secret)
    }
    fn from_value(value: &Value) -> Result<Self, String> {
        // The error of the inner type may quote the value.
        T::from_value(value).map(Secret).map_err(|_| "the secret value has the wrong type".to_owned())
    }
}

//! What must hold between the arguments of a call: names that exist, required ones, and the declared relations.

use super::reader::default_value;
use super::{Reader, Relations};
use crate::args::{ArgError, FromValue};
use crate::spec::{ArgSpec, ArgType, ModuleSpec};
use crate::value::Key;

/// Whether a module knows all these argument names; values need not be rendered yet.
pub fn check_names<'k>(spec: &ModuleSpec, keys: impl IntoIterator<Item = &'k Key>) -> Result<(), ArgError> {
    if spec.any_args { Ok(()) } else { names(spec.name, spec.args, &[], keys) }
}

/// The nearest of `known` to a word that is none of them: "did you mean `x`?".
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

pub(super) fn names<'k>(
    module: &str,
    specs: &'static [ArgSpec],
    inside: &[&str],
    keys: impl IntoIterator<Item = &'k Key>,
) -> Result<(), ArgError> {
    let known = |key: &str| specs.iter().any(|s| s.name == key || s.aliases.contains(&key));
    let mut unknown: Vec<String> = keys.into_iter().map(ToString::to_string).filter(|key| !known(key)).collect();
    unknown.sort_unstable();
    let Some(first) = unknown.first().cloned() else { return Ok(()) };
    let hint =
        did_you_mean(&first, specs.iter().flat_map(|s| std::iter::once(s.name).chain(s.aliases.iter().copied())));
    let path: String = inside.iter().map(|name| format!("{name}.")).collect();
    let unknown: Vec<String> = unknown.iter().map(|name| format!("{path}{name}")).collect();
    let mut supported: Vec<&str> = specs.iter().map(|s| s.name).collect();
    supported.sort_unstable();
    let mut aliases: Vec<&str> = specs.iter().flat_map(|s| s.aliases).copied().collect();
    aliases.sort_unstable();
    let mut list = supported.join(", ");
    if !aliases.is_empty() {
        list += &format!(" ({})", aliases.join(", "));
    }
    let msg = format!(
        "Unsupported parameters for ({module}) module: {}. Supported parameters include: {list}.",
        unknown.join(", ")
    );
    Err(ArgError { arg: Some(first), msg, hint })
}

pub(super) fn required(reader: &Reader<'_>, specs: &'static [ArgSpec]) -> Result<(), ArgError> {
    let mut missing: Vec<&str> =
        specs.iter().filter(|s| s.required && reader.given(s).is_none()).map(|s| s.name).collect();
    missing.sort_unstable();
    match missing.first() {
        None => Ok(()),
        Some(first) => Err(reader.complain(Some(first), format!("missing required arguments: {}", missing.join(", ")))),
    }
}

pub(super) fn exclusive(reader: &Reader<'_>, specs: &'static [ArgSpec], relations: &Relations) -> Result<(), ArgError> {
    let given = |name: &&&str| find(specs, name).is_some_and(|spec| reader.given(spec).is_some());
    let broken: Vec<String> = relations
        .mutually_exclusive
        .iter()
        .filter(|set| set.iter().filter(given).count() > 1)
        .map(|set| set.join("|"))
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(reader.complain(None, format!("parameters are mutually exclusive: {}", broken.join(", "))))
}

/// The relations that defaults take part in.
pub(super) fn relations(reader: &Reader<'_>, specs: &'static [ArgSpec], relations: &Relations) -> Result<(), ArgError> {
    let has = |name: &str| find(specs, name).is_some_and(|spec| spec.default.is_some() || reader.given(spec).is_some());
    for set in relations.required_together {
        let count = set.iter().filter(|name| has(name)).count();
        if count > 0 && count < set.len() {
            return Err(reader.complain(None, format!("parameters are required together: {}", set.join(", "))));
        }
    }
    for set in relations.required_one_of {
        if !set.iter().any(|name| has(name)) {
            return Err(reader.complain(None, format!("one of the following is required: {}", set.join(", "))));
        }
    }
    for (argument, value, needed) in relations.required_if {
        let missing: Vec<&str> = needed.iter().copied().filter(|name| !has(name)).collect();
        if !missing.is_empty() && find(specs, argument).is_some_and(|spec| has_value(reader, spec, value)) {
            let msg = format!("{argument} is {value} but all of the following are missing: {}", missing.join(", "));
            return Err(reader.complain(missing.first().copied(), msg));
        }
    }
    Ok(())
}

fn find(specs: &'static [ArgSpec], name: &str) -> Option<&'static ArgSpec> {
    specs.iter().find(|spec| spec.name == name)
}

fn has_value(reader: &Reader<'_>, spec: &'static ArgSpec, wanted: &str) -> bool {
    let Some(actual) = reader.given(spec).cloned().or_else(|| spec.default.map(default_value)) else { return false };
    match spec.ty {
        ArgType::Bool => bool::from_value(&actual).ok() == bool::from_value(&wanted.into()).ok(),
        _ => super::chosen_word(&actual, spec.choices) == wanted,
    }
}

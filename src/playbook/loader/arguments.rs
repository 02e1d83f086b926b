//! Arguments against the module's declaration, as far as they can be judged without rendering: names always, values where they
//! are literal, the whole call where everything in it is.

use super::action::Arguments;
use super::include::FromFiles;
use super::reading::Reading;
use crate::diagnostic::{Diagnostic, Place};
use crate::playbook::Site;
use crate::template::{Templated, TemplatedKey};
use hostler_sdk::{ArgSpec, ArgType, FromValue, ModuleSpec, Value};

impl Reading<'_> {
    /// Puts free form under its argument and checks everything. `place` is the action's name.
    pub fn check_arguments(
        &mut self,
        name: &str,
        spec: &'static ModuleSpec,
        args: &mut Arguments,
        site: &Site,
        place: &Place,
    ) {
        if let Some(free) = args.free.take() {
            match (spec.free_form, free) {
                (Some(argument), free) => args.set(argument, free, place),
                // `copy: "{{ arguments }}"`: the template gives the mapping.
                (None, free @ Templated::Template(_)) if args.template.is_none() => args.template = Some(free),
                (None, free) => {
                    let error = Diagnostic::error(format!("`{}` takes no free-form text", spec.name)).at(place, "");
                    if self.late(error.hint("write arguments as `name: value` below the module")) {
                        args.set("_raw_params", free, place);
                    }
                    return;
                }
            }
        }
        for (word, at) in args.places.iter().filter(|(word, _)| word.starts_with("_ansible_")) {
            let what = format!("`{name}` can have no argument `{word}`");
            let mistake = Diagnostic::error(what).cause("The prefix '_ansible_' is reserved for internal use only.");
            self.errors.push(mistake.at(at, ""));
        }
        let known = spec.any_args || self.check_names(spec, args);
        if !known || args.template.is_some() {
            return;
        }
        match args.literal() {
            // What is missing may come from `module_defaults`.
            Some(map) if site.keywords.module_defaults.is_empty() => {
                if let Err(wrong) = self.loader.catalogue.validate(name, &map) {
                    let at = wrong.arg.as_deref().and_then(|arg| place_of(spec, args, arg)).unwrap_or(place);
                    let what = format!("wrong arguments for `{name}`");
                    self.late(Diagnostic::error(what).cause(wrong.msg).at(at, ""));
                }
            }
            _ => self.check_values(spec, args),
        }
    }

    /// An include of tasks names a file.
    pub fn check_file(&mut self, name: &str, args: &Arguments, place: &Place) {
        let named = |argument: &str| match args.get(argument) {
            Some(Templated::Value(file)) => file.truthy(),
            other => other.is_some(),
        };
        if args.template.is_none() && !named("_raw_params") && !named("file") {
            self.error(format!("No file specified for {name}"), place, "");
        }
    }

    /// The files of a role that are used instead of `main` are named by text.
    pub fn check_from(&mut self, args: &Arguments, place: &Place) {
        for name in FromFiles::NAMES {
            let kind = match args.get(name) {
                Some(Templated::List(_)) => "list",
                Some(Templated::Map(_)) => "dict",
                Some(Templated::Value(value)) if value.as_str().is_none() => value.type_name(),
                _ => continue,
            };
            let at = args.places.iter().find(|(known, _)| known == name).map_or(place, |(_, place)| place);
            self.error(format!("Expected a string for {name} but got '{kind}' instead"), at, "");
        }
    }

    fn check_names(&mut self, spec: &ModuleSpec, args: &Arguments) -> bool {
        let mut good = true;
        for (name, place) in &args.places {
            if spec.arg(name).is_some() || spec.free_form == Some(name.as_str()) {
                continue;
            }
            let known = spec.args.iter().flat_map(|a| std::iter::once(&a.name).chain(a.aliases)).copied();
            let mistake = Diagnostic::error(format!("`{}` has no argument `{name}`", spec.name)).at(place, "");
            self.late(mistake.nearest(name, known));
            good = false;
        }
        good
    }

    /// The literal ones among arguments of which some are templates.
    fn check_values(&mut self, spec: &'static ModuleSpec, args: &Arguments) {
        for (key, value) in &args.entries {
            let (TemplatedKey::Key(key), Templated::Value(value)) = (key, value) else { continue };
            let Some(arg) = key.as_str().and_then(|name| spec.arg(name)) else { continue };
            if let Some(wrong) = wrong_value(arg, value) {
                let at =
                    args.places.iter().find(|(n, _)| Some(n.as_str()) == key.as_str()).map(|(_, place)| place.clone());
                let error = Diagnostic::error(format!("wrong value for `{key}` of `{}`", spec.name)).cause(wrong);
                self.late(match at {
                    Some(at) => error.at(&at, ""),
                    None => error,
                });
            }
        }
    }
}

fn place_of<'a>(spec: &ModuleSpec, args: &'a Arguments, name: &str) -> Option<&'a Place> {
    let same = |given: &str| {
        given == name || spec.arg(given).is_some_and(|a| spec.arg(name).is_some_and(|b| a.name == b.name))
    };
    args.places.iter().find(|(given, _)| same(given)).map(|(_, place)| place)
}

/// Why a literal is no value of an argument. Secrets are not quoted.
fn wrong_value(arg: &ArgSpec, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let shown = || if arg.secret { "the value".to_owned() } else { format!("`{value}`") };
    let one = matches!(value, Value::Str(_) | Value::Int(_) | Value::Bool(_) | Value::Float(_));
    if !arg.choices.is_empty() && arg.ty != ArgType::List && one && !arg.choices.contains(&value.to_string().as_str()) {
        // `state: yes` is a boolean that some choices spell as text.
        let word =
            value.as_bool().map(|b| if b { ["yes", "true", "True", "on"] } else { ["no", "false", "False", "off"] });
        if !word.is_some_and(|words| words.iter().any(|w| arg.choices.contains(w))) {
            return Some(format!("{} is none of: {}", shown(), arg.choices.join(", ")));
        }
    }
    match arg.ty {
        ArgType::Bool if bool::from_value(value).is_err() => Some(format!("{} is no boolean", shown())),
        ArgType::Int if i64::from_value(value).is_err() => Some(format!("{} is no whole number", shown())),
        ArgType::Float if f64::from_value(value).is_err() => Some(format!("{} is no number", shown())),
        _ => None,
    }
}

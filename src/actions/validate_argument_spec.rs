//! `validate_argument_spec`: whether variables are what a role's argument specification says. Roles that have one begin with it.

use super::{Act, ActionError, ActionResult, TaskRun, register};
use crate::template::Binding;
use hostler_sdk::{FromValue, Map, Module, Outcome, Value};

/// Validate role argument specs
///
/// Checks variables (and arguments given with the task) against a specification: required ones, types, choices, members.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "validate_argument_spec",
    returns(
        ("argument_errors", "list", "what is wrong"),
        ("argument_spec_data", "dict", "the specification"),
        ("validate_args_context", "dict", "whose specification it is")
    ),
    examples = r#"
- name: Verify vars needed for this task file are present when included
  ansible.builtin.validate_argument_spec:
    argument_spec: '{{ required_data }}'
  vars:
    required_data:
      paths:
        type: list
        elements: str
        required: true
"#
)]
pub struct ValidateArgumentSpec {
    /// The specification: names with their `type`, `elements`, `required`, `default`, `choices`, `options`.
    argument_spec: Value,
    /// Arguments that stand above variables of the same names.
    provided_arguments: Option<Value>,
    /// Whose specification it is; only shown.
    validate_args_context: Option<Map>,
}

register!(of ValidateArgumentSpec);

impl Act for ValidateArgumentSpec {
    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let wrong = |name: &str, value: &Value| {
            let kind = value.type_name();
            ActionError::new(format!("Incorrect type for {name}, expected dict and got <class '{kind}'>"))
        };
        let spec = match &self.argument_spec {
            Value::Map(spec) => spec.clone(),
            other => return Err(wrong("argument_spec", other)),
        };
        let provided = match &self.provided_arguments {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Map(map)) => (**map).clone(),
            Some(other) => return Err(wrong("provided_arguments", other)),
        };
        let mut given = Map::new();
        for (name, _) in spec.iter() {
            if let Some(Binding::Templated(value)) = name.as_str().and_then(|name| task.scope.get(name)) {
                given.insert(name.clone(), task.jinja.render(&value, task.scope)?);
            }
        }
        given.extend(provided);
        let mut errors = Vec::new();
        check(&spec, &given, &mut Vec::new(), &mut errors);
        let context = self.validate_args_context.unwrap_or_default();
        let outcome = Outcome::default().with("validate_args_context", context);
        if errors.is_empty() {
            return Ok(outcome.with("msg", "The arg spec validation passed").into());
        }
        let msg = format!("Validation of arguments failed:\n{}", errors.join("\n"));
        let outcome = outcome.with("argument_spec_data", self.argument_spec).with("argument_errors", errors);
        Ok(Outcome { failed: Some(msg), ..outcome }.into())
    }
}

/// Checks arguments against their specification; `inside` are the arguments around, outermost first.
fn check(spec: &Map, given: &Map, inside: &mut Vec<String>, errors: &mut Vec<String>) {
    let found_in = |inside: &[String]| match inside.is_empty() {
        true => String::new(),
        false => format!(" found in {}", inside.join(" -> ")),
    };
    let mut unknown: Vec<String> =
        given.keys().filter(|key| !is_known(spec, key)).map(|key| qualified(inside, &key.to_string())).collect();
    if !unknown.is_empty() {
        unknown.sort_unstable();
        let mut supported: Vec<String> = spec.keys().map(ToString::to_string).collect();
        supported.sort_unstable();
        errors.push(format!("{}. Supported parameters include: {}.", unknown.join(", "), supported.join(", ")));
    }
    let mut missing: Vec<String> = Vec::new();
    for (name, attributes) in spec.iter() {
        let attributes = attributes.as_map().cloned().unwrap_or_default();
        let name = name.to_string();
        let Some(value) = value_of(&attributes, &name, given) else {
            if flag(&attributes, "required") {
                missing.push(name);
            }
            continue;
        };
        // Nothing is no value of what must be there, or is something by default; otherwise it is as if it had not been given.
        let wanted = flag(&attributes, "required") || attributes.get("default").is_some_and(|value| !value.is_null());
        if !value.is_null() || wanted {
            one(&name, &attributes, &value, inside, errors);
        }
    }
    if !missing.is_empty() {
        missing.sort_unstable();
        errors.push(format!("missing required arguments: {}{}", missing.join(", "), found_in(inside)));
    }
}

fn qualified(inside: &[String], name: &str) -> String {
    inside.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".")
}

fn flag(attributes: &Map, name: &str) -> bool {
    attributes.get(name).is_some_and(|value| bool::from_value(value).unwrap_or(false))
}

fn texts(attributes: &Map, name: &str) -> Vec<String> {
    let list = attributes.get(name).and_then(Value::as_list);
    list.unwrap_or_default().iter().map(Value::to_string).collect()
}

fn is_known(spec: &Map, key: &hostler_sdk::Key) -> bool {
    let alias = |attributes: &Value| {
        attributes.as_map().is_some_and(|map| texts(map, "aliases").iter().any(|alias| key.as_str() == Some(alias)))
    };
    spec.contains_key(key) || spec.iter().any(|(_, attributes)| alias(attributes))
}

fn value_of(attributes: &Map, name: &str, given: &Map) -> Option<Value> {
    let aliased = || texts(attributes, "aliases").iter().find_map(|alias| given.get(alias.as_str()).cloned());
    given.get(name).cloned().or_else(aliased).or_else(|| attributes.get("default").cloned())
}

/// One argument: its type, its elements, its choices, its members.
fn one(name: &str, attributes: &Map, value: &Value, inside: &mut Vec<String>, errors: &mut Vec<String>) {
    let around = match inside.is_empty() {
        true => String::new(),
        false => format!(" found in '{}'", inside.join(" -> ")),
    };
    let wanted = attributes.str("type").unwrap_or("str").to_owned();
    let value = match converted(value, &wanted) {
        Ok(value) => value,
        Err(why) => {
            let kind = value.type_name();
            let what = format!("argument '{name}' is of type {kind}{around} and we were unable to convert to {wanted}");
            return errors.push(format!("{what}: {why}"));
        }
    };
    let mut value = value;
    if let (Some(elements), Value::List(items)) = (attributes.str("elements"), &value) {
        let mut out = Vec::new();
        for item in items.iter() {
            match converted(item, elements) {
                Ok(item) => out.push(item),
                Err(why) => {
                    let kind = item.type_name();
                    let what = format!("Elements value for option '{name}' is of type {kind}{around}");
                    return errors.push(format!("{what} and we were unable to convert to {elements}: {why}"));
                }
            }
        }
        value = out.into();
    }
    chosen(name, attributes, &value, inside, errors);
    if let Some(options) = attributes.get("options").and_then(Value::as_map) {
        inside.push(name.to_owned());
        match &value {
            Value::Map(map) => check(options, map, inside, errors),
            Value::List(items) => {
                for item in items.iter() {
                    match item.as_map() {
                        Some(map) => check(options, map, inside, errors),
                        None => errors.push(format!("value of '{name}' must be of type dict or list of dicts")),
                    }
                }
            }
            _ => errors.push(format!("value of '{name}' must be of type dict or list of dicts")),
        }
        inside.pop();
    }
}

fn chosen(name: &str, attributes: &Map, value: &Value, inside: &[String], errors: &mut Vec<String>) {
    let Some(choices) = attributes.get("choices").and_then(Value::as_list) else { return };
    let around = match inside.is_empty() {
        true => String::new(),
        false => format!(" found in {}", inside.join(" -> ")),
    };
    let list = || choices.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    match value {
        Value::List(items) => {
            let bad: Vec<String> = items.iter().filter(|i| !choices.contains(i)).map(Value::to_string).collect();
            if !bad.is_empty() {
                let what = format!("value of {name} must be one or more of: {}. Got no match for: ", list());
                errors.push(format!("{what}{}{around}", bad.join(", ")));
            }
        }
        one if !choices.contains(one) => {
            errors.push(format!("value of {name} must be one of: {}, got: {one}{around}", list()));
        }
        _ => {}
    }
}

/// A value as a type of specifications; the error is the end of Ansible's sentence.
fn converted(value: &Value, wanted: &str) -> Result<Value, String> {
    let cannot = |kind: &str| Err(format!("<class '{}'> cannot be converted to a {kind}", value.type_name()));
    Ok(match wanted {
        "str" | "path" => match value {
            Value::List(_) | Value::Map(_) => value.to_string().into(),
            other => String::from_value(other)?.into(),
        },
        "bool" if value.is_null() => return cannot("bool"),
        "bool" => bool::from_value(value)?.into(),
        "int" => i64::from_value(value)?.into(),
        "float" => f64::from_value(value)?.into(),
        "list" => Vec::<Value>::from_value(value)?.into(),
        "dict" => Map::from_value(value)?.into(),
        "raw" | "any" => value.clone(),
        "json" | "jsonarg" => match value {
            Value::Str(text) => text.trim().into(),
            Value::List(_) | Value::Map(_) => value.to_json().into(),
            _ => return cannot("json string"),
        },
        "bytes" if value.is_null() => return cannot("Byte value"),
        "bits" if value.is_null() => return cannot("Bit value"),
        "bytes" | "bits" => match value {
            Value::Int(_) => value.clone(),
            other => other.to_string().into(),
        },
        other => return Err(format!("`{other}` is no type of arguments")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(spec: &str, given: &str) -> Vec<String> {
        let map = |text: &str| Value::from_json(text).unwrap().as_map().unwrap().clone();
        let mut errors = Vec::new();
        check(&map(spec), &map(given), &mut Vec::new(), &mut errors);
        errors
    }

    /// Sentences of ansible-core 2.19's `ArgumentSpecValidator`.
    #[test]
    fn says_what_is_wrong() {
        let spec = r#"{"a": {"type": "int", "required": true}, "b": {"choices": ["x", "y"]},
            "c": {"type": "list", "elements": "int"}, "d": {"type": "dict", "options": {"e": {"required": true}}}}"#;
        assert!(errors(spec, r#"{"a": "5", "b": "x", "c": ["1", 2], "d": {"e": 1}}"#).is_empty());
        assert_eq!(errors(spec, "{}"), ["missing required arguments: a"]);
        assert_eq!(errors(spec, r#"{"a": 1, "d": {}}"#), ["missing required arguments: e found in d"]);
        assert_eq!(errors(spec, r#"{"a": 1, "b": "z"}"#), ["value of b must be one of: x, y, got: z"]);
        let text = errors(spec, r#"{"a": "no"}"#).join("\n");
        assert!(text.starts_with("argument 'a' is of type str and we were unable to convert to int: "), "{text}");
        let text = errors(spec, r#"{"a": 1, "c": ["x"]}"#).join("\n");
        assert!(text.starts_with("Elements value for option 'c' is of type str"), "{text}");
        assert_eq!(
            errors(spec, r#"{"a": null, "b": null}"#),
            [
                "argument 'a' is of type NoneType and we were unable to convert to int: \"None\" cannot be converted to an int"
            ]
        );
        let spec_of_lists = r#"{"a": {"type": "list", "default": []}, "b": {"type": "bool", "required": true}}"#;
        let told = "<class 'NoneType'> cannot be converted to a";
        let said = errors(spec_of_lists, r#"{"a": null, "b": null}"#);
        assert!(said[0].ends_with(&format!("{told} list")) && said[1].ends_with(&format!("{told} bool")), "{said:?}");
        assert_eq!(errors(spec, r#"{"a": 1, "z": 2}"#), ["z. Supported parameters include: a, b, c, d."]);
    }
}

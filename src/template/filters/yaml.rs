//! YAML as text and back.

use super::Filter;
use crate::diagnostic::{Diagnostic, Source};
use crate::template::engine::{Args, Bound, Eval, Fault, Val};
use crate::yaml::{self, EmitOptions, LineBreak, Style};
use hostler_sdk::Value;
use std::sync::Arc;

pub(super) const FILTERS: &[Filter] = &[
    Filter::new("to_yaml", |_, v, a| to_yaml(&v, a, None, None)),
    Filter::new("to_nice_yaml", |_, v, mut a| {
        let indent = match a.pos.is_empty() {
            true => a.take("indent"),
            false => Some(a.pos.remove(0)),
        };
        to_yaml(&v, a, Some(indent.unwrap_or_else(|| Val::from(4))), Some(false))
    }),
    Filter::new("from_yaml", |_, v, a| {
        a.none("from_yaml")?;
        let Some(text) = v.as_str() else { return Ok(v) };
        let mut documents = from_yaml(text)?;
        match documents.len() {
            0 => Ok(Val::NULL),
            1 => Ok(Val::Plain(documents.remove(0))),
            _ => Err(Fault::new("expected a single document in the stream, but found another document")),
        }
    }),
    Filter::new("from_yaml_all", |_, v, a| {
        a.none("from_yaml_all")?;
        match v.as_str() {
            Some(text) => Ok(Val::Plain(from_yaml(text)?.into())),
            None if v.is_null() => Ok(Val::list(Vec::new())),
            None => Ok(v),
        }
    }),
];

/// All documents of a YAML text.
fn from_yaml(text: &str) -> Eval<Vec<Value>> {
    let source = Arc::new(Source { path: "<from_yaml>".into(), text: text.to_owned() });
    let mut warnings = Vec::new();
    let told = |d: Box<Diagnostic>| Fault::new(d.to_string());
    let nodes = yaml::parse(&source, &mut warnings).map_err(told)?;
    nodes.iter().map(|n| n.to_value().map_err(told)).collect()
}

/// The keywords are PyYAML's `dump`; `tags`, which no value here has, and `encoding`, which makes bytes of it, are refused.
fn to_yaml(value: &Val, mut args: Args, indent: Option<Val>, flow: Option<bool>) -> Eval<Val> {
    let who = "to_yaml";
    let given = |v: Option<Val>| v.filter(|v| !v.is_null());
    let mut options = EmitOptions { default_flow_style: flow, ..EmitOptions::default() };
    // Further arguments by position are ignored, as Ansible ignores them.
    args.pos.clear();
    let indent = args.take("indent").or(indent);
    if let Some(indent) = given(indent) {
        options.indent = usize::try_from(Some(indent).int(2)?).unwrap_or(0);
    }
    if let Some(width) = given(args.take("width")) {
        let width = Some(width).int(80)?;
        options.width = if width < 0 { usize::MAX } else { usize::try_from(width).unwrap_or(usize::MAX) };
    }
    if let Some(flow) = args.take("default_flow_style") {
        options.default_flow_style = if flow.is_null() { None } else { Some(flow.truth()?) };
    }
    options.sort_keys = args.take("sort_keys").flag(true)?;
    options.explicit_start = args.take("explicit_start").flag(false)?;
    options.explicit_end = args.take("explicit_end").flag(false)?;
    options.default_style = match args.take("default_style").string()?.as_deref() {
        None | Some("") => None,
        Some("'") => Some(Style::SingleQuoted),
        Some("\"") => Some(Style::DoubleQuoted),
        Some("|") => Some(Style::Literal),
        Some(">") => Some(Style::Folded),
        Some(other) => return Err(Fault::new(format!("{who}: unknown `default_style` '{other}'"))),
    };
    options.canonical = args.take("canonical").flag(false)?;
    options.line_break = match args.take("line_break").string()?.as_deref() {
        Some("\r") => LineBreak::Cr,
        Some("\r\n") => LineBreak::CrLf,
        _ => LineBreak::Lf,
    };
    if let Some(version) = given(args.take("version")) {
        options.version = match version.to_value()? {
            Value::List(parts) => match parts.as_slice() {
                [Value::Int(major), Value::Int(minor)] => i64::try_from(*major).ok().zip(i64::try_from(*minor).ok()),
                _ => None,
            },
            _ => None,
        };
        if options.version.is_none() {
            return Err(Fault::new(format!("{who}: `version` must be two whole numbers")));
        }
    }
    if let Some((name, _)) = args.named.first() {
        return Err(Fault::new(match name.as_ref() {
            "allow_unicode" => "yaml.dump() got multiple values for keyword argument 'allow_unicode'".to_owned(),
            "encoding" | "tags" => format!("{who}: the argument '{name}' is not supported"),
            name => format!("dump_all() got an unexpected keyword argument '{name}'"),
        }));
    }
    Ok(Val::from(yaml::emit(&value.to_value()?, &options)))
}

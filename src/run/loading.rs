//! What `include_tasks` and `include_role` ask for, loaded when their turn comes.

use super::engine::Engine;
use super::executed::IncludeRequest;
use super::world::{Host, Included};
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::FromFiles;
use crate::template::{Said, Variables, Wanted, pinned, stays_below};
use hostler_sdk::args::FromValue;
use hostler_sdk::{Map, Value};
use std::path::Path;

/// Loads a request. Its arguments are rendered already.
pub(super) fn load(engine: &Engine, request: &IncludeRequest, host: &Host) -> Result<Included> {
    let loader = &engine.ctx.loader;
    let args = &request.args;
    let said = |names: &[&str]| request.said.of(names);
    let loaded = if request.task.action.spec.name == "include_role" {
        for name in ["name", "role"].iter().chain(&FromFiles::NAMES) {
            is_no_way(word(args, name), said(&[name])).map_err(|e| e.at(&request.task.action.place, "").boxed())?;
        }
        let name = word(args, "name").or_else(|| word(args, "role")).unwrap_or_default();
        let from = FromFiles {
            tasks: word(args, "tasks_from"),
            vars: word(args, "vars_from"),
            defaults: word(args, "defaults_from"),
            handlers: word(args, "handlers_from"),
        };
        let (public, again) = (flag(args, "public", loader.shows_included()), flag(args, "allow_duplicates", true));
        let validate = flag(args, "rolespec_validate", true);
        loader.include_role(&request.task, &name, from, public, again, validate, &request.vars).map(|mut loaded| {
            loaded.path = name.into();
            loaded
        })
    } else {
        let file = word(args, "_raw_params").or_else(|| word(args, "file")).unwrap_or_default();
        let said = said(&["_raw_params", "file"]);
        let project = match said.is_any() {
            true => engine.scope(host, Some(&request.task), Variables::default())?.project(),
            false => Vec::new(),
        };
        loader.include_tasks(&request.task, &file, &request.vars, &|path| {
            pinned(&file, said, path, Wanted::Read, &project)
        })
    };
    for warning in loader.take_warnings() {
        engine.warn_once(crate::diagnostic::render(&warning, false));
    }
    let loaded = loaded.map_err(several)?;
    for role in &loaded.roles {
        engine.vars.add_role(role);
    }
    Ok(Included { path: loaded.path.display().to_string(), steps: loaded.steps, handlers: loaded.handlers })
}

fn word(args: &Map, name: &str) -> Option<String> {
    args.get(name).filter(|value| !value.is_null()).map(Value::to_string).filter(|text| !text.is_empty())
}

/// Refuses the name of a role, or of a file in one, that a host had a say in and that is a way elsewhere.
fn is_no_way(name: Option<String>, said: Said) -> Result<()> {
    match name {
        Some(name) if said.is_any() && !stays_below(&name) => {
            // Where it would be found does not count: roles have names.
            pinned(&name, said, Path::new(""), Wanted::Read, &[])
        }
        _ => Ok(()),
    }
}

fn flag(args: &Map, name: &str, usual: bool) -> bool {
    args.get(name).and_then(|value| bool::from_value(value).ok()).unwrap_or(usual)
}

/// The first of several mistakes; the others are told in its notes.
pub(super) fn several(mut mistakes: Vec<Diagnostic>) -> Box<Diagnostic> {
    if mistakes.is_empty() {
        return Diagnostic::error("could not load what is included").boxed();
    }
    let mut first = mistakes.remove(0);
    first.notes.extend(mistakes.iter().map(|other| format!("also: {other}")));
    first.boxed()
}

//! Lookups of the controller's environment and of commands run there: `env`, `pipe`, `lines`.

use super::{Lookup, aside};
use crate::template::engine::{Args, Cause, Eval, Fault, Session, Val};
use crate::template::methods;
use std::process::{Command, Stdio};
use std::rc::Rc;

pub(super) const LOOKUPS: &[Lookup] = &[
    Lookup::lenient("env", env),
    Lookup::acting("pipe", |s, terms, _| terms.iter().map(|t| Ok(Val::from(run(s, t, true)?))).collect()),
    Lookup::acting("lines", |s, terms, _| {
        let mut out = Vec::new();
        for term in &terms {
            out.extend(methods::split_lines(&run(s, term, false)?, false).into_iter().map(Val::text));
        }
        Ok(out)
    }),
];

fn env(_: &Rc<Session>, terms: Vec<Val>, options: &mut Args) -> Eval<Vec<Val>> {
    let default = options.take("default").unwrap_or_else(|| Val::text(""));
    let mut out = Vec::new();
    for term in terms {
        let text = term.strict()?.to_text()?;
        let name = text.split_whitespace().next().unwrap_or_default();
        match (std::env::var(name), &default) {
            (Ok(value), _) => out.push(Val::from(value)),
            (Err(_), Val::Missing(_)) => {
                let told = format!("The environment variable '{name}' is not set.");
                out.push(Val::missing(Cause::Told(told)).strict()?);
            }
            (Err(_), default) => out.push(default.clone()),
        }
    }
    Ok(out)
}

/// The output of a shell command; it runs in the most specific directory of the search path.
fn run(session: &Rc<Session>, term: &Val, trim: bool) -> Eval<String> {
    let text = term.to_text()?;
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(&*text).stdin(Stdio::null()).stderr(Stdio::inherit());
    if let Some(folder) = session.scope.search_path().into_iter().find(|p| p.is_dir()) {
        command.current_dir(folder);
    }
    let output = aside::wait(|| command.output()).map_err(|e| Fault::new(format!("could not run `{text}`: {e}")))?;
    if !output.status.success() {
        let code = output.status.code().unwrap_or(-1);
        return Err(Fault::new(format!("lookup_plugin.pipe({text}) returned {code}")));
    }
    let out = hostler_sdk::bytes::to_text(output.stdout);
    Ok(if trim { out.trim_end().to_owned() } else { out })
}

//! `vars_prompt`: questions before a play.

use super::ask;
use super::context::RunContext;
use super::engine::broken;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::playbook::{Play, Prompt};
use crate::report::Event;
use crate::template::{Scope, Templated, Variables};
use hostler_sdk::Value;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// Asks what the play wants to know, unless it was given with `--extra-vars`.
pub(super) fn ask(
    ctx: &RunContext,
    play: &Play,
    events: &UnboundedSender<Event>,
    scope: &Arc<dyn Scope>,
) -> Result<Variables> {
    let mut answers = Variables::default();
    for prompt in &play.vars_prompt {
        if ctx.vars.is_extra(&prompt.name) {
            continue;
        }
        let render =
            |value: &Option<Templated>| value.as_ref().map(|v| ctx.language.jinja.render(v, scope)).transpose();
        let default = render(&prompt.default)?;
        let question = render(&prompt.prompt)?.map_or_else(|| prompt.name.clone(), |q| q.to_string());
        let mut answer: Value = match ask::possible() {
            true => ask::held(events, || typed(prompt, &question, default.as_ref()))
                .map_err(|e| broken("could not ask", e))?,
            // Without a terminal the default has to do, as in Ansible.
            false => default.unwrap_or_default(),
        };
        if prompt.private
            && let Some(secret) = answer.as_str()
        {
            ctx.language.secrets.add(secret);
        }
        if let Some(scheme) = &prompt.encrypt {
            answer = encrypted(ctx, prompt, scheme, &answer, scope)?;
        }
        answers.set(prompt.name.as_str(), answer, None);
    }
    Ok(answers)
}

fn typed(prompt: &Prompt, question: &str, default: Option<&Value>) -> std::io::Result<Value> {
    let shown = match default {
        Some(default) if !default.is_null() => format!("{question} [{default}]"),
        _ => question.to_owned(),
    };
    loop {
        let first = ask::line(&shown, !prompt.private)?;
        if prompt.confirm && ask::line(&format!("confirm {question}"), !prompt.private)? != first {
            eprintln!("***** VALUES ENTERED DO NOT MATCH ****");
            continue;
        }
        return Ok(match (first.is_empty(), default) {
            (true, Some(default)) => default.clone(),
            _ => first.into(),
        });
    }
}

/// The answer hashed as a password, by the filter that does it in templates.
fn encrypted(ctx: &RunContext, prompt: &Prompt, scheme: &str, answer: &Value, scope: &Arc<dyn Scope>) -> Result<Value> {
    if prompt.salt_size.is_some() && prompt.salt.is_none() {
        return Err(Diagnostic::error(format!("`salt_size` of the prompt `{}` is not supported", prompt.name))
            .hint("leave it out for a salt of the scheme's usual length, or give `salt`")
            .boxed());
    }
    let salt = if prompt.salt.is_some() { ", salt" } else { "" };
    let text = format!("answer | password_hash(scheme{salt})");
    let expression = ctx.language.jinja.expression(&text, Place::named("vars_prompt", &text))?;
    let mut vars = Variables::default();
    vars.set("answer", answer.clone(), None);
    vars.set("scheme", Value::from(scheme), None);
    vars.set("salt", Value::from(prompt.salt.clone()), None);
    let scope = crate::template::over(scope, vars);
    ctx.language.jinja.render(&Templated::Template(expression), &scope)
}

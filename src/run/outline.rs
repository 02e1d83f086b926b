//! A play as `--list-hosts`, `--list-tasks` and `--list-tags` tell it: nothing is connected to.

use super::context::RunContext;
use super::play_run::Stop;
use super::playing::Playing;
use crate::diagnostic::Result;
use crate::playbook::{Play, Step, Task};
use crate::template::{Scope, Variables};
use hostler_sdk::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What a play is about.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name, or its pattern.
    pub name: String,
    /// `hosts:`, each pattern.
    pub patterns: Vec<String>,
    /// The hosts it would run on, in order.
    pub hosts: Vec<String>,
    /// Tags of the play itself.
    pub tags: Vec<String>,
    /// Tasks that the tags of the command line choose: name and tags, in order.
    pub tasks: Vec<(String, Vec<String>)>,
}

impl Outline {
    /// Looks at a play.
    ///
    /// # Errors
    /// Keywords that cannot be rendered, patterns that cannot be read.
    pub fn of(ctx: &Arc<RunContext>, play: &Arc<Play>) -> Result<Self> {
        let (events, _) = mpsc::unbounded_channel();
        let (_stop, interrupt) = watch::channel(false);
        let mut start_at = None;
        let playing = Playing { ctx, play, events: &events, interrupt: &interrupt, start_at: &mut start_at };
        let told = |stop: Stop| match stop {
            Stop::Error(diagnostic) => diagnostic,
            Stop::Interrupted(_) | Stop::Quit => crate::diagnostic::Diagnostic::error("interrupted").boxed(),
        };
        let scope = playing.scope(&playing.context(String::new(), Vec::new(), Variables::default()))?;
        let words = playing.words(&scope)?;
        let patterns = playing.patterns(&scope)?;
        let hosts = playing.select(&patterns, &words).map_err(told)?;
        let chosen = playing.chooser(&scope);
        let tags = |written: &[crate::template::Templated]| -> BTreeSet<String> {
            let render = |tag: &crate::template::Templated| match ctx.language.jinja.render(tag, &scope) {
                Ok(Value::List(list)) => list.iter().map(ToString::to_string).collect(),
                Ok(text) => vec![text.to_string()],
                Err(_) => vec![tag.as_written().to_string()],
            };
            written.iter().flat_map(render).collect()
        };
        let own = tags(&play.keywords.tags);
        let mut tasks = Vec::new();
        for step in play.sections.iter().flat_map(|section| &section.steps) {
            collect(step, &mut |task| {
                if !task.implicit && chosen(task) {
                    let all = tags(&task.keywords.tags).union(&own).cloned().collect();
                    tasks.push((title(ctx, task, &scope), all));
                }
            });
        }
        let hosts = hosts.iter().map(ToString::to_string).collect();
        Ok(Outline { name: words.name, patterns, hosts, tags: own.into_iter().collect(), tasks })
    }
}

/// Tasks of a step as ansible lists them: those of `rescue` and `always` are left out.
fn collect(step: &Step, visit: &mut dyn FnMut(&Arc<Task>)) {
    match step {
        Step::Task(task) => visit(task),
        Step::Block(block) => block.block.iter().for_each(|step| collect(step, visit)),
        Step::RoleEnd(_) => {}
    }
}

fn title(ctx: &RunContext, task: &Task, scope: &Arc<dyn Scope>) -> String {
    // Ansible names no role here for a task without a name.
    let Some(name) = &task.name else { return task.action.written.clone() };
    let name = match ctx.language.jinja.render(name, scope) {
        Ok(name) => name.to_string(),
        Err(_) => name.as_written().to_string(),
    };
    match &task.role {
        Some(role) => format!("{} : {name}", role.name),
        None => name,
    }
}

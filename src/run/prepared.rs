//! A task of one host ready to be sent: its arguments and every keyword that says how it runs, rendered.

use super::background::Background;
use super::item::Item;
use crate::actions::{self, SaidArgs};
use crate::diagnostic::{Diagnostic, Result};
use crate::template::{Said, Scope};
use hostler_sdk::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// A task ready to be sent: everything rendered.
pub(super) struct Prepared {
    pub args: Map,
    /// In which arguments a host had a say.
    pub said: SaidArgs,
    pub check: bool,
    pub diff: bool,
    pub ignore_errors: bool,
    pub ignore_unreachable: bool,
    pub environment: Vec<(String, String)>,
    /// Whether a host had a say in that.
    pub said_environment: Said,
    pub timeout: Option<Duration>,
    pub background: Option<Background>,
    pub attempts: u32,
    pub delay: Duration,
    pub notify: Vec<Arc<str>>,
    pub delegate_facts: bool,
}

/// Seconds that `timeout` may have at most.
const LONGEST: f64 = 100_000_000.0;

impl Item<'_> {
    /// Renders them, in the order in which Ansible does.
    pub fn prepare(&self, scope: &Arc<dyn Scope>) -> Result<Prepared> {
        let rendering = self.rendering(scope);
        let (task, options, settings) = (self.task, &self.engine.ctx.options, &self.engine.ctx.settings);
        let words = &task.keywords;
        let expressions = actions::of(task).map(|action| action.expressions).unwrap_or_default();
        let seconds = |value: Option<f64>| {
            value.filter(|s| *s > 0.0).map(|s| Duration::try_from_secs_f64(s).unwrap_or(Duration::MAX))
        };
        let retries: Option<i64> = rendering.keyword("retries", task.retries.as_ref())?;
        let more = match retries {
            Some(retries) => u32::try_from(retries.max(0)).unwrap_or(u32::MAX - 1),
            None if task.until.is_empty() => 0,
            None => 3,
        };
        let delay: f64 = rendering.keyword("delay", task.delay.as_ref())?.unwrap_or(5.0);
        let timeout: Option<f64> = rendering.keyword("timeout", words.timeout.as_ref())?;
        if let Some(wrong) = timeout.filter(|seconds| !(0.0..=LONGEST).contains(seconds)) {
            let what = format!("Timeout {wrong} is invalid, it must be between 0 and {LONGEST}.");
            return Err(Diagnostic::error(what).at(&task.place, "in this task").boxed());
        }
        let background: Option<f64> = rendering.keyword("async", task.r#async.as_ref())?;
        let poll: Option<f64> = rendering.keyword("poll", task.poll.as_ref())?;
        let check = rendering.keyword("check_mode", words.check_mode.as_ref())?.unwrap_or(options.check);
        if background.is_some_and(|s| s > 0.0) && check {
            let what = "\"check mode\" and \"async\" cannot be used on same task.";
            return Err(Diagnostic::error(what).at(&task.place, "in this task").boxed());
        }
        let mut notify: Vec<Arc<str>> = Vec::new();
        for name in &task.notify {
            match rendering.keyword::<Value>("notify", Some(name))? {
                Some(Value::List(names)) => notify.extend(names.iter().map(|n| n.to_string().into())),
                Some(name) => notify.push(name.to_string().into()),
                None => {}
            }
        }
        let (args, said) = rendering.arguments(expressions)?;
        let (environment, said_environment) = rendering.environment()?;
        Ok(Prepared {
            args,
            said,
            check,
            diff: rendering.keyword("diff", words.diff.as_ref())?.unwrap_or(options.diff),
            ignore_errors: rendering.keyword("ignore_errors", words.ignore_errors.as_ref())?.unwrap_or(false),
            ignore_unreachable: rendering
                .keyword("ignore_unreachable", words.ignore_unreachable.as_ref())?
                .unwrap_or(false),
            environment,
            said_environment,
            timeout: seconds(timeout.or(Some(*settings.task_timeout as f64))),
            background: seconds(background)
                .map(|limit| Background { limit, poll: seconds(Some(poll.unwrap_or(*settings.poll_interval as f64))) }),
            attempts: more.saturating_add(1),
            delay: Duration::try_from_secs_f64(if delay < 0.0 { 1.0 } else { delay }).unwrap_or_default(),
            notify,
            delegate_facts: rendering.keyword("delegate_facts", task.delegate_facts.as_ref())?.unwrap_or(false),
        })
    }
}

//! One play from its keywords to its end: hosts, batches, facts to gather, then a strategy for each batch.

use super::ahead::Asked;
use super::context::RunContext;
use super::engine::{Engine, broken};
use super::facts_asked::FactsAsked;
use super::implicit;
use super::lane::{Group, Node};
use super::late_facts::PartOfFacts;
use super::meta::Meta;
use super::play_run::{Fleet, PlayEnd, PlayPlan, PlayRun, Stop, Strategy};
use super::rendering::phrase;
use super::steps::{self, RoleEnd, Work};
use super::world::Host;
use crate::config::Gathering;
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::Order;
use crate::playbook::{Play, Role, TagFilter};
use crate::report::Event;
use crate::template::{Scope, Templated, Variables};
use crate::vars::PlayContext;
use hostler_sdk::Value;
use hostler_sdk::args::FromValue;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// A play about to be run.
pub(super) struct Playing<'a> {
    pub ctx: &'a Arc<RunContext>,
    pub play: &'a Arc<Play>,
    pub events: &'a UnboundedSender<Event>,
    pub interrupt: &'a watch::Receiver<bool>,
    /// `--start-at-task` while no task has matched.
    pub start_at: &'a mut Option<String>,
}

/// Keywords of the play itself, rendered without a host.
pub(super) struct Words {
    pub name: String,
    strategy: Strategy,
    serial: Vec<Value>,
    max_fail: Option<f64>,
    force_handlers: bool,
    order: Order,
    gather: Option<bool>,
    debugging: bool,
}

impl Playing<'_> {
    /// Runs all batches. The code, and whether the run ends here.
    pub async fn run(mut self, fleet: &mut Fleet, asked: &mut FactsAsked<'_>) -> Result<(u8, bool), Stop> {
        // Keywords of the play are rendered before its hosts are known, and may use the answers to its questions.
        let scope = self.scope(&self.context(String::new(), Vec::new(), Variables::default()))?;
        let answers = super::prompts::ask(self.ctx, self.play, self.events, &scope)?;
        let scope = self.scope(&self.context(String::new(), Vec::new(), answers.clone()))?;
        let words = self.words(&scope)?;
        let patterns = self.patterns(&scope)?;
        let hosts = self.select(&patterns, &words)?;
        let free = words.strategy != Strategy::Linear;
        if hosts.is_empty() {
            self.send(Event::PlayStart { name: words.name.clone(), hosts: Vec::new(), free });
            self.send(Event::NoHostsMatched { name: words.name });
            return Ok((0, false));
        }
        let context = self.context(words.name.clone(), hosts.clone(), answers);
        self.ctx.vars.prepare(&hosts, &context).map_err(super::loading::several)?;
        self.ctx.tell_warnings(self.events);
        let chooser = self.chooser(&self.scope(&context)?);
        let mut code = 0;
        for batch in batches(&hosts, &words.serial)? {
            context.set_batch(&batch);
            let before = fleet.failed.len() + fleet.unreachable.len();
            let names = batch.iter().map(ToString::to_string).collect();
            self.send(Event::PlayStart { name: words.name.clone(), hosts: names, free });
            let end = self.batch(&batch, &words, &context, &chooser, (fleet, asked)).await?;
            self.ctx.tell_warnings(self.events);
            code = end.code;
            if end.ended {
                return Ok((code, false));
            }
            let lost = (fleet.failed.len() + fleet.unreachable.len()).saturating_sub(before);
            if end.stop || lost == batch.len() {
                return Ok((code, true));
            }
        }
        Ok((code, false))
    }

    /// The hosts of the play, within the limit, in its order.
    pub fn select(&self, patterns: &[String], words: &Words) -> Result<Vec<Host>, Stop> {
        let inventory = self.ctx.vars.inventory();
        let selection = inventory.select(patterns, self.ctx.limit.as_ref())?;
        for warning in &selection.warnings {
            let hint = warning.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            self.send(Event::Warning { text: phrase(warning) + &hint });
        }
        let mut hosts: Vec<Host> = selection.hosts;
        words.order.apply(&mut hosts);
        Ok(hosts)
    }

    pub fn context(&self, name: String, hosts: Vec<Host>, answers: Variables) -> Arc<PlayContext> {
        Arc::new(PlayContext::new(self.play.clone(), name, &self.play.dir, hosts, answers))
    }

    pub fn scope(&self, context: &Arc<PlayContext>) -> Result<Arc<dyn Scope>> {
        Ok(self.ctx.vars.play_scope(context, None)?)
    }

    fn send(&self, event: Event) {
        // When nobody listens any more, nothing is lost.
        let _ = self.events.send(event);
    }

    async fn batch(
        &mut self,
        hosts: &[Host],
        words: &Words,
        context: &Arc<PlayContext>,
        chosen: &Arc<dyn Fn(&Work) -> bool + Send + Sync>,
        (fleet, asked): (&mut Fleet, &mut FactsAsked<'_>),
    ) -> Result<PlayEnd, Stop> {
        let whole = implicit::gather(self.play, None)?;
        let gathering: Vec<&Host> =
            hosts.iter().filter(|host| chosen(&whole) && self.gathers(host, words.gather)).collect();
        let part = if gathering.is_empty() { None } else { asked.of(self.ctx, self.play) };
        let part = part.map(|asked| PartOfFacts { asked, whole: whole.clone() });
        let engine = Arc::new(Engine {
            ctx: self.ctx.clone(),
            vars: context.clone(),
            events: self.events.clone(),
            warned: Mutex::new(HashSet::new()),
            asked: Asked::default(),
            lines: Mutex::default(),
            debugging: words.debugging,
            part,
        });
        let gather = match &engine.part {
            Some(part) => implicit::gather(self.play, Some(&*part.asked))?,
            None => whole,
        };
        let gather: HashMap<Host, Work> = gathering.into_iter().map(|host| (host.clone(), gather.clone())).collect();
        if engine.part.is_some() {
            asked.kept.push(engine.clone());
        }
        let play = self.play.clone();
        let end = implicit::meta(&play, Meta::RoleComplete, None)?;
        let role_end: RoleEnd =
            Arc::new(move |role| implicit::meta(&play, Meta::RoleComplete, Some(role.clone())).unwrap_or(end.clone()));
        let options = &self.ctx.options;
        let plan = PlayPlan {
            hosts: hosts.to_vec(),
            steps: Arc::new(Group::plain(self.sections(words.force_handlers, &**chosen, &*role_end)?)),
            gather,
            handlers: self.play.handlers.clone(),
            max_fail: words.max_fail,
            forks: options.forks,
            handlers_must_be: *self.ctx.settings.error_on_missing_handler,
            step: options.step,
            ahead: options.ahead && !options.step,
            invocation: options.verbosity >= 3,
            chosen: chosen.clone(),
            role_end,
        };
        let mut run = PlayRun::new(engine, fleet, &plan, self.interrupt.clone());
        if let Some(wanted) = self.start_at.clone()
            && run.start_at(&wanted)
        {
            *self.start_at = None;
        }
        match words.strategy {
            Strategy::Linear => run.linear().await,
            Strategy::Free => run.free(false).await,
            Strategy::HostPinned => run.free(true).await,
        }
    }

    /// The play's steps with the flushing of handlers between its sections.
    fn sections(
        &self,
        force: bool,
        chosen: &dyn Fn(&Work) -> bool,
        role_end: &dyn Fn(&Arc<Role>) -> Work,
    ) -> Result<Vec<Node<Work>>> {
        let of = |names: &[&str]| -> Vec<Node<Work>> {
            let sections = self.play.sections.iter().filter(|section| names.contains(&section.name));
            sections.flat_map(|section| steps::nodes(&section.steps, chosen, role_end)).collect()
        };
        let mut out = Vec::new();
        for part in [&["pre_tasks"][..], &["roles", "tasks"], &["post_tasks"]] {
            let nodes = of(part);
            let flush = Node::Task(implicit::meta(self.play, Meta::FlushHandlers, None)?);
            if force {
                out.push(Node::Group(Arc::new(Group { main: nodes, rescue: Vec::new(), always: vec![flush] })));
            } else {
                out.extend(nodes);
                out.push(flush);
            }
        }
        Ok(out)
    }

    /// Whether facts are gathered for a host.
    fn gathers(&self, host: &Host, keyword: Option<bool>) -> bool {
        let implied = keyword.unwrap_or(true);
        match *self.ctx.settings.gathering {
            Gathering::Implicit => implied,
            Gathering::Explicit => keyword == Some(true),
            Gathering::Smart => implied && !self.ctx.vars.has_facts(host),
        }
    }

    /// Which tasks the tags choose.
    pub fn chooser(&self, scope: &Arc<dyn Scope>) -> Arc<dyn Fn(&Work) -> bool + Send + Sync> {
        let filter = TagFilter::new(&self.ctx.options.tags, &self.ctx.options.skip_tags);
        let (jinja, scope) = (self.ctx.language.jinja.clone(), scope.clone());
        Arc::new(move |task| {
            let mut tags: Vec<String> = Vec::new();
            for tag in &task.keywords.tags {
                match jinja.render(tag, &scope) {
                    Ok(Value::List(list)) => tags.extend(list.iter().map(ToString::to_string)),
                    Ok(text) => tags.extend(text.to_string().split(',').map(|t| t.trim().to_owned())),
                    Err(_) => {}
                }
            }
            filter.selects(&tags)
        })
    }

    fn keyword<T: FromValue>(
        &self,
        name: &str,
        value: &Option<Templated>,
        scope: &Arc<dyn Scope>,
    ) -> Result<Option<T>> {
        let Some(value) = value else { return Ok(None) };
        let wrong = |e: Diagnostic| {
            super::rendering::prefixed(&format!("Error processing keyword '{name}': "), e)
                .at(&self.play.place, "in this play")
                .boxed()
        };
        match self.ctx.language.jinja.render_opt(value, scope).map_err(|e| wrong(*e))? {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::from_value(&value).map(Some).map_err(|why| wrong(Diagnostic::error(why))),
        }
    }

    pub fn words(&self, scope: &Arc<dyn Scope>) -> Result<Words> {
        let (play, settings) = (self.play, &self.ctx.settings);
        let name: Option<Value> = self.keyword("name", &play.name, scope)?;
        let strategy: Option<String> = self.keyword("strategy", &play.strategy, scope)?;
        let order: Option<String> = self.keyword("order", &play.order, scope)?;
        let order = match order.as_deref() {
            None | Some("") => Order::default(),
            Some(text) => Order::parse(text).ok_or_else(|| {
                Diagnostic::error(format!("invalid `order` specified: '{text}'"))
                    .at(&play.place, "in this play")
                    .nearest(text, Order::NAMES)
                    .boxed()
            })?,
        };
        let serial = match self.keyword::<Value>("serial", &play.serial, scope)? {
            None => Vec::new(),
            Some(Value::List(list)) => list.to_vec(),
            Some(one) => vec![one],
        };
        let force: Option<bool> = self.keyword("force_handlers", &play.force_handlers, scope)?;
        let percent: Option<f64> = self.keyword("max_fail_percentage", &play.max_fail_percentage, scope)?;
        let strategy = strategy.unwrap_or_else(|| settings.strategy.to_string());
        Ok(Words {
            debugging: *settings.enable_task_debugger || matches!(&*strategy, "debug" | "ansible.builtin.debug"),
            name: match name {
                Some(name) => name.to_string(),
                None => self.patterns(scope)?.join(","),
            },
            strategy: Strategy::named(&strategy)?,
            serial,
            max_fail: percent.map(|p| p / 100.0),
            force_handlers: force.unwrap_or(*settings.force_handlers || self.ctx.options.force_handlers),
            order,
            gather: self.keyword("gather_facts", &play.gather_facts, scope)?,
        })
    }

    /// `hosts:` as patterns.
    pub fn patterns(&self, scope: &Arc<dyn Scope>) -> Result<Vec<String>> {
        let value: Option<Value> = self.keyword("hosts", &Some(self.play.hosts.clone()), scope)?;
        match value {
            Some(Value::List(list)) => Ok(list.iter().map(ToString::to_string).collect()),
            Some(Value::Str(text)) if !text.is_empty() => Ok(vec![text.to_string()]),
            _ => Err(Diagnostic::error("hosts list cannot be empty. Please check your playbook")
                .at(&self.play.place, "in this play")
                .boxed()),
        }
    }
}

/// Hosts in groups of the sizes `serial` says, the last size again and again.
fn batches(hosts: &[Host], serial: &[Value]) -> Result<Vec<Vec<Host>>> {
    let mut rest = hosts;
    let mut out = Vec::new();
    let mut sizes = serial.iter();
    let mut size = sizes.next().map(|value| amount(value, hosts.len())).transpose()?.unwrap_or(0);
    while !rest.is_empty() {
        let count = if size == 0 { rest.len() } else { size.min(rest.len()) };
        let (batch, more) = rest.split_at(count);
        out.push(batch.to_vec());
        rest = more;
        if let Some(next) = sizes.next() {
            size = amount(next, hosts.len())?;
        }
    }
    Ok(out)
}

/// A number of hosts, or a percentage of all of them, which is at least one host. 0 (or less) is all.
fn amount(value: &Value, all: usize) -> Result<usize> {
    let text = value.to_string();
    let wrong = || broken("`serial` must be a number of hosts or a percentage", format!("found `{text}`"));
    match text.strip_suffix('%') {
        Some(percent) => {
            let percent: f64 = percent.trim().parse().map_err(|_| wrong())?;
            Ok(((percent / 100.0 * all as f64) as usize).max(1))
        }
        None => {
            let count: i64 = text.trim().parse().map_err(|_| wrong())?;
            Ok(usize::try_from(count).unwrap_or(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_makes_batches() {
        let hosts: Vec<Host> = (1..=10).map(|n| n.to_string().into()).collect();
        let sizes =
            |serial: &[Value]| -> Vec<usize> { batches(&hosts, serial).unwrap().iter().map(Vec::len).collect() };
        assert_eq!(sizes(&[]), [10]);
        assert_eq!(sizes(&[3.into()]), [3, 3, 3, 1]);
        assert_eq!(sizes(&["25%".into()]), [2, 2, 2, 2, 2]);
        assert_eq!(sizes(&["1%".into()]), [1; 10]);
        assert_eq!(sizes(&[1.into(), 5.into(), 20.into()]), [1, 5, 4]);
        assert_eq!(sizes(&[0.into()]), [10]);
        assert_eq!(sizes(&[1.into(), 0.into()]), [1, 9]);
        assert!(batches(&hosts, &["x".into()]).is_err());
    }
}

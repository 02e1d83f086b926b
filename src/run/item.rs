//! One item of a task on one host: condition, arguments, the work itself with its repetitions, and the judgement of its result.

use super::background::Background;
use super::engine::Engine;
use super::executed::{IncludeRequest, ItemTrace};
use super::hands::{Manner, TaskHands, Touched};
use super::on_host::message;
use super::profile::Spent;
use super::rendering::Rendering;
use super::world::Host;
use crate::actions::{self, ActionError, ActionResult, Done, Effect, Hands, TaskRun};
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::{Task, UNRESOLVED};
use crate::report::{Event, Status};
use crate::template::{Scope, Variables};
use hostler_sdk::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is to be run.
pub(super) struct Item<'a> {
    pub engine: &'a Arc<Engine>,
    pub host: &'a Host,
    pub task: &'a Arc<Task>,
    /// Loop variables, and what earlier items left.
    pub overlay: Variables,
}

/// What it came to.
#[derive(Debug, Default)]
pub(super) struct ItemDone {
    pub result: Map,
    pub trace: ItemTrace,
    /// Variables later items of the same loop see.
    pub learnt: Variables,
    pub ignored: bool,
    pub no_log: bool,
    pub verbose: bool,
    pub delegated_to: Option<Host>,
    pub error: Option<Diagnostic>,
}

/// A task ready to be sent: everything rendered.
pub(super) struct Prepared {
    args: Map,
    check: bool,
    diff: bool,
    ignore_errors: bool,
    ignore_unreachable: bool,
    environment: Vec<(String, String)>,
    timeout: Option<Duration>,
    background: Option<Background>,
    attempts: u32,
    delay: Duration,
    notify: Vec<Arc<str>>,
    delegate_facts: bool,
}

/// What a host gets beyond the time of a task before it stops it on its own.
const GRACE: Duration = Duration::from_secs(2);

/// Seconds that `timeout` may have at most.
const LONGEST: f64 = 100_000_000.0;

/// What stands for the traceback of a failed task, which only Python has.
const NO_TRACEBACK: &str = "(traceback unavailable)";

impl ItemDone {
    /// How it ended.
    pub fn status(&self) -> Status {
        let is = |key: &str| self.result.get(key).is_some_and(Value::truthy);
        match () {
            () if is("unreachable") => Status::Unreachable,
            // What `failed_when` says decides, even when the attempts of `until` were not enough.
            () if self.result.contains_key("failed_when_result") && is("failed_when_result") => Status::Failed,
            () if !self.result.contains_key("failed_when_result") && is("failed") => Status::Failed,
            () if is("skipped") => Status::Skipped,
            () if is("changed") => Status::Changed,
            () => Status::Ok,
        }
    }

    /// Makes it a failure.
    pub fn fail(&mut self, diagnostic: Diagnostic) {
        self.result.set("failed", true);
        self.result.set("msg", message(&diagnostic));
        self.error = Some(diagnostic);
    }
}

impl Item<'_> {
    /// A failure before there was anything to run.
    pub fn failed(diagnostic: Diagnostic) -> ItemDone {
        let mut done = ItemDone::default();
        done.result.set("changed", false);
        done.fail(diagnostic);
        done
    }

    pub fn rendering<'r>(&'r self, scope: &'r Arc<dyn Scope>) -> Rendering<'r> {
        Rendering { jinja: &self.engine.ctx.language.jinja, scope, task: self.task }
    }

    /// Runs it. `loop_error` is told only when the conditions hold.
    pub async fn run(&self, loop_error: Option<Diagnostic>) -> ItemDone {
        let scope = match self.engine.scope(self.host, Some(self.task), self.overlay.clone()) {
            Ok(scope) => scope,
            Err(e) => return Self::failed(*e),
        };
        let rendering = self.rendering(&scope);
        let no_log = rendering.keyword("no_log", self.task.keywords.no_log.as_ref());
        let no_log: bool = match no_log {
            Ok(no_log) => no_log.unwrap_or(*self.engine.ctx.settings.no_log),
            Err(e) => return ItemDone { no_log: true, ..Self::failed(*e) },
        };
        let mut done = self.with_scope(&scope, no_log, loop_error).await;
        if done.result.get("failed").is_some_and(Value::truthy) {
            done.result.set("exception", NO_TRACEBACK);
        }
        done.no_log = no_log;
        self.explain(&mut done);
        done
    }

    /// Whatever failed a task, what is told of it names the task. A module's failure that is ignored needs no more than its result.
    fn explain(&self, done: &mut ItemDone) {
        if done.status() != Status::Failed {
            return;
        }
        let place = &self.task.place;
        done.error = match done.error.take() {
            Some(told)
                if told.places.iter().any(|at| at.place.start == place.start && at.place.path() == place.path()) =>
            {
                Some(told)
            }
            Some(told) => Some(told.at(place, "in this task")),
            None if done.ignored => None,
            None => {
                let msg = done.result.str("msg").filter(|msg| !msg.is_empty()).unwrap_or("the task failed");
                Some(Diagnostic::error(msg).at(place, "this task failed"))
            }
        };
    }

    async fn with_scope(&self, scope: &Arc<dyn Scope>, no_log: bool, loop_error: Option<Diagnostic>) -> ItemDone {
        let begun = Instant::now();
        let rendering = self.rendering(scope);
        let delegated_to = match rendering.text("delegate_to", self.task.delegate_to.as_ref()) {
            Ok(host) => host.filter(|host| !host.is_empty()).map(Host::from),
            Err(e) => return self.ignorable(Self::failed(*e), scope),
        };
        match rendering.first_false(&self.task.keywords.when) {
            Ok(None) => {}
            Ok(Some(condition)) => return ItemDone { delegated_to, ..skipped(&condition.source) },
            Err(e) => return self.ignorable(Self::failed(loop_error.unwrap_or(*e)), scope),
        }
        if let Some(error) = loop_error {
            return self.ignorable(Self::failed(error), scope);
        }
        let preparing = self.prepare(scope);
        self.engine.spent(self.host, self.task, Spent::Own, begun, begun.elapsed());
        let prepared = match preparing {
            Ok(prepared) => prepared,
            Err(e) => return self.ignorable(ItemDone { delegated_to, ..Self::failed(*e) }, scope),
        };
        let mut done = match self.include(&prepared) {
            Some(done) => done,
            None => self.attempts(&prepared, scope, no_log, delegated_to.as_ref()).await,
        };
        done.ignored = match done.status() {
            Status::Failed => prepared.ignore_errors,
            Status::Unreachable => prepared.ignore_unreachable,
            _ => false,
        };
        done.trace.notify = prepared.notify;
        if prepared.delegate_facts {
            done.trace.facts_of = delegated_to.clone();
        }
        done.delegated_to = delegated_to;
        done
    }

    /// A failure before the keywords were rendered: `ignore_errors` still counts when it can be read.
    fn ignorable(&self, mut done: ItemDone, scope: &Arc<dyn Scope>) -> ItemDone {
        let ignore = self.rendering(scope).keyword("ignore_errors", self.task.keywords.ignore_errors.as_ref());
        done.ignored = matches!(ignore, Ok(Some(true)));
        done
    }

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
        Ok(Prepared {
            args: rendering.arguments(expressions)?,
            check,
            diff: rendering.keyword("diff", words.diff.as_ref())?.unwrap_or(options.diff),
            ignore_errors: rendering.keyword("ignore_errors", words.ignore_errors.as_ref())?.unwrap_or(false),
            ignore_unreachable: rendering
                .keyword("ignore_unreachable", words.ignore_unreachable.as_ref())?
                .unwrap_or(false),
            environment: rendering.environment()?,
            timeout: seconds(timeout.or(Some(*settings.task_timeout as f64))),
            background: seconds(background)
                .map(|limit| Background { limit, poll: seconds(Some(poll.unwrap_or(*settings.poll_interval as f64))) }),
            attempts: more.saturating_add(1),
            delay: Duration::try_from_secs_f64(if delay < 0.0 { 1.0 } else { delay }).unwrap_or_default(),
            notify,
            delegate_facts: rendering.keyword("delegate_facts", task.delegate_facts.as_ref())?.unwrap_or(false),
        })
    }

    /// `include_tasks` and `include_role` only say what they want.
    fn include(&self, prepared: &Prepared) -> Option<ItemDone> {
        let name = self.task.action.spec.name;
        if !matches!(name, "include_tasks" | "include_role") {
            return None;
        }
        let mut done = ItemDone::default();
        done.result.set("changed", false);
        if name == "include_tasks" {
            let file = prepared.args.get("_raw_params").or_else(|| prepared.args.get("file"));
            match file.filter(|file| file.truthy()) {
                Some(file) => done.result.set("include", file.clone()),
                None => {
                    done.fail(
                        Diagnostic::error("No include file was specified to the include")
                            .at(&self.task.place, "in this task"),
                    );
                    return Some(done);
                }
            };
        }
        done.result.set("include_args", prepared.args.clone());
        done.trace.include = Some(IncludeRequest {
            task: self.task.clone(),
            args: prepared.args.clone(),
            vars: Arc::default(),
            label: None,
        });
        Some(done)
    }

    /// Runs until the result is good or there are no attempts left.
    async fn attempts(
        &self,
        prepared: &Prepared,
        scope: &Arc<dyn Scope>,
        no_log: bool,
        delegated_to: Option<&Host>,
    ) -> ItemDone {
        let mut attempt = 1;
        loop {
            let touched = Touched::default();
            let sent = self.send(prepared, scope, no_log, delegated_to, Manner::Now(&touched)).await;
            let mut done = self.result_of(sent, prepared);
            if done.status() != Status::Unreachable
                && let Err(e) = self.judge(&mut done, prepared, attempt)
            {
                done.fail(*e);
                self.engine.ctx.answers.void();
                return done;
            }
            // What a host did of its own will (a command), and what waits for the world beyond, says nothing about what did not change.
            if touched.get() && (done.status() != Status::Ok || self.task.action.spec.looks_beyond) {
                self.engine.ctx.answers.void();
            }
            if prepared.attempts == 1 || done.status() == Status::Unreachable {
                return done;
            }
            match self.good(&done) {
                Ok(true) => return done,
                Ok(false) if attempt < prepared.attempts => {
                    done.result.set("retries", prepared.attempts);
                    self.engine.send(Event::Retry {
                        task: self.task.id,
                        host: self.host.to_string(),
                        left: prepared.attempts - attempt,
                        result: super::executed::shown(&done.result, no_log, false),
                    });
                    tokio::time::sleep(prepared.delay).await;
                    attempt += 1;
                }
                Ok(false) => {
                    done.result.set("attempts", prepared.attempts - 1);
                    done.result.set("failed", true);
                    if !done.result.contains_key("msg") {
                        done.result.set("msg", "");
                    }
                    return done;
                }
                Err(e) => {
                    done.fail(*e);
                    return done;
                }
            }
        }
    }

    /// Asks what it would change, ahead of its turn. Nothing is judged or remembered but the host's answers.
    pub async fn ask_ahead(&self, prepared: &Prepared, scope: &Arc<dyn Scope>) {
        // What goes wrong now is told when the turn comes, if it still goes wrong.
        let _ = self.send(prepared, scope, false, None, Manner::Ahead).await;
    }

    /// Has the work done, once.
    async fn send(
        &self,
        prepared: &Prepared,
        scope: &Arc<dyn Scope>,
        no_log: bool,
        delegated_to: Option<&Host>,
        manner: Manner<'_>,
    ) -> ActionResult {
        let engine = self.engine;
        let known = delegated_to.map(|name| engine.known_host(name));
        let elsewhere = known.as_ref().map(|host| self.elsewhere(host)).transpose()?;
        let hands = TaskHands {
            engine,
            here: self.rendering(scope),
            there: self.rendering(elsewhere.as_ref().unwrap_or(scope)),
            host: known.as_ref().unwrap_or(self.host),
            check: prepared.check,
            diff: prepared.diff,
            no_log,
            environment: &prepared.environment,
            // The time is kept here; a host that is out of reach ends by itself soon after.
            timeout: prepared.timeout.map(|limit| limit.saturating_add(GRACE)),
            manner,
        };
        let work = async {
            match actions::of(self.task).and_then(|action| action.action) {
                _ if std::ptr::eq(self.task.action.spec, &UNRESOLVED) => Err(self.unresolved().into()),
                _ if let Some(how) = prepared.background => self.in_background(&hands, &prepared.args, how).await,
                None if self.task.action.spec.name == "async_status" => {
                    self.job_status(&hands, prepared.args.clone()).await
                }
                Some(action) => {
                    let run = TaskRun {
                        task: self.task,
                        host: self.host,
                        args: &prepared.args,
                        scope,
                        jinja: &engine.ctx.language.jinja,
                        check: prepared.check,
                        diff: prepared.diff,
                        verbosity: engine.ctx.options.verbosity,
                        hands: &hands,
                    };
                    action.run(&run).await
                }
                None => {
                    let args = prepared.args.clone();
                    hands.call(self.task.action.spec.name, args, Vec::new()).await.map(Done::from)
                }
            }
        };
        let Some(limit) = prepared.timeout else { return work.await };
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result,
            Err(_) => Err(ActionError::Failed(timed_out(limit))),
        }
    }

    /// The variables of the host a task is delegated to, in which `inventory_hostname` stays that of the task's own host.
    fn elsewhere(&self, host: &Host) -> Result<Arc<dyn Scope>> {
        let mut overlay = self.overlay.clone();
        overlay.set("inventory_hostname", Value::from(self.host.clone()), None);
        self.engine.scope(host, Some(self.task), overlay)
    }

    fn unresolved(&self) -> Diagnostic {
        let action = &self.task.action;
        let what = format!("couldn't resolve module/action '{}'", action.written);
        Diagnostic::error(what)
            .cause("this often indicates a misspelling, missing collection, or incorrect module path")
            .at(&action.place, "no such module")
    }

    /// The result dictionary of what was done.
    fn result_of(&self, sent: ActionResult, prepared: &Prepared) -> ItemDone {
        let mut done = ItemDone::default();
        match sent {
            Ok(Done { outcome, effects, verbose }) => {
                done.result = outcome.into_value();
                done.verbose = verbose;
                done.trace.effects = effects;
            }
            Err(ActionError::Failed(failure)) => {
                done.result.set("changed", false);
                done.result.set("failed", true);
                done.result.set("msg", failure.msg);
                done.result.extend(failure.values);
            }
            Err(ActionError::Told(diagnostic)) => {
                done.result.set("changed", false);
                done.fail(*diagnostic);
            }
            Err(ActionError::Link(error)) => {
                let kind = if error.unreachable() { "unreachable" } else { "failed" };
                done.result.set("changed", false);
                done.result.set(kind, true);
                done.result.set("msg", format!("Task failed: {error}"));
                done.error = Some(error.diagnostic());
            }
        }
        let reached = !done.result.contains_key("unreachable");
        if reached && self.engine.ctx.options.verbosity >= 3 && !done.result.contains_key("invocation") {
            let invocation = Map::from_iter([("module_args", prepared.args.clone())]);
            done.result.set("invocation", invocation);
        }
        done
    }

    /// Facts, then `failed`, `changed_when`, `failed_when`.
    fn judge(&self, done: &mut ItemDone, prepared: &Prepared, attempt: u32) -> Result<()> {
        self.take_facts(done);
        if !done.result.contains_key("failed") {
            let rc = done.result.get("rc").is_some_and(|rc| *rc != Value::Int(0) && rc.as_str() != Some("0"));
            done.result.set("failed", rc);
        }
        if prepared.attempts > 1 {
            done.result.set("attempts", attempt);
        }
        if done.result.contains_key("skipped") {
            return Ok(());
        }
        if let Some(conditions) = self.task.changed_when.as_ref().filter(|c| !c.is_empty()) {
            match self.after(done).and_then(|scope| self.rendering(&scope).all_hold(conditions)) {
                Ok(changed) => {
                    done.result.set("changed", changed);
                }
                Err(e) => return self.unclear(done, "changed_when_result", *e),
            }
        }
        if let Some(conditions) = self.task.failed_when.as_ref().filter(|c| !c.is_empty()) {
            match self.after(done).and_then(|scope| self.rendering(&scope).all_hold(conditions)) {
                Ok(failed) => {
                    let before = done.result.get("failed").is_some_and(Value::truthy);
                    done.result.set("failed_when_result", failed);
                    done.result.set("failed", failed);
                    if !failed {
                        done.error = None;
                    }
                    if before && !failed {
                        done.result.set("failed_when_suppressed_exception", NO_TRACEBACK);
                    }
                }
                Err(e) => return self.unclear(done, "failed_when_result", *e),
            }
        }
        Ok(())
    }

    fn unclear(&self, done: &mut ItemDone, key: &str, diagnostic: Diagnostic) -> Result<()> {
        done.result.set("failed", true);
        done.result.set(key, super::rendering::phrase(&diagnostic));
        done.error = Some(diagnostic);
        Ok(())
    }

    /// Whether an attempt is the last one needed.
    fn good(&self, done: &ItemDone) -> Result<bool> {
        if self.task.until.is_empty() {
            return Ok(!done.result.get("failed").is_some_and(Value::truthy));
        }
        let scope = self.after(done)?;
        self.rendering(&scope).all_hold(&self.task.until)
    }

    /// The scope conditions on the result see: the result under its name, and the facts it brought.
    fn after(&self, done: &ItemDone) -> Result<Arc<dyn Scope>> {
        let mut overlay = self.overlay.clone();
        done.learnt.0.iter().for_each(|(name, variable)| {
            overlay.0.insert(name.clone(), variable.clone());
        });
        if self.task.register.is_some() {
            let scope = self.engine.scope(self.host, Some(self.task), self.overlay.clone())?;
            if let Some(name) = self.rendering(&scope).text("register", self.task.register.as_ref())? {
                overlay.set(name, Value::from(done.result.clone()), None);
            }
        }
        self.engine.scope(self.host, Some(self.task), overlay)
    }

    /// Facts of modules are kept for the host; those of `set_fact` and `include_vars` are effects already.
    fn take_facts(&self, done: &mut ItemDone) {
        for effect in &done.trace.effects {
            match effect {
                Effect::SetFacts { facts, .. } => {
                    facts.iter().for_each(|(name, value)| done.learnt.set(name.to_string(), value.clone(), None));
                }
                Effect::IncludeVars(vars) => {
                    vars.0.iter().for_each(|(name, variable)| {
                        done.learnt.0.insert(name.clone(), variable.clone());
                    });
                }
                _ => {}
            }
        }
        if self.task.action.spec.name == "debug" || !done.trace.effects.is_empty() {
            return;
        }
        if let Some(Value::Map(facts)) = done.result.get("ansible_facts") {
            done.trace.facts = Some((**facts).clone());
        }
    }
}

fn skipped(condition: &str) -> ItemDone {
    let shown = match condition {
        "False" | "false" => Value::from(false),
        text => text.into(),
    };
    let mut done = ItemDone::default();
    done.result.set("changed", false);
    done.result.set("skipped", true);
    done.result.set("skip_reason", "Conditional result was False");
    done.result.set("false_condition", shown);
    done
}

fn timed_out(limit: Duration) -> hostler_sdk::module::Failure {
    let period = limit.as_secs();
    hostler_sdk::module::Failure::new(format!("Task failed: Timed out after {period} second(s)."))
        .with("timedout", Map::from_iter([("period", period)]))
}

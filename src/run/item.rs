//! One item of a task on one host: its condition, the work itself and its repetitions.

use super::delegation::delegated;
use super::engine::Engine;
use super::executed::{IncludeRequest, ItemTrace};
use super::hands::{Manner, TaskHands, Touched};
use super::in_line::Sent;
use super::judging::{NO_TRACEBACK, skipped, timed_out};
use super::on_host::message;
use super::prepared::Prepared;
use super::profile::Spent;
use super::rendering::Rendering;
use super::world::Host;
use crate::actions::{self, ActionError, ActionResult, Done, Hands, TaskRun};
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::{Task, UNRESOLVED};
use crate::report::{Event, Status};
use crate::template::{Said, Scope, Variables};
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
    /// Whether a host was given something to do.
    pub touched: bool,
    pub error: Option<Diagnostic>,
}

/// What a host gets beyond the time of a task before it stops it on its own.
const GRACE: Duration = Duration::from_secs(2);

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

    /// Whether its result may be shown to nobody.
    pub fn no_log(&self, scope: &Arc<dyn Scope>) -> Result<bool> {
        let no_log = self.rendering(scope).keyword("no_log", self.task.keywords.no_log.as_ref())?;
        Ok(no_log.unwrap_or(*self.engine.ctx.settings.no_log))
    }

    /// Runs it; what was `sent` already is waited for. `loop_error` is told only when the conditions hold.
    pub async fn run(&self, loop_error: Option<Diagnostic>, sent: Option<Sent>) -> ItemDone {
        let scope = match self.engine.scope(self.host, Some(self.task), self.overlay.clone()) {
            Ok(scope) => scope,
            Err(e) => return Self::failed(*e),
        };
        let no_log = match self.no_log(&scope) {
            Ok(no_log) => no_log,
            Err(e) => return ItemDone { no_log: true, ..Self::failed(*e) },
        };
        let arrived = match sent {
            Some(sent) => sent.arrive().await,
            None => None,
        };
        let mut done = match arrived {
            Some((prepared, result)) => self.with(&prepared, &scope, no_log, None, Some(result)).await,
            None => self.with_scope(&scope, no_log, loop_error).await,
        };
        if done.result.get("failed").is_some_and(Value::truthy) {
            done.result.set("exception", NO_TRACEBACK);
        }
        done.no_log |= no_log;
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
        let beyond = match &delegated_to {
            Some(host) => match self.elsewhere(&self.engine.known_host(host)) {
                Ok(there) => Some(delegated(scope, host.clone(), there)),
                Err(e) => return self.ignorable(Self::failed(*e), scope),
            },
            None => None,
        };
        let scope = beyond.as_ref().unwrap_or(scope);
        let rendering = self.rendering(scope);
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
        self.with(&prepared, scope, no_log, delegated_to, None).await
    }

    /// Has the work done, unless its result is there already, and says what it means for the host.
    async fn with(
        &self,
        prepared: &Prepared,
        scope: &Arc<dyn Scope>,
        no_log: bool,
        delegated_to: Option<Host>,
        early: Option<ActionResult>,
    ) -> ItemDone {
        let mut done = match self.include(prepared) {
            Some(done) => done,
            None => self.attempts(prepared, scope, no_log, delegated_to.as_ref(), early).await,
        };
        done.ignored = match done.status() {
            Status::Failed => prepared.ignore_errors,
            Status::Unreachable => prepared.ignore_unreachable,
            _ => false,
        };
        done.trace.notify = prepared.notify.clone();
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
                        Diagnostic::error("No file specified for the include").at(&self.task.place, "in this task"),
                    );
                    return Some(done);
                }
            };
        }
        let mut args = prepared.args.clone();
        args.take("_raw_params");
        if !args.is_empty() {
            done.result.set("include_args", args);
        }
        done.trace.include = Some(IncludeRequest {
            task: self.task.clone(),
            args: prepared.args.clone(),
            said: prepared.said.clone(),
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
        mut early: Option<ActionResult>,
    ) -> ItemDone {
        let mut attempt = 1;
        loop {
            let touched = Touched::default();
            let result = match early.take() {
                Some(result) => {
                    touched.set();
                    touched.answered_from_afar();
                    result
                }
                None => self.send(prepared, scope, no_log, delegated_to, Manner::Now(&touched)).await,
            };
            let mut done = self.result_of(result, prepared);
            done.touched = touched.get();
            // What an action evaluates itself may be anything.
            let evaluates = !self.task.action.expressions.is_empty() && actions::of(self.task).is_some();
            let given = prepared.said.any() || prepared.said_environment.is_any();
            if touched.far() || given || evaluates {
                done.trace.said = Said::ALL;
            }
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
    pub async fn send(
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
                        said: &prepared.said,
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
}

//! The way from a task to its host: which connection, as which user, with which environment. Connections are kept for the whole run.

use super::engine::Engine;
use super::in_line::Line;
use super::profile::Spent;
use super::rendering::{Rendering, prefixed};
use crate::actions::{ActionError, Doing, Hands};
use crate::diagnostic::Diagnostic;
use crate::link::{Become, BecomeKeywords, Body, Connection, ConnectionKeywords, Connector, Link, LinkOptions, Target};
use crate::template::Variables;
use futures_util::future::join_all;
use hostler_sdk::body::BodyInfo;
use hostler_sdk::bytes;
use hostler_sdk::{Call, Map, Outcome, Output, Value};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// The connections of a run, opened when they are first needed.
pub struct Links {
    connector: Connector,
    options: LinkOptions,
    open: Mutex<HashMap<String, Arc<OnceCell<Link>>>>,
    local_ahead: bool,
}

impl Links {
    /// None is open yet.
    pub fn new(connector: Connector, options: LinkOptions) -> Self {
        Links { connector, options, open: Mutex::default(), local_ahead: false }
    }

    /// The connection to a target. A failure is not remembered: the next task tries again.
    pub(super) async fn to(&self, target: &Target) -> Result<Link, ActionError> {
        let key = key(target);
        let cell = self.open.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        Ok(cell.get_or_try_init(|| self.connector.open(target)).await?.clone())
    }

    /// Whether it is worth asking ahead: there is a way between, on which waiting costs time.
    fn ahead_of(&self, target: &Target) -> bool {
        self.local_ahead || target.connection != Connection::Local
    }

    /// Asks ahead even where there is no way between, so that tests need none.
    #[cfg(test)]
    pub fn always_ahead(mut self) -> Self {
        self.local_ahead = true;
        self
    }

    /// Has commands on this machine begin in `directory` from now on.
    pub fn start_in(&self, directory: &Path) {
        self.connector.start_in(directory);
    }

    /// Closes all connections.
    pub async fn close(&self) {
        let all: Vec<_> = self.open.lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
        let links = all.iter().filter_map(|(_, cell)| cell.get());
        join_all(links.map(|link| link.clone().close())).await;
    }
}

fn key(target: &Target) -> String {
    format!("{}\n{}\n{}\n{}\n{:?}", target.name, target.address, target.port, target.user, target.connection)
}

/// What is noted of the calls of a task.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Whether a host was given something to do that was no mere question.
    acted: AtomicBool,
    /// Whether it was another machine that answered.
    far: AtomicBool,
}

impl Touched {
    pub fn set(&self) {
        self.acted.store(true, Ordering::Release);
    }

    pub fn get(&self) -> bool {
        self.acted.load(Ordering::Acquire)
    }

    /// Takes note of who is asked.
    pub fn asked(&self, target: &Target) {
        if target.connection != Connection::Local {
            self.answered_from_afar();
        }
    }

    pub fn answered_from_afar(&self) {
        self.far.store(true, Ordering::Release);
    }

    /// Whether what came back was said by another machine.
    pub fn far(&self) -> bool {
        self.far.load(Ordering::Acquire)
    }
}

/// How calls are made.
#[derive(Clone, Copy)]
pub(super) enum Manner<'a> {
    /// It is the task's turn: a call is made, unless an answer from before stands in for it.
    Now(&'a Touched),
    /// It is not: a call only asks, and the answer is kept.
    Ahead,
    /// It is one of several that are sent together: a call waits in line.
    InLine(&'a Line),
}

/// What is to be done where, for one task on one host.
pub(super) struct TaskHands<'a> {
    pub engine: &'a Engine,
    /// Renders the task's keywords: with the variables of the host the task is for.
    pub here: Rendering<'a>,
    /// Finds connection variables: those of the host that is connected to (the delegated one where there is one).
    pub there: Rendering<'a>,
    /// Name of that host.
    pub host: &'a str,
    pub check: bool,
    pub diff: bool,
    pub no_log: bool,
    pub environment: &'a [(String, String)],
    pub timeout: Option<Duration>,
    pub manner: Manner<'a>,
}

impl<'a> TaskHands<'a> {
    /// The way to a host and nothing to do there.
    pub fn plain(engine: &'a Engine, there: Rendering<'a>, host: &'a str) -> Self {
        let (check, diff, no_log, environment, timeout) = (false, false, false, &[], None);
        TaskHands { engine, here: there, there, host, check, diff, no_log, environment, timeout, manner: Manner::Ahead }
    }

    fn links(&self) -> &'a Links {
        &self.engine.ctx.links
    }

    /// Whose hands: the target, and whom to become there.
    fn resolve(&self) -> Result<(Target, Option<Become>), ActionError> {
        let task = self.there.task;
        let words = &task.keywords;
        let connection = ConnectionKeywords {
            connection: self.here.text("connection", words.connection.as_ref())?,
            port: self.here.keyword("port", words.port.as_ref())?,
            remote_user: self.here.text("remote_user", words.remote_user.as_ref())?,
        };
        let becoming = BecomeKeywords {
            r#become: self.here.keyword("become", words.r#become.as_ref())?,
            method: self.here.text("become_method", words.become_method.as_ref())?,
            user: self.here.text("become_user", words.become_user.as_ref())?,
            flags: self.here.text("become_flags", words.become_flags.as_ref())?,
            exe: self.here.text("become_exe", words.become_exe.as_ref())?,
        };
        let mut variable = |name: &str| {
            self.there.variable(name).map_err(|e| prefixed(&format!("could not use `{name}`: "), *e).boxed())
        };
        let target = Target::resolve(self.host, &mut variable, &connection, &self.links().options)?;
        let who = Become::resolve(&mut variable, &becoming, &self.links().options)?;
        let passwords = target.secrets().chain(who.iter().filter_map(|who| who.password.as_ref()));
        passwords.for_each(|password| self.engine.ctx.language.secrets.add(password.reveal()));
        Ok((target, who))
    }

    fn spent(&self, spent: Spent, start: Instant, took: Duration) {
        self.engine.spent(self.host, self.there.task, spent, start, took);
    }

    /// Sees to it that nothing runs as the user whose account the call is about.
    async fn free_user(&self, link: &Link, who: Option<&Become>, call: &Call) {
        let spec = self.there.task.action.spec;
        let Some(arg) = spec.idle_user.and_then(|name| spec.arg(name)) else { return };
        let given = std::iter::once(&arg.name).chain(arg.aliases).find_map(|name| call.args.get(*name));
        if let Some(user) = given.and_then(Value::as_str)
            && who.is_none_or(|who| who.user != user)
        {
            link.end_runner_of(user).await;
        }
    }

    async fn call_now(
        &self,
        target: &Target,
        who: Option<Become>,
        call: Call,
        bodies: Vec<Body>,
        touched: &Touched,
    ) -> Result<Outcome, ActionError> {
        let started = Instant::now();
        if let Some(outcome) = self.engine.ctx.answers.take(&key(target), who.as_ref(), &call).await {
            self.spent(Spent::Waiting, started, started.elapsed());
            return Ok(outcome);
        }
        let link = self.links().to(target).await?;
        let connected = Instant::now();
        if !call.check {
            touched.set();
            self.free_user(&link, who.as_ref(), &call).await;
        }
        let outcome = link.call(who.as_ref(), call, bodies).await?;
        let there = Duration::from_micros(outcome.took_us);
        let waited = connected.elapsed().saturating_sub(there);
        self.spent(Spent::Connecting, started, connected - started);
        self.spent(Spent::Waiting, connected, waited);
        self.spent(Spent::OnHost, connected + waited, there);
        Ok(outcome)
    }

    async fn call_in_line(
        &self,
        target: Target,
        who: Option<Become>,
        call: Call,
        bodies: Vec<Body>,
        line: &Line,
    ) -> Result<Outcome, ActionError> {
        if !self.links().ahead_of(&target) {
            return Err(ActionError::new("nothing is sent in line here"));
        }
        if !call.check {
            self.free_user(&self.links().to(&target).await?, who.as_ref(), &call).await;
        }
        // Whoever sends the line gives up with it.
        let answer = line.push(target, who, call, bodies).await;
        let outcome = answer.map_err(|_| ActionError::new("the line was given up"))??;
        let (begun, took) = line.since_last();
        let there = Duration::from_micros(outcome.took_us).min(took);
        self.spent(Spent::Waiting, begun, took - there);
        self.spent(Spent::OnHost, begun + (took - there), there);
        Ok(outcome)
    }

    async fn call_ahead(
        &self,
        target: &Target,
        who: Option<Become>,
        call: Call,
        bodies: Vec<Body>,
    ) -> Result<Outcome, ActionError> {
        let links = self.links();
        if !links.ahead_of(target) {
            return Err(ActionError::new("nothing is asked ahead here"));
        }
        let link = links.to(target).await?;
        let call = Call { check: true, ahead: !call.check, ..call };
        let answer = self.engine.ctx.answers.expect(&key(target), who.as_ref(), &call);
        let outcome = link.call(who.as_ref(), call, bodies).await?;
        // It may have been voided in the meantime.
        let _ = answer.send(outcome.clone());
        Ok(outcome)
    }

    /// Arguments and environment that are sent are text.
    fn is_text(&self, args: &Map) -> Result<(), ActionError> {
        let argument = args.iter().find(|(_, value)| bytes::strays_in(value)).map(|(name, _)| format!("`{name}`"));
        let variable = self.environment.iter().find(|(_, value)| bytes::has_strays(value));
        let variable = variable.map(|(name, _)| format!("`{name}` of the environment"));
        argument.or(variable).map_or(Ok(()), |what| Err(self.no_text(&what)))
    }

    fn no_text(&self, what: &str) -> ActionError {
        Diagnostic::error(format!("{what} holds bytes that are no text"))
            .at(&self.there.task.place, "in this task")
            .hint("`copy` with `content` and `template` write bytes; name the encoding where they are text: `b64decode(encoding='latin-1')`")
            .into()
    }

    async fn infos(&self, bodies: &[Body]) -> Result<Vec<BodyInfo>, ActionError> {
        super::bodies::infos(bodies).await.map_err(|e| {
            Diagnostic::error("could not read a file of the task")
                .cause(e.to_string())
                .at(&self.there.task.place, "this task needs it")
                .into()
        })
    }
}

impl Hands for TaskHands<'_> {
    fn call<'a>(&'a self, module: &'a str, args: Map, bodies: Vec<Body>) -> Doing<'a, Result<Outcome, ActionError>> {
        Box::pin(async move {
            self.is_text(&args)?;
            let (target, who) = self.resolve()?;
            if let Manner::Now(touched) = self.manner {
                touched.asked(&target);
            }
            let infos = match bodies.iter().any(|body| matches!(body, Body::File(_))) {
                // While files are read, the host is connected to.
                true => tokio::try_join!(self.infos(&bodies), self.links().to(&target))?.0,
                false => self.infos(&bodies).await?,
            };
            let call = Call {
                module: module.to_owned(),
                args,
                check: self.check,
                ahead: false,
                diff: self.diff,
                environment: self.environment.to_vec(),
                bodies: infos,
                timeout_ms: self.timeout.map_or(0, |t| u64::try_from(t.as_millis()).unwrap_or(u64::MAX)),
                no_log: self.no_log,
            };
            match self.manner {
                Manner::Now(touched) => self.call_now(&target, who, call, bodies, touched).await,
                Manner::Ahead => self.call_ahead(&target, who, call, bodies).await,
                Manner::InLine(line) => self.call_in_line(target, who, call, bodies, line).await,
            }
        })
    }

    fn raw<'a>(&'a self, line: &'a str, executable: Option<&'a str>) -> Doing<'a, Result<Output, ActionError>> {
        Box::pin(async move {
            let (target, who) = self.resolve()?;
            if bytes::has_strays(line) {
                return Err(self.no_text("the command"));
            }
            let Manner::Now(touched) = self.manner else {
                return Err(ActionError::new("nothing is done ahead of its turn"));
            };
            touched.asked(&target);
            let link = self.links().to(&target).await?;
            touched.set();
            Ok(link.raw(who.as_ref(), line, executable).await?)
        })
    }

    fn reset<'a>(&'a self) -> Doing<'a, ()> {
        Box::pin(async move {
            let Ok((target, _)) = self.resolve() else { return };
            let cell = self.links().open.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(&target));
            if let Some(link) = cell.as_ref().and_then(|cell| cell.get()) {
                link.reset().await;
            }
        })
    }

    fn decrypt(&self, path: &Path, vaulted: &[u8]) -> Result<Vec<u8>, ActionError> {
        let text = String::from_utf8_lossy(vaulted);
        let opened = self.engine.ctx.language.open_file(path, &text)?;
        self.engine.ctx.language.secrets.add(&opened);
        Ok(opened.into_bytes())
    }

    fn variables(&self, path: &Path) -> Result<Arc<Variables>, ActionError> {
        Ok(self.engine.ctx.vars.file(path)?)
    }

    fn ask<'a>(&'a self, question: &'a str, echo: bool) -> Doing<'a, Result<String, ActionError>> {
        let question = question.to_owned();
        Box::pin(async move {
            let _held = super::ask::hold(&self.engine.events).await;
            let asked = tokio::task::spawn_blocking(move || super::ask::line(&question, echo)).await;
            match asked {
                Ok(Ok(line)) => Ok(line),
                Ok(Err(e)) => Err(ActionError::new(e.to_string())),
                Err(e) => Err(ActionError::new(e.to_string())),
            }
        })
    }
}

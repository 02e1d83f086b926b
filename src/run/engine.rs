//! The real world of a strategy: variables, templates, connections, the loader of includes.

use super::ahead::Asked;
use super::ask;
use super::context::RunContext;
use super::debugger::{self, Debugged};
use super::executed::{Executed, IncludeRequest};
use super::hands::TaskHands;
use super::in_line::{InLine, Sent};
use super::late_facts::PartOfFacts;
use super::on_host::OnHost;
use super::profile::Spent;
use super::rendering::Rendering;
use super::world::{Flags, Host, Housekeeping, Included, StepAnswer, World};
use crate::actions::{self, Doing, Effect, Hands};
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::Task;
use crate::report::Event;
use crate::template::{Said, Scope, Templated, Variables};
use crate::vars::PlayContext;
use hostler_sdk::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// One play with everything around it.
pub(super) struct Engine {
    pub ctx: Arc<RunContext>,
    pub vars: Arc<PlayContext>,
    pub events: UnboundedSender<Event>,
    pub warned: Mutex<HashSet<String>>,
    pub asked: Asked,
    /// Tasks that were sent before their turn, by host.
    pub lines: Mutex<HashMap<Host, InLine>>,
    /// Whether failures lead to the debugger where nothing else is said.
    pub debugging: bool,
    /// The facts that are asked for at the start, unless these are all.
    pub part: Option<PartOfFacts>,
}

impl Engine {
    /// The variables of a host for a task.
    pub fn scope(&self, host: &Host, task: Option<&Arc<Task>>, overlay: Variables) -> Result<Arc<dyn Scope>> {
        Ok(self.ctx.vars.scope(host, &self.vars, task, overlay)?)
    }

    /// The host of the inventory that a name or an address of `delegate_to` means; the name itself when there is none.
    pub fn known_host(&self, name: &Host) -> Host {
        let inventory = self.ctx.vars.inventory();
        if inventory.host(name).is_some() {
            return name.clone();
        }
        let by_address = |host: &&Arc<crate::inventory::Host>| {
            let address = host.vars.get("ansible_host").and_then(|v| v.value.as_value());
            address.and_then(Value::as_str) == Some(name)
        };
        inventory.hosts().find(by_address).map_or_else(|| name.clone(), |host| host.name.clone())
    }

    /// Sends an event; when nobody listens any more, nothing is lost.
    pub fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Notes where time went, when somebody wants to know.
    pub fn spent(&self, host: &str, task: &Task, spent: Spent, start: Instant, took: Duration) {
        // Stretches too short to be told from the clock's own steps would only lengthen the list.
        if let Some(profile) = &self.ctx.profile
            && took > Duration::from_micros(5)
        {
            profile.note(host, &task.label(), spent, start, took);
        }
    }

    /// Warns, once per run of a play.
    pub fn warn_once(&self, text: String) {
        if self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) {
            self.send(Event::Warning { text });
        }
    }

    /// What was sent of a task before its turn, when the host was to do several in one go.
    pub fn sent(&self, host: &Host, task: &Task) -> Option<Sent> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.get_mut(host)?;
        let sent = line.next(task);
        if line.is_empty() {
            lines.remove(host);
        }
        sent
    }

    fn with<T>(&self, host: &Host, task: &Arc<Task>, act: impl FnOnce(Rendering<'_>) -> Result<T>) -> Result<T> {
        let scope = self.scope(host, Some(task), Variables::default())?;
        act(Rendering { jinja: &self.ctx.language.jinja, scope: &scope, task })
    }

    /// A name as far as it can be rendered; the text as written where it cannot.
    fn name(&self, name: &Templated, scope: &Arc<dyn Scope>) -> String {
        match self.ctx.language.jinja.render(name, scope) {
            Ok(name) => name.to_string(),
            Err(_) => name.as_written().to_string(),
        }
    }
}

impl World for Engine {
    fn execute(self: Arc<Self>, host: Host, task: Arc<Task>) -> Doing<'static, Executed> {
        Box::pin(OnHost { engine: self, host, task }.run())
    }

    fn worth_asking(&self, host: &Host, task: &Arc<Task>) -> bool {
        self.is_worth_asking(host, task)
    }

    fn ask_ahead(self: Arc<Self>, host: Host, tasks: Vec<Arc<Task>>) -> Doing<'static, ()> {
        Box::pin(self.ask_about(host, tasks))
    }

    fn sent_along(&self, host: &Host) -> usize {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).get(host).map_or(0, InLine::len)
    }

    fn send_in_line(self: Arc<Self>, host: Host, tasks: Vec<Arc<Task>>) -> Doing<'static, ()> {
        Box::pin(async move {
            let work = tasks.into_iter().map(|task| (task, Variables::default()));
            let line = InLine::send(&self, &host, work, true).await;
            if !line.is_empty() {
                self.lines.lock().unwrap_or_else(PoisonError::into_inner).insert(host, line);
            }
        })
    }

    fn holds(&self, host: &Host, task: &Arc<Task>) -> Result<bool> {
        self.with(host, task, |rendering| rendering.all_hold(&task.keywords.when))
    }

    fn flags(&self, host: &Host, task: &Arc<Task>) -> Result<Flags> {
        let words = &task.keywords;
        let once = actions::of(task).is_some_and(|action| action.once);
        let fatal = *self.ctx.settings.any_errors_fatal;
        let set = [&words.run_once, &words.any_errors_fatal, &words.ignore_errors, &words.throttle];
        if set.iter().all(|word| word.is_none()) {
            return Ok(Flags { run_once: once, any_errors_fatal: fatal, ..Flags::default() });
        }
        self.with(host, task, |rendering| {
            Ok(Flags {
                run_once: once || rendering.keyword("run_once", words.run_once.as_ref())?.unwrap_or(false),
                any_errors_fatal: rendering
                    .keyword("any_errors_fatal", words.any_errors_fatal.as_ref())?
                    .unwrap_or(fatal),
                // It may use loop variables, which are not there yet.
                ignore_errors: rendering
                    .keyword("ignore_errors", words.ignore_errors.as_ref())
                    .unwrap_or_default()
                    .unwrap_or(false),
                throttle: rendering.throttle()?,
            })
        })
    }

    fn title(&self, host: &Host, task: &Arc<Task>) -> String {
        let name = match &task.name {
            None => untitled(task),
            Some(Templated::Value(name)) => name.to_string(),
            Some(name) => match self.scope(host, Some(task), Variables::default()) {
                Ok(scope) => self.name(name, &scope),
                Err(_) => name.as_written().to_string(),
            },
        };
        let name = match &task.role {
            Some(role) => format!("{} : {name}", role_name(role)),
            None => name,
        };
        // What is not to be shown is not known before the keyword is rendered.
        if *self.ctx.settings.display_args_to_stdout && task.keywords.no_log.is_none() {
            let Value::Map(args) = task.action.args.as_written() else { return name };
            let args: Vec<String> = args.iter().map(|(key, value)| format!("{key}={value}")).collect();
            return format!("{name} {}", args.join(", ")).trim_end().to_owned();
        }
        name
    }

    fn describe(&self, host: &Host, task: &Arc<Task>) -> Value {
        let Ok(scope) = self.scope(host, Some(task), Variables::default()) else { return Value::Null };
        let scope = super::ahead::guessing(scope);
        let rendering = Rendering { jinja: &self.ctx.language.jinja, scope: &scope, task };
        super::failed_task::described(rendering, &self.ctx.settings)
    }

    fn handler_names(&self, handler: &Arc<Task>) -> Vec<String> {
        let Some(name) = &handler.name else { return Vec::new() };
        let name = match name.as_value() {
            Some(name) => name.to_string(),
            None => {
                let scope: Arc<dyn Scope> = match self.ctx.vars.play_scope(&self.vars, Some(handler)) {
                    Ok(scope) => scope,
                    Err(e) => {
                        self.warn_once(super::rendering::phrase(&e));
                        return Vec::new();
                    }
                };
                match self.ctx.language.jinja.render(name, &scope) {
                    Ok(name) => name.to_string(),
                    Err(_) if !handler.listen.is_empty() => return Vec::new(),
                    Err(e) => {
                        self.warn_once(format!(
                            "Handler '{}' is unusable because it has no listen topics and the name could not be templated (host-specific variables are not supported in handler names). The error: {}",
                            self.name(name, &scope),
                            e.what
                        ));
                        return Vec::new();
                    }
                }
            }
        };
        let mut names = vec![name.clone()];
        if let Some(role) = &handler.role {
            let short = role.name.rsplit('.').next().unwrap_or(&role.name);
            names.extend([format!("{short} : {name}"), format!("{} : {name}", role_name(role))]);
        }
        names
    }

    fn include(&self, request: &IncludeRequest, host: &Host) -> Result<Included> {
        super::loading::load(self, request, host)
    }

    fn keep(&self, host: &Host, effect: &Effect) -> Result<bool> {
        let vars = &self.ctx.vars;
        match effect {
            Effect::SetFacts { facts, cacheable } => {
                vars.set_facts(host, facts, *cacheable);
                Ok(true)
            }
            Effect::IncludeVars(included) => {
                vars.include_vars(host, included);
                Ok(true)
            }
            Effect::AddHost { name, groups, vars: given } => vars.add_host(name, groups, given),
            Effect::JoinGroup { group, parents } => vars.join_group(host, group, parents),
            Effect::Stats { .. } => Ok(false),
        }
    }

    fn facts(&self, host: &Host, facts: &Arc<Map>, said: Said) {
        self.ctx.vars.add_facts(host, facts, said);
        self.ctx.tell_warnings(&self.events);
    }

    fn register(&self, host: &Host, name: &str, value: Templated) {
        self.ctx.vars.register(host, name, value);
    }

    fn housekeeping<'a>(&'a self, what: Housekeeping, host: &'a Host, task: &'a Arc<Task>) -> Doing<'a, Result<()>> {
        Box::pin(async move {
            match what {
                Housekeeping::RefreshInventory => self.ctx.vars.refresh(),
                Housekeeping::ClearFacts => {
                    self.ctx.vars.clear_facts(host);
                    Ok(())
                }
                Housekeeping::ResetConnection => {
                    let scope = self.scope(host, Some(task), Variables::default())?;
                    let there = Rendering { jinja: &self.ctx.language.jinja, scope: &scope, task };
                    TaskHands::plain(self, there, host).reset().await;
                    Ok(())
                }
            }
        })
    }

    fn removed(&self, gone: &[Host]) {
        self.vars.set_removed(gone);
    }

    fn emit(&self, event: Event) {
        self.send(event);
    }

    fn ask_step(&self, title: &str, host: Option<&Host>) -> StepAnswer {
        let on = host.map(|host| format!(" on {host}")).unwrap_or_default();
        let question = format!("Perform task: {title}{on} (N)o/(y)es/(c)ontinue");
        // Waiting for the operator stops everything, which is what a step is for.
        match ask::held(&self.events, || ask::line(&question, true)).map(|answer| answer.to_lowercase()).as_deref() {
            Ok("y" | "yes") => StepAnswer::Yes,
            Ok("c" | "continue") => StepAnswer::Continue,
            Ok(_) => StepAnswer::No,
            Err(_) => StepAnswer::Nobody,
        }
    }

    fn debug<'a>(&'a self, done: &'a Executed) -> Doing<'a, Result<Debugged>> {
        Box::pin(debugger::debug(self, done))
    }
}

/// The title of a task without a name.
fn untitled(task: &Task) -> String {
    let action = &task.action;
    let args = action.args.as_written();
    match args.get("name").or_else(|| args.get("role")) {
        Some(role) if action.spec.name == "include_role" => format!("{} : {role}", action.written),
        _ => action.written.clone(),
    }
}

fn role_name(role: &crate::playbook::Role) -> String {
    match &role.collection {
        Some(collection) if !role.name.starts_with(collection.as_str()) => format!("{collection}.{}", role.name),
        _ => role.name.clone(),
    }
}

/// The error of a run that could not go on for a reason outside of any host.
pub(super) fn broken(what: &str, cause: impl ToString) -> Box<Diagnostic> {
    Diagnostic::error(what).cause(cause.to_string()).boxed()
}

//! A task on one host from its loop to its result: the items one after another, then what they come to together.

use super::debugger;
use super::engine::Engine;
use super::executed::{Executed, ItemTrace, shown};
use super::in_line::{InLine, Sent, items_may_be_sent};
use super::item::{Item, ItemDone};
use super::rendering::{Rendering, phrase, prefixed};
use super::world::Host;
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::{LoopKind, Task};
use crate::report::{Event, Status};
use crate::template::{Said, Scope, Templated, Variables};
use hostler_sdk::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One task on one host.
pub(super) struct OnHost {
    pub engine: Arc<Engine>,
    pub host: Host,
    pub task: Arc<Task>,
}

/// Keywords of `loop_control:`, rendered.
pub(super) struct Control {
    loop_var: Arc<str>,
    index_var: Option<Arc<str>>,
    pause: f64,
    extended: bool,
    all_items: bool,
}

impl OnHost {
    /// Runs it.
    pub async fn run(self) -> Executed {
        let start = Instant::now();
        let scope = match self.engine.scope(&self.host, Some(&self.task), Variables::default()) {
            Ok(scope) => scope,
            Err(e) => return self.single(Item::failed(*e)),
        };
        let mut done = match self.items(&scope) {
            Ok(Some(items)) if items.is_empty() => self.nothing(),
            Ok(Some(items)) => match self.control(&scope) {
                Ok(control) => self.each(&items, &control).await,
                Err(diagnostic) => self.single(Item::failed(*diagnostic)),
            },
            Ok(None) => {
                let sent = self.engine.sent(&self.host, &self.task);
                self.single(self.one(Variables::default(), None, sent).await)
            }
            // A condition that does not hold comes before what is wrong with the loop.
            Err(diagnostic) => self.single(self.one(Variables::default(), Some(*diagnostic), None).await),
        };
        done.register = self.register(&scope);
        done.took = start.elapsed();
        done.debugger = debugger::is_wanted(&self.engine, &done, &scope);
        done
    }

    fn rendering<'a>(&'a self, scope: &'a Arc<dyn Scope>) -> Rendering<'a> {
        Rendering { jinja: &self.engine.ctx.language.jinja, scope, task: &self.task }
    }

    fn register(&self, scope: &Arc<dyn Scope>) -> Option<Arc<str>> {
        let name = self.rendering(scope).text("register", self.task.register.as_ref()).ok().flatten();
        name.map(Into::into)
    }

    /// What the loop goes over; `None` when there is no loop.
    pub fn items(&self, scope: &Arc<dyn Scope>) -> Result<Option<Vec<Templated>>> {
        let Some(looping) = &self.task.r#loop else { return Ok(None) };
        let jinja = &self.engine.ctx.language.jinja;
        match &looping.kind {
            LoopKind::Loop => match jinja.render_parts(&looping.items, scope)? {
                list if list.is_list() => Ok(Some(list.opened())),
                other => {
                    let other = other.as_written();
                    let what = format!("The `loop` value must resolve to a 'list', not '{}'.", other.type_name());
                    Err(Diagnostic::error(what)
                        .at(&looping.place, "this is looped over")
                        .hint("Provide a list of items/templates, or a template resolving to a list.")
                        .boxed())
                }
            },
            LoopKind::With(name) => {
                jinja.lookup(name, &jinja.render_parts(&looping.items, scope)?.opened(), scope).map(Some)
            }
        }
    }

    pub fn control(&self, scope: &Arc<dyn Scope>) -> Result<Control> {
        let rendering = self.rendering(scope);
        let Some(looping) = &self.task.r#loop else { return Err(Diagnostic::error("no loop").boxed()) };
        let given = &looping.control;
        let name = |keyword, value: &Option<Templated>| -> Result<Option<Arc<str>>> {
            Ok(rendering.text(keyword, value.as_ref())?.map(Into::into))
        };
        let control = Control {
            loop_var: name("loop_var", &given.loop_var)?.unwrap_or_else(|| "item".into()),
            index_var: name("index_var", &given.index_var)?,
            pause: rendering.keyword("pause", given.pause.as_ref())?.unwrap_or(0.0),
            extended: rendering.keyword("extended", given.extended.as_ref())?.unwrap_or(false),
            all_items: rendering.keyword("extended_allitems", given.extended_allitems.as_ref())?.unwrap_or(true),
        };
        if scope.get(&control.loop_var).is_some() {
            let text = format!("The loop variable '{}' is already in use.", control.loop_var);
            self.engine.warn_once(format!("{text} ({})", looping.place));
        }
        Ok(control)
    }

    async fn one(&self, overlay: Variables, loop_error: Option<Diagnostic>, sent: Option<Sent>) -> ItemDone {
        let item = Item { engine: &self.engine, host: &self.host, task: &self.task, overlay };
        item.run(loop_error, sent).await
    }

    async fn each(&self, items: &[Templated], control: &Control) -> Executed {
        let mut list: Vec<ItemDone> = Vec::with_capacity(items.len());
        let mut learnt = Variables::default();
        let together = self.engine.ctx.options.ahead && items_may_be_sent(&self.task);
        let mut line = InLine::default();
        for (index, item) in items.iter().enumerate() {
            let value = &item.as_written();
            if index > 0 && control.pause > 0.0 {
                tokio::time::sleep(Duration::try_from_secs_f64(control.pause).unwrap_or_default()).await;
            }
            let mut overlay = learnt.clone();
            let extended = variables_of(&mut overlay, items, index, item, control);
            let sent = line.next(&self.task);
            let mut done = self.one(overlay.clone(), None, sent).await;
            // Where one item had something to do, the others have too, more often than not.
            if together && line.is_empty() && done.touched && done.learnt.0.is_empty() && index + 1 < items.len() {
                let rest = (index + 1..items.len()).map(|index| (self.task.clone(), control.overlay(items, index)));
                line = InLine::send(&self.engine, &self.host, rest, false).await;
            }
            done.result.set(control.loop_var.clone(), value.clone());
            done.result.set("ansible_loop_var", control.loop_var.clone());
            done.trace.item = Some((control.loop_var.clone(), item.clone()));
            if let Some(name) = &control.index_var {
                done.result.set(name.clone(), index);
                done.result.set("ansible_index_var", name.clone());
            }
            done.result.set_some("ansible_loop", extended);
            if let Some(include) = &mut done.trace.include {
                include.vars = Arc::new(only_loop(&overlay, control));
            }
            learn(&mut learnt, &done, self.task.register.as_ref());
            let mut with_result = overlay;
            learn(&mut with_result, &done, self.task.register.as_ref());
            let scope = match self.engine.scope(&self.host, Some(&self.task), with_result) {
                Ok(scope) => scope,
                Err(e) => {
                    done.fail(*e);
                    list.push(done);
                    break;
                }
            };
            let label = self.label(&scope, value, &mut done);
            if let Some(include) = &mut done.trace.include {
                include.label = Some(label.clone());
            }
            self.report(&done, label);
            let stop = self.stops(&scope, &mut done);
            list.push(done);
            if stop {
                break;
            }
        }
        self.together(list)
    }

    fn label(&self, scope: &Arc<dyn Scope>, value: &Value, done: &mut ItemDone) -> String {
        let given = self.task.r#loop.as_ref().and_then(|l| l.control.label.as_ref());
        let Some(label) = given else { return value.to_string() };
        match self.engine.ctx.language.jinja.render(label, scope) {
            Ok(label) => label.to_string(),
            Err(e) => {
                let told = prefixed("Failed to template loop_control.label: ", *e);
                let msg = phrase(&told);
                done.fail(told);
                done.result.set("msg", msg);
                let ignore = self.rendering(scope).keyword("ignore_errors", self.task.keywords.ignore_errors.as_ref());
                done.ignored = matches!(ignore, Ok(Some(true)));
                value.to_string()
            }
        }
    }

    fn stops(&self, scope: &Arc<dyn Scope>, done: &mut ItemDone) -> bool {
        let conditions = self.task.r#loop.as_ref().map(|l| l.control.break_when.as_slice()).unwrap_or_default();
        if conditions.is_empty() {
            return false;
        }
        match self.rendering(scope).all_hold(conditions) {
            Ok(stop) => stop,
            Err(e) => {
                done.fail(*e);
                true
            }
        }
    }

    fn report(&self, done: &ItemDone, label: String) {
        // An include is reported when its file was read.
        if done.trace.include.is_some() && done.status() == Status::Ok {
            return;
        }
        let invocation = self.engine.ctx.options.verbosity >= 3;
        let error = done.error.clone().filter(|_| !done.no_log);
        self.engine.send(Event::ItemDone {
            task: self.task.id,
            host: self.host.to_string(),
            status: done.status(),
            label: if done.no_log { "(censored due to no_log)".to_owned() } else { label },
            result: shown(&done.result, done.no_log, invocation),
            ignored: done.ignored,
            delegated_to: done.delegated_to.as_ref().map(ToString::to_string),
            verbose: done.verbose,
            error: error.map(Diagnostic::boxed),
        });
    }

    fn blank(&self) -> Executed {
        Executed {
            host: self.host.clone(),
            task: self.task.clone(),
            status: Status::Ok,
            result: Map::new(),
            ignored: false,
            items: Vec::new(),
            looped: false,
            no_log: false,
            verbose: false,
            delegated_to: None,
            register: None,
            error: None,
            took: Duration::ZERO,
            debugger: false,
            told: false,
        }
    }

    /// Nothing to loop over.
    fn nothing(&self) -> Executed {
        let mut result = Map::new();
        result.set("changed", false);
        result.set("skipped", true);
        result.set("skipped_reason", "No items in the list");
        result.set("results", Vec::<Value>::new());
        Executed { status: Status::Skipped, result, looped: true, ..self.blank() }
    }

    fn single(&self, done: ItemDone) -> Executed {
        Executed {
            status: done.status(),
            result: done.result,
            ignored: done.ignored,
            items: vec![done.trace],
            no_log: done.no_log,
            verbose: done.verbose,
            delegated_to: done.delegated_to,
            error: done.error.map(Diagnostic::boxed),
            ..self.blank()
        }
    }

    /// The result of a loop from those of its items.
    fn together(&self, list: Vec<ItemDone>) -> Executed {
        let is = |status: Status| list.iter().any(|item| item.status() == status);
        let (failed, unreachable) = (is(Status::Failed), is(Status::Unreachable));
        let skipped = list.iter().all(|item| item.result.get("skipped").is_some_and(Value::truthy));
        let changed = list.iter().any(|item| item.result.get("changed").is_some_and(Value::truthy));
        let mut warnings: Vec<Value> = Vec::new();
        let mut results: Vec<Value> = Vec::new();
        for item in &list {
            let mut result = item.result.clone();
            if let Some(Value::List(more)) = result.take("warnings") {
                warnings.extend(more.iter().cloned());
            }
            results.push(result.into());
        }
        let mut result = Map::new();
        result.set("results", results);
        result.set("skipped", skipped);
        result.set("changed", changed);
        let msg = match (failed, skipped) {
            (_, true) => "All items skipped",
            (true, _) => "One or more items failed",
            _ => "All items completed",
        };
        if list.iter().any(|item| item.result.get("failed").is_some_and(Value::truthy)) {
            result.set("failed", true);
        }
        if unreachable {
            result.set("unreachable", true);
        }
        result.set("msg", msg);
        if !warnings.is_empty() {
            result.set("warnings", warnings);
        }
        let status = match (unreachable, failed, skipped, changed) {
            (_, true, ..) => Status::Failed,
            (true, ..) => Status::Unreachable,
            (_, _, true, _) => Status::Skipped,
            (_, _, _, true) => Status::Changed,
            _ => Status::Ok,
        };
        let bad = |item: &&ItemDone| matches!(item.status(), Status::Failed | Status::Unreachable);
        Executed {
            status,
            result,
            ignored: (failed || unreachable) && list.iter().filter(bad).all(|item| item.ignored),
            looped: true,
            no_log: list.iter().any(|item| item.no_log),
            verbose: list.iter().any(|item| item.verbose),
            delegated_to: list.last().and_then(|item| item.delegated_to.clone()),
            error: list.iter().find(bad).and_then(|item| item.error.clone()).map(Diagnostic::boxed),
            items: list.into_iter().map(|item| item.trace).collect::<Vec<ItemTrace>>(),
            ..self.blank()
        }
    }
}

/// The loop's variables for one item; `ansible_loop` comes back when it is wanted.
fn variables_of(
    into: &mut Variables,
    items: &[Templated],
    index: usize,
    value: &Templated,
    control: &Control,
) -> Option<Value> {
    into.set(control.loop_var.clone(), value.clone(), None);
    into.set("ansible_loop_var", Value::from(control.loop_var.clone()), None);
    if let Some(name) = &control.index_var {
        into.set(name.clone(), Value::from(index), None);
        into.set("ansible_index_var", Value::from(name.clone()), None);
    }
    if !control.extended {
        return None;
    }
    let length = items.len();
    let mut extended = Map::new();
    extended.set("index", index + 1);
    extended.set("index0", index);
    extended.set("first", index == 0);
    extended.set("last", index + 1 == length);
    extended.set("length", length);
    extended.set("revindex", length - index);
    extended.set("revindex0", length - index - 1);
    if control.all_items {
        extended.set("allitems", items.iter().map(Templated::as_written).collect::<Value>());
    }
    extended.set_some("nextitem", items.get(index + 1).map(Templated::as_written));
    extended.set_some("previtem", index.checked_sub(1).and_then(|i| items.get(i)).map(Templated::as_written));
    let extended = Value::from(extended);
    let said = if items.iter().any(|item| item.said().is_any()) { Said::ALL } else { Said::Nothing };
    into.set("ansible_loop", Templated::of(extended.clone(), said), None);
    Some(extended)
}

impl Control {
    /// The variables of one item.
    pub fn overlay(&self, items: &[Templated], index: usize) -> Variables {
        let mut overlay = Variables::default();
        if let Some(value) = items.get(index) {
            variables_of(&mut overlay, items, index, value, self);
        }
        overlay
    }
}

/// What later items of the same loop see of an item: its registered result and the facts it set.
fn learn(into: &mut Variables, done: &ItemDone, register: Option<&Templated>) {
    if let Some(name) = register.and_then(Templated::as_value).and_then(Value::as_str) {
        into.set(name, done.trace.registered(&done.result), None);
    }
    done.learnt.0.iter().for_each(|(name, variable)| {
        into.0.insert(name.clone(), variable.clone());
    });
}

fn only_loop(overlay: &Variables, control: &Control) -> Variables {
    let wanted = |name: &str| {
        name == &*control.loop_var
            || control.index_var.as_deref() == Some(name)
            || matches!(name, "ansible_loop_var" | "ansible_index_var" | "ansible_loop")
    };
    Variables(overlay.0.iter().filter(|(name, _)| wanted(name)).map(|(n, v)| (n.clone(), v.clone())).collect())
}

/// The message of a result that failed before anything was sent.
pub(super) fn message(diagnostic: &Diagnostic) -> String {
    let phrase = phrase(diagnostic);
    // The one message that Ansible gives without its prefix.
    if phrase.starts_with("The `loop` value") { phrase } else { format!("Task failed: {phrase}") }
}

//! What an item's work came to: its result dictionary, and what `changed_when`, `failed_when` and `until` make of it.

use super::item::{Item, ItemDone};
use super::prepared::Prepared;
use crate::actions::{self, ActionError, ActionResult, Done, Effect};
use crate::diagnostic::{Diagnostic, Result};
use crate::secrets::Secrets;
use crate::template::{Scope, Variables};
use hostler_sdk::{Key, Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// What stands for a secret argument.
const HIDDEN: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

/// What stands for the traceback of a failed task, which only Python has.
pub(super) const NO_TRACEBACK: &str = "(traceback unavailable)";

impl Item<'_> {
    /// The result dictionary of what was done.
    pub(super) fn result_of(&self, sent: ActionResult, prepared: &Prepared) -> ItemDone {
        let mut done = ItemDone::default();
        match sent {
            Ok(Done { outcome, effects, verbose, hidden }) => {
                done.result = outcome.into_value();
                done.verbose = verbose;
                done.no_log = hidden;
                done.trace.effects = effects;
                done.trace.own = actions::of(self.task).map(|action| action.own).unwrap_or_default();
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
        self.hide_secrets(&mut done.result, &prepared.args);
        let reached = !done.result.contains_key("unreachable");
        if reached && self.shows_invocation() && !done.result.contains_key("invocation") {
            let invocation = Map::from_iter([("module_args", self.without_secrets(&prepared.args))]);
            done.result.set("invocation", invocation);
        }
        done
    }

    /// Takes what a module's secret arguments said out of its result, as Ansible's modules do. (`copy` has one of another kind:
    /// what it writes is shown in differences.)
    fn hide_secrets(&self, result: &mut Map, args: &Map) {
        if actions::of(self.task).is_some() {
            return;
        }
        let secret = self.task.action.spec.args.iter().filter(|arg| arg.secret);
        let mut said =
            secret.flat_map(|arg| std::iter::once(&arg.name).chain(arg.aliases)).filter_map(|n| args.get(*n));
        if let Some(first) = said.next() {
            let secrets = Secrets::default();
            std::iter::once(first).chain(said).for_each(|value| secrets.add(&value.to_string()));
            secrets.mask().calling_whole(HIDDEN).map(result);
        }
    }

    /// Whether the result says how the module was called: the members of a registered loop do, others where it is shown.
    fn shows_invocation(&self) -> bool {
        let wanted = self.task.r#loop.is_some() && self.task.register.is_some();
        (wanted || self.engine.ctx.options.verbosity >= 3)
            && actions::of(self.task)
                .is_none_or(|action| hostler_sdk::find(action.spec.name).is_some() || action.spec.name == "template")
    }

    /// Arguments as they may be shown, with the defaults of those not given: what is secret is left out, as Ansible's modules do.
    fn without_secrets(&self, args: &Map) -> Map {
        let spec = self.task.action.spec;
        let shown = |(name, value): (&Key, &Value)| {
            let secret = name.as_str().and_then(|name| spec.arg(name)).is_some_and(|arg| arg.secret);
            let value = if secret && !value.is_null() { HIDDEN.into() } else { value.clone() };
            (name.clone(), value)
        };
        let mut all: Map = args.iter().map(shown).collect();
        for arg in spec.args {
            if !std::iter::once(&arg.name).chain(arg.aliases).any(|name| args.contains_key(*name)) {
                all.set(arg.name, arg.default_value());
            }
        }
        all
    }

    /// Facts, then `failed`, `changed_when`, `failed_when`.
    pub(super) fn judge(&self, done: &mut ItemDone, prepared: &Prepared, attempt: u32) -> Result<()> {
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
    pub(super) fn good(&self, done: &ItemDone) -> Result<bool> {
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
                overlay.set(name, done.trace.registered(&done.result), None);
            }
        }
        self.engine.scope(self.host, Some(self.task), overlay)
    }

    /// Facts of modules are kept for the host; those of `set_fact` and `include_vars` are effects already.
    fn take_facts(&self, done: &mut ItemDone) {
        for effect in &done.trace.effects {
            match effect {
                Effect::SetFacts { facts: vars, .. } => learn(&mut done.learnt, vars),
                Effect::IncludeVars(vars) => learn(&mut done.learnt, vars),
                _ => {}
            }
        }
        if self.task.action.spec.name == "debug" || !done.trace.effects.is_empty() {
            return;
        }
        if let Some(Value::Map(facts)) = done.result.get("ansible_facts") {
            if self.task.implicit {
                self.engine.note_gathering(self.host);
            }
            let facts = self.engine.ctx.vars.shared(facts);
            done.result.set("ansible_facts", Value::Map(facts.clone()));
            done.trace.facts = Some(facts);
        }
    }
}

fn learn(into: &mut Variables, vars: &Variables) {
    vars.0.iter().for_each(|(name, variable)| {
        into.0.insert(name.clone(), variable.clone());
    });
}

/// The result of an item whose condition does not hold.
pub(super) fn skipped(condition: &str) -> ItemDone {
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

/// The failure of a task that took longer than its `timeout`.
pub(super) fn timed_out(limit: Duration) -> hostler_sdk::module::Failure {
    let period = limit.as_secs();
    hostler_sdk::module::Failure::new(format!("Task failed: Timed out after {period} second(s)."))
        .with("timedout", Map::from_iter([("period", period)]))
}

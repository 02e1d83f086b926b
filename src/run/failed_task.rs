//! `ansible_failed_task`: what a rescue may ask of the task that failed. The keywords of the task as ansible-core 2.19 dumps them, rendered
//! as far as they can be.

use super::rendering::Rendering;
use crate::config::Settings;
use crate::playbook::LoopKind;
use crate::template::{Template, Templated, TemplatedKey};
use hostler_sdk::{Map, Value};
use std::sync::Arc;

/// The task as a mapping. `rendering` should be one that only reads.
pub(super) fn described(rendering: Rendering<'_>, settings: &Settings) -> Value {
    let of = Describing(rendering);
    let task = rendering.task;
    let keywords = &task.keywords;
    let limit = of.or(&task.r#async, 0);
    Map::from_iter([
        ("_resolved_action", Value::from(format!("ansible.builtin.{}", task.action.spec.name))),
        ("action", task.action.written.as_str().into()),
        ("any_errors_fatal", of.or(&keywords.any_errors_fatal, *settings.any_errors_fatal)),
        ("args", of.value(&task.action.args)),
        ("async", limit.clone()),
        ("async_val", limit),
        ("become", of.or(&keywords.r#become, *settings.r#become)),
        ("become_exe", of.one(&keywords.become_exe)),
        ("become_flags", of.one(&keywords.become_flags)),
        ("become_method", of.or(&keywords.become_method, settings.become_method.as_str())),
        ("become_user", of.one(&keywords.become_user)),
        ("changed_when", conditions(task.changed_when.iter().flatten())),
        ("check_mode", of.or_variable(&keywords.check_mode, "ansible_check_mode")),
        ("collections", keywords.collections.iter().map(String::as_str).collect()),
        ("connection", of.or(&keywords.connection, settings.transport.as_str())),
        ("debugger", of.one(&keywords.debugger)),
        ("delay", of.or(&task.delay, 5)),
        ("delegate_facts", of.one(&task.delegate_facts)),
        ("delegate_to", of.one(&task.delegate_to)),
        ("diff", of.or_variable(&keywords.diff, "ansible_diff_mode")),
        ("environment", of.all(&keywords.environment)),
        ("failed_when", conditions(task.failed_when.iter().flatten())),
        ("ignore_errors", of.one(&keywords.ignore_errors)),
        ("ignore_unreachable", of.one(&keywords.ignore_unreachable)),
        ("loop", task.r#loop.as_ref().map(|of_task| of.value(&of_task.items)).unwrap_or_default()),
        ("loop_control", of.loop_control()),
        ("loop_with", with_what(task.r#loop.as_ref().map(|of_task| &of_task.kind))),
        ("module_defaults", of.all(&keywords.module_defaults)),
        ("name", task.name.as_ref().map_or_else(|| "".into(), |name| of.value(name))),
        ("no_log", of.or(&keywords.no_log, *settings.no_log)),
        ("notify", of.all(&task.notify)),
        ("path", format!("{}:{}", task.place.path().display(), task.place.line()).into()),
        ("poll", of.or(&task.poll, i128::from(*settings.poll_interval))),
        ("port", of.one(&keywords.port)),
        ("register", of.one(&task.register)),
        ("remote_user", of.one(&keywords.remote_user)),
        ("retries", of.one(&task.retries)),
        ("run_once", of.one(&keywords.run_once)),
        ("tags", of.all(&keywords.tags)),
        ("throttle", of.or(&keywords.throttle, 0)),
        ("timeout", of.or(&keywords.timeout, 0)),
        ("until", conditions(&task.until)),
        ("vars", of.vars()),
        ("when", conditions(&keywords.when)),
    ])
    .into()
}

struct Describing<'a>(Rendering<'a>);

impl Describing<'_> {
    /// Rendered; as written where that fails, each value of a mapping by itself.
    fn value(&self, value: &Templated) -> Value {
        let Rendering { jinja, scope, .. } = self.0;
        if let Templated::Map(pairs) = value {
            let pair = |(key, value): &(TemplatedKey, Templated)| {
                Some((jinja.render_key(key, scope).ok()?, self.value(value)))
            };
            return pairs.iter().filter_map(pair).collect::<Map>().into();
        }
        jinja.render(value, scope).unwrap_or_else(|_| value.as_written())
    }

    fn one(&self, value: &Option<Templated>) -> Value {
        value.as_ref().map(|value| self.value(value)).unwrap_or_default()
    }

    fn or(&self, value: &Option<Templated>, default: impl Into<Value>) -> Value {
        value.as_ref().map_or_else(|| default.into(), |value| self.value(value))
    }

    fn or_variable(&self, value: &Option<Templated>, name: &str) -> Value {
        value
            .as_ref()
            .map_or_else(|| self.0.variable(name).ok().flatten().unwrap_or_default(), |value| self.value(value))
    }

    fn all(&self, values: &[Templated]) -> Value {
        values.iter().map(|value| self.value(value)).collect()
    }

    fn vars(&self) -> Value {
        let all = self.0.task.vars.iter().flat_map(|vars| &vars.0);
        all.map(|(name, variable)| (name.to_string(), self.value(&variable.value))).collect::<Map>().into()
    }

    fn loop_control(&self) -> Value {
        let Some(control) = self.0.task.r#loop.as_ref().map(|of_task| &of_task.control) else { return Value::Null };
        Map::from_iter([
            ("break_when", conditions(&control.break_when)),
            ("extended", self.one(&control.extended)),
            ("extended_allitems", self.or(&control.extended_allitems, true)),
            ("index_var", self.one(&control.index_var)),
            ("label", self.one(&control.label)),
            ("loop_var", self.or(&control.loop_var, "item")),
            ("pause", self.or(&control.pause, 0.0)),
        ])
        .into()
    }
}

fn conditions<'c>(conditions: impl IntoIterator<Item = &'c Arc<Template>>) -> Value {
    conditions.into_iter().map(|condition| Value::from(&*condition.source)).collect()
}

fn with_what(kind: Option<&LoopKind>) -> Value {
    match kind {
        Some(LoopKind::With(name)) => name.as_str().into(),
        _ => Value::Null,
    }
}

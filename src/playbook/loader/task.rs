//! One task: its action, its loop, and the keywords only tasks have.

use super::action::{Arguments, Written, is_static, own_collections, short};
use super::reading::Reading;
use super::variables::is_name;
use super::vocabulary::{Object, Shape};
use crate::diagnostic::{Diagnostic, Place};
use crate::playbook::{ActionCall, Loop, LoopControl, LoopKind, OwnKeywords, Site, Step, Task, UNRESOLVED};
use crate::template::{Template, Templated};
use crate::yaml::Node;
use hostler_sdk::{Map, Value};
use std::sync::Arc;

impl Reading<'_> {
    /// What an entry that is no block becomes: a task, or the steps of an import.
    pub fn task_steps(&mut self, node: &Node, entries: &[(Node, Node)], site: &Arc<Site>) -> Vec<Step> {
        let Some(written) = self.written(node, entries, site) else {
            return Vec::new();
        };
        if let Some(what) = is_static(&written.name) {
            return self.import(what, node, entries, &written, site);
        }
        self.task(node, entries, &written, site).map(|task| Step::Task(Arc::new(task))).into_iter().collect()
    }

    /// Whether a key of a task is read by somebody else than `own`.
    pub fn is_action_key(written: &Written<'_>, name: &str) -> bool {
        // Keys that are neither were told about when the action was looked for.
        written.key.as_str() == Some(name) || name.starts_with("with_") || Object::Handler.shape(name).is_none()
    }

    fn task(&mut self, node: &Node, entries: &[(Node, Node)], written: &Written<'_>, site: &Arc<Site>) -> Option<Task> {
        let include = matches!(short(&written.name), "include_tasks" | "include_role");
        let object = match (include, site.handlers) {
            (true, true) => Object::HandlerInclude,
            (true, false) => Object::Include,
            (false, true) => Object::Handler,
            (false, false) => Object::Task,
        };
        let own = self.own(entries, object, |name| {
            // An include takes fewer keywords than a task: those it lacks are still errors.
            written.key.as_str() == Some(name)
                || name.starts_with("with_")
                || (Object::Handler.shape(name).is_none() && name != "listen")
        });
        if include && site.handlers && short(&written.name) == "include_role" {
            self.error("Using 'include_role' as a handler is not supported.", &written.key.place, "");
        }
        let action = self.action_once(node, entries, written, site)?;
        let mut inner = site.inside(&own);
        inner.keywords.groups = self.groups_of(action.spec, &inner.keywords.module_defaults, site);
        let r#loop = self.task_loop(node, entries, site);
        let get = |name: &str| node.entry(name);
        let mut value = |name: &str| {
            let (key, node) = get(name)?;
            self.keyword(key, node, object.shape(name).unwrap_or(Shape::Text))
        };
        let (name, register) = (value("name"), value("register"));
        let (retries, delay, r#async, poll) = (value("retries"), value("delay"), value("async"), value("poll"));
        let conditions = |reading: &mut Self, name: &str| -> Option<Vec<Arc<Template>>> {
            node.get(name).filter(|n| !n.is_null()).map(|n| reading.conditions(n))
        };
        let changed_when = conditions(self, "changed_when");
        let failed_when = conditions(self, "failed_when");
        let until = conditions(self, "until").unwrap_or_default();
        self.check_register(node, register.as_ref());
        let listen = node.entry("listen").map(|(key, n)| self.each(key, n)).unwrap_or_default();
        let listen = self.listen_names(listen, site);
        let mut include_params = site.include_params.clone();
        if include {
            include_params.extend(own.vars.clone());
        }
        let delegate_to = if written.local { Some("localhost".into()) } else { inner.delegate_to };
        Some(Task {
            id: self.loader.id(),
            name,
            place: node.place.clone(),
            action,
            keywords: inner.keywords,
            vars: inner.vars,
            include_params,
            r#loop,
            register,
            notify: inner.notify,
            listen,
            changed_when,
            failed_when,
            until,
            retries,
            delay,
            r#async,
            poll,
            delegate_to,
            delegate_facts: inner.delegate_facts,
            role: site.role.clone(),
            site: site.clone(),
            implicit: false,
        })
    }

    /// The action of a task; one that is read again, because its role is used again, is taken as it was.
    fn action_once(
        &mut self,
        node: &Node,
        entries: &[(Node, Node)],
        written: &Written<'_>,
        site: &Arc<Site>,
    ) -> Option<ActionCall> {
        // What these say depends on where they stand.
        if matches!(short(&written.name), "include_tasks" | "include_role" | "meta") {
            return self.action_call(entries, written, site);
        }
        let (collections, complete) = (&site.keywords.collections, site.keywords.module_defaults.is_empty());
        if let Some(known) = self.loader.known.action(node, collections, complete) {
            return Some(known);
        }
        let before = self.told();
        let action = self.action_call(entries, written, site)?;
        if self.told() == before {
            self.loader.known.keep_action(node, collections, complete, &action);
        }
        Some(action)
    }

    fn action_call(&mut self, entries: &[(Node, Node)], written: &Written<'_>, site: &Arc<Site>) -> Option<ActionCall> {
        let Some((name, spec)) = self.module(&written.name, site, &own_collections(entries)) else {
            // A key that is no module was told about when the action was looked for.
            let kept = written.text.is_none() || self.no_module(&written.name, &written.key.place);
            let place = written.key.place.clone();
            let nothing = Templated::Value(Map::new().into());
            return kept.then(|| ActionCall::plain(&written.name, &UNRESOLVED, place, nothing));
        };
        let args_node = entries.iter().find(|(key, _)| key.as_str() == Some("args")).map(|(_, value)| value);
        let mut args = self.arguments(written, args_node)?;
        let apply = self.apply(written, args_node, site);
        let expressions = self.expressions(&name, written, args_node, &args);
        self.check_arguments(&name, spec, &mut args, site, &written.key.place);
        match spec.name {
            "meta" => self.check_meta(&args, site, &written.key.place),
            "include_tasks" => self.check_file(&written.name, &args, &written.key.place),
            "include_role" => self.check_from(&args, &written.key.place),
            _ => {}
        }
        let arg_places = args.places.clone();
        let base = args.template.take();
        let (args, base) = match base {
            Some(template) if args.entries.is_empty() => (template, None),
            base => (args.finish(), base),
        };
        Some(ActionCall {
            written: written.name.clone(),
            spec,
            place: written.key.place.clone(),
            args,
            base,
            arg_places,
            apply,
            expressions,
        })
    }

    /// `meta: end_role` has a meaning only among the tasks of a role.
    fn check_meta(&mut self, args: &Arguments, site: &Site, place: &Place) {
        let ends = |value: &Templated| value.as_value().and_then(Value::as_str) == Some("end_role");
        if !args.entries.iter().any(|(_, value)| ends(value)) {
            return;
        }
        if site.handlers {
            self.error("Cannot execute 'end_role' from a handler", place, "");
        } else if site.role.is_none() {
            self.error("Cannot execute 'end_role' from outside of a role", place, "");
        }
    }

    /// `apply:` of an include.
    fn apply(&mut self, written: &Written<'_>, args: Option<&Node>, _site: &Site) -> Option<Arc<OwnKeywords>> {
        if !matches!(short(&written.name), "include_tasks" | "include_role") {
            return None;
        }
        let node = written.value.get("apply").or_else(|| args.and_then(|args| args.get("apply")))?;
        let entries = self.entries(node, Object::Block)?;
        Some(Arc::new(self.own(entries, Object::Block, |_| false)))
    }

    /// Arguments that are bare expressions, compiled now so that mistakes in them are found now.
    fn expressions(
        &mut self,
        name: &str,
        written: &Written<'_>,
        args: Option<&Node>,
        collected: &Arguments,
    ) -> Vec<(String, Vec<Arc<Template>>)> {
        let mut out = Vec::new();
        for argument in self.loader.catalogue.expressions(name) {
            let node = written.value.get(argument).or_else(|| args.and_then(|args| args.get(argument)));
            // In `assert: that=x` the expression has no node of its own.
            let node = node.cloned().or_else(|| collected.written(argument));
            // A mapping is no expression: the action says what it thinks of it.
            if let Some(node) = node.filter(|node| node.as_map().is_none()) {
                let compiled = self.conditions(&node);
                out.push(((*argument).to_owned(), compiled));
            }
        }
        out
    }

    fn check_register(&mut self, node: &Node, register: Option<&Templated>) {
        if let (Some(Templated::Value(name)), Some(at)) = (register, node.get("register"))
            && !name.as_str().is_some_and(is_name)
        {
            let what = format!("Invalid variable name in 'register' specified: '{name}'");
            self.errors.push(
                Diagnostic::error(what).at(&at.place, "").hint("letters, digits and underscores, no digit first"),
            );
        }
    }

    /// Topics of a role's handler are known with the role's name before them too.
    fn listen_names(&mut self, listen: Vec<Templated>, site: &Site) -> Vec<Templated> {
        let Some(role) = &site.role else { return listen };
        let mut all = listen.clone();
        for topic in listen.iter().filter_map(|l| l.as_value().and_then(Value::as_str)) {
            if let Some(collection) = &role.collection {
                all.push(format!("{collection}.{} : {topic}", role.name).into());
            }
            all.push(format!("{} : {topic}", role.name).into());
        }
        all
    }

    /// `loop:` or `with_X:`, and `loop_control:`.
    fn task_loop(&mut self, node: &Node, entries: &[(Node, Node)], _site: &Site) -> Option<Loop> {
        let mut found: Option<Loop> = None;
        for (key, value) in entries {
            let kind = match key.as_str() {
                Some("loop") if !value.is_null() => LoopKind::Loop,
                Some(name) => match name.strip_prefix("with_") {
                    Some(lookup) => LoopKind::With(lookup.to_owned()),
                    None => continue,
                },
                None => continue,
            };
            if let Some(former) = &found {
                let error =
                    Diagnostic::error("a task has one loop").at(&key.place, "a second loop").at(&former.place, "");
                self.errors.push(error);
                continue;
            }
            if value.is_null() {
                self.error(format!("`{}` needs a value", key.to_key()), &key.place, "");
                continue;
            }
            if let Some(items) = self.templated(value) {
                if kind == LoopKind::Loop && matches!(&items, Templated::Value(v) if v.as_list().is_none()) {
                    self.error(format!("`loop` must be a list, this is {}", value.kind()), &value.place, "");
                }
                found = Some(Loop { kind, items, place: key.place.clone(), control: LoopControl::default() });
            }
        }
        if let Some(control) = node.get("loop_control").filter(|n| !n.is_null()) {
            let control = self.loop_control(control);
            if let Some(found) = &mut found {
                found.control = control;
            }
        }
        found
    }

    fn loop_control(&mut self, node: &Node) -> LoopControl {
        let mut out = LoopControl::default();
        let Some(entries) = self.entries(node, Object::LoopControl) else { return out };
        for (key, value) in entries {
            let Some(name) = key.as_str() else { continue };
            let Some(shape) = Object::LoopControl.shape(name) else {
                let error = Diagnostic::error(format!("`{name}` is no keyword of `loop_control`"))
                    .at(&key.place, "")
                    .nearest(name, Object::LoopControl.words());
                self.errors.push(error);
                continue;
            };
            let slot = match name {
                "break_when" => {
                    out.break_when = self.conditions(value);
                    continue;
                }
                "loop_var" => &mut out.loop_var,
                "index_var" => &mut out.index_var,
                "pause" => &mut out.pause,
                "extended" => &mut out.extended,
                "extended_allitems" => &mut out.extended_allitems,
                _ => &mut out.label,
            };
            *slot = self.keyword(key, value, shape);
            if let ("loop_var" | "index_var", Some(Templated::Value(Value::Str(variable)))) = (name, &*slot)
                && !is_name(variable)
            {
                self.error(format!("`{name}` wants the name of a variable, `{variable}` is none"), &value.place, "");
            }
        }
        out
    }
}

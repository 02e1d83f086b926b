//! One rendering: the scope it reads from, the variables it has read so far, and the cycle check.

use super::fault::{Cause, Eval, Fault, Missing, Trouble};
use super::hosts::{AllHosts, HostVars};
use super::lazy::{LazyList, LazyMap};
use super::machine::Machine;
use super::val::Val;
use crate::template::jinja::Shared;
use crate::template::syntax::{Code, Name};
use crate::template::{Binding, Scope, Template, TemplateKind, Templated, Variables};
use hostler_sdk::Value;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Templates that lead to templates, deepest allowed.
const DEPTH: usize = 64;

/// The state of one rendering in one scope.
pub(crate) struct Session {
    pub shared: Arc<Shared>,
    pub scope: Arc<dyn Scope>,
    vars: RefCell<HashMap<Name, Val>>,
    resolving: RefCell<Vec<Name>>,
    /// What all sessions of one rendering share: sessions of other hosts, environments to empty at the end, depth.
    common: Rc<Common>,
}

#[derive(Default)]
struct Common {
    hosts: RefCell<HashMap<Name, Rc<Session>>>,
    envs: RefCell<Vec<Rc<super::env::Env>>>,
    depth: Cell<usize>,
    /// How often something was asked that may answer otherwise the next time.
    fleeting: Cell<u64>,
}

/// Breaks the cycles of a finished rendering (variables hold lazy values, which hold the session).
pub(crate) struct Rendering(pub Rc<Session>);

impl Drop for Rendering {
    fn drop(&mut self) {
        let hosts = std::mem::take(&mut *self.0.common.hosts.borrow_mut());
        for session in hosts.values().chain([&self.0]) {
            session.vars.borrow_mut().clear();
        }
        let envs = std::mem::take(&mut *self.0.common.envs.borrow_mut());
        for env in envs {
            env.clear();
        }
    }
}

impl Rendering {
    /// A new rendering in `scope`.
    pub fn new(shared: &Arc<Shared>, scope: &Arc<dyn Scope>) -> Rendering {
        Rendering(Rc::new(Session {
            shared: shared.clone(),
            scope: scope.clone(),
            vars: RefCell::default(),
            resolving: RefCell::default(),
            common: Rc::default(),
        }))
    }
}

impl Session {
    /// The variable called `name`; `None` when the scope has none.
    pub fn var(self: &Rc<Self>, name: &str) -> Option<Val> {
        if let Some(value) = self.vars.borrow().get(name) {
            return Some(value.clone());
        }
        let asked = self.common.fleeting.get();
        let value = match self.scope.cached(name) {
            Some(value) => Val::Plain(value),
            None => self.resolve(name)?,
        };
        if self.common.fleeting.get() == asked {
            self.vars.borrow_mut().insert(Name::from(name), value.clone());
        }
        Some(value)
    }

    /// Says that an answer (a lookup's, the time, chance) may be another the next time: variables that need it are rendered
    /// anew each time they are read, as Ansible does.
    pub fn fleeting(&self) {
        self.common.fleeting.set(self.common.fleeting.get() + 1);
    }

    /// Replaces a variable for the rest of this rendering: a list that a template changes in place.
    pub fn replace(&self, name: &str, value: Val) {
        self.vars.borrow_mut().insert(Name::from(name), value);
    }

    /// Empties `env` when the rendering ends: it holds something that holds it.
    pub fn empty_later(&self, env: &Rc<super::env::Env>) {
        self.common.envs.borrow_mut().push(env.clone());
    }

    fn resolve(self: &Rc<Self>, name: &str) -> Option<Val> {
        let template = match self.scope.get(name) {
            None if name == "vars" => return Some(Val::Object(Rc::new(HostVars::new(self.clone())))),
            None => return None,
            Some(Binding::Hosts(hosts)) => {
                return Some(Val::Object(Rc::new(AllHosts::new(hosts, self.clone(), name == "hostvars"))));
            }
            Some(Binding::Templated(Templated::Template(template))) => template,
            Some(Binding::Templated(other)) => {
                return Some(self.value_of(&other).unwrap_or_else(|f| Val::Missing(f.into_missing())));
            }
        };
        let name = Name::from(name);
        if self.resolving.borrow().contains(&name) {
            return Some(Val::Missing(Rc::new(self.cycle(&name))));
        }
        self.resolving.borrow_mut().push(name.clone());
        let asked = self.common.fleeting.get();
        let result = self.run(&template);
        self.resolving.borrow_mut().pop();
        let origin = || self.scope.origin(&name);
        Some(match result {
            Ok(Val::Missing(m)) => match Fault::Missing(m).via(&name, origin()) {
                Fault::Missing(m) => Val::Missing(m),
                Fault::Trouble(t) => Val::missing(Cause::Failed(t)),
            },
            Ok(value) => {
                if let Val::Plain(plain) = &value
                    && self.common.fleeting.get() == asked
                {
                    self.scope.remember(&name, plain);
                }
                value
            }
            Err(fault) => Val::Missing(fault.via(&name, origin()).into_missing()),
        })
    }

    fn cycle(&self, name: &Name) -> Missing {
        let resolving = self.resolving.borrow();
        let start = resolving.iter().position(|n| n == name).unwrap_or(0);
        let chain: Vec<String> = resolving[start..].iter().chain([name]).map(|n| format!("`{n}`")).collect();
        let notes = resolving[start..]
            .iter()
            .filter_map(|n| self.scope.origin(n).map(|o| format!("`{n}` comes from {o}")))
            .collect();
        Missing::new(Cause::Failed(Box::new(Trouble {
            message: format!("recursive loop detected in template: {}", chain.join(" needs ")),
            at: None,
            via: Vec::new(),
            hint: Some("take one of these variables out of the other's value".to_owned()),
            notes,
        })))
    }

    /// A value of the operator's files; containers stay lazy.
    pub fn value_of(self: &Rc<Self>, templated: &Templated) -> Eval<Val> {
        Ok(match templated {
            Templated::Value(v) => Val::Plain(v.clone()),
            Templated::Template(t) => self.run(t)?,
            Templated::Vault(v) => Val::Plain(Value::Str(self.shared.open(v)?)),
            Templated::List(items) => Val::LazyList(Rc::new(LazyList::new(items, self))),
            Templated::Map(items) => Val::LazyMap(Rc::new(LazyMap::new(items, self))),
        })
    }

    /// Renders a template in this session.
    pub fn run(self: &Rc<Self>, template: &Arc<Template>) -> Eval<Val> {
        let depth = self.common.depth.get();
        if depth > DEPTH {
            return Err(Fault::new(format!(
                "recursive loop detected in template: more than {DEPTH} templates inside each other"
            )));
        }
        self.common.depth.set(depth + 1);
        let result = self.run_unbounded(template);
        self.common.depth.set(depth);
        result
    }

    fn run_unbounded(self: &Rc<Self>, template: &Arc<Template>) -> Eval<Val> {
        let machine = Machine::new(self, template);
        let value = match &template.code {
            Code::Expr(expr) => machine.top_expr(expr)?,
            Code::Body(_) => machine.top_body()?,
            Code::Broken(mistake) => return Err(Fault::new(mistake.clone())),
        };
        if template.kind == TemplateKind::Expression {
            return Ok(value);
        }
        Ok(restore_newlines(value, template))
    }

    /// Renders a template with more names than the scope has.
    pub fn run_with(self: &Rc<Self>, template: &Arc<Template>, vars: &Val) -> Eval<Val> {
        let env: Rc<super::env::Env> = Rc::default();
        let entries = vars.entries().unwrap_or_else(|| Err(Fault::new("`template_vars` must be a mapping")))?;
        for (key, value) in entries {
            env.set(&Name::from(key.to_string()), value);
        }
        let mut out = super::output::Output::default();
        Machine::new(self, template).render_into(&env, &mut out)?;
        Ok(restore_newlines(out.finish(), template))
    }

    /// A session of the same rendering for what sees some more variables, as a template sees what it is called. Variables that are being
    /// rendered stay known, so that one that needs itself by way of the template is found out.
    pub fn with(self: &Rc<Self>, vars: Variables) -> Rc<Session> {
        Rc::new(Session {
            shared: self.shared.clone(),
            scope: crate::template::over(&self.scope, vars),
            vars: RefCell::default(),
            resolving: RefCell::new(self.resolving.borrow().clone()),
            common: self.common.clone(),
        })
    }

    /// The session of another host of the same rendering.
    pub fn host(self: &Rc<Self>, name: &str, scope: impl FnOnce() -> Option<Arc<dyn Scope>>) -> Option<Rc<Session>> {
        if let Some(session) = self.common.hosts.borrow().get(name) {
            return Some(session.clone());
        }
        let session = self.beside(scope()?);
        self.common.hosts.borrow_mut().insert(Name::from(name), session.clone());
        Some(session)
    }

    /// A session of other variables in the same rendering.
    pub fn beside(&self, scope: Arc<dyn Scope>) -> Rc<Session> {
        Rc::new(Session {
            shared: self.shared.clone(),
            scope,
            vars: RefCell::default(),
            resolving: RefCell::default(),
            common: self.common.clone(),
        })
    }

    /// A compiled template by its path, for include, import and extends.
    pub fn template_file(&self, name: &str, from: &Template) -> Eval<Option<Arc<Template>>> {
        let mut folders: Vec<std::path::PathBuf> = Vec::new();
        if let Some(folder) = from.place.path().parent().filter(|p| !p.as_os_str().is_empty()) {
            folders.push(folder.to_owned());
        }
        for folder in self.scope.search_path() {
            folders.push(folder.join("templates"));
            folders.push(folder);
        }
        for folder in folders {
            let path = folder.join(name);
            if path.is_file() {
                let compiled = self.shared.file(&path, &from.syntax).map_err(|d| {
                    let mut trouble = Trouble {
                        message: d.cause.clone().unwrap_or_else(|| d.what.clone()),
                        at: None,
                        via: Vec::new(),
                        hint: d.hint.clone(),
                        notes: d.places.iter().map(|p| format!("in {}", p.place)).collect(),
                    };
                    trouble.notes.extend(d.notes.iter().cloned());
                    Fault::Trouble(Box::new(trouble))
                })?;
                return Ok(Some(compiled));
            }
        }
        Ok(None)
    }
}

/// Jinja drops newlines at the end of a template; Ansible puts back as many as the result has fewer than the source.
fn restore_newlines(value: Val, template: &Template) -> Val {
    let Some(text) = value.as_str() else { return value };
    let count = |s: &str| s.len() - s.trim_end_matches('\n').len();
    let (wanted, found) = (count(&template.source), count(text));
    if wanted <= found {
        return value;
    }
    Val::text(format!("{text}{}", template.syntax.newline.repeat(wanted - found)))
}

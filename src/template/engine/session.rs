//! One rendering: the scope it reads from, the variables it has read so far, and the cycle check.

use super::fault::{Cause, Eval, Fault, Missing, Trouble};
use super::hosts::{AllHosts, HostVars};
use super::lazy::{LazyList, LazyMap};
use super::machine::Machine;
use super::val::Val;
use crate::template::jinja::Shared;
use crate::template::syntax::{Code, Name};
use crate::template::{Binding, Said, Scope, Template, TemplateKind, Templated, Variables, Wanted, pinned};
use hostler_sdk::Value;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// Templates that lead to templates, deepest allowed.
const DEPTH: usize = 64;

/// The state of one rendering in one scope.
pub(crate) struct Session {
    pub shared: Arc<Shared>,
    pub scope: Arc<dyn Scope>,
    vars: RefCell<HashMap<Name, (Val, Said)>>,
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
    /// Whether something was read that a host had a say in, since [`Session::listen`] began.
    heard: Cell<bool>,
    /// Whether such a thing was put into a list, a mapping or an object in place: then they all may hold it.
    mixed: Cell<bool>,
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
        let (value, said) = self.var_said(name)?;
        self.hear(said);
        Some(value)
    }

    /// The same, and whether a host had a say in it, which is the caller's to pass on.
    pub fn var_said(self: &Rc<Self>, name: &str) -> Option<(Val, Said)> {
        if let Some((value, said)) = self.vars.borrow().get(name) {
            return Some((value.clone(), self.of_changeable(value, *said)));
        }
        let asked = self.common.fleeting.get();
        let (value, said) = match self.scope.cached(name) {
            Some((value, said)) => (Val::Plain(value), said),
            None => self.resolve(name)?,
        };
        if self.common.fleeting.get() == asked {
            self.vars.borrow_mut().insert(Name::from(name), (value.clone(), said));
        }
        Some((value, said))
    }

    /// Takes note that something was read that a host had a say in.
    pub fn hear(&self, said: Said) {
        if said.is_any() {
            self.common.heard.set(true);
        }
    }

    /// Whether anything was heard since the innermost [`Session::listen`] began.
    pub fn heard(&self) -> bool {
        self.common.heard.get()
    }

    /// Forgets it: what was made of it has been looked at.
    pub fn unhear(&self) {
        self.common.heard.set(false);
    }

    /// What `act` gives, and whether a host was heard meanwhile. Nothing of that is passed on: a choice between things that the
    /// operator wrote is none that a host had a say in.
    pub fn listen<T>(&self, act: impl FnOnce() -> T) -> (T, Said) {
        let before = self.common.heard.replace(false);
        let out = act();
        let heard = self.common.heard.replace(before);
        (out, if heard { Said::ALL } else { Said::Nothing })
    }

    /// The same, but what was heard before counts, too.
    pub fn listen_on<T>(&self, act: impl FnOnce() -> T) -> (T, Said) {
        let out = act();
        let heard = self.common.heard.replace(false);
        (out, if heard { Said::ALL } else { Said::Nothing })
    }

    /// Takes note that what a host said was put into something in place.
    pub fn mix(&self, said: Said) {
        if said.is_any() {
            self.common.mixed.set(true);
        }
    }

    /// Whether a host had a say in a value that the template holds under a name.
    pub fn of_changeable(&self, value: &Val, said: Said) -> Said {
        match value {
            Val::List(_) | Val::Dict(_) | Val::Object(_) if self.common.mixed.get() => Said::ALL,
            _ => said,
        }
    }

    /// Says that an answer (a lookup's, the time, chance) may be another the next time: variables that need it are rendered
    /// anew each time they are read, as Ansible does.
    pub fn fleeting(&self) {
        self.common.fleeting.set(self.common.fleeting.get() + 1);
    }

    /// Replaces a variable for the rest of this rendering: a list that a template changes in place.
    pub fn replace(&self, name: &str, value: Val) {
        let mut vars = self.vars.borrow_mut();
        let said = vars.get(name).map_or(Said::ALL, |(_, said)| *said);
        vars.insert(Name::from(name), (value, said));
    }

    /// Empties `env` when the rendering ends: it holds something that holds it.
    pub fn empty_later(&self, env: &Rc<super::env::Env>) {
        self.common.envs.borrow_mut().push(env.clone());
    }

    fn resolve(self: &Rc<Self>, name: &str) -> Option<(Val, Said)> {
        let nothing = |value| Some((value, Said::Nothing));
        let template = match self.scope.get(name) {
            None if name == "vars" => return nothing(Val::Object(Rc::new(HostVars::new(self.clone())))),
            None => return None,
            Some(Binding::Hosts(hosts)) => {
                let hosts = AllHosts::new(hosts, self.clone(), name == "hostvars");
                return nothing(Val::Object(Rc::new(hosts)));
            }
            Some(Binding::Templated(Templated::Template(template))) => template,
            Some(Binding::Templated(other)) => {
                let known = self.value_said(&other);
                return Some(known.unwrap_or_else(|f| (Val::Missing(f.into_missing()), Said::Nothing)));
            }
        };
        let name = Name::from(name);
        if self.resolving.borrow().contains(&name) {
            return nothing(Val::Missing(Rc::new(self.cycle(&name))));
        }
        self.resolving.borrow_mut().push(name.clone());
        let asked = self.common.fleeting.get();
        let result = self.run_said(&template);
        self.resolving.borrow_mut().pop();
        let origin = || self.scope.origin(&name);
        match result {
            Ok((Val::Missing(m), _)) => match Fault::Missing(m).via(&name, origin()) {
                Fault::Missing(m) => nothing(Val::Missing(m)),
                Fault::Trouble(t) => nothing(Val::missing(Cause::Failed(t))),
            },
            Ok((value, said)) => {
                if let Val::Plain(plain) = &value
                    && self.common.fleeting.get() == asked
                {
                    self.scope.remember(&name, plain, said);
                }
                Some((value, said))
            }
            Err(fault) => nothing(Val::Missing(fault.via(&name, origin()).into_missing())),
        }
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

    /// The names of all variables, for whoever looks through them: with facts that were not asked for so far.
    pub fn all_names(&self) -> Vec<Arc<str>> {
        if let Some(Binding::Templated(Templated::Facts(facts))) = self.scope.get("ansible_facts") {
            facts.whole();
        }
        self.scope.names()
    }

    /// A value of the operator's files, and whether a host had a say in it; containers stay lazy, and are heard when they are read.
    pub fn value_said(self: &Rc<Self>, templated: &Templated) -> Eval<(Val, Said)> {
        let value = match templated {
            Templated::Value(v) => Val::Plain(v.clone()),
            Templated::Said(v, at) => return Ok((Val::Plain(v.clone()), Said::After(*at))),
            Templated::Facts(facts) => Val::LazyMap(Rc::new(LazyMap::facts(facts, self))),
            Templated::Template(t) => return self.run_said(t),
            Templated::Vault(v) => Val::Plain(Value::Str(self.shared.open(v)?)),
            Templated::List(items) => Val::LazyList(Rc::new(LazyList::new(items, self))),
            Templated::Map(items) => Val::LazyMap(Rc::new(LazyMap::new(items, self))),
        };
        Ok((value, Said::Nothing))
    }

    /// Renders a template in this session.
    pub fn run(self: &Rc<Self>, template: &Arc<Template>) -> Eval<Val> {
        let (value, said) = self.run_said(template)?;
        self.hear(said);
        Ok(value)
    }

    /// The same, and whether a host had a say in what comes out, which is the caller's to pass on.
    pub fn run_said(self: &Rc<Self>, template: &Arc<Template>) -> Eval<(Val, Said)> {
        let depth = self.common.depth.get();
        if depth > DEPTH {
            return Err(Fault::new(format!(
                "recursive loop detected in template: more than {DEPTH} templates inside each other"
            )));
        }
        self.common.depth.set(depth + 1);
        let (result, _) = self.listen(|| self.run_unbounded(template));
        self.common.depth.set(depth);
        result
    }

    fn run_unbounded(self: &Rc<Self>, template: &Arc<Template>) -> Eval<(Val, Said)> {
        let machine = Machine::new(self, template);
        let (value, said) = match &template.code {
            Code::Expr(expr) => machine.top_expr(expr)?,
            Code::Body(_) => machine.top_body()?,
            Code::Broken(mistake) => return Err(Fault::new(mistake.clone())),
        };
        if template.kind == TemplateKind::Expression {
            return Ok((value, said));
        }
        Ok((restore_newlines(value, template), said))
    }

    /// Renders a template with more names than the scope has.
    pub fn run_with(self: &Rc<Self>, template: &Arc<Template>, vars: &Val) -> Eval<Val> {
        let env: Rc<super::env::Env> = Rc::default();
        let entries = vars.entries().unwrap_or_else(|| Err(Fault::new("`template_vars` must be a mapping")))?;
        let said = if self.heard() { Said::ALL } else { Said::Nothing };
        for (key, value) in entries {
            env.set(&Name::from(key.to_string()), value, said);
        }
        let mut out = super::output::Output::default();
        Machine::new(self, template).render_into(&env, &mut out)?;
        Ok(restore_newlines(out.finish().0, template))
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

    /// Refuses a file that a host would choose: see [`pinned`].
    pub fn allow(&self, name: &str, said: Said, path: &Path, wanted: Wanted) -> Eval<()> {
        if !said.is_any() {
            return Ok(());
        }
        pinned(name, said, path, wanted, &self.scope.project()).map_err(|refusal| {
            let cause = refusal.cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            Fault::of(format!("{}{cause}", refusal.what), refusal.hint, Vec::new())
        })
    }

    /// A compiled template by its path, for include, import and extends.
    pub fn template_file(&self, name: &str, said: Said, from: &Template) -> Eval<Option<Arc<Template>>> {
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
                self.allow(name, said, &path, Wanted::Read)?;
                let compiled = self.shared.file(&path, &from.syntax).map_err(|d| {
                    let message = d.cause.clone().unwrap_or_else(|| d.what.clone());
                    let mut notes: Vec<String> = d.places.iter().map(|p| format!("in {}", p.place)).collect();
                    notes.extend(d.notes.iter().cloned());
                    Fault::of(message, d.hint.clone(), notes)
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

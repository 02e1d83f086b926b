//! `hostvars` and the variables of one host, read only as far as a template asks.

use super::fault::{Eval, Fault};
use super::object::Object;
use super::session::Session;
use super::val::Val;
use crate::template::Hosts;
use hostler_sdk::Key;
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

/// `hostvars`, and `ansible_delegated_vars`.
pub(crate) struct AllHosts {
    hosts: Arc<dyn Hosts>,
    session: Rc<Session>,
    kept: bool,
}

impl AllHosts {
    /// `kept`: a host is the same whoever asks in a rendering.
    pub fn new(hosts: Arc<dyn Hosts>, session: Rc<Session>, kept: bool) -> Self {
        AllHosts { hosts, session, kept }
    }
}

impl Object for AllHosts {
    fn type_name(&self) -> &'static str {
        "HostVars"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        let session = match self.kept {
            true => self.session.host(name, || self.hosts.scope(name))?,
            false => self.session.beside(self.hosts.scope(name)?),
        };
        Some(Ok(Val::Object(Rc::new(HostVars::new(session)))))
    }
    fn iterate(&self) -> Option<Eval<Vec<Val>>> {
        Some(Ok(self.hosts.names().into_iter().map(Val::from).collect()))
    }
    fn entries(&self) -> Option<Eval<Vec<(Key, Val)>>> {
        let pairs = self.hosts.names().into_iter().filter_map(|name| Some((Key::from(&name), self.member(&name)?)));
        Some(pairs.map(|(k, v)| Ok((k, v?))).collect())
    }
    fn is_mapping(&self) -> bool {
        true
    }
    fn repr(&self) -> Eval<String> {
        repr(self.entries())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `hostvars[name]`, and `vars`.
pub(crate) struct HostVars {
    session: Rc<Session>,
}

impl HostVars {
    pub fn new(session: Rc<Session>) -> Self {
        HostVars { session }
    }
}

impl Object for HostVars {
    fn type_name(&self) -> &'static str {
        "HostVarsVars"
    }
    fn member(&self, name: &str) -> Option<Eval<Val>> {
        self.session.var(name).map(Ok)
    }
    fn iterate(&self) -> Option<Eval<Vec<Val>>> {
        Some(Ok(self.session.all_names().into_iter().map(Val::from).collect()))
    }
    fn entries(&self) -> Option<Eval<Vec<(Key, Val)>>> {
        // Whoever prints all variables does not want all variables of all hosts inside each.
        let names = self.session.all_names().into_iter().filter(|n| !matches!(n.as_ref(), "hostvars" | "vars"));
        Some(Ok(names.filter_map(|n| self.session.var(&n).map(|v| (Key::Str(n), v))).collect()))
    }
    fn is_mapping(&self) -> bool {
        true
    }
    fn repr(&self) -> Eval<String> {
        repr(self.entries())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn repr(entries: Option<Eval<Vec<(Key, Val)>>>) -> Eval<String> {
    let entries = entries.ok_or_else(|| Fault::new("not a mapping"))??;
    Val::dict(entries.into_iter().collect()).repr()
}

//! A task (or handler) as meant: its module found, its arguments checked, its inherited keywords merged in.

use super::{Keywords, OwnKeywords, Role, Site};
use crate::diagnostic::Place;
use crate::template::{Template, Templated, Variables};
use hostler_sdk::ModuleSpec;
use std::sync::Arc;

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Unique within the run; equal for the same task on all hosts.
    pub id: u64,
    /// Name as written.
    pub name: Option<Templated>,
    /// The whole task's place.
    pub place: Place,
    /// What it does.
    pub action: ActionCall,
    /// Inherited and own keywords, merged.
    pub keywords: Keywords,
    /// `vars:` of the enclosing blocks and of the task, outermost first.
    pub vars: Vec<Arc<Variables>>,
    /// Parameters of the includes around it (`include_tasks` with `vars:`), outermost first.
    pub include_params: Vec<Arc<Variables>>,
    /// The loop, when there is one.
    pub r#loop: Option<Loop>,
    /// Variable the result goes to (a name; templated names are rendered per host).
    pub register: Option<Templated>,
    /// Handlers to notify.
    pub notify: Vec<Templated>,
    /// Topics a handler listens to; empty for tasks.
    pub listen: Vec<Templated>,
    /// `changed_when:`; `None` when not given.
    pub changed_when: Option<Vec<Arc<Template>>>,
    /// `failed_when:`; `None` when not given.
    pub failed_when: Option<Vec<Arc<Template>>>,
    /// `until:`; empty when not given.
    pub until: Vec<Arc<Template>>,
    /// `retries:`.
    pub retries: Option<Templated>,
    /// `delay:` in seconds.
    pub delay: Option<Templated>,
    /// `async:` in seconds.
    pub r#async: Option<Templated>,
    /// `poll:` in seconds.
    pub poll: Option<Templated>,
    /// `delegate_to:`.
    pub delegate_to: Option<Templated>,
    /// `delegate_facts:`.
    pub delegate_facts: Option<Templated>,
    /// The role it belongs to.
    pub role: Option<Arc<Role>>,
    /// What surrounds it; dynamic includes are loaded into it.
    pub site: Arc<Site>,
    /// Whether it was made by Hostler itself (fact gathering, flushing handlers) rather than written.
    pub implicit: bool,
}

impl Task {
    /// A task that says nothing but what it does.
    pub fn bare(id: u64, place: Place, action: ActionCall) -> Self {
        Task {
            id,
            name: None,
            place,
            action,
            keywords: Keywords::default(),
            vars: Vec::new(),
            include_params: Vec::new(),
            r#loop: None,
            register: None,
            notify: Vec::new(),
            listen: Vec::new(),
            changed_when: None,
            failed_when: None,
            until: Vec::new(),
            retries: None,
            delay: None,
            r#async: None,
            poll: None,
            delegate_to: None,
            delegate_facts: None,
            role: None,
            site: Arc::default(),
            implicit: false,
        }
    }
}

impl Task {
    /// Its name as written, or its module's.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => name.as_written().to_string(),
            None => self.action.written.clone(),
        }
    }
}

/// What a task does.
#[derive(Clone, Debug)]
pub struct ActionCall {
    /// The name as written: `ansible.builtin.copy`.
    pub written: String,
    /// The declaration it was found to be.
    pub spec: &'static ModuleSpec,
    /// Where the name stands.
    pub place: Place,
    /// Arguments under the names written, free form already under its argument. Usually a mapping; a template when the
    /// whole of `args:` is one.
    pub args: Templated,
    /// `args:` when the whole of it is a template beside other arguments, which are stronger.
    pub base: Option<Templated>,
    /// Where each argument's key stands, for errors.
    pub arg_places: Vec<(String, Place)>,
    /// `apply:` of an include: what everything included inherits.
    pub apply: Option<Arc<OwnKeywords>>,
    /// Arguments that are bare expressions ([`super::Catalogue::expressions`]), compiled; a list has one entry per item. Their
    /// texts are in `args` too.
    pub expressions: Vec<(String, Vec<Arc<Template>>)>,
}

impl ActionCall {
    /// A call with these arguments and nothing else: neither defaults nor places of their own.
    pub fn plain(written: &str, spec: &'static ModuleSpec, place: Place, args: Templated) -> Self {
        ActionCall {
            written: written.to_owned(),
            spec,
            place,
            args,
            base: None,
            arg_places: Vec::new(),
            apply: None,
            expressions: Vec::new(),
        }
    }
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// `loop:` or which `with_`.
    pub kind: LoopKind,
    /// What is looped over, not rendered.
    pub items: Templated,
    /// Where the loop stands.
    pub place: Place,
    /// `loop_control:`.
    pub control: LoopControl,
}

/// How the items come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// `loop:`: the list itself.
    Loop,
    /// `with_NAME:`: what lookup NAME makes of it (`items` flattens one level).
    With(String),
}

/// `loop_control:`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct LoopControl {
    pub loop_var: Option<Templated>,
    pub index_var: Option<Templated>,
    pub label: Option<Templated>,
    pub pause: Option<Templated>,
    pub extended: Option<Templated>,
    pub extended_allitems: Option<Templated>,
    pub break_when: Vec<Arc<Template>>,
}

//! One definition of a variable: its layer, its place, its value. For errors and for `hostler vars explain`.

use crate::template::Variable;
use std::fmt;
use std::sync::Arc;

/// The layers, weakest first: Ansible's order of precedence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Layer {
    /// What a connection falls back to (`ansible_host` is the host's own name), only where nothing else is set.
    Connection,
    /// `defaults/` of another role of the play.
    PlayRoleDefaults(String),
    /// `defaults/` of the task's role.
    RoleDefaults(String),
    InventoryGroup(String),
    InventoryGroupVars(String),
    PlayGroupVars(String),
    InventoryHost,
    InventoryHostVars,
    PlayHostVars,
    Facts,
    PlayVars,
    Prompt,
    VarsFile,
    /// `vars/` of a role of the play.
    RoleExports(String),
    /// `vars/` of the task's role.
    RoleVars(String),
    BlockOrTaskVars,
    IncludeVars,
    /// `set_fact` and `register`.
    SetFact,
    RoleParams(String),
    IncludeParams,
    ExtraVars,
    Magic,
    /// Loop variables and what else a task sets for itself.
    Loop,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Connection => f.write_str("default of the connection"),
            Layer::PlayRoleDefaults(role) | Layer::RoleDefaults(role) => write!(f, "defaults of the role `{role}`"),
            Layer::InventoryGroup(group) => write!(f, "inventory, group `{group}`"),
            Layer::InventoryGroupVars(group) => write!(f, "group_vars of `{group}` beside the inventory"),
            Layer::PlayGroupVars(group) => write!(f, "group_vars of `{group}` beside the playbook"),
            Layer::InventoryHost => f.write_str("inventory, host"),
            Layer::InventoryHostVars => f.write_str("host_vars beside the inventory"),
            Layer::PlayHostVars => f.write_str("host_vars beside the playbook"),
            Layer::Facts => f.write_str("facts of the host"),
            Layer::PlayVars => f.write_str("vars of the play"),
            Layer::Prompt => f.write_str("vars_prompt of the play"),
            Layer::VarsFile => f.write_str("vars_files of the play"),
            Layer::RoleExports(role) | Layer::RoleVars(role) => write!(f, "vars of the role `{role}`"),
            Layer::BlockOrTaskVars => f.write_str("vars of the task or a block around it"),
            Layer::IncludeVars => f.write_str("include_vars"),
            Layer::SetFact => f.write_str("set_fact or register"),
            Layer::RoleParams(role) => write!(f, "parameters of the role `{role}`"),
            Layer::IncludeParams => f.write_str("parameters of an include"),
            Layer::ExtraVars => f.write_str("extra vars of the command line"),
            Layer::Magic => f.write_str("set by Hostler itself"),
            Layer::Loop => f.write_str("variable of the task's loop"),
        }
    }
}

/// One definition of a variable.
#[derive(Clone, Debug)]
pub struct Definition {
    /// In which layer.
    pub layer: Layer,
    /// What and where.
    pub variable: Variable,
}

/// The layer, and the place where there is one.
impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variable.place {
            Some(place) => write!(f, "{} at {place}", self.layer),
            None => self.layer.fmt(f),
        }
    }
}

/// Variables of a layer, shared.
#[derive(Clone, Debug)]
pub(super) struct Layered {
    pub layer: Layer,
    pub vars: Source,
}

/// Who holds them.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Vars(Arc<crate::template::Variables>),
    Host(Arc<crate::inventory::Host>),
    Group(Arc<crate::inventory::Group>),
}

impl Layered {
    pub fn vars(&self) -> &crate::template::Variables {
        match &self.vars {
            Source::Vars(vars) => vars,
            Source::Host(host) => &host.vars,
            Source::Group(group) => &group.vars,
        }
    }
}

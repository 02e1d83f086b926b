//! Which keywords each object of a playbook has, and what may stand under them: ansible-core 2.19's lists.

/// What a keyword takes. Templates are good anywhere but under `Plain*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `true`, `yes`, `1`, ...
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// A number with or without `%`.
    Percent,
    /// One scalar.
    Text,
    /// One or a list of scalars.
    Texts,
    /// A text that cannot be a template.
    PlainText,
    /// One or a list of conditions.
    Conditions,
    /// Read by code of its own.
    Own,
}

use Shape::{Bool, Conditions, Float, Int, Own, Percent, PlainText, Text, Texts};

type Words = &'static [(&'static str, Shape)];

/// An object of a playbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    Play,
    Block,
    Task,
    Handler,
    /// `include_tasks` and `include_role`, which take fewer keywords than other tasks.
    Include,
    HandlerInclude,
    /// An entry of `roles:` or of a role's `dependencies:`; what is no keyword is a parameter.
    RoleUse,
    ImportPlaybook,
    LoopControl,
    RoleMeta,
    VarsPrompt,
}

const BASE: Words = &[
    ("name", Text),
    ("any_errors_fatal", Bool),
    ("become", Bool),
    ("become_exe", Text),
    ("become_flags", Text),
    ("become_method", Text),
    ("become_user", Text),
    ("check_mode", Bool),
    ("connection", Text),
    ("debugger", Text),
    ("diff", Bool),
    ("environment", Own),
    ("ignore_errors", Bool),
    ("ignore_unreachable", Bool),
    ("module_defaults", Own),
    ("no_log", Bool),
    ("port", Int),
    ("remote_user", Text),
    ("run_once", Bool),
    ("throttle", Int),
    ("timeout", Int),
    ("vars", Own),
];
const CONDITION_AND_TAGS: Words = &[("when", Conditions), ("tags", Own)];
const COLLECTIONS: Words = &[("collections", Own)];
const DELEGATION: Words = &[("delegate_to", Text), ("delegate_facts", Bool)];
const PLAY: Words = &[
    ("tags", Own),
    ("hosts", Own),
    ("gather_facts", Bool),
    ("gather_subset", Texts),
    ("gather_timeout", Int),
    ("fact_path", Text),
    ("vars_files", Own),
    ("vars_prompt", Own),
    ("roles", Own),
    ("handlers", Own),
    ("pre_tasks", Own),
    ("tasks", Own),
    ("post_tasks", Own),
    ("force_handlers", Bool),
    ("max_fail_percentage", Percent),
    ("serial", Texts),
    ("strategy", Text),
    ("order", Text),
    ("user", Text),
];
const BLOCK: Words = &[("block", Own), ("rescue", Own), ("always", Own), ("notify", Texts)];
const TASK: Words = &[
    ("action", Own),
    ("local_action", Own),
    ("args", Own),
    ("async", Int),
    ("changed_when", Conditions),
    ("delay", Float),
    ("failed_when", Conditions),
    ("loop", Own),
    ("loop_control", Own),
    ("notify", Texts),
    ("poll", Int),
    ("register", PlainText),
    ("retries", Int),
    ("until", Conditions),
];
const LISTEN: Words = &[("listen", Texts)];
const INCLUDE: Words = &[
    ("action", Own),
    ("local_action", Own),
    ("args", Own),
    ("collections", Own),
    ("debugger", Text),
    ("ignore_errors", Bool),
    ("loop", Own),
    ("loop_control", Own),
    ("name", Text),
    ("no_log", Bool),
    ("register", PlainText),
    ("run_once", Bool),
    ("tags", Own),
    ("timeout", Int),
    ("vars", Own),
    ("when", Conditions),
];
const ROLE_USE: Words = &[("role", Own)];
const IMPORT_PLAYBOOK: Words =
    &[("import_playbook", Text), ("ansible.builtin.import_playbook", Text), ("ansible.legacy.import_playbook", Text)];
const LOOP_CONTROL: Words = &[
    ("break_when", Conditions),
    ("extended", Bool),
    ("extended_allitems", Bool),
    ("index_var", Text),
    ("label", Own),
    ("loop_var", Text),
    ("pause", Float),
];
const ROLE_META: Words = &[
    ("allow_duplicates", Bool),
    ("dependencies", Own),
    ("galaxy_info", Own),
    ("argument_specs", Own),
    ("collections", Own),
];
const VARS_PROMPT: Words = &[
    ("name", PlainText),
    ("prompt", Text),
    ("default", Own),
    ("private", Bool),
    ("confirm", Bool),
    ("encrypt", Text),
    ("salt_size", Int),
    ("salt", Text),
    ("unsafe", Bool),
];

impl Object {
    fn lists(self) -> &'static [Words] {
        match self {
            Object::Play => &[BASE, PLAY, COLLECTIONS],
            Object::Block => &[BASE, CONDITION_AND_TAGS, COLLECTIONS, DELEGATION, BLOCK],
            Object::Task => &[BASE, CONDITION_AND_TAGS, COLLECTIONS, DELEGATION, TASK],
            Object::Handler => &[BASE, CONDITION_AND_TAGS, COLLECTIONS, DELEGATION, TASK, LISTEN],
            Object::Include => &[INCLUDE],
            Object::HandlerInclude => &[INCLUDE, LISTEN],
            Object::RoleUse => &[BASE, CONDITION_AND_TAGS, COLLECTIONS, DELEGATION, ROLE_USE],
            Object::ImportPlaybook => &[BASE, CONDITION_AND_TAGS, IMPORT_PLAYBOOK],
            Object::LoopControl => &[LOOP_CONTROL],
            Object::RoleMeta => &[BASE, ROLE_META],
            Object::VarsPrompt => &[VARS_PROMPT],
        }
    }

    /// All keywords.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.lists().iter().flat_map(|list| list.iter().map(|(name, _)| *name))
    }

    /// What `keyword` takes; `None` when this object has no such keyword.
    pub fn shape(self, keyword: &str) -> Option<Shape> {
        self.lists().iter().flat_map(|list| list.iter()).find(|(name, _)| *name == keyword).map(|(_, s)| *s)
    }

    /// Ansible's name for what playbooks are made of.
    pub fn class(self) -> Option<&'static str> {
        match self {
            Object::Play => Some("Play"),
            Object::Block => Some("Block"),
            Object::Task => Some("Task"),
            Object::Handler => Some("Handler"),
            Object::Include => Some("TaskInclude"),
            Object::HandlerInclude => Some("HandlerTaskInclude"),
            Object::RoleUse => Some("RoleInclude"),
            Object::ImportPlaybook => Some("PlaybookInclude"),
            Object::LoopControl | Object::RoleMeta | Object::VarsPrompt => None,
        }
    }

    /// In words, with its article.
    pub fn what(self) -> &'static str {
        match self {
            Object::Play => "a play",
            Object::Block => "a block",
            Object::Task => "a task",
            Object::Handler => "a handler",
            Object::Include | Object::HandlerInclude => "an include",
            Object::RoleUse => "a role",
            Object::ImportPlaybook => "`import_playbook`",
            Object::LoopControl => "`loop_control`",
            Object::RoleMeta => "the meta data of a role",
            Object::VarsPrompt => "an entry of `vars_prompt`",
        }
    }
}

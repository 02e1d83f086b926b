//! Which actions the controller has.

use super::{Act, ActionResult, Doing, TaskRun};
use crate::playbook::Task;
use hostler_sdk::{ArgError, Args, Module, ModuleSpec};
use linkme::distributed_slice;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::LazyLock;

/// Registers a declared struct: `register!(of Debug)` for an action, `register!(engine Meta)` for what the engine does itself.
macro_rules! register {
    ($how:ident $action:ident) => {
        const _: () = {
            // linkme places the static in a link section, which counts as unsafe.
            #[allow(unsafe_code)]
            #[linkme::distributed_slice($crate::actions::ACTIONS)]
            static REGISTERED: $crate::actions::RegisteredAction = $crate::actions::RegisteredAction::$how::<$action>();
        };
    };
}
pub(crate) use register;

/// Every action linked into this program.
#[distributed_slice]
pub static ACTIONS: [RegisteredAction];

/// An action as the registry holds it.
#[derive(Clone, Copy)]
pub struct RegisteredAction {
    /// Its declaration.
    pub spec: &'static ModuleSpec,
    /// Who does it; `None` when the engine does it itself (`meta`, `include_tasks`, `include_role`).
    pub action: Option<&'static dyn ControllerAction>,
    /// Whether it runs once for all hosts of the play.
    pub once: bool,
    /// Whether hosts may be asked ahead.
    pub ahead: bool,
    /// Arguments that are bare expressions.
    pub expressions: &'static [&'static str],
    /// Members of its result that the controller says.
    pub own: &'static [&'static str],
    /// Whether arguments are good, as far as can be known before they are rendered.
    pub validate: fn(&Args) -> Result<(), ArgError>,
}

impl RegisteredAction {
    /// An action of the controller.
    pub const fn of<A: Act>() -> Self {
        RegisteredAction {
            spec: A::SPEC,
            action: Some(&Adapter::<A>(PhantomData)),
            once: A::ONCE,
            ahead: A::AHEAD,
            expressions: A::EXPRESSIONS,
            own: A::OWN,
            validate: validate::<A>,
        }
    }

    /// A task that the engine does itself.
    pub const fn engine<M: Module>() -> Self {
        RegisteredAction {
            spec: M::SPEC,
            action: None,
            once: false,
            ahead: false,
            expressions: &[],
            own: &[],
            validate: validate::<M>,
        }
    }
}

fn validate<M: Module>(args: &Args) -> Result<(), ArgError> {
    M::parse(args).map(drop)
}

/// An action without its type.
pub trait ControllerAction: Sync {
    /// Parses the rendered arguments and does the task.
    fn run<'a>(&'a self, task: &'a TaskRun<'a>) -> Doing<'a, ActionResult>;
}

struct Adapter<A>(PhantomData<fn() -> A>);

impl<A: Act> ControllerAction for Adapter<A> {
    fn run<'a>(&'a self, task: &'a TaskRun<'a>) -> Doing<'a, ActionResult> {
        Box::pin(async move {
            let action = A::parse(&Args::new(task.args)).map_err(A::refused)?;
            action.act(task).await
        })
    }
}

/// All actions.
pub fn actions() -> &'static [RegisteredAction] {
    &ACTIONS
}

/// The action users call `name` (short, full, or an alias).
pub fn find(name: &str) -> Option<&'static RegisteredAction> {
    /// By the part of a name that every name of an action ends with.
    static BY_END: LazyLock<HashMap<&'static str, Vec<&'static RegisteredAction>>> = LazyLock::new(|| {
        let mut map: HashMap<_, Vec<_>> = HashMap::new();
        for action in ACTIONS.iter() {
            std::iter::once(&action.spec.name).chain(action.spec.aliases).for_each(|name| {
                map.entry(super::catalogue::end_of(name)).or_default().push(action);
            });
        }
        map
    });
    BY_END.get(super::catalogue::end_of(name))?.iter().copied().find(|action| action.spec.answers_to(name))
}

/// The action a task is; `None` when a module on the host does it.
pub fn of(task: &Task) -> Option<&'static RegisteredAction> {
    ACTIONS.iter().find(|a| std::ptr::eq(a.spec, task.action.spec))
}

//! Which modules this program has. Each registers itself beside its definition (`#[derive(Module)]` with
//! `kind = "resource" | "action" | "facts"`), so that there is no list to edit.

use crate::args::Args;
use crate::backend::Backend;
use crate::body::Bodies;
use crate::call::Call;
use crate::host::{Change, Look};
use crate::module::{Action, Facts, Failure, Resource};
use crate::outcome::Outcome;
use crate::spec::ModuleSpec;
use linkme::distributed_slice;

/// Every module linked into this program; filled by the derive.
#[distributed_slice]
pub static MODULES: [Registered];

/// A module as the registry holds it.
#[derive(Clone, Copy)]
pub struct Registered {
    /// Its declaration.
    pub spec: &'static ModuleSpec,
    /// How it is run.
    pub module: &'static dyn HostModule,
}

/// A module without its type: what the runner and the local connection call.
pub trait HostModule: Sync {
    /// Whether the arguments are good, without touching a host.
    fn validate(&self, args: &Args) -> Result<(), crate::ArgError>;
    /// Runs a call to its outcome. In check mode no [`Change`] is ever made.
    fn call(&self, call: &Call, backend: &dyn Backend, bodies: &dyn Bodies) -> Outcome;
}

/// All modules of this program.
pub fn modules() -> &'static [Registered] {
    &MODULES
}

/// The module users call `name` (short, full, or an alias).
pub fn find(name: &str) -> Option<Registered> {
    MODULES.iter().copied().find(|m| m.spec.answers_to(name))
}

/// Adapter of a [`Resource`]; used by the derive.
pub struct ResourceModule<M>(pub std::marker::PhantomData<fn() -> M>);
/// Adapter of an [`Action`]; used by the derive.
pub struct ActionModule<M>(pub std::marker::PhantomData<fn() -> M>);
/// Adapter of [`Facts`]; used by the derive.
pub struct FactsModule<M>(pub std::marker::PhantomData<fn() -> M>);

fn finish(result: Result<Outcome, Failure>, warnings: Vec<String>) -> Outcome {
    let mut outcome = result.unwrap_or_else(|failure| Outcome {
        failed: Some(failure.msg),
        values: failure.values,
        ..Outcome::default()
    });
    outcome.warnings.extend(warnings);
    outcome
}

impl<M: Resource> HostModule for ResourceModule<M> {
    fn validate(&self, args: &Args) -> Result<(), crate::ArgError> {
        M::parse(args).map(drop)
    }

    fn call(&self, call: &Call, backend: &dyn Backend, bodies: &dyn Bodies) -> Outcome {
        let module = match M::parse(&Args::new(&call.args)) {
            Ok(module) => module,
            Err(e) => return Outcome::failure(e.to_string()),
        };
        let look = Look::new(backend, call, bodies);
        let mut warnings = Vec::new();
        let result = (|| {
            let current = module.current(&look)?;
            let desired = module.desired(&current, &look)?;
            let changed = current != desired;
            let mut values = module.returns(&look, &current, &desired)?;
            let diff = if call.diff && changed { module.diff(&look, &current, &desired)? } else { Vec::new() };
            warnings.extend(look.take_warnings());
            if changed && !call.check {
                let change = Change::new(Look::new(backend, call, bodies));
                let applied = module.apply(&change, &current, &desired);
                warnings.extend(change.into_look().take_warnings());
                for (key, value) in applied? {
                    values.set(key, value);
                }
            }
            Ok(Outcome { changed, values, diff, diff_is_list: M::DIFF_IS_LIST, ..Outcome::default() })
        })();
        warnings.extend(look.take_warnings());
        finish(result, warnings)
    }
}

impl<M: Action> HostModule for ActionModule<M> {
    fn validate(&self, args: &Args) -> Result<(), crate::ArgError> {
        M::parse(args).map(drop)
    }

    fn call(&self, call: &Call, backend: &dyn Backend, bodies: &dyn Bodies) -> Outcome {
        let module = match M::parse(&Args::new(&call.args)) {
            Ok(module) => module,
            Err(e) => return Outcome::failure(e.to_string()),
        };
        let look = Look::new(backend, call, bodies);
        if call.check {
            let result = module.check(&look).map(|outcome| {
                outcome.unwrap_or_else(|| Outcome {
                    skipped: Some(format!("Command would have run if not in check mode ({})", M::SPEC.name)),
                    must_run: true,
                    ..Outcome::default()
                })
            });
            return finish(result, look.take_warnings());
        }
        let change = Change::new(look);
        let result = module.run(&change);
        finish(result, change.into_look().take_warnings())
    }
}

impl<M: Facts> HostModule for FactsModule<M> {
    fn validate(&self, args: &Args) -> Result<(), crate::ArgError> {
        M::parse(args).map(drop)
    }

    fn call(&self, call: &Call, backend: &dyn Backend, bodies: &dyn Bodies) -> Outcome {
        let module = match M::parse(&Args::new(&call.args)) {
            Ok(module) => module,
            Err(e) => return Outcome::failure(e.to_string()),
        };
        let look = Look::new(backend, call, bodies);
        let result = module.gather(&look);
        finish(result, look.take_warnings())
    }
}

//! A panic in a module fails its call, not the program. Where panics unwind they are caught; where they abort (the pushed
//! runner), the panic hook answers the call and parks its thread, so that the abort never comes.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

type Report = Box<dyn Fn(String)>;

thread_local! {
    /// How the call that this thread runs is answered when it panics.
    static REPORT: RefCell<Option<Report>> = const { RefCell::new(None) };
}

/// Runs `work`; a panic comes back as its words, or goes to `report` when this thread cannot come back.
pub fn contain<T>(report: impl Fn(String) + 'static, work: impl FnOnce() -> T) -> Result<T, String> {
    if cfg!(panic = "abort") {
        REPORT.set(Some(Box::new(report)));
        let result = work();
        REPORT.set(None);
        return Ok(result);
    }
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let words = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
        words.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
    })
}

/// Makes panics harmless in a program that aborts on them; for `main`.
pub fn install_hook() {
    if cfg!(panic = "abort") {
        std::panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
            let Some(report) = REPORT.take() else {
                // Not in a call: the abort is right, and standard error carries the reason.
                eprintln!("{info}");
                return;
            };
            report(info.to_string());
            loop {
                std::thread::park();
            }
        }));
    }
}

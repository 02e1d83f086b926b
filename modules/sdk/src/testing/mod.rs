//! For the tests of modules: a directory to play in, a module run on it over each backend, and the promises every module
//! gives (check touches nothing and tells the truth, a second run changes nothing). Everything here panics when a
//! promise is broken, as tests do.

#![allow(clippy::panic, clippy::unwrap_used)]

mod sandbox;

pub use sandbox::{Sandbox, Snapshot};

use crate::backend::native::Native;
use crate::backend::shell::{ENTRY, Shell, ShellBackend, header, quoted};
use crate::body::{BodyInfo, Inline};
use crate::{Backend, Call, Command, HostError, Map, Outcome, Output};
use std::io::Read;

/// A shell of this machine, started as a connection starts one: the script in its input, not in the process list.
#[derive(Clone, Debug)]
pub struct LocalShell(Vec<String>);

impl LocalShell {
    /// The shell started by these words: `["/bin/sh"]`, `["busybox", "sh"]`.
    pub fn new(words: &[&str]) -> Self {
        LocalShell(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// The words.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

impl Shell for LocalShell {
    fn exec(&self, script: &str, stdin: Option<&mut dyn Read>) -> Result<Output, HostError> {
        let mut input = format!("{}{script}", header(script)).into_bytes();
        if let Some(stdin) = stdin {
            stdin.read_to_end(&mut input).map_err(|e| HostError::io("read the input", &e))?;
        }
        let own: Vec<String> = self.0.iter().map(|word| quoted(word)).collect();
        let line = format!("exec {} -c {}", own.join(" "), quoted(ENTRY));
        Native::new().run(&Command { shell: Some("/bin/sh".into()), ..Command::new([line]) }.stdin(input))
    }
}

/// The two backends on this machine, with their names.
pub fn backends() -> Vec<(&'static str, Box<dyn Backend>)> {
    vec![("native", Box::new(Native::new())), ("shell", Box::new(ShellBackend::new(LocalShell::new(&["/bin/sh"]))))]
}

/// A task as a test gives it.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// Short name of the module.
    pub module: &'static str,
    /// Its arguments.
    pub args: Map,
    /// Contents of the files that go with the call.
    pub bodies: Vec<Vec<u8>>,
    /// `environment:` of the task.
    pub environment: Vec<(String, String)>,
}

impl Task {
    /// A task without files.
    pub fn new(module: &'static str, args: Map) -> Self {
        Task { module, args, ..Task::default() }
    }

    /// Runs it once, with a diff.
    pub fn run(&self, backend: &dyn Backend, check: bool) -> Outcome {
        let found = crate::find(self.module).unwrap_or_else(|| panic!("no module is called {}", self.module));
        let bodies: Vec<BodyInfo> = self.bodies.iter().map(|content| inline(content)).collect();
        let call = Call {
            module: self.module.to_owned(),
            args: self.args.clone(),
            check,
            diff: true,
            environment: self.environment.clone(),
            bodies: bodies.clone(),
            ..Call::default()
        };
        found.module.call(&call, backend, &Inline(bodies.into()))
    }
}

fn inline(content: &[u8]) -> BodyInfo {
    let sha1 = crate::backend::hex_of(&mut &content[..], crate::Digest::Sha1).unwrap();
    BodyInfo { size: content.len() as u64, sha1, inline: Some(content.to_vec()) }
}

/// Runs a task in a fresh sandbox over each backend and holds it to every promise: check mode touches nothing and reports
/// the `changed` and the diff of the run that follows; a second run changes nothing. `setup` makes what is there before
/// and `task` the task for a sandbox; `after` looks at what came out. The outcome is that of the native backend's run.
pub fn converges(
    setup: impl Fn(&Sandbox),
    task: impl Fn(&Sandbox) -> Task,
    after: impl Fn(&Sandbox, &Outcome),
) -> Outcome {
    let mut first = None;
    for (name, backend) in backends() {
        let sandbox = Sandbox::new();
        setup(&sandbox);
        let task = task(&sandbox);
        let before = sandbox.snapshot();
        let checked = succeed(name, "check", task.run(&*backend, true));
        before.assert_same(&sandbox.snapshot(), &format!("{name}: check mode"));
        let done = succeed(name, "the run", task.run(&*backend, false));
        assert_eq!(checked.changed, done.changed, "{name}: check said otherwise about `changed`");
        assert_eq!(checked.diff, done.diff, "{name}: check showed another diff");
        if !done.changed {
            before.assert_same(&sandbox.snapshot(), &format!("{name}: a run that says it changed nothing"));
        }
        let between = sandbox.snapshot();
        after(&sandbox, &done);
        let again = succeed(name, "the second run", task.run(&*backend, false));
        assert!(!again.changed, "{name}: the second run changed something: {again:?}");
        assert!(again.diff.is_empty(), "{name}: the second run shows a diff: {:?}", again.diff);
        between.assert_same(&sandbox.snapshot(), &format!("{name}: the second run"));
        first.get_or_insert(done);
    }
    first.unwrap_or_default()
}

fn succeed(backend: &str, what: &str, outcome: Outcome) -> Outcome {
    if let Some(why) = &outcome.failed {
        panic!("{backend}: {what} failed: {why}");
    }
    outcome
}

#[cfg(test)]
mod tests;

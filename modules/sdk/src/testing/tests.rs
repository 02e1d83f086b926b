//! The kit on a module that keeps its promises, and on ones that do not.

use super::{Task, converges};
use crate::args::HostPath;
use crate::module::Result;
use crate::{Change, Diff, Look, Map, Module, Resource, WriteFile};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One line in a file, and ways to be wrong about it.
#[derive(Module)]
#[module(kind = "resource", name = "testing_line")]
struct Line {
    /// The file.
    path: HostPath,
    /// The line.
    line: String,
    /// How to break a promise.
    wrong: Option<String>,
}

impl Line {
    fn is(&self, wrong: &str) -> bool {
        self.wrong.as_deref() == Some(wrong)
    }
}

impl Resource for Line {
    type State = Option<String>;
    fn current(&self, look: &Look) -> Result<Self::State> {
        let path = look.expand(&self.path);
        if self.is("touches") {
            std::fs::write(format!("{path}.log"), "seen").map_err(|e| e.to_string())?;
        }
        Ok(look.lstat(&path)?.map(|_| look.read_text(&path)).transpose()?)
    }
    fn desired(&self, current: &Self::State, _: &Look) -> Result<Self::State> {
        if self.is("never done") {
            return Ok(Some(format!("{}{}\n", current.as_deref().unwrap_or_default(), self.line)));
        }
        Ok(Some(format!("{}\n", self.line)))
    }
    fn apply(&self, change: &Change, _: &Self::State, desired: &Self::State) -> Result<Map> {
        let path = change.expand(&self.path);
        let mut content = desired.as_deref().unwrap_or_default().as_bytes();
        change.write(WriteFile::new(&path, &mut content))?;
        Ok(Map::new())
    }
    fn diff(&self, _: &Look, current: &Self::State, desired: &Self::State) -> Result<Vec<Diff>> {
        Ok(vec![Diff::text(current.clone().unwrap_or_default(), desired.clone().unwrap_or_default(), "line")])
    }
}

fn run(there: Option<&str>, wrong: Option<&str>) -> crate::Outcome {
    converges(
        |sandbox| {
            if let Some(text) = there {
                sandbox.file("it's", text, 0o640);
            }
        },
        |sandbox| {
            let mut args: Map = [("path", sandbox.path("it's")), ("line", "hello".to_owned())].into_iter().collect();
            args.set_some("wrong", wrong);
            Task::new("testing_line", args)
        },
        |sandbox, _| {
            assert_eq!(sandbox.text("it's"), "hello\n");
            if there.is_some() {
                assert_eq!(sandbox.mode("it's"), 0o640);
            }
        },
    )
}

#[test]
fn an_honest_module_passes() {
    assert!(run(None, None).changed);
    assert!(run(Some("other\n"), None).changed);
    assert!(!run(Some("hello\n"), None).changed);
}

#[test]
fn a_broken_promise_is_caught() {
    for (wrong, want) in [("touches", "check mode changed `.`"), ("never done", "the second run changed something")] {
        let payload = catch_unwind(AssertUnwindSafe(|| run(None, Some(wrong)))).unwrap_err();
        let words = payload.downcast_ref::<String>().unwrap();
        assert!(words.contains(want), "{words}");
    }
}

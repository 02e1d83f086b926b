//! `async_status`: how a job in the background is getting on.

use hostler_sdk::args::HostPath;
use hostler_sdk::module::{Failure, Result};
use hostler_sdk::{Action, Change, Choice, Look, Module, Outcome, Value};

/// Obtain status of asynchronous task
///
/// Looks up a job that a task with `async` and `poll: 0` has left running.
#[derive(Module)]
#[module(
    kind = "action",
    name = "async_status",
    check = "full",
    looks_beyond,
    returns(
        ("ansible_job_id", "str", "the job's name"),
        ("started", "bool", "whether the job was begun"),
        ("finished", "bool", "whether the job is over"),
        ("erased", "str", "the file that was removed, with `mode: cleanup`")
    ),
    examples = r#"- name: Wait for asynchronous job to end
  ansible.builtin.async_status:
    jid: '{{ dnf_sleeper.ansible_job_id }}'
  register: job_result
  until: job_result is finished
  retries: 100
  delay: 10
"#
)]
pub struct AsyncStatus {
    /// The job's name, `ansible_job_id` of the task that began it.
    jid: String,
    /// Whether to look at the job or to remove its file.
    #[arg(default = "status")]
    mode: Mode,
    /// Where jobs leave their outcomes.
    #[arg(name = "_async_dir", default = "~/.ansible_async")]
    directory: HostPath,
}

/// What to do with a job.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Look at it.
    Status,
    /// Remove its file.
    Cleanup,
}

impl AsyncStatus {
    fn file(&self, look: &Look) -> Result<String> {
        let path = format!("{}/{}", look.absolute(&self.directory), self.jid);
        if !self.jid.contains('/') && look.lstat(&path)?.is_some() {
            return Ok(path);
        }
        Err(Failure::new("could not find job")
            .with("ansible_job_id", self.jid.as_str())
            .with("started", true)
            .with("finished", true))
    }

    fn status(&self, look: &Look, path: &str) -> Result<Outcome> {
        let running = |outcome: Outcome| {
            outcome
                .with("ansible_job_id", self.jid.as_str())
                .with("results_file", path)
                .with("started", true)
                .with("finished", false)
        };
        let Ok(Value::Map(left)) = Value::from_json(look.read_text(path)?.trim()) else {
            return Ok(running(Outcome::default()));
        };
        let mut values = (*left).clone();
        if values.contains_key("started") {
            return Ok(running(Outcome::default()));
        }
        values.set("started", true);
        values.set("finished", true);
        values.set("ansible_job_id", self.jid.as_str());
        values.set("results_file", path);
        let is = |value: Option<Value>| value.is_some_and(|v| v.truthy());
        let (changed, failed) = (is(values.take("changed")), is(values.take("failed")));
        let msg = values.str("msg").unwrap_or_default().to_owned();
        Ok(Outcome { changed, failed: failed.then_some(msg), values, ..Outcome::default() })
    }
}

impl Action for AsyncStatus {
    fn check(&self, look: &Look) -> Result<Option<Outcome>> {
        let path = self.file(look)?;
        match self.mode {
            Mode::Status => self.status(look, &path).map(Some),
            Mode::Cleanup => Ok(None),
        }
    }

    fn run(&self, change: &Change) -> Result<Outcome> {
        let path = self.file(change)?;
        match self.mode {
            Mode::Status => self.status(change, &path),
            Mode::Cleanup => {
                change.remove_file(&path)?;
                Ok(Outcome::default().with("ansible_job_id", self.jid.as_str()).with("erased", path))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hostler_sdk::backend::native::Native;
    use hostler_sdk::body::Inline;
    use hostler_sdk::{Call, Map, Outcome, Value};

    fn status(directory: &std::path::Path, jid: &str) -> Outcome {
        let args = Map::from_iter([("jid", jid), ("_async_dir", directory.to_str().unwrap())]);
        let call = Call { module: "async_status".into(), args, ..Call::default() };
        hostler_sdk::find("async_status").unwrap().module.call(&call, &Native::new(), &Inline(Vec::new().into()))
    }

    #[test]
    fn tells_running_from_done() {
        let top = ::tempfile::tempdir().unwrap();
        let lost = status(top.path(), "j1");
        assert_eq!(lost.failed.as_deref(), Some("could not find job"));
        std::fs::write(top.path().join("j1"), r#"{"started":true,"finished":false,"ansible_job_id":"j1"}"#).unwrap();
        let running = status(top.path(), "j1").into_value();
        assert_eq!((running.get("started"), running.get("finished")), (Some(&true.into()), Some(&false.into())));
        std::fs::write(top.path().join("j1"), r#"{"changed":true,"failed":true,"msg":"no","rc":1}"#).unwrap();
        let done = status(top.path(), "j1");
        assert_eq!((done.changed, done.failed.as_deref()), (true, Some("no")));
        assert_eq!(done.values.get("finished"), Some(&Value::from(true)));
    }

    #[test]
    fn names_lead_nowhere_else() {
        let top = ::tempfile::tempdir().unwrap();
        std::fs::write(top.path().join("x"), "{}").unwrap();
        let inner = top.path().join("jobs");
        std::fs::create_dir(&inner).unwrap();
        assert!(status(&inner, "../x").failed.is_some());
    }
}

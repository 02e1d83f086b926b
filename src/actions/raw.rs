//! `raw`: a line for the host's shell, without any module.

use super::{Act, ActionResult, TaskRun, register};
use hostler_builtin::commands::Raw;
use hostler_sdk::{Outcome, Output};

register!(of Raw);

impl Act for Raw {
    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        if task.check {
            return Ok(Outcome { skipped: Some(String::new()), ..Outcome::default() }.into());
        }
        let output = task.hands.raw(&self.free_form, self.executable.as_deref()).await?;
        Ok(told(&output).into())
    }
}

/// The output of a line in the shape `command` gives it.
fn told(output: &Output) -> Outcome {
    let (stdout, stderr) = (output.out(), output.err());
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<String>>();
    let outcome = Outcome { changed: true, ..Outcome::default() }
        .with("rc", output.status)
        .with("stdout", stdout.as_str())
        .with("stdout_lines", lines(&stdout))
        .with("stderr", stderr.as_str())
        .with("stderr_lines", lines(&stderr));
    match output.ok() {
        true => outcome,
        false => Outcome { failed: Some("non-zero return code".to_owned()), ..outcome },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_fails_is_a_failure_with_its_output() {
        let output = Output { status: 3, stdout: b"a\nb\n".to_vec(), ..Output::default() };
        let result = told(&output).into_value();
        assert_eq!(result.str("msg"), Some("non-zero return code"));
        assert_eq!(result.get("rc").and_then(|v| v.as_int()), Some(3));
        assert_eq!(result.get("stdout_lines"), Some(&vec!["a", "b"].into()));
    }
}

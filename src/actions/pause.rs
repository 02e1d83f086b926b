//! `pause`: waits for a time, or for the operator.

use super::{Act, ActionResult, TaskRun, register};
use hostler_sdk::{ArgType, FromValue, Module, Outcome, Value};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Pause playbook execution
///
/// Waits for a number of seconds or minutes, or for a line from the terminal. Without a terminal a prompt is not waited for.
#[derive(Module)]
#[module(
    kind = "declaration",
    name = "pause",
    mutually_exclusive("minutes", "seconds"),
    returns(("user_input", "str", "what was typed"), ("delta", "int", "seconds that were waited")),
    examples = r#"
- name: Pause for 5 minutes to build app cache
  ansible.builtin.pause:
    minutes: 5
"#
)]
pub struct Pause {
    /// Minutes to wait.
    minutes: Option<Whole>,
    /// Seconds to wait.
    seconds: Option<Whole>,
    /// Text of the question.
    prompt: Option<String>,
    /// Whether what is typed is shown.
    #[arg(default = "true")]
    echo: bool,
}

register!(of Pause);

/// A number as Python's `int` takes it: what is behind the point of a number is dropped, a text must be a whole number.
#[derive(Clone, Copy, Debug)]
struct Whole(i64);

impl FromValue for Whole {
    const TYPE: ArgType = ArgType::Int;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            // Out of range it stays at the largest there is.
            Value::Float(number) => Ok(Whole(*number as i64)),
            other => i64::from_value(other).map(Whole),
        }
    }
}

impl Act for Pause {
    const ONCE: bool = true;

    async fn act(self, task: &TaskRun<'_>) -> ActionResult {
        let start = Instant::now();
        let began = now();
        let seconds = self.minutes.map(|m| m.0.saturating_mul(60)).or(self.seconds.map(|s| s.0)).map(|s| s.max(1));
        let mut warnings = Vec::new();
        let mut typed = String::new();
        match seconds {
            Some(seconds) => {
                if let Some(prompt) = &self.prompt {
                    warnings.push(prompt.clone());
                }
                tokio::time::sleep(Duration::from_secs(seconds.unsigned_abs())).await;
            }
            None if std::io::stdin().is_terminal() => {
                let question = self.prompt.as_deref().unwrap_or("Press enter to continue, Ctrl+C to interrupt");
                typed = task.hands.ask(question, self.echo).await?;
            }
            None => warnings.push("Not waiting for response to prompt as stdin is not interactive".to_owned()),
        }
        let took = start.elapsed();
        let (amount, unit) = match seconds.is_some() && self.seconds.is_some() {
            true => (took.as_secs_f64(), "seconds"),
            false => (took.as_secs_f64() / 60.0, "minutes"),
        };
        let amount = (amount * 100.0).round() / 100.0;
        let outcome = Outcome { warnings, ..Outcome::default() }
            .with("rc", 0)
            .with("stderr", "")
            .with("stdout", format!("Paused for {} {unit}", hostler_sdk::Value::from(amount)))
            .with("start", began)
            .with("stop", now())
            .with("delta", took.as_secs())
            .with("echo", self.echo)
            .with("user_input", typed);
        Ok(outcome.into())
    }
}

/// Local time as Python's `str(datetime.now())`.
fn now() -> String {
    jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

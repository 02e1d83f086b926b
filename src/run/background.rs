//! `async`: a task's module is begun as a job on its host, and asked after until it is over, or not at all with `poll: 0`.

use super::hands::TaskHands;
use super::item::Item;
use crate::actions::{self, ActionError, ActionResult, Done, Hands};
use crate::report::{Event, JobState};
use hostler_sdk::module::Failure;
use hostler_sdk::{Map, Outcome, Value};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;

/// How a task is run in the background.
#[derive(Clone, Copy, Debug)]
pub(super) struct Background {
    /// `async:`: the longest time it may take.
    pub limit: Duration,
    /// `poll:`: the longest pause between two questions; `None` leaves the job alone.
    pub poll: Option<Duration>,
}

/// The first pause between two questions; the next ones are longer.
const SOON: Duration = Duration::from_millis(50);

impl Item<'_> {
    /// Has the task's module run as a job.
    pub async fn in_background(&self, hands: &TaskHands<'_>, args: &Map, how: Background) -> ActionResult {
        let name = self.task.action.spec.name;
        if actions::of(self.task).is_some() {
            let what = format!("This action ({}) does not support async.", self.task.action.written);
            return Err(ActionError::new(what));
        }
        let directory = self.job_directory(hands)?;
        let jid = job_name();
        let mut begin = Map::from_iter([("module", Value::from(name)), ("jid", jid.as_str().into())]);
        begin.set("arguments", args.clone());
        begin.set("limit", how.limit.as_secs());
        begin.set_some("directory", directory.clone());
        let begun = hands.call("async_wrapper", begin, Vec::new()).await?;
        let Some(poll) = how.poll.filter(|_| begun.failed.is_none()) else { return Ok(Done::from(begun)) };
        let ask = |mode: &str| {
            let mut args = Map::from_iter([("jid", jid.as_str()), ("mode", mode)]);
            args.set_some("_async_dir", directory.clone());
            args
        };
        let outcome = self.ask_after(hands, &ask, how.limit, poll, &jid).await;
        let failed = outcome.as_ref().map_or(true, |done| done.outcome.failed.is_some());
        self.tell(&jid, if failed { JobState::Failed } else { JobState::Ok });
        outcome
    }

    /// Asks until the job is over.
    async fn ask_after(
        &self,
        hands: &TaskHands<'_>,
        ask: &(impl Fn(&str) -> Map + Sync),
        limit: Duration,
        poll: Duration,
        jid: &str,
    ) -> ActionResult {
        let until = Instant::now() + limit;
        let mut pause = SOON.min(poll);
        // Told no more often than the playbook wants to ask.
        let mut told = Instant::now();
        loop {
            tokio::time::sleep(pause.min(until.saturating_duration_since(Instant::now()))).await;
            let over = Instant::now() >= until;
            match hands.call("async_status", ask("status"), Vec::new()).await {
                Ok(status) if finished(&status) || status.failed.is_some() => {
                    // The job is over; that its file stays is no harm.
                    let _ = hands.call("async_status", ask("cleanup"), Vec::new()).await;
                    return match overdue(&status) {
                        true => Err(ActionError::Failed(not_in_time(limit, status))),
                        false => Ok(Done::from(status)),
                    };
                }
                Ok(status) if over => return Err(ActionError::Failed(not_in_time(limit, status))),
                // A connection that is lost meanwhile may come back.
                Err(ActionError::Link(error)) if over => return Err(ActionError::Link(error)),
                Err(ActionError::Link(_)) => hands.reset().await,
                Err(other) => return Err(other),
                Ok(_) if told.elapsed() >= poll => {
                    self.tell(jid, JobState::Running);
                    told = Instant::now();
                }
                Ok(_) => {}
            }
            pause = (pause * 2).min(poll);
        }
    }

    fn tell(&self, jid: &str, state: JobState) {
        let (task, host) = (self.task.id, self.host.to_string());
        self.engine.send(Event::Job { task, host, jid: jid.to_owned(), state });
    }

    /// Where jobs leave their outcomes, when that was said.
    fn job_directory(&self, hands: &TaskHands<'_>) -> Result<Option<String>, ActionError> {
        let set = hands.there.variable("ansible_async_dir")?.map(|value| value.to_string());
        let env = hands.environment.iter().rev().find(|(name, _)| name == "ANSIBLE_ASYNC_DIR");
        Ok(set.or_else(|| env.map(|(_, value)| value.clone())))
    }

    /// `async_status` looks where the task's jobs leave their outcomes.
    pub async fn job_status(&self, hands: &TaskHands<'_>, mut args: Map) -> ActionResult {
        args.set_some("_async_dir", self.job_directory(hands)?);
        Ok(hands.call("async_status", args, Vec::new()).await?.into())
    }
}

fn finished(status: &Outcome) -> bool {
    status.values.get("finished").is_some_and(Value::truthy)
}

/// Whether the host stopped the job because its time was up; whether it or the question comes first is a matter of chance.
fn overdue(status: &Outcome) -> bool {
    status.values.get("child_pid").is_some()
}

fn not_in_time(limit: Duration, status: Outcome) -> Failure {
    let msg = format!("async task did not complete within the requested time - {}s", limit.as_secs());
    Failure::new(msg).with("async_result", status.into_value())
}

/// A name no other job has: `j`, digits, a dot, this process.
fn job_name() -> String {
    let digits = RandomState::new().build_hasher().finish() % 1_000_000_000_000;
    format!("j{digits:012}.{}", std::process::id())
}

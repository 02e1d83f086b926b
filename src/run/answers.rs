//! Answers of hosts that were asked ahead: what a call would change, kept until its task's turn comes. An answer stands in for the
//! call only when it is the very call that was asked, found nothing to do, and nothing has changed anywhere since.

use crate::link::Become;
use hostler_sdk::{Call, Outcome};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long an answer is believed: the world goes on while a run waits for something.
const LIFE: Duration = Duration::from_secs(10);

/// The answers of a run.
#[derive(Default)]
pub struct Answers {
    /// Grows with every change anywhere.
    changes: AtomicU64,
    kept: Mutex<HashMap<String, VecDeque<Kept>>>,
}

struct Kept {
    who: Option<Become>,
    /// As it was sent: in check mode.
    call: Call,
    changes: u64,
    asked: Instant,
    outcome: oneshot::Receiver<Outcome>,
}

impl Answers {
    /// How often something has changed, or may have.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Something has changed somewhere, or may have: no answer holds any more.
    pub fn void(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.kept().clear();
    }

    /// Notes that a call is about to be sent in check mode. Its outcome goes into what comes back; dropped, there is no answer.
    pub fn expect(&self, link: &str, who: Option<&Become>, call: &Call) -> oneshot::Sender<Outcome> {
        let (sender, outcome) = oneshot::channel();
        let kept =
            Kept { who: who.cloned(), call: call.clone(), changes: self.changes(), asked: Instant::now(), outcome };
        let mut all = self.kept();
        match all.get_mut(link) {
            Some(list) => list.push_back(kept),
            None => {
                all.insert(link.to_owned(), VecDeque::from([kept]));
            }
        }
        sender
    }

    /// The answer to a call, once: the next same call is asked anew. Waits for one that is under way.
    pub async fn take(&self, link: &str, who: Option<&Become>, call: &Call) -> Option<Outcome> {
        let kept = {
            let mut all = self.kept();
            let list = all.get_mut(link)?;
            let at = list.iter().position(|kept| kept.who.as_ref() == who && same(&kept.call, call))?;
            list.remove(at)?
        };
        let outcome = kept.outcome.await.ok()?;
        let holds = kept.changes == self.changes() && kept.asked.elapsed() < LIFE;
        (holds && stands_in(&outcome, call.check)).then_some(outcome)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, VecDeque<Kept>>> {
        // The map is whole at every moment, so a panic elsewhere spoils nothing.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether what was asked is what is to be done, check mode aside.
fn same(asked: &Call, wanted: &Call) -> bool {
    asked.module == wanted.module
        && asked.ahead != wanted.check
        && asked.diff == wanted.diff
        && asked.args == wanted.args
        && asked.environment == wanted.environment
        && asked.bodies == wanted.bodies
}

/// In check mode the answer is the result. Otherwise it is only when there was nothing to do.
fn stands_in(outcome: &Outcome, check: bool) -> bool {
    check || (!outcome.changed && outcome.failed.is_none() && !outcome.must_run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::Map;

    fn call(path: &str, check: bool) -> Call {
        Call { module: "file".into(), args: Map::from_iter([("path", path)]), check, ..Call::default() }
    }

    /// The question for a call.
    fn ahead(path: &str, of_check: bool) -> Call {
        Call { check: true, ahead: !of_check, ..call(path, true) }
    }

    fn outcome(changed: bool) -> Outcome {
        Outcome { changed, ..Outcome::default() }
    }

    #[tokio::test]
    async fn an_answer_stands_in_once_for_the_very_call() {
        let answers = Answers::default();
        let _ = answers.expect("h", None, &ahead("/a", false)).send(outcome(false));
        assert!(answers.take("h", None, &call("/b", false)).await.is_none());
        assert!(answers.take("other", None, &call("/a", false)).await.is_none());
        assert!(answers.take("h", None, &call("/a", false)).await.is_some());
        assert!(answers.take("h", None, &call("/a", false)).await.is_none());
    }

    #[tokio::test]
    async fn what_is_to_be_done_is_done() {
        let answers = Answers::default();
        for (answer, check, stands) in [
            (outcome(true), false, false),
            (outcome(true), true, true),
            (Outcome { must_run: true, ..outcome(false) }, false, false),
            (Outcome::failure("no"), false, false),
            (Outcome { skipped: Some("there".into()), ..outcome(false) }, false, true),
        ] {
            let shown = format!("{answer:?} check {check}");
            let _ = answers.expect("h", None, &ahead("/a", check)).send(answer);
            assert_eq!(answers.take("h", None, &call("/a", check)).await.is_some(), stands, "{shown}");
        }
    }

    #[tokio::test]
    async fn a_change_anywhere_voids_all_answers() {
        let answers = Answers::default();
        let _ = answers.expect("h", None, &ahead("/a", false)).send(outcome(false));
        answers.void();
        assert!(answers.take("h", None, &call("/a", false)).await.is_none());
        // One that is under way when the change comes.
        let sender = answers.expect("h", None, &ahead("/a", false));
        let wanted = call("/a", false);
        let taking = answers.take("h", None, &wanted);
        tokio::pin!(taking);
        assert!(futures_poll(&mut taking).await.is_none());
        answers.void();
        let _ = sender.send(outcome(false));
        assert!(taking.await.is_none());
    }

    /// What a future has come to so far.
    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
                std::task::Poll::Ready(done) => Some(done),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}

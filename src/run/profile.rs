//! Where the time of a run went (`--profile`): stretches of time per host and task, told apart by what was waited for.

use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a stretch of time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Spent {
    /// Connecting and authenticating.
    Connecting,
    /// Waiting for a host to answer, the way there and back included, without what its modules took.
    Waiting,
    /// Modules and the commands they run, on the host.
    OnHost,
    /// Rendering, and whatever else is done here.
    Own,
}

impl Spent {
    /// All of them, in the order they are shown.
    pub const ALL: [Spent; 4] = [Spent::Connecting, Spent::Waiting, Spent::OnHost, Spent::Own];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Spent::Connecting => "connecting",
            Spent::Waiting => "waiting for the host",
            Spent::OnHost => "modules on the host",
            Spent::Own => "own work",
        }
    }
}

/// One stretch of time.
#[derive(Clone, Debug)]
struct Stretch {
    host: Arc<str>,
    task: Arc<str>,
    spent: Spent,
    start: Duration,
    took: Duration,
}

/// The stretches of a run; times are since its start.
pub struct Profile {
    start: Instant,
    stretches: Mutex<Vec<Stretch>>,
}

/// An event of the trace format that Chrome's and Perfetto's viewers open.
#[derive(Serialize)]
struct TraceEvent<'a> {
    name: &'a str,
    cat: &'static str,
    ph: &'static str,
    /// Microseconds since the start.
    ts: u128,
    dur: u128,
    pid: u32,
    /// One row per host.
    tid: usize,
}

/// The name of a row of the trace.
#[derive(Serialize)]
struct TraceRow<'a> {
    name: &'static str,
    ph: &'static str,
    pid: u32,
    tid: usize,
    args: RowName<'a>,
}

#[derive(Serialize)]
struct RowName<'a> {
    name: &'a str,
}

/// Sums for one task: its title, and how long each kind of work took over all hosts.
pub type TaskSums = (Arc<str>, HashMap<Spent, Duration>);

impl Profile {
    /// Of a run that starts now.
    pub fn new() -> Self {
        Profile { start: Instant::now(), stretches: Mutex::default() }
    }

    /// Notes a stretch that began at `start` and took `took`.
    pub fn note(&self, host: &str, task: &str, spent: Spent, start: Instant, took: Duration) {
        let start = start.saturating_duration_since(self.start);
        self.list().push(Stretch { host: host.into(), task: task.into(), spent, start, took });
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Stretch>> {
        self.stretches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sums over everything.
    pub fn totals(&self) -> HashMap<Spent, Duration> {
        let mut sums: HashMap<Spent, Duration> = HashMap::new();
        for stretch in self.list().iter() {
            *sums.entry(stretch.spent).or_default() += stretch.took;
        }
        sums
    }

    /// Sums per task, the longest first.
    pub fn tasks(&self) -> Vec<TaskSums> {
        let mut sums: HashMap<Arc<str>, HashMap<Spent, Duration>> = HashMap::new();
        for stretch in self.list().iter() {
            *sums.entry(stretch.task.clone()).or_default().entry(stretch.spent).or_default() += stretch.took;
        }
        let mut list: Vec<TaskSums> = sums.into_iter().collect();
        list.sort_by_key(|(name, kinds)| (std::cmp::Reverse(kinds.values().sum::<Duration>()), name.clone()));
        list
    }

    /// Sums per host, the longest first.
    pub fn hosts(&self) -> Vec<(Arc<str>, Duration)> {
        let mut sums: HashMap<Arc<str>, Duration> = HashMap::new();
        for stretch in self.list().iter() {
            *sums.entry(stretch.host.clone()).or_default() += stretch.took;
        }
        let mut list: Vec<(Arc<str>, Duration)> = sums.into_iter().collect();
        list.sort_by_key(|(name, took)| (std::cmp::Reverse(*took), name.clone()));
        list
    }

    /// The whole as a trace file: a JSON list of events, a row per host.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_trace(&self, mut out: impl std::io::Write) -> std::io::Result<()> {
        let list = self.list();
        let mut rows: HashMap<&str, usize> = HashMap::new();
        writeln!(out, "[")?;
        for stretch in list.iter() {
            let next = rows.len();
            let new = !rows.contains_key(&*stretch.host);
            let tid = *rows.entry(&stretch.host).or_insert(next);
            if new {
                let args = RowName { name: &stretch.host };
                let row = TraceRow { name: "thread_name", ph: "M", pid: 1, tid, args };
                writeln!(out, "{},", serde_json::to_string(&row)?)?;
            }
            let event = TraceEvent {
                name: &stretch.task,
                cat: stretch.spent.word(),
                ph: "X",
                ts: stretch.start.as_micros(),
                dur: stretch.took.as_micros(),
                pid: 1,
                tid,
            };
            writeln!(out, "{},", serde_json::to_string(&event)?)?;
        }
        // The format lets the list end in an empty event.
        writeln!(out, "{{}}]")
    }
}

impl Default for Profile {
    fn default() -> Self {
        Profile::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_trace() {
        let profile = Profile::new();
        let ms = Duration::from_millis;
        profile.note("a", "t1", Spent::Connecting, profile.start, ms(30));
        profile.note("a", "t1", Spent::OnHost, profile.start + ms(30), ms(5));
        profile.note("b", "t2", Spent::OnHost, profile.start, ms(50));
        assert_eq!(profile.totals()[&Spent::OnHost], ms(55));
        let names: Vec<String> = profile.tasks().iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names, ["t2", "t1"]);
        assert_eq!(profile.hosts(), [("b".into(), ms(50)), ("a".into(), ms(35))]);
        let mut text = Vec::new();
        profile.write_trace(&mut text).unwrap();
        let trace: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
        assert_eq!(trace.len(), 6);
        assert_eq!(trace[2]["ts"], 30_000);
        assert_eq!(trace[2]["cat"], "modules on the host");
    }
}

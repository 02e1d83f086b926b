//! When each task began, and at the end which took longest (ansible's callback `profile_tasks`).

use super::screen::safe;
use super::{Event, Reporter};
use jiff::ZonedDateTime;
use std::io::Write;
use std::time::{Duration, Instant};

/// How many tasks are listed at the end.
const LISTED: usize = 20;
/// Width of the lines.
const WIDTH: usize = 79;

/// Prints times of tasks.
pub struct TaskTimes<W: Write> {
    out: W,
    started: Instant,
    last: Instant,
    /// Names of tasks in order, and what each took so far.
    tasks: Vec<(String, Duration)>,
}

impl<W: Write> TaskTimes<W> {
    /// A reporter that writes to `out`; time counts from now.
    pub fn new(out: W) -> Self {
        let now = Instant::now();
        TaskTimes { out, started: now, last: now, tasks: Vec::new() }
    }

    /// The line that says what time it is.
    fn now(&mut self) {
        let now = Instant::now();
        let clock = ZonedDateTime::now().strftime("%A %d %B %Y  %H:%M:%S %z").to_string();
        let text = format!("{clock} ({}){:7}{}", shown(now - self.last), "", shown(now - self.started));
        if let Some((_, took)) = self.tasks.last_mut() {
            *took += now - self.last;
        }
        self.last = now;
        let stars = WIDTH.saturating_sub(text.len() + 1).max(3);
        // A reader that went away must not stop the run half-way.
        let _ = writeln!(self.out, "{text} {} ", "*".repeat(stars));
    }

    fn list(&mut self) {
        let _ = writeln!(self.out, "{} ", "=".repeat(WIDTH));
        let mut tasks = std::mem::take(&mut self.tasks);
        tasks.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
        for (name, took) in tasks.iter().take(LISTED) {
            let name = format!("{} ", safe(name));
            let dashes = (WIDTH - 9usize).saturating_sub(name.chars().count());
            let took = format!(" {:.2}s", took.as_secs_f64());
            let _ = writeln!(self.out, "{name}{}{took:->9}", "-".repeat(dashes));
        }
    }
}

/// Hours, minutes, seconds and their thousandths.
fn shown(time: Duration) -> String {
    let all = time.as_secs();
    format!("{}:{:02}:{:02}.{:03}", all / 3600, all / 60 % 60, all % 60, time.subsec_millis())
}

impl<W: Write + Send> Reporter for TaskTimes<W> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::TaskStart { task } => {
                self.now();
                self.tasks.push((task.name.clone(), Duration::ZERO));
            }
            Event::Recap { .. } => {
                self.now();
                self.list();
            }
            _ => return,
        }
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::task;
    use hostler_sdk::Map;

    #[test]
    fn lists_the_tasks_that_took_longest() {
        let mut out = Vec::new();
        let mut times = TaskTimes::new(&mut out);
        for (id, name) in [(1, "one"), (2, "two")] {
            times.event(&task(id, name, "ping"));
        }
        times.tasks[0].1 = Duration::from_secs(3);
        times.event(&Event::Recap { hosts: Vec::new(), custom: Map::new(), seconds: 1.0 });
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[4], format!("one {}--- 3.00s", "-".repeat(66)));
        assert!(lines[3].starts_with("====") && lines[5].starts_with("two ---"), "{text}");
    }
}

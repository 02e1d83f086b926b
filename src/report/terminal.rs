//! The screen of an operator: one line a task with equal results folded, changes and failures in full, and at the bottom
//! what is running now. Scrollback holds only finished lines.

use super::dump::{self, DumpOptions};
use super::fold::Fold;
use super::recap;
use super::screen::{Colour, safe};
use super::{Event, Reporter, Status, TaskRef, diff};
use crate::diagnostic::render;
use hostler_sdk::{Map, Value};
use indexmap::IndexMap;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::collections::HashSet;
use std::io::Write;
use std::time::Duration;

/// Prints events for an operator at a terminal.
pub struct Terminal<W: Write> {
    out: W,
    colour: bool,
    context: diff::Context,
    verbosity: u8,
    bar: ProgressBar,
    tasks: HashMap<u64, TaskRef>,
    folds: IndexMap<u64, Fold>,
    items: HashMap<(u64, String), Vec<String>>,
    /// The hosts of the play and their order.
    hosts: HashMap<String, usize>,
    running: HashSet<String>,
    done: usize,
    free: bool,
}

impl<W: Write> Terminal<W> {
    /// A reporter that writes finished lines to `out`; `live` adds the moving line at the bottom (on standard error).
    pub fn new(out: W, colour: bool, context: diff::Context, verbosity: u8, live: bool) -> Self {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {wide_msg}") {
            bar.set_style(style);
        }
        if live {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Terminal {
            out,
            colour,
            context,
            verbosity,
            bar,
            tasks: HashMap::new(),
            folds: IndexMap::new(),
            items: HashMap::new(),
            hosts: HashMap::new(),
            running: HashSet::new(),
            done: 0,
            free: false,
        }
    }

    fn print(&mut self, lines: &[String]) {
        let out = &mut self.out;
        self.bar.suspend(|| {
            for line in lines {
                // A closed terminal must not stop the run half-way.
                let _ = writeln!(out, "{line}");
            }
            let _ = out.flush();
        });
    }

    /// Prints the tasks all hosts are done with.
    fn flush(&mut self) {
        let (width, order) = (width(), self.hosts.clone());
        // A delegated task's host stands first in `host -> other`.
        let rank =
            |name: &str| name.split(" -> ").next().and_then(|host| order.get(host)).copied().unwrap_or(usize::MAX);
        for (id, fold) in std::mem::take(&mut self.folds) {
            if fold.is_empty() {
                continue;
            }
            let name = self.tasks.get(&id).map(|t| safe(t.name.trim()).into_owned()).unwrap_or_default();
            let lines = fold.lines(&name, width, self.colour, &rank);
            self.print(&lines);
        }
        self.items.clear();
    }

    fn progress(&mut self, task: u64) {
        let Some(task) = self.tasks.get(&task) else { return };
        let mut waiting: Vec<&str> = self.running.iter().map(String::as_str).collect();
        waiting.sort_unstable();
        let shown = waiting.iter().take(4).copied().collect::<Vec<_>>().join(" ");
        let more = if waiting.len() > 4 { format!(" and {} more", waiting.len() - 4) } else { String::new() };
        let wait = if waiting.is_empty() { String::new() } else { format!(", waiting for {shown}{more}") };
        self.bar.set_message(format!("{}  {}/{} hosts{wait}", safe(&task.name), self.done, self.hosts.len()));
    }

    fn detail(
        &self,
        task: u64,
        status: Status,
        result: &Map,
        verbose: bool,
        error: Option<&crate::diagnostic::Diagnostic>,
    ) -> String {
        let mut out = String::new();
        if let Some(Value::List(warnings)) = result.get("warnings") {
            for warning in warnings.iter() {
                out.push_str(
                    &Colour::Warning.paint(&format!("warning: {}\n", safe(&warning.to_string())), self.colour),
                );
            }
        }
        if result.get("changed").is_some_and(Value::truthy) {
            out.push_str(&result.get("diff").map(|d| diff::text(d, self.context, self.colour)).unwrap_or_default());
        }
        let options = DumpOptions { verbosity: self.verbosity, ..DumpOptions::default() };
        match (status, error) {
            (Status::Failed | Status::Unreachable, Some(error)) => out.push_str(&render(error, self.colour)),
            (Status::Failed | Status::Unreachable, None) => {
                out.push_str(&safe(&result.get("msg").map(Value::to_string).unwrap_or_default()));
            }
            _ if verbose && result.contains_key("msg") => {
                let msg = result.get("msg").map(|m| match m {
                    Value::Str(s) => s.to_string(),
                    other => dump::json(other, Some(4)),
                });
                out.push_str(&safe(&msg.unwrap_or_default()));
            }
            _ if (verbose || self.verbosity > 0) && !self.is_too_long(task, status) => {
                let kept: Map = result
                    .iter()
                    .filter(|(k, _)| !matches!(k.as_str(), Some("changed" | "failed" | "skipped")))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                out.push_str(&safe(&dump::result(&kept, true, options)));
            }
            _ => {}
        }
        if matches!(status, Status::Failed) {
            for stream in ["stderr", "stdout"] {
                let text = result.str(stream).unwrap_or_default();
                for line in text.lines().rev().take(20).collect::<Vec<_>>().into_iter().rev() {
                    out.push_str(&format!("\n{stream}: {}", safe(line)));
                }
            }
        }
        out
    }

    fn is_too_long(&self, task: u64, status: Status) -> bool {
        self.tasks.get(&task).is_some_and(|task| dump::is_too_long(&task.action, status))
    }

    fn host_done(&mut self, event: &Event) {
        let Event::HostDone { task, host, status, result, looped, ignored, verbose, error, delegated_to, .. } = event
        else {
            return;
        };
        self.running.remove(host);
        self.done += 1;
        let mut detail = if *looped {
            self.items.remove(&(*task, host.clone())).unwrap_or_default().join("\n")
        } else {
            self.detail(*task, *status, result, *verbose, error.as_deref())
        };
        if *ignored {
            detail.push_str("\n(ignored)");
        }
        let name = match delegated_to {
            Some(to) if to != host => format!("{host} -> {to}"),
            _ => host.clone(),
        };
        self.folds.entry(*task).or_default().add(*status, &name, detail.trim_matches('\n').to_owned());
        if self.free {
            self.flush();
        }
        self.progress(*task);
    }

    fn item_done(&mut self, event: &Event) {
        let Event::ItemDone { task, host, status, label, result, verbose, error, .. } = event else { return };
        let detail = self.detail(*task, *status, result, *verbose, error.as_deref());
        if matches!(status, Status::Ok | Status::Skipped) && detail.is_empty() {
            return;
        }
        let word = match status {
            Status::Changed => "changed",
            Status::Failed | Status::Unreachable => "failed",
            Status::Skipped => "skipped",
            Status::Ok => "ok",
        };
        let mut text = format!("{word} item {}", safe(label));
        if !detail.is_empty() {
            text.push('\n');
            text.push_str(detail.trim_matches('\n'));
        }
        self.items.entry((*task, host.clone())).or_default().push(text);
    }
}

/// How wide lines may be.
fn width() -> usize {
    usize::from(console::Term::stdout().size().1).max(40)
}

impl<W: Write + Send> Reporter for Terminal<W> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::RunStart { .. } | Event::PlaybookStart { .. } => {}
            Event::Asking { hold } => {
                self.flush();
                self.bar.suspend(|| hold.wait());
            }
            Event::PlayStart { name, hosts, free } => {
                self.flush();
                self.hosts = hosts.iter().cloned().zip(0..).collect();
                self.free = *free;
                let count = if hosts.len() == 1 { "1 host".to_owned() } else { format!("{} hosts", hosts.len()) };
                let title = console::style(safe(name.trim()).into_owned()).bold().force_styling(self.colour);
                self.print(&[String::new(), format!("{title} ({count})")]);
            }
            Event::NoHostsMatched { name } => {
                let line = format!("{}: no hosts matched", safe(name));
                self.print(&[Colour::Skipped.paint(&line, self.colour)]);
            }
            Event::NoHostsRemaining => {
                self.flush();
                self.print(&[Colour::Failed.paint("no more hosts left", self.colour)]);
            }
            Event::TaskStart { task } => {
                if !self.free && !self.folds.contains_key(&task.id) {
                    self.flush();
                }
                self.done = 0;
                self.running.clear();
                self.tasks.insert(task.id, task.clone());
                self.progress(task.id);
            }
            Event::HostStart { task, host } => {
                self.running.insert(host.clone());
                self.progress(*task);
            }
            Event::ItemDone { .. } => self.item_done(event),
            Event::HostDone { .. } => self.host_done(event),
            Event::Job { .. } => {}
            Event::Retry { task, host, left, .. } => {
                let name = self.tasks.get(task).map(|t| t.name.clone()).unwrap_or_default();
                let line = format!("  retrying    {}  [{host}]  ({left} left)", safe(&name));
                self.print(&[Colour::Retry.paint(&line, self.colour)]);
            }
            Event::Notified { .. } | Event::Meta { .. } => {}
            Event::Included { path, hosts, label } => {
                self.flush();
                let label = label.as_ref().map(|l| format!(" (item {})", safe(l))).unwrap_or_default();
                let rest = if hosts.len() == 1 { String::new() } else { format!("  ({} hosts)", hosts.len()) };
                let line = format!("  included    {}{label}{rest}", safe(path));
                self.print(&[Colour::Included.paint(&line, self.colour)]);
            }
            Event::Warning { text } => {
                let line = match text.strip_prefix("warning: ") {
                    Some(_) => text.clone(),
                    None => Colour::Warning.paint(&format!("warning: {}", safe(text)), self.colour),
                };
                self.flush();
                self.print(&[line]);
            }
            Event::Error { text } => {
                self.flush();
                self.print(std::slice::from_ref(text));
            }
            Event::Recap { hosts, seconds, .. } => {
                self.flush();
                self.bar.finish_and_clear();
                let mut lines = vec![String::new()];
                lines.extend(recap::lines(hosts, *seconds, width(), self.colour));
                self.print(&lines);
            }
        }
    }
}

//! ansible-core's default layout, for pipes, files and CI: what people grep there keeps working.

use super::dump::{self, DumpOptions};
use super::screen::{Colour, safe};
use super::{Event, HostStats, JobState, Reporter, Status, TaskRef, diff};
use crate::diagnostic::{Diagnostic, render};
use hostler_sdk::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;

/// What the layout depends on.
#[derive(Clone, Copy, Debug)]
pub struct PlainOptions {
    /// Colours as on a terminal.
    pub colour: bool,
    /// `-v` count.
    pub verbosity: u8,
    /// Whether `skipping:` lines are printed.
    pub skipped: bool,
    /// Whether `ok:` lines are printed.
    pub ok: bool,
    /// Width banners are filled to.
    pub columns: usize,
    /// How many lines a diff shows around each change.
    pub context: diff::Context,
    /// Whether `set_stats` are printed after the recap.
    pub custom_stats: bool,
    /// How results are printed.
    pub dump: DumpOptions,
}

impl Default for PlainOptions {
    fn default() -> Self {
        PlainOptions {
            colour: false,
            verbosity: 0,
            skipped: true,
            ok: true,
            columns: 79,
            context: diff::Context::default(),
            custom_stats: false,
            dump: DumpOptions::default(),
        }
    }
}

/// Prints events in ansible-core's default layout.
pub struct Plain<W: Write, E: Write> {
    out: W,
    err: E,
    options: PlainOptions,
    tasks: HashMap<u64, TaskRef>,
    banner: Option<u64>,
    free: bool,
    /// Warnings and errors that were told: as in Ansible, each is told once, however many hosts it comes from.
    told: HashSet<String>,
}

impl<W: Write, E: Write> Plain<W, E> {
    /// A reporter that writes to `out`, and warnings to `err`.
    pub fn new(out: W, err: E, options: PlainOptions) -> Self {
        Plain { out, err, options, tasks: HashMap::new(), banner: None, free: false, told: HashSet::new() }
    }

    fn line(&mut self, text: &str, colour: Option<Colour>) {
        let text = colour.map_or_else(|| text.to_owned(), |c| c.paint(text, self.options.colour));
        // A reader that went away must not stop the run half-way.
        let _ = writeln!(self.out, "{text}");
    }

    /// A warning: a sentence, or a rendered diagnostic, which says itself that it is one.
    fn warn(&mut self, text: &str) {
        let text = match text.strip_prefix("warning: ") {
            Some(_) => safe_except_colours(text, self.options.colour),
            None => Colour::Warning.paint(&format!("[WARNING]: {}", safe(text)), self.options.colour),
        };
        if self.told.insert(text.clone()) {
            let _ = self.out.flush();
            let _ = writeln!(self.err, "{text}");
        }
    }

    fn header(&mut self, text: &str) {
        let stars = self.options.columns.saturating_sub(console::measure_text_width(text)).max(3);
        self.line(&format!("\n{} {}", text, "*".repeat(stars)), None);
    }

    fn task_header(&mut self, id: u64) {
        if self.banner == Some(id) {
            return;
        }
        self.banner = Some(id);
        let Some(task) = self.tasks.get(&id).cloned() else { return };
        let kind = if task.handler { "RUNNING HANDLER" } else { "TASK" };
        self.header(&format!("{kind} [{}]", safe(task.name.trim())));
        if self.options.verbosity >= 2 {
            self.line(&format!("task path: {}", task.path), Some(Colour::Path));
        }
    }

    fn dump(&self, id: u64, result: &Map, verbose: bool) -> String {
        let options = DumpOptions { verbosity: self.options.verbosity, ..self.options.dump };
        let shown = match self.tasks.get(&id) {
            Some(task) => &dump::of_action(&task.action, result),
            None => result,
        };
        safe(&dump::result(shown, verbose, options)).into_owned()
    }

    /// What stands behind the host's name: the result, when that is wanted.
    fn more(&self, id: u64, status: Status, result: &Map, verbose: bool) -> String {
        let too_long = self.tasks.get(&id).is_some_and(|task| dump::is_too_long(&task.action, status));
        match (self.options.verbosity > 0 || verbose) && !too_long {
            true => format!(" => {}", self.dump(id, result, verbose)),
            false => String::new(),
        }
    }

    fn problems(&mut self, result: &Map, error: Option<&Diagnostic>) {
        if let Some(Value::List(warnings)) = result.get("warnings") {
            for warning in warnings.iter() {
                self.warn(&warning.to_string());
            }
        }
        // The `fatal:` line says what went wrong; this adds where, and what to do.
        let more = |error: &&Diagnostic| !error.places.is_empty() || !error.notes.is_empty() || error.hint.is_some();
        if let Some(error) = error.filter(more) {
            let text = safe_except_colours(&render(error, self.options.colour), self.options.colour);
            if self.told.insert(text.clone()) {
                self.line(&text, None);
            }
        }
    }

    fn difference(&mut self, id: u64, result: &Map) {
        if !result.get("changed").is_some_and(Value::truthy) {
            return;
        }
        let text =
            result.get("diff").map(|d| diff::text(d, self.options.context, self.options.colour)).unwrap_or_default();
        if !text.is_empty() {
            self.task_header(id);
            // Most end with the empty line that is to follow them.
            let _ = write!(self.out, "{text}{}", if text.ends_with('\n') { "" } else { "\n" });
        }
    }

    fn host(host: &str, delegated: Option<&str>) -> String {
        match delegated {
            Some(to) if to != host => format!("{host} -> {to}"),
            _ => host.to_owned(),
        }
    }

    fn item(&mut self, event: &Event) {
        let Event::ItemDone { task, host, status, label, result, delegated_to, verbose, error, .. } = event else {
            return;
        };
        let id = *task;
        let label = safe(label);
        let name = Self::host(host, delegated_to.as_deref());
        if matches!(status, Status::Ok | Status::Changed) {
            self.difference(id, result);
        }
        if *status == Status::Ok && !self.options.ok || *status == Status::Skipped && !self.options.skipped {
            return;
        }
        self.task_header(id);
        self.problems(result, error.as_deref());
        let more = self.more(id, *status, result, *verbose);
        match status {
            Status::Ok => self.line(&format!("ok: [{name}] => (item={label}){more}"), Some(Colour::Ok)),
            Status::Changed => self.line(&format!("changed: [{name}] => (item={label}){more}"), Some(Colour::Changed)),
            Status::Skipped => {
                self.line(&format!("skipping: [{host}] => (item={label}) {more}"), Some(Colour::Skipped))
            }
            Status::Failed | Status::Unreachable => {
                let dump = self.dump(id, result, *verbose);
                self.line(&format!("failed: [{name}] (item={label}) => {dump}"), Some(Colour::Failed));
            }
        }
    }

    fn done(&mut self, event: &Event) {
        let Event::HostDone { task, host, status, result, looped, ignored, delegated_to, verbose, error, .. } = event
        else {
            return;
        };
        let id = *task;
        let name = Self::host(host, delegated_to.as_deref());
        if matches!(status, Status::Ok | Status::Changed) && !looped {
            self.difference(id, result);
        }
        if *status == Status::Ok && !self.options.ok || *status == Status::Skipped && !self.options.skipped {
            return;
        }
        self.task_header(id);
        if !looped || error.is_some() {
            self.problems(result, error.as_deref());
        }
        let more = self.more(id, *status, result, *verbose);
        match status {
            // The items of a loop have said it all.
            Status::Ok | Status::Changed if *looped => {}
            Status::Ok => self.line(&format!("ok: [{name}]{more}"), Some(Colour::Ok)),
            Status::Changed => self.line(&format!("changed: [{name}]{more}"), Some(Colour::Changed)),
            Status::Skipped => self.line(&format!("skipping: [{host}]{more}"), Some(Colour::Skipped)),
            Status::Failed => {
                if !looped {
                    let dump = self.dump(id, result, *verbose);
                    self.line(&format!("fatal: [{name}]: FAILED! => {dump}"), Some(Colour::Failed));
                }
            }
            Status::Unreachable => {
                let dump = self.dump(id, result, false);
                self.line(&format!("fatal: [{name}]: UNREACHABLE! => {dump}"), Some(Colour::Unreachable));
            }
        }
        if *ignored {
            self.line("...ignoring", Some(Colour::Skipped));
        }
    }

    fn recap(&mut self, hosts: &[(String, HostStats)], custom: &Map) {
        self.header("PLAY RECAP");
        let mut hosts: Vec<_> = hosts.iter().collect();
        hosts.sort_by(|a, b| a.0.cmp(&b.0));
        for (host, stats) in hosts {
            let line = recap_line(host, stats, self.options.colour);
            self.line(&line, None);
        }
        self.line("", None);
        if self.options.custom_stats && !custom.is_empty() {
            self.header("CUSTOM STATS:");
            for (host, stats) in custom {
                let name = if host.as_str() == Some("_run") { "\n\tRUN".to_owned() } else { format!("\t{host}") };
                self.line(&format!("{name}: {}", dump::json(stats, None)), None);
            }
            self.line("", None);
        }
    }
}

/// One line of the recap.
fn recap_line(host: &str, stats: &HostStats, colour: bool) -> String {
    let paint = if stats.failed + stats.unreachable > 0 {
        Colour::Failed
    } else if stats.changed > 0 {
        Colour::Changed
    } else {
        Colour::Ok
    };
    let count = |name: &str, n: u32, paint: Colour| {
        let text = format!("{name}={n:<4}");
        if n > 0 { paint.paint(&text, colour) } else { text }
    };
    // The width counts the escapes of a coloured name, as ansible-core's does.
    let name = format!("{:<width$}", paint.paint(host, colour), width = if colour { 37 } else { 26 });
    format!(
        "{name} : {} {} {} {} {} {} {}",
        count("ok", stats.ok, Colour::Ok),
        count("changed", stats.changed, Colour::Changed),
        count("unreachable", stats.unreachable, Colour::Unreachable),
        count("failed", stats.failed, Colour::Failed),
        count("skipped", stats.skipped, Colour::Skipped),
        count("rescued", stats.rescued, Colour::Ok),
        count("ignored", stats.ignored, Colour::Warning),
    )
}

/// Our own colours stay, everything else that steers a terminal is made visible.
fn safe_except_colours(text: &str, colour: bool) -> String {
    if colour { text.to_owned() } else { safe(text).into_owned() }
}

impl<W: Write + Send, E: Write + Send> Reporter for Plain<W, E> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::RunStart { config, .. } => {
                if self.options.verbosity > 0 {
                    let text = match config {
                        Some(path) => format!("Using {} as config file", safe(path)),
                        None => "No config file found; using defaults".to_owned(),
                    };
                    self.line(&text, None);
                }
            }
            Event::PlaybookStart { path, plays } => {
                if self.options.verbosity > 1 {
                    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
                    self.header(&format!("PLAYBOOK: {}", safe(&name)));
                    self.line(&format!("{plays} plays in {}", safe(path)), Some(Colour::Path));
                }
            }
            Event::HostStart { .. } | Event::Asking { .. } => {}
            Event::PlayStart { name, free, .. } => {
                self.free = *free;
                self.banner = None;
                let name = safe(name.trim()).into_owned();
                self.header(&if name.is_empty() { "PLAY".to_owned() } else { format!("PLAY [{name}]") });
            }
            Event::NoHostsMatched { .. } => self.line("skipping: no hosts matched", Some(Colour::Skipped)),
            Event::NoHostsRemaining => self.header("NO MORE HOSTS LEFT"),
            Event::TaskStart { task } => {
                self.tasks.insert(task.id, task.clone());
                self.banner = self.banner.filter(|last| *last != task.id);
                if !self.free && self.options.ok && self.options.skipped {
                    self.task_header(task.id);
                }
            }
            Event::ItemDone { .. } => self.item(event),
            Event::HostDone { .. } => self.done(event),
            Event::Retry { task, host, left, .. } => {
                self.task_header(*task);
                let name = self.tasks.get(task).map(|t| safe(&t.name).into_owned()).unwrap_or_default();
                self.line(&format!("FAILED - RETRYING: [{host}]: {name} ({left} retries left)."), Some(Colour::Retry));
            }
            Event::Job { task, host, jid, state } => {
                self.task_header(*task);
                let line = match state {
                    JobState::Running => format!("ASYNC POLL on {host}: jid={} started=True finished=False", safe(jid)),
                    JobState::Ok => format!("ASYNC OK on {host}: jid={}", safe(jid)),
                    JobState::Failed => format!("ASYNC FAILED on {host}: jid={}", safe(jid)),
                };
                self.line(&line, Some(Colour::Retry));
            }
            Event::Notified { handler, host } => {
                if self.options.verbosity > 1 {
                    self.line(&format!("NOTIFIED HANDLER {} for {host}", safe(handler)), Some(Colour::Path));
                }
            }
            Event::Meta { text } => {
                if self.options.verbosity > 1 {
                    self.line(&format!("META: {}", safe(text)), None);
                }
            }
            Event::Included { path, hosts, label } => {
                let mut line = format!("included: {} for {}", safe(path), hosts.join(", "));
                if let Some(label) = label {
                    line.push_str(&format!(" => (item={})", safe(label)));
                }
                self.line(&line, Some(Colour::Included));
            }
            Event::Warning { text } => self.warn(text),
            Event::Error { text } => {
                let text = safe_except_colours(text, self.options.colour);
                let _ = self.out.flush();
                let _ = writeln!(self.err, "{text}");
            }
            Event::Recap { hosts, custom, .. } => self.recap(hosts, custom),
        }
        let _ = self.out.flush();
    }
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;

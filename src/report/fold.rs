//! Equal results of many hosts in one line: what a terminal shows of a task when all hosts are done with it.

use super::Status;
use super::screen::Colour;
use indexmap::IndexMap;

/// The results of one task, grouped.
#[derive(Debug, Default)]
pub struct Fold {
    groups: IndexMap<(Status, String), Vec<String>>,
}

impl Fold {
    /// Adds a host's result; `detail` is what is shown below the line (a diff, a message), empty for none.
    pub fn add(&mut self, status: Status, host: &str, detail: String) {
        let hosts = self.groups.entry((status, detail)).or_default();
        if hosts.last().map(String::as_str) != Some(host) {
            hosts.push(host.to_owned());
        }
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The lines: one for all that changed nothing, one for each group of equal changes, failures and messages. `rank` is the order
    /// of the hosts; they came in the order in which they were done.
    pub fn lines(&self, task: &str, width: usize, colour: bool, rank: &dyn Fn(&str) -> usize) -> Vec<String> {
        let quiet: Vec<_> = self
            .groups
            .iter()
            .filter(|((s, d), _)| matches!(s, Status::Ok | Status::Skipped) && d.is_empty())
            .collect();
        let mut loud: Vec<_> = self
            .groups
            .iter()
            .filter(|((s, d), _)| !(matches!(s, Status::Ok | Status::Skipped) && d.is_empty()))
            .map(|(what, hosts)| {
                let mut hosts = hosts.clone();
                hosts.sort_by_key(|host| rank(host));
                (what, hosts)
            })
            .collect();
        loud.sort_by_key(|((status, _), hosts)| (order(*status), hosts.first().map(|host| rank(host))));
        let counts: Vec<String> =
            quiet.iter().map(|((status, _), hosts)| format!("{} {}", hosts.len(), word(*status))).collect();
        if loud.is_empty() {
            let status = if quiet.iter().any(|((s, _), _)| *s == Status::Ok) { Status::Ok } else { Status::Skipped };
            let text = format!("  {:<11} {task}", word(status));
            let rest = match quiet.as_slice() {
                [(_, hosts)] if hosts.len() == 1 => String::new(),
                [(_, hosts)] => format!("  ({} hosts)", hosts.len()),
                _ => format!("  ({})", counts.join(", ")),
            };
            return vec![paint(status).paint(&format!("{text}{rest}"), colour)];
        }
        let mut lines = Vec::new();
        for (number, ((status, detail), hosts)) in loud.iter().enumerate() {
            let more =
                if number == 0 && !counts.is_empty() { format!("  ({})", counts.join(", ")) } else { String::new() };
            // What is left of the line beside the title, the brackets and `and 100 more`.
            let room = width.saturating_sub(31 + console::measure_text_width(task) + more.len()).max(16);
            let line = format!("  {:<11} {task}  [{}]{more}", word(*status), names(hosts, room));
            lines.push(paint(*status).paint(&line, colour));
            lines.extend(detail.lines().map(|l| format!("      {l}")));
        }
        lines
    }
}

fn order(status: Status) -> u8 {
    match status {
        Status::Ok => 0,
        Status::Skipped => 1,
        Status::Changed => 2,
        Status::Failed => 3,
        Status::Unreachable => 4,
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Skipped => "skipped",
        Status::Changed => "changed",
        Status::Failed => "failed",
        Status::Unreachable => "unreachable",
    }
}

fn paint(status: Status) -> Colour {
    match status {
        Status::Ok => Colour::Ok,
        Status::Skipped => Colour::Skipped,
        Status::Changed => Colour::Changed,
        Status::Failed => Colour::Failed,
        Status::Unreachable => Colour::Unreachable,
    }
}

/// As many names as fit, then how many more.
pub(super) fn names(hosts: &[String], width: usize) -> String {
    let mut out = String::new();
    for (n, host) in hosts.iter().enumerate() {
        if n > 0 && out.len() + host.len() >= width {
            return format!("{out} and {} more", hosts.len() - n);
        }
        if n > 0 {
            out.push(' ');
        }
        out.push_str(host);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(host: &str) -> usize {
        host.bytes().next().map_or(0, usize::from)
    }

    #[test]
    fn unchanged_hosts_are_counted() {
        let mut fold = Fold::default();
        for host in ["a", "b", "c"] {
            fold.add(Status::Ok, host, String::new());
        }
        fold.add(Status::Skipped, "d", String::new());
        assert_eq!(fold.lines("install", 80, false, &first), ["  ok          install  (3 ok, 1 skipped)"]);
        let mut fold = Fold::default();
        fold.add(Status::Ok, "a", String::new());
        assert_eq!(fold.lines("ping", 80, false, &first), ["  ok          ping"]);
        fold.add(Status::Ok, "b", String::new());
        assert_eq!(fold.lines("ping", 80, false, &first), ["  ok          ping  (2 hosts)"]);
    }

    #[test]
    fn equal_changes_are_one_line() {
        let mut fold = Fold::default();
        fold.add(Status::Changed, "b", "+x".into());
        fold.add(Status::Failed, "c", "no space".into());
        fold.add(Status::Changed, "a", "+x".into());
        fold.add(Status::Ok, "d", String::new());
        assert_eq!(
            fold.lines("write", 80, false, &first),
            ["  changed     write  [a b]  (1 ok)", "      +x", "  failed      write  [c]", "      no space"]
        );
    }

    #[test]
    fn long_lists_of_hosts_are_cut() {
        let hosts: Vec<String> = (1..=100).map(|n| format!("host{n}")).collect();
        assert_eq!(names(&hosts, 20), "host1 host2 host3 and 97 more");
    }
}

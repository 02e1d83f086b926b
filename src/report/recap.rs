//! The end of a run at a terminal: a line for each host with the counts that are not zero everywhere, equal ones folded when there
//! are many, and one line for all.

use super::HostStats;
use super::fold::names;
use super::screen::Colour;
use indexmap::IndexMap;

/// Most hosts with equal counts that are shown one by one.
const SINGLE: usize = 24;

/// Longest name that is shown in full.
const NAME: usize = 40;

const COLUMNS: [(&str, Colour); 7] = [
    ("ok", Colour::Ok),
    ("changed", Colour::Changed),
    ("skipped", Colour::Skipped),
    ("rescued", Colour::Ok),
    ("ignored", Colour::Warning),
    ("failed", Colour::Failed),
    ("unreachable", Colour::Unreachable),
];

fn counts(stats: &HostStats) -> [u32; 7] {
    [stats.ok, stats.changed, stats.skipped, stats.rescued, stats.ignored, stats.failed, stats.unreachable]
}

/// The lines, troubled hosts last: there the operator looks first.
pub fn lines(hosts: &[(String, HostStats)], seconds: f64, width: usize, colour: bool) -> Vec<String> {
    let mut groups: IndexMap<[u32; 7], Vec<String>> = IndexMap::new();
    for (host, stats) in hosts {
        groups.entry(counts(stats)).or_default().push(host.clone());
    }
    let mut rows: Vec<(String, [u32; 7])> = Vec::new();
    for (counts, mut members) in groups {
        members.sort();
        match members.len() > SINGLE {
            true => rows.push((format!("{} hosts: {}", members.len(), names(&members, width / 4)), counts)),
            false => rows.extend(members.into_iter().map(|name| (name, counts))),
        }
    }
    let troubled = |counts: &[u32; 7]| counts[5] + counts[6] > 0;
    rows.sort_by(|a, b| (troubled(&a.1), &a.0).cmp(&(troubled(&b.1), &b.0)));
    let shown: Vec<usize> =
        (0..COLUMNS.len()).filter(|n| *n == 0 || rows.iter().any(|(_, counts)| counts[*n] > 0)).collect();
    let widest = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().min(NAME);
    let digits = rows.iter().flat_map(|(_, counts)| counts).max().map_or(1, |most| most.to_string().len());
    let mut out: Vec<String> =
        rows.iter().map(|(name, counts)| row(name, counts, &shown, widest, digits, colour)).collect();
    out.push(summary(hosts, seconds, colour));
    out
}

fn row(name: &str, counts: &[u32; 7], shown: &[usize], widest: usize, digits: usize, colour: bool) -> String {
    let name: String = match name.chars().count() > NAME {
        true => name.chars().take(NAME - 1).chain(['…']).collect(),
        false => name.to_owned(),
    };
    let state = if counts[6] > 0 {
        Colour::Unreachable
    } else if counts[5] > 0 {
        Colour::Failed
    } else if counts[1] > 0 {
        Colour::Changed
    } else {
        Colour::Ok
    };
    let mut line = format!("  {}", state.paint(&format!("{name:<widest$}"), colour));
    for n in shown {
        let (word, paint) = COLUMNS[*n];
        let cell = format!("{:>digits$} {word}", counts[*n]);
        line.push_str("   ");
        // Zeros are left blank, so that what is there stands out.
        line.push_str(&match counts[*n] {
            0 => " ".repeat(cell.len()),
            _ => paint.paint(&cell, colour),
        });
    }
    line.trim_end().to_owned()
}

fn summary(hosts: &[(String, HostStats)], seconds: f64, colour: bool) -> String {
    let count = |holds: fn(&HostStats) -> bool| hosts.iter().filter(|(_, stats)| holds(stats)).count();
    let (changed, failed, unreachable) =
        (count(|s| s.changed > 0), count(|s| s.failed > 0), count(|s| s.unreachable > 0));
    let mut parts: Vec<String> = Vec::new();
    match changed {
        0 => parts.push("nothing changed".to_owned()),
        some => parts.push(format!("{some} changed")),
    }
    for (n, word) in [(failed, "failed"), (unreachable, "unreachable")] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    let word = if hosts.len() == 1 { "host" } else { "hosts" };
    let line = format!("{} {word} in {seconds:.2} s: {}", hosts.len(), parts.join(", "));
    let paint = if failed + unreachable > 0 {
        Colour::Failed
    } else if changed > 0 {
        Colour::Changed
    } else {
        Colour::Ok
    };
    paint.paint(&line, colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, ok: u32, changed: u32, failed: u32) -> (String, HostStats) {
        (name.to_owned(), HostStats { ok, changed, failed, ..HostStats::default() })
    }

    #[test]
    fn counts_that_are_zero_are_blank_and_troubled_hosts_are_last() {
        let hosts = [host("db", 3, 0, 1), host("web1", 12, 2, 0), host("web2", 12, 0, 0)];
        assert_eq!(
            lines(&hosts, 1.5, 80, false),
            [
                "  web1   12 ok    2 changed",
                "  web2   12 ok",
                "  db      3 ok                 1 failed",
                "3 hosts in 1.50 s: 1 changed, 1 failed"
            ]
        );
    }

    #[test]
    fn one_host_is_one_host() {
        assert_eq!(lines(&[host("a", 1, 0, 0)], 0.1, 80, false)[1], "1 host in 0.10 s: nothing changed");
    }

    #[test]
    fn many_equal_hosts_are_one_line() {
        let mut hosts: Vec<_> = (100..300).map(|n| host(&format!("web{n}"), 5, 0, 0)).collect();
        hosts.push(host("db", 4, 0, 1));
        assert_eq!(
            lines(&hosts, 2.0, 40, false),
            [
                "  200 hosts: web100 and 199 more   5 ok",
                "  db                               4 ok   1 failed",
                "201 hosts in 2.00 s: nothing changed, 1 failed"
            ]
        );
    }
}

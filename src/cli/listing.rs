//! `--list-hosts`, `--list-tasks`, `--list-tags` and `--syntax-check`: in the layout of ansible-playbook, which scripts read.

use crate::diagnostic::Result;
use crate::playbook::Play;
use crate::run::{Outline, RunContext};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What is to be listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    pub hosts: bool,
    pub tasks: bool,
    pub tags: bool,
}

impl Wanted {
    /// Whether anything is.
    pub fn any(self) -> bool {
        self.hosts || self.tasks || self.tags
    }
}

/// Prints what is wanted of each play; only the playbooks' names when nothing is.
pub fn print(context: &Arc<RunContext>, playbooks: &[(PathBuf, Vec<Arc<Play>>)], wanted: Wanted) -> Result<()> {
    for (path, plays) in playbooks {
        println!("\nplaybook: {}", path.display());
        if !wanted.any() {
            continue;
        }
        for (index, play) in plays.iter().enumerate() {
            let outline = Outline::of(context, play)?;
            println!("{}", text(index + 1, &outline, wanted).trim_end_matches('\n'));
        }
    }
    Ok(())
}

fn text(number: usize, play: &Outline, wanted: Wanted) -> String {
    let mut out =
        format!("\n  play #{number} ({}): {}\tTAGS: [{}]", play.patterns.join(","), play.name, play.tags.join(","));
    if wanted.hosts {
        let patterns: Vec<String> = play.patterns.iter().map(|p| hostler_sdk::Value::from(p.as_str()).repr()).collect();
        out += &format!("\n    pattern: [{}]\n    hosts ({}):", patterns.join(", "), play.hosts.len());
        for host in &play.hosts {
            out += &format!("\n      {host}");
        }
    }
    if wanted.tasks || wanted.tags {
        out.push('\n');
    }
    if wanted.tasks {
        out += "    tasks:\n";
        for (name, tags) in &play.tasks {
            out += &format!("      {name}\tTAGS: [{}]\n", tags.join(", "));
        }
    }
    if wanted.tags {
        let mut all: BTreeSet<&str> = play.tags.iter().map(String::as_str).collect();
        all.extend(play.tasks.iter().flat_map(|(_, tags)| tags).map(String::as_str));
        out += &format!("      TASK TAGS: [{}]\n", all.into_iter().collect::<Vec<_>>().join(", "));
    }
    out
}

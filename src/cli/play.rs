//! `hostler play`: applies playbooks. Under the name `ansible-playbook` the program is this subcommand.

use super::flags::{CheckFlags, OutputFlags, TaskFlags};
use super::session::{HostFlags, Session, link_options, run_facts};
use super::{layout, listing, running};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use crate::link::LinkOptions;
use crate::playbook::{Loader, Play as Meant};
use crate::run::{Profile, RunOptions};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Flags of `hostler play`.
#[derive(Args, Debug)]
pub struct Play {
    /// Playbooks, run in order
    #[arg(required = true, value_name = "PLAYBOOK")]
    playbooks: Vec<PathBuf>,
    #[command(flatten)]
    hosts: HostFlags,
    #[command(flatten)]
    tasks: TaskFlags,
    #[command(flatten)]
    check: CheckFlags,
    /// Check the playbooks for mistakes, run nothing
    #[arg(long)]
    syntax_check: bool,
    /// List the hosts of each play, run nothing
    #[arg(long)]
    list_hosts: bool,
    /// List the tasks of each play, run nothing
    #[arg(long)]
    list_tasks: bool,
    /// Tell where the time went, and write it as a trace file for Chrome's or Perfetto's viewer
    #[arg(long, value_name = "TRACE", num_args = 0..=1, require_equals = true, default_missing_value = "hostler-trace.json")]
    profile: Option<PathBuf>,
    /// List the tags of each play, run nothing
    #[arg(long)]
    list_tags: bool,
    #[command(flatten)]
    output: OutputFlags,
}

/// A playbook and its plays.
type Loaded = (PathBuf, Vec<Arc<Meant>>);

impl Play {
    /// Does it and gives the exit code.
    pub fn run(&self) -> u8 {
        match self.done() {
            Ok(code) => code,
            Err(e) => {
                super::complain(&e);
                super::exit::ERROR
            }
        }
    }

    fn done(&self) -> Result<u8> {
        let settings = self.hosts.settings()?;
        for playbook in &self.playbooks {
            exists(playbook)?;
        }
        let mut options = self.options(&settings);
        let session = Session::open(settings, &self.hosts.inventory, &run_facts(&options))?;
        let loader = session.loader();
        let Some(playbooks) = load(&loader, &self.playbooks) else { return Ok(super::exit::PARSER) };
        let lists = listing::Wanted { hosts: self.list_hosts, tasks: self.list_tasks, tags: self.list_tags };
        let only_looks = self.syntax_check || lists.any();
        // No password is asked for when nothing is connected to.
        let links = if only_looks { LinkOptions::default() } else { link_options(&session.settings)? };
        if !only_looks {
            session.check_limit()?;
        }
        let reporters = match only_looks {
            true => Vec::new(),
            false => layout::of_playbooks(self.output.output, &session.settings, options.verbosity)?,
        };
        options.all_facts = reporters.iter().any(|reporter| reporter.shows_facts());
        let context = session.context(options, loader, links, self.profile.as_ref().map(|_| Profile::new()));
        if only_looks {
            return listing::print(&context, &playbooks, lists).map(|()| super::exit::OK);
        }
        let (started, told) = (Instant::now(), context.clone());
        let code = running::apply(context, &playbooks, reporters)?;
        if let (Some(profile), Some(trace)) = (&told.profile, &self.profile) {
            super::profile::show(profile, started.elapsed(), trace)?;
        }
        Ok(code)
    }

    fn options(&self, settings: &Settings) -> RunOptions {
        let given = |flags: &[String], usual: &[String]| if flags.is_empty() { usual.to_vec() } else { flags.to_vec() };
        RunOptions {
            check: self.check.check,
            diff: self.check.diff || *settings.diff_always,
            forks: (*settings.forks).max(1),
            // What is listed includes what is `never` run, unless tags are chosen.
            tags: match self.list_tags && self.tasks.tags.is_empty() && self.tasks.skip_tags.is_empty() {
                true => vec!["never".to_owned(), "all".to_owned()],
                false => given(&self.tasks.tags, &settings.run_tags),
            },
            skip_tags: given(&self.tasks.skip_tags, &settings.skip_tags),
            limit: self.hosts.inventory.limit.clone().filter(|limit| !limit.is_empty()),
            start_at_task: self.tasks.start_at_task.clone(),
            step: self.tasks.step,
            ahead: !self.tasks.no_check_ahead,
            force_handlers: self.tasks.force_handlers || *settings.force_handlers,
            verbosity: self.output.verbosity(settings),
            all_facts: false,
        }
    }
}

fn exists(playbook: &Path) -> Result<()> {
    let wrong = |text: String| Err(Diagnostic::error(text).hint("give the path of a YAML file").boxed());
    if !playbook.exists() {
        return wrong(format!("the playbook: {} could not be found", playbook.display()));
    }
    if playbook.is_dir() {
        return wrong(format!("the playbook: {} does not appear to be a file", playbook.display()));
    }
    Ok(())
}

/// Loads all playbooks and tells all that is wrong with them; `None` when anything is.
fn load(loader: &Loader, playbooks: &[PathBuf]) -> Option<Vec<Loaded>> {
    let mut loaded = Vec::new();
    let mut wrong = false;
    for path in playbooks {
        // As Ansible has it: `playbook_dir` and all that is found from it are absolute.
        let plays = loader.load(&std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        loader.take_warnings().iter().for_each(super::complain);
        match plays {
            Ok(plays) => loaded.push((path.clone(), plays)),
            Err(mistakes) => {
                for (number, mistake) in mistakes.iter().enumerate() {
                    if number > 0 {
                        eprintln!();
                    }
                    super::complain(mistake);
                }
                wrong = true;
            }
        }
    }
    (!wrong).then_some(loaded)
}

//! `hostler play`: applies playbooks. Under the name `ansible-playbook` the program is this subcommand.

use super::flags::{OutputFlags, TaskFlags};
use super::listing;
use super::reporting::Reporting;
use super::session::{HostFlags, Session, link_options};
use crate::actions::Modules;
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Result};
use crate::link::{Connector, LinkOptions};
use crate::playbook::{Loader, LoaderOptions, Play as Meant};
use crate::run::{Answers, Links, Profile, RunContext, RunOptions, run};
use crate::vars::RunFacts;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

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
        let options = self.options(&settings);
        let facts = RunFacts {
            check: options.check,
            diff: options.diff,
            forks: options.forks,
            verbosity: options.verbosity,
            tags: options.tags.clone(),
            skip_tags: options.skip_tags.clone(),
            limit: options.limit.clone(),
        };
        let session = Session::open(settings, &self.hosts.inventory, &facts)?;
        let loader = Arc::new(Loader::new(
            Arc::new(session.language.clone()),
            Arc::new(Modules),
            LoaderOptions {
                roles_path: (*session.settings.roles_path).clone(),
                collections_path: (*session.settings.collections_path).clone(),
                extra: Arc::new(session.vars.extra().clone()),
                keyring: session.language.keyring.clone(),
            },
        ));
        let Some(playbooks) = load(&loader, &self.playbooks) else { return Ok(super::exit::PARSER) };
        let lists = listing::Wanted { hosts: self.list_hosts, tasks: self.list_tasks, tags: self.list_tags };
        let only_looks = self.syntax_check || lists.any();
        // No password is asked for when nothing is connected to.
        let links = if only_looks { LinkOptions::default() } else { link_options(&session.settings)? };
        let context = Arc::new(RunContext {
            settings: session.settings.clone(),
            options,
            limit: session.limit,
            vars: session.vars,
            language: session.language,
            loader,
            links: Links::new(Connector::new(&links), links),
            profile: self.profile.as_ref().map(|_| Profile::new()),
            answers: Answers::default(),
        });
        if only_looks {
            return listing::print(&context, &playbooks, lists).map(|()| super::exit::OK);
        }
        self.check_limit(&context)?;
        self.apply(context, &playbooks)
    }

    fn options(&self, settings: &Settings) -> RunOptions {
        let given = |flags: &[String], usual: &[String]| if flags.is_empty() { usual.to_vec() } else { flags.to_vec() };
        RunOptions {
            check: self.tasks.check,
            diff: self.tasks.diff || *settings.diff_always,
            forks: (*settings.forks).max(1),
            tags: given(&self.tasks.tags, &settings.run_tags),
            skip_tags: given(&self.tasks.skip_tags, &settings.skip_tags),
            limit: self.hosts.inventory.limit.clone().filter(|limit| !limit.is_empty()),
            start_at_task: self.tasks.start_at_task.clone(),
            step: self.tasks.step,
            ahead: !self.tasks.no_check_ahead,
            force_handlers: self.tasks.force_handlers || *settings.force_handlers,
            verbosity: self.output.verbose.max(u8::try_from(settings.verbosity.min(9)).unwrap_or(9)),
        }
    }

    /// A limit that leaves no host at all is a mistake, as ansible-playbook says.
    fn check_limit(&self, context: &RunContext) -> Result<()> {
        let Some(limit) = &context.limit else { return Ok(()) };
        let selection = context.vars.inventory().select(["all"], Some(limit))?;
        let implicit = context.vars.inventory().select(["localhost"], Some(limit))?;
        if selection.hosts.is_empty() && implicit.hosts.is_empty() {
            return Err(Diagnostic::error(
                "Specified inventory, host pattern and/or --limit leaves us with no hosts to target.",
            )
            .note(format!("the limit is `{}`", limit.written))
            .hint("`--list-hosts` shows what a playbook would run on")
            .boxed());
        }
        Ok(())
    }

    fn apply(&self, context: Arc<RunContext>, playbooks: &[Loaded]) -> Result<u8> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|e| Diagnostic::error("could not start the run").cause(e.to_string()).boxed())?;
        let verbosity = context.options.verbosity;
        let (reporting, events) = Reporting::start(self.output.output, &context.settings, verbosity)?;
        let started = std::time::Instant::now();
        let told = context.clone();
        let result = runtime.block_on(async {
            let (stop, interrupt) = watch::channel(false);
            let watcher = tokio::spawn(async move {
                // The first interrupt stops the run in order; the operating system's way is left for the second.
                if tokio::signal::ctrl_c().await.is_ok() {
                    let _ = stop.send(true);
                }
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(i32::from(super::exit::INTERRUPTED));
                }
            });
            let result = run(context, playbooks, events, interrupt).await;
            watcher.abort();
            result
        });
        reporting.finish();
        // Tasks that still wait for something that will not come must not hold the program.
        runtime.shutdown_background();
        if let (Some(profile), Some(trace)) = (&told.profile, &self.profile) {
            super::profile::show(profile, started.elapsed(), trace)?;
        }
        Ok(result.exit_code)
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
        let plays = loader.load(path);
        loader.take_warnings().iter().for_each(super::complain);
        match plays {
            Ok(plays) => loaded.push((path.clone(), plays)),
            Err(mistakes) => {
                mistakes.iter().for_each(super::complain);
                wrong = true;
            }
        }
    }
    (!wrong).then_some(loaded)
}

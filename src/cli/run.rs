//! `hostler run`: one module on the hosts of a pattern. Under the name `ansible` the program is this subcommand.

use super::flags::{CheckFlags, OutputFlags};
use super::session::{HostFlags, Session, link_options, no_hosts, run_facts};
use super::{exit, layout, running};
use crate::config::{Settings, absolute};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::playbook::{Loader, Play};
use crate::run::RunOptions;
use crate::yaml::{self, Node};
use clap::Args;
use hostler_sdk::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Flags of `hostler run`.
#[derive(Args, Debug)]
pub struct Run {
    /// Which hosts
    #[arg(value_name = "PATTERN")]
    pattern: String,
    /// Module to run
    #[arg(short = 'm', long, value_name = "MODULE")]
    module_name: Option<String>,
    /// Its arguments: `name=value name=value`, a JSON mapping, or a command line
    #[arg(short = 'a', long = "args", value_name = "ARGS", allow_hyphen_values = true)]
    module_args: Option<String>,
    /// Seconds the module may run in the background
    #[arg(short = 'B', long, value_name = "SECONDS")]
    background: Option<u64>,
    /// Seconds between two looks at it
    #[arg(short = 'P', long = "poll", value_name = "SECONDS")]
    poll: Option<u64>,
    /// Seconds the task may take
    #[arg(long, value_name = "SECONDS")]
    task_timeout: Option<u64>,
    /// Directory that stands for a playbook's: `roles/`, `group_vars/` and files are looked for in it
    #[arg(long, value_name = "DIRECTORY")]
    playbook_dir: Option<PathBuf>,
    /// List the hosts, run nothing
    #[arg(long)]
    list_hosts: bool,
    /// One line a result
    #[arg(short = 'o', long)]
    one_line: bool,
    /// Write each host's result to a file in this directory too
    #[arg(short = 't', long, value_name = "DIRECTORY")]
    tree: Option<PathBuf>,
    #[command(flatten)]
    hosts: HostFlags,
    #[command(flatten)]
    check: CheckFlags,
    #[command(flatten)]
    output: OutputFlags,
}

impl Run {
    /// Does it and gives the exit code.
    pub fn run(&self) -> u8 {
        self.done().unwrap_or_else(|e| {
            super::complain(&e);
            exit::ERROR
        })
    }

    fn done(&self) -> Result<u8> {
        let mut settings = self.hosts.settings()?;
        if let Some(seconds) = self.task_timeout {
            settings.task_timeout.set_flag("--task-timeout", seconds);
        }
        let dir = self.playbook_dir.as_deref().map(|dir| self.absolute(dir, &settings));
        let dir = dir.or_else(|| (*settings.playbook_dir).clone()).unwrap_or_else(|| settings.around.cwd.clone());
        let options = RunOptions {
            check: self.check.check,
            diff: self.check.diff || *settings.diff_always,
            forks: (*settings.forks).max(1),
            limit: self.hosts.inventory.limit.clone().filter(|limit| !limit.is_empty()),
            verbosity: self.output.verbosity(&settings),
            ..RunOptions::default()
        };
        let session = Session::open(settings, &self.hosts.inventory, &run_facts(&options))?;
        let hosts = self.select(&session)?;
        if self.list_hosts {
            println!("  hosts ({}):", hosts.len());
            hosts.iter().for_each(|host| println!("    {host}"));
            return Ok(exit::OK);
        }
        let module = self.module_name.clone().unwrap_or_else(|| session.settings.module_name.to_string());
        let args = self.module_args.clone().or_else(|| (*session.settings.module_args).clone()).unwrap_or_default();
        if let Some(wrong) = unusable(&module, &args, &self.pattern) {
            super::complain(&wrong);
            return Ok(exit::OPTIONS);
        }
        if hosts.is_empty() {
            return Ok(exit::OK);
        }
        let loader = session.loader();
        let play = self.play(&loader, &module, &args, &dir, &session.settings);
        loader.take_warnings().iter().for_each(super::complain);
        let play = match play {
            Ok(play) => play,
            Err(mistakes) => {
                mistakes.iter().for_each(super::complain);
                return Ok(exit::PARSER);
            }
        };
        let tree = self.tree.as_deref().map(|dir| self.absolute(dir, &session.settings));
        let reporters =
            layout::of_command(self.output.output, self.one_line, tree, &session.settings, options.verbosity)?;
        let links = link_options(&session.settings)?;
        let context = session.context(options, loader, links, None);
        running::apply(context, &[("__adhoc_playbook__".into(), vec![play])], reporters)
    }

    fn absolute(&self, path: &Path, settings: &Settings) -> PathBuf {
        absolute(&path.to_string_lossy(), &settings.around.cwd, &settings.around)
    }

    /// The hosts of the pattern. None is an error within a limit, otherwise told.
    fn select(&self, session: &Session) -> Result<Vec<Arc<str>>> {
        let selection = session.vars.inventory().select([&self.pattern], session.limit.as_ref())?;
        if !selection.hosts.is_empty() && !self.list_hosts {
            // The run will tell about parts that match nothing.
            return Ok(selection.hosts);
        }
        selection.warnings.iter().for_each(super::complain);
        match &session.limit {
            Some(limit) if selection.hosts.is_empty() => {
                return Err(no_hosts().note(format!("the limit is `{}`", limit.written)).boxed());
            }
            None if selection.hosts.is_empty() => {
                super::complain(&Diagnostic::warning("No hosts matched, nothing to do"));
            }
            _ => {}
        }
        Ok(selection.hosts)
    }

    /// The play of one task that the flags describe.
    fn play(
        &self,
        loader: &Loader,
        module: &str,
        args: &str,
        dir: &Path,
        settings: &Settings,
    ) -> Result<Arc<Play>, Vec<Diagnostic>> {
        let path = PathBuf::from(format!("<adhoc '{module}' task>"));
        let source = Arc::new(Source { path, text: format!("{module}: {args}") });
        let name = Place::new(&source, 0, module.len());
        let rest = Place::new(&source, module.len() + 2, source.text.len());
        let number = |seconds: u64| Node::scalar(Value::Int(seconds.into()), name.clone());
        let call = arguments(args, &rest).map_err(|e| vec![*e])?;
        let mut task = vec![(Node::scalar(module, name.clone()), call)];
        let mut set = |key: &str, seconds| task.push((Node::scalar(key, name.clone()), number(seconds)));
        if let Some(seconds) = self.background.filter(|seconds| *seconds > 0) {
            set("async", seconds);
            set("poll", self.poll.unwrap_or(*settings.poll_interval));
        }
        let whole = Place::new(&source, 0, source.text.len());
        let task = Node::mapping(task, &whole);
        let key = |key: &str| Node::scalar(key, name.clone());
        let pattern = Place::named("pattern", &self.pattern);
        let play = Node::mapping(
            vec![
                (key("name"), Node::scalar("Ansible Ad-Hoc", name.clone())),
                (key("hosts"), Node::scalar(self.pattern.as_str(), pattern)),
                (key("gather_facts"), Node::scalar(false, name.clone())),
                (key("tasks"), Node::list(vec![task], &whole)),
            ],
            &whole,
        );
        loader.play(&play, dir)
    }
}

/// The arguments as a task writes them: text, or the mapping that a text in braces is.
fn arguments(text: &str, place: &Place) -> Result<Node> {
    if text.starts_with('{') && text.ends_with('}') && !text.starts_with("{{") {
        let source = Arc::new(Source { path: place.path().to_owned(), text: text.to_owned() });
        if let [node] = yaml::parse(&source, &mut Vec::new())?.as_slice() {
            return Ok(node.clone());
        }
    }
    let nothing = text.trim().is_empty();
    Ok(if nothing { Node::scalar(Value::Null, place.clone()) } else { Node::scalar(text, place.clone()) })
}

/// What no ad-hoc command can do, in ansible's words.
fn unusable(module: &str, args: &str, pattern: &str) -> Option<Diagnostic> {
    let short = module.strip_prefix("ansible.builtin.").or(module.strip_prefix("ansible.legacy.")).unwrap_or(module);
    if short == "import_playbook" {
        return Some(Diagnostic::error(format!("'{module}' is not a valid action for ad-hoc commands")));
    }
    if args.is_empty() && matches!(short, "command" | "shell" | "raw" | "script") {
        let error = Diagnostic::error(format!("No argument passed to {module} module"));
        return Some(if pattern.ends_with(".yml") {
            error.hint("did you mean to run `hostler play`?")
        } else {
            error.hint("give the command with `-a`")
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_things_are_no_commands() {
        assert!(unusable("command", "", "all").is_some());
        assert!(unusable("ansible.builtin.shell", "", "all").is_some());
        assert!(unusable("command", "id", "all").is_none());
        assert!(unusable("ping", "", "all").is_none());
        assert!(unusable("import_playbook", "x.yml", "all").is_some());
    }

    #[test]
    fn arguments_are_text_or_json() {
        let read = |text: &str| arguments(text, &Place::named("args", text)).unwrap();
        assert_eq!(read("a=b").as_str(), Some("a=b"));
        assert_eq!(read(r#"{"a": "yes"}"#).get("a").and_then(Node::as_str), Some("yes"));
        assert_eq!(read("{{ x }}").as_str(), Some("{{ x }}"));
        assert!(read("").is_null());
    }
}

//! `hostler vars explain`: every definition of a variable for a host, the strongest first, and what comes of it.

use super::exit;
use super::flags::{InventoryFlags, VaultFlags};
use super::session::{Session, loaded, run_facts};
use crate::config::absolute;
use crate::diagnostic::{Diagnostic, Result, render};
use crate::playbook::{Play, Step, Task};
use crate::run::RunOptions;
use crate::template::{Binding, Scope, Templated, Variables};
use crate::vars::{Definition, HostScope, PlayContext};
use clap::{Args, Subcommand};
use hostler_sdk::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// Flags of `hostler vars`.
#[derive(Args, Debug)]
pub struct Vars {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show where a variable of a host is set, the strongest definition first
    Explain(Explain),
}

#[derive(Args, Debug)]
struct Explain {
    /// A host of the inventory
    host: String,
    /// Variables
    #[arg(required = true, value_name = "VARIABLE")]
    names: Vec<String>,
    /// As a play of this playbook sees it
    #[arg(long, value_name = "FILE")]
    playbook: Option<PathBuf>,
    /// As the task of this name sees it
    #[arg(long, value_name = "NAME", requires = "playbook")]
    task: Option<String>,
    /// Directory that stands for a playbook's, without one
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "playbook")]
    playbook_dir: Option<PathBuf>,
    /// As JSON, one line a variable
    #[arg(short, long)]
    json: bool,
    #[command(flatten)]
    inventory: InventoryFlags,
    #[command(flatten)]
    vault: VaultFlags,
}

impl Vars {
    /// Prints and gives the exit code.
    pub fn run(&self) -> u8 {
        let Action::Explain(explain) = &self.action;
        explain.done().unwrap_or_else(|e| {
            super::complain(&e);
            exit::ERROR
        })
    }
}

impl Explain {
    fn done(&self) -> Result<u8> {
        let mut settings = loaded()?;
        self.inventory.apply(&mut settings);
        self.vault.apply(&mut settings);
        let around = settings.around.clone();
        let dir = self.playbook_dir.as_ref().map(|dir| absolute(&dir.to_string_lossy(), &around.cwd, &around));
        let dir = dir.or_else(|| (*settings.playbook_dir).clone()).unwrap_or_else(|| around.cwd.clone());
        let session = Session::open(settings, &self.inventory, &run_facts(&RunOptions::default()))?;
        let inventory = session.vars.inventory();
        let Some(host) = inventory.host(&self.host) else {
            let error = Diagnostic::error(format!("there is no host `{}`", self.host));
            return Err(error.nearest(&self.host, inventory.hosts().map(|host| &*host.name)).boxed());
        };
        let scope: Arc<HostScope> = match &self.playbook {
            None => session.vars.bare_scope(&host, &Arc::new(dir))?,
            Some(path) => {
                let loader = session.loader();
                let plays = loader.load(path);
                loader.take_warnings().iter().for_each(super::complain);
                let plays = match plays {
                    Ok(plays) => plays,
                    Err(mistakes) => {
                        mistakes.iter().for_each(super::complain);
                        return Ok(exit::PARSER);
                    }
                };
                let (play, task) = self.place(&session, &plays)?;
                let hosts = vec![host.name.clone()];
                let context =
                    Arc::new(PlayContext::new(play.clone(), String::new(), &play.dir, hosts, Variables::default()));
                session.vars.scope(&host.name, &context, task.as_ref(), Variables::default())?
            }
        };
        session.vars.take_warnings().iter().for_each(super::complain);
        let mut code = exit::OK;
        for name in &self.names {
            let definitions = scope.explain(name);
            if definitions.is_empty() {
                let error = Diagnostic::error(format!("`{name}` is not defined for `{}`", host.name));
                let names = scope.names();
                super::complain(&error.nearest(name, names.iter().map(|name| &**name)));
                code = exit::ERROR;
                continue;
            }
            let value = self.value(&session, &scope, name);
            if self.json {
                println!("{}", json(&host.name, name, &definitions, &value).to_json());
            } else {
                print!("{}", text(&host.name, name, &definitions, &value));
            }
        }
        Ok(code)
    }

    /// The first play that has the host, and the task in it.
    fn place(&self, session: &Session, plays: &[Arc<Play>]) -> Result<(Arc<Play>, Option<Arc<Task>>)> {
        for play in plays {
            let context =
                Arc::new(PlayContext::new(play.clone(), String::new(), &play.dir, Vec::new(), Variables::default()));
            let scope: Arc<dyn Scope> = session.vars.play_scope(&context, None)?;
            let patterns = match session.language.jinja.render(&play.hosts, &scope)? {
                Value::List(list) => list.iter().map(ToString::to_string).collect(),
                one => vec![one.to_string()],
            };
            let selection = session.vars.inventory().select(&patterns, session.limit.as_ref())?;
            if !selection.hosts.iter().any(|host| **host == *self.host) {
                continue;
            }
            let Some(wanted) = &self.task else { return Ok((play.clone(), None)) };
            let mut tasks = Vec::new();
            play.sections.iter().flat_map(|section| &section.steps).for_each(|step| collect(step, &mut tasks));
            tasks.extend(play.handlers.iter().cloned());
            let called =
                |task: &&Arc<Task>| task.name.as_ref().is_some_and(|name| name.as_written().to_string() == *wanted);
            if let Some(task) = tasks.iter().find(called) {
                return Ok((play.clone(), Some(task.clone())));
            }
        }
        Err(match &self.task {
            Some(task) => Diagnostic::error(format!("no play with `{}` has a task called `{task}`", self.host)),
            None => Diagnostic::error(format!("no play of the playbook has the host `{}`", self.host)),
        }
        .boxed())
    }

    /// What the strongest definition comes to.
    fn value(&self, session: &Session, scope: &Arc<HostScope>, name: &str) -> Result<Value> {
        let whole: Arc<dyn Scope> = scope.clone();
        match scope.get(name) {
            Some(Binding::Templated(Templated::Vault(_))) => Ok("(encrypted)".into()),
            Some(Binding::Templated(value)) => session.language.jinja.render(&value, &whole),
            _ => Ok(Value::Null),
        }
    }
}

fn collect(step: &Step, tasks: &mut Vec<Arc<Task>>) {
    match step {
        Step::Task(task) => tasks.push(task.clone()),
        Step::Block(block) => {
            block.block.iter().chain(&block.rescue).chain(&block.always).for_each(|step| collect(step, tasks));
        }
        Step::RoleEnd(_) => {}
    }
}

/// A definition as it is written; what is encrypted stays so.
fn written(definition: &Definition) -> String {
    match &definition.variable.value {
        Templated::Vault(_) => "(encrypted)".to_owned(),
        value => value.as_written().to_json(),
    }
}

fn text(host: &str, name: &str, definitions: &[Definition], value: &Result<Value>) -> String {
    let mut out = match value {
        Ok(value) => format!("{name} of {host} is {}\n", value.to_json()),
        Err(e) => format!("{name} of {host} cannot be rendered\n{}\n", render(e, false)),
    };
    for (number, definition) in definitions.iter().enumerate() {
        out.push_str(&format!("  {}. {definition}: {}\n", number + 1, written(definition)));
    }
    out
}

fn json(host: &str, name: &str, definitions: &[Definition], value: &Result<Value>) -> Value {
    let one = |definition: &Definition| {
        let place = definition.variable.place.as_ref();
        Value::from(Map::from_iter([
            ("layer", Value::from(definition.layer.to_string())),
            ("path", place.map(|place| place.path().display().to_string()).into()),
            ("line", place.map(|place| place.line()).into()),
            ("column", place.map(|place| place.column()).into()),
            ("written", written(definition).into()),
        ]))
    };
    let mut out = Map::from_iter([("host", Value::from(host)), ("name", name.into())]);
    match value {
        Ok(value) => out.set("value", value.clone()),
        Err(e) => out.set("error", e.to_string()),
    };
    out.set("definitions", definitions.iter().map(one).collect::<Value>());
    out.into()
}

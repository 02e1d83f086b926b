//! `hostler inventory`: hosts, groups and their variables, as ansible-inventory prints them. Under that name the program is this
//! subcommand.

mod graph;
mod listing;
mod values;

use super::exit;
use super::flags::{InventoryFlags, VaultFlags};
use super::session::{Session, loaded, run_facts};
use crate::config::absolute;
use crate::diagnostic::{Diagnostic, Result};
use crate::inventory::{Group, Host, HostName};
use crate::report::python_json;
use crate::run::RunOptions;
use crate::vars::VarStore;
use crate::yaml::{EmitOptions, emit};
use clap::{ArgAction, Args};
use hostler_sdk::{Map, Value};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Flags of `hostler inventory`.
#[derive(Args, Debug)]
pub struct Inventory {
    /// Group that `--graph` starts at
    #[arg(value_name = "GROUP")]
    group: Option<String>,
    /// Show all hosts and groups
    #[arg(long)]
    list: bool,
    /// Show the variables of one host
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Show groups and hosts as a tree
    #[arg(long)]
    graph: bool,
    /// As YAML
    #[arg(short = 'y', long)]
    yaml: bool,
    /// As TOML
    #[arg(long, conflicts_with = "yaml")]
    toml: bool,
    /// With the variables, in the tree
    #[arg(long)]
    vars: bool,
    /// Groups with their own variables and hosts with theirs, rather than hosts with all of them
    #[arg(long)]
    export: bool,
    /// Write to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Directory that stands for a playbook's: its `group_vars/` and `host_vars/` are read
    #[arg(long, value_name = "DIRECTORY")]
    playbook_dir: Option<PathBuf>,
    #[command(flatten)]
    inventory: InventoryFlags,
    #[command(flatten)]
    vault: VaultFlags,
    /// More detail (there is none to give)
    #[arg(short = 'v', long, action = ArgAction::Count, hide = true)]
    verbose: u8,
}

impl Inventory {
    /// Prints and gives the exit code.
    pub fn run(&self) -> u8 {
        let actions = [self.list, self.host.is_some(), self.graph].iter().filter(|chosen| **chosen).count();
        let wrong = match actions {
            0 => "No action selected, at least one of --host, --graph or --list needs to be specified.",
            1 => return self.done().unwrap_or_else(|e| told(&e, exit::ERROR)),
            _ => "Conflicting options used, only one of --host, --graph or --list can be used at the same time.",
        };
        told(&Diagnostic::error(wrong), exit::OPTIONS)
    }

    fn done(&self) -> Result<u8> {
        let mut settings = loaded()?;
        self.inventory.apply(&mut settings);
        self.vault.apply(&mut settings);
        let given = self
            .playbook_dir
            .as_ref()
            .map(|dir| absolute(&dir.to_string_lossy(), &settings.around.cwd, &settings.around));
        let given = given.or_else(|| (*settings.playbook_dir).clone());
        let dir = Arc::new(given.clone().unwrap_or_else(|| settings.around.cwd.clone()));
        let export = self.export || *settings.inventory_export;
        let session = Session::open(settings, &self.inventory, &run_facts(&RunOptions::default()))?;
        let inventory = session.vars.inventory();
        let mut view = View {
            store: session.vars.clone(),
            dir,
            extra_dir: given,
            export,
            marks: !(self.graph || self.yaml || self.toml),
            hosts: HashSet::new(),
            order: Vec::new(),
        };
        let text = if let Some(pattern) = &self.host {
            let selection = inventory.select([pattern], None)?;
            let [host] = selection.hosts.as_slice() else {
                selection.warnings.iter().for_each(super::complain);
                let wrong = Diagnostic::error("You must pass a single valid host to --host parameter");
                return Ok(told(&wrong, exit::OPTIONS));
            };
            let host = inventory.host(host).ok_or_else(|| Diagnostic::error("the host is gone").boxed())?;
            self.text(&view.host(&host)?.into())?
        } else {
            let selection = inventory.select(["all"], session.limit.as_ref())?;
            selection.warnings.iter().for_each(super::complain);
            view.order.clone_from(&selection.hosts);
            view.hosts = selection.hosts.into_iter().collect();
            if self.graph {
                let name = self.group.as_deref().unwrap_or("all");
                let Some(group) = inventory.group(name) else {
                    let wrong = Diagnostic::error("Pattern must be valid group name when using --graph")
                        .nearest(name, inventory.groups().map(|group| &*group.name));
                    return Ok(told(&wrong, exit::OPTIONS));
                };
                graph::text(&inventory, group, &view, self.vars)?
            } else if self.yaml {
                self.text(&listing::nested(&inventory, &view)?)?
            } else if self.toml {
                self.text(&listing::tables(&inventory, &view)?)?
            } else {
                self.text(&listing::flat(&inventory, &view)?)?
            }
        };
        session.vars.take_warnings().iter().for_each(super::complain);
        match &self.output {
            None => println!("{}", text.strip_suffix('\n').unwrap_or(&text)),
            Some(file) => std::fs::write(file, text).map_err(|e| {
                let what = format!("Unable to write to destination file '{}'.", file.display());
                Diagnostic::error(what).cause(e.to_string()).boxed()
            })?,
        }
        Ok(exit::OK)
    }

    /// A value in the format that was asked for.
    fn text(&self, value: &Value) -> Result<String> {
        if self.yaml {
            return Ok(emit(value, &EmitOptions { vaults: true, ..EmitOptions::default() }));
        }
        if self.toml {
            return toml::to_string(value).map_err(|e| {
                Diagnostic::error("the inventory cannot be written as TOML").cause(e.to_string()).boxed()
            });
        }
        Ok(python_json(value, Some(4)))
    }
}

fn told(wrong: &Diagnostic, code: u8) -> u8 {
    super::complain(wrong);
    code
}

/// What is shown of hosts and groups.
struct View {
    store: Arc<VarStore>,
    /// Stands for the playbook's directory.
    dir: Arc<PathBuf>,
    /// The same when it was given.
    extra_dir: Option<PathBuf>,
    export: bool,
    /// Whether what is encrypted or no template is marked, as JSON needs it.
    marks: bool,
    /// The hosts within the limit.
    hosts: HashSet<HostName>,
    order: Vec<HostName>,
}

impl View {
    /// A host's variables.
    fn host(&self, host: &Arc<Host>) -> Result<Map> {
        let variables = if self.export {
            self.store.listed_of_host(host, self.extra_dir.as_deref())?
        } else {
            self.store.listed(host, &self.dir)?
        };
        Ok(values::mapping(&variables, self.marks))
    }

    /// A group's own variables.
    fn group(&self, group: &Group) -> Result<Map> {
        Ok(values::mapping(&self.store.listed_of_group(group, self.extra_dir.as_deref())?, self.marks))
    }
}

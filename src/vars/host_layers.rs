//! The layers that inventory and files give a host, strongest first. Made once for a host and a playbook directory; the maps in
//! them belong to the inventory and to the files read, and are shared.

use super::beside::{Beside, Kind};
use super::definition::{Layer, Layered, Source};
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::inventory::{Group, Host, Inventory, Texts};
use crate::template::{Variable, Variables};
use hostler_sdk::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is needed to find the layers of a host.
pub(super) struct Finder<'a> {
    pub inventory: &'a Inventory,
    pub beside: &'a Beside,
    /// Directories of the inventory sources, in order.
    pub sources: &'a [PathBuf],
    /// The playbook's directory.
    pub dir: &'a Path,
    /// `precedence` of the settings, weakest first.
    pub precedence: &'a [String],
    pub texts: &'a dyn Texts,
    /// The controller's Python (`ansible_playbook_python`), where there is one.
    pub python: Option<&'a Value>,
}

impl Finder<'_> {
    /// The layers of a host, strongest first.
    pub fn layers(&self, host: &Arc<Host>, warnings: &mut Vec<Diagnostic>) -> Result<Vec<Layered>> {
        let mut layers = Vec::new();
        let all: Vec<Arc<Group>> = self.inventory.group("all").cloned().into_iter().collect();
        let groups = self.inventory.groups_of(&host.name);
        let inventory = self.sources;
        let play = std::slice::from_ref(&self.dir.to_owned()).to_vec();
        for entry in self.precedence {
            match entry.as_str() {
                "all_inventory" => layers.extend(all.iter().map(of_group)),
                "groups_inventory" => layers.extend(groups.iter().map(of_group)),
                "all_plugins_inventory" => {
                    self.files(inventory, &all, Layer::InventoryGroupVars, &mut layers, warnings)?
                }
                "groups_plugins_inventory" => {
                    self.files(inventory, &groups, Layer::InventoryGroupVars, &mut layers, warnings)?
                }
                "all_plugins_play" => self.files(&play, &all, Layer::PlayGroupVars, &mut layers, warnings)?,
                "groups_plugins_play" => self.files(&play, &groups, Layer::PlayGroupVars, &mut layers, warnings)?,
                other => {
                    let what = format!("ignoring the unknown entry `{other}` of the setting `precedence`");
                    if !warnings.iter().any(|w| w.what == what) {
                        warnings.push(Diagnostic::warning(what));
                    }
                }
            }
        }
        layers.push(Layered { layer: Layer::InventoryHost, vars: Source::Vars(self.own(host)) });
        layers.push(Layered { layer: Layer::InventoryHost, vars: Source::Host(host.clone()) });
        for (bases, layer) in [(inventory, Layer::InventoryHostVars), (play.as_slice(), Layer::PlayHostVars)] {
            for base in bases {
                let files = self.beside.vars(base, Kind::Host, &host.name, self.texts, warnings)?;
                layers.extend(
                    files.iter().map(|vars| Layered { layer: layer.clone(), vars: Source::Vars(vars.clone()) }),
                );
            }
        }
        layers.retain(|layered| !layered.vars().is_empty());
        layers.reverse();
        Ok(layers)
    }

    /// `group_vars/` of groups in directories, weakest first: a later directory beats an earlier one for all groups.
    fn files(
        &self,
        bases: &[PathBuf],
        groups: &[Arc<Group>],
        layer: fn(String) -> Layer,
        layers: &mut Vec<Layered>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        for base in bases {
            for group in groups {
                let files = self.beside.vars(base, Kind::Group, &group.name, self.texts, warnings)?;
                let name = group.name.to_string();
                layers.extend(
                    files.iter().map(|vars| Layered { layer: layer(name.clone()), vars: Source::Vars(vars.clone()) }),
                );
            }
        }
        Ok(())
    }

    /// What a host has by being one: its names, its groups, where it was found.
    fn own(&self, host: &Host) -> Arc<Variables> {
        let mut vars = Variables::default();
        let none: Option<Place> = None;
        vars.set("inventory_hostname", Value::Str(host.name.clone()), none.clone());
        vars.set("inventory_hostname_short", host.short_name(), none.clone());
        let names: Value = self.inventory.group_names(&host.name).into_iter().map(Value::Str).collect();
        vars.set("group_names", names, none.clone());
        if host.implicit {
            vars.0.extend(self.python.map(|python| {
                let value = python.clone().into();
                ("ansible_python_interpreter".into(), Variable { value, place: none })
            }));
        } else {
            let source = host.source.clone();
            let dir = source.as_deref().and_then(|source| {
                let path = Path::new(source);
                if path.is_dir() {
                    Some(path.to_owned())
                } else {
                    path.parent().filter(|_| path.exists()).map(Path::to_owned)
                }
            });
            vars.set("inventory_file", Value::from(source), none.clone());
            vars.set("inventory_dir", Value::from(dir.map(|d| d.display().to_string())), none);
        }
        Arc::new(vars)
    }
}

fn of_group(group: &Arc<Group>) -> Layered {
    Layered { layer: Layer::InventoryGroup(group.name.to_string()), vars: Source::Group(group.clone()) }
}

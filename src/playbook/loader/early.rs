//! Templates that are needed while loading: names of imported files and roles. They may use variables of the play, of roles and
//! of the command line; facts and inventory are not there yet.

use super::reading::Reading;
use crate::diagnostic::{Diagnostic, Place};
use crate::playbook::Site;
use crate::template::{Binding, Scope, Templated, Variable, Variables};
use crate::yaml::Node;
use std::path::PathBuf;
use std::sync::Arc;

/// Variables known while loading, first the strongest.
#[derive(Debug)]
struct Early {
    layers: Vec<Arc<Variables>>,
    search: Vec<PathBuf>,
}

impl Early {
    fn variable(&self, name: &str) -> Option<&Variable> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }
}

impl Scope for Early {
    fn get(&self, name: &str) -> Option<Binding> {
        self.variable(name).map(|v| Binding::Templated(v.value.clone()))
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.layers.iter().flat_map(|layer| layer.0.keys().cloned()).collect()
    }
    fn origin(&self, name: &str) -> Option<String> {
        self.variable(name)?.place.as_ref().map(ToString::to_string)
    }
    fn search_path(&self) -> Vec<PathBuf> {
        self.search.clone()
    }
}

impl Reading<'_> {
    /// The text of a value that is needed now; `what` says what it is: "the name of an imported file".
    pub fn early(
        &mut self,
        value: &Templated,
        place: &Place,
        site: &Site,
        own: Option<&Arc<Variables>>,
        what: &str,
    ) -> Option<String> {
        if let Templated::Value(value) = value {
            return Some(value.to_string());
        }
        let directory = || Variable { value: site.playbook_dir.display().to_string().into(), place: None };
        let magic = Variables([("playbook_dir".into(), directory())].into_iter().collect());
        let mut layers = vec![self.loader.options.extra.clone()];
        layers.extend(site.include_params.iter().rev().cloned());
        if let Some(role) = &site.role {
            layers.push(role.params.clone());
        }
        layers.extend(own.cloned());
        layers.extend(site.vars.iter().rev().cloned());
        if let Some(role) = &site.role {
            layers.push(role.vars.clone());
        }
        layers.push(site.play_vars.clone());
        if let Some(role) = &site.role {
            let path = Variable { value: role.path.display().to_string().into(), place: None };
            let name = Variable { value: role.name.as_str().into(), place: None };
            let own =
                [("role_path".into(), path), ("role_name".into(), name.clone()), ("ansible_role_name".into(), name)];
            layers.push(Arc::new(Variables(own.into_iter().collect())));
            layers.push(role.defaults.clone());
        }
        layers.push(Arc::new(magic));
        let mut search: Vec<PathBuf> = site.role.iter().map(|r| r.path.clone()).collect();
        search.push(site.playbook_dir.clone());
        let scope: Arc<dyn Scope> = Arc::new(Early { layers, search });
        match self.loader.templates.render(value, &scope) {
            Ok(value) => Some(value.to_string()),
            Err(cause) => {
                let mut error = Diagnostic::error(format!("could not work out {what}")).cause(cause.what.clone());
                if let Some(more) = &cause.cause {
                    error = error.note(more.clone());
                }
                self.errors.push(error.at(place, "").hint(
                    "this is worked out before any host is known: use variables of the play or `-e`, an include, or `package` for what differs by host",
                ));
                None
            }
        }
    }

    /// The same for a scalar node.
    pub fn early_node(&mut self, node: &Node, site: &Site, own: Option<&Arc<Variables>>, what: &str) -> Option<String> {
        let value = self.templated(node)?;
        self.early(&value, &node.place, site, own, what)
    }
}

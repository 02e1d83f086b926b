//! Entries of `roles:` and of a role's dependencies: a name, or a mapping with keywords and parameters.

use super::include::FromFiles;
use super::reading::Reading;
use super::role::RoleCall;
use super::vocabulary::Object;
use crate::playbook::{OwnKeywords, Site};
use crate::template::Variables;
use crate::yaml::Node;
use std::sync::Arc;

impl Reading<'_> {
    /// Reads one entry.
    pub fn role_use(&mut self, node: &Node, site: &Arc<Site>) -> Option<RoleCall> {
        let mut own = OwnKeywords::default();
        let mut params = Variables::default();
        let name_node = if node.as_map().is_some() {
            let entries = self.entries(node, Object::RoleUse)?;
            own = self.own(entries, Object::RoleUse, |_| true);
            for (key, value) in entries {
                if key.as_str().is_some_and(|name| Object::RoleUse.shape(name).is_none()) {
                    self.parameter(&mut params, key, value);
                }
            }
            node.get("role").or_else(|| node.get("name")).or_else(|| node.get("src"))
        } else {
            Some(node)
        };
        let Some(name_node) = name_node.filter(|n| n.written().is_some() && !n.is_null()) else {
            self.error("role definitions must contain a role name", &node.place, "");
            return None;
        };
        let name = self.early_node(name_node, site, own.vars.as_ref(), "the name of a role")?;
        if node.as_map().is_none() && name.contains(',') {
            self.error(format!("Invalid old style role requirement: {name}"), &name_node.place, "");
            return None;
        }
        Some(RoleCall {
            name,
            place: name_node.place.clone(),
            own,
            params: Arc::new(params),
            from: FromFiles::default(),
            allow_duplicates: None,
            public: self.loader.options.private.is_none_or(|private| !private),
            validate: true,
            beside: None,
        })
    }
}

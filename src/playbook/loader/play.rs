//! One play.

use super::include::handlers;
use super::playbook::Imported;
use super::reading::Reading;
use super::role::For;
use super::variables::layered;
use super::vocabulary::{Object, Shape};
use crate::diagnostic::Diagnostic;
use crate::playbook::{Play, Section, Site, Step};
use crate::template::Templated;
use crate::yaml::Node;
use hostler_sdk::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Reading<'_> {
    /// Reads a play of a playbook in `folder`; `imported` is what the `import_playbook`s around it add.
    pub fn play(&mut self, node: &Node, folder: &Path, imported: &Imported) -> Option<Arc<Play>> {
        let entries = self.entries(node, Object::Play)?;
        if let (Some((user, _)), Some((remote, _))) = (node.entry("user"), node.entry("remote_user")) {
            let error = Diagnostic::error(
                "both 'user' and 'remote_user' are set for this play. The use of 'user' is deprecated, and should be removed",
            );
            self.errors.push(error.at(&user.place, "").at(&remote.place, ""));
        }
        let own = self.own(entries, Object::Play, |_| false);
        let vars = layered(own.vars.iter().chain([&imported.vars]));
        let mut keywords = own.keywords;
        keywords.when.splice(0..0, imported.when.iter().cloned());
        keywords.tags.extend(imported.tags.iter().cloned());
        let mut site = Site {
            playbook_dir: folder.to_owned(),
            keywords: keywords.clone(),
            play_vars: vars.clone(),
            ..Site::default()
        };
        let hosts = self.hosts(node);
        let vars_files = self.vars_files(node, &mut site);
        let site = Arc::new(site);

        let mut role_steps = Vec::new();
        let mut all_handlers = Vec::new();
        let mut roles = Vec::new();
        let listed = match node.get("roles") {
            Some(list) if list.as_list().is_none() && !list.is_null() => {
                self.error("A malformed role declaration was encountered.", &list.place, "this is no list");
                &[]
            }
            Some(list) => self.list(list, "`roles`"),
            None => &[],
        };
        for item in listed {
            let Some(call) = self.role_use(item, &site) else { continue };
            if let Some(loaded) = self.role(&call, &site, For::Play) {
                role_steps.extend(loaded.steps);
                all_handlers.extend(loaded.handlers);
                roles.push(loaded.role);
            }
        }
        let section = |reading: &mut Self, name: &'static str| {
            let steps = node.get(name).map(|list| reading.section(name, list, &site)).unwrap_or_default();
            Section { name, steps }
        };
        let pre_tasks = section(self, "pre_tasks");
        let tasks = section(self, "tasks");
        let post_tasks = section(self, "post_tasks");
        if let Some(list) = node.get("handlers") {
            let inside = Arc::new(Site { handlers: true, ..(*site).clone() });
            all_handlers.extend(handlers(&self.section("handlers", list, &inside)));
        }
        all_handlers.append(&mut self.imported_handlers);
        roles.append(&mut self.imported_roles);
        let sections = vec![pre_tasks, Section { name: "roles", steps: role_steps }, tasks, post_tasks];

        let vars_prompt = node.get("vars_prompt").map(|list| self.prompts(list)).unwrap_or_default();
        let mut value = |name: &str| {
            let (key, node) = node.entry(name)?;
            match Object::Play.shape(name)? {
                // Numbers and percentages, or a list of them.
                Shape::Texts if !node.is_null() => self.templated(node),
                shape => self.keyword(key, node, shape),
            }
        };
        Some(Arc::new(Play {
            name: value("name"),
            place: node.place.clone(),
            dir: folder.to_owned(),
            gather_facts: value("gather_facts"),
            gather_subset: value("gather_subset"),
            gather_timeout: value("gather_timeout"),
            fact_path: value("fact_path"),
            strategy: value("strategy"),
            serial: value("serial"),
            max_fail_percentage: value("max_fail_percentage"),
            force_handlers: value("force_handlers"),
            order: value("order"),
            hosts: hosts?,
            keywords,
            vars,
            vars_files,
            vars_prompt,
            sections,
            handlers: all_handlers,
            roles,
        }))
    }

    fn section(&mut self, name: &str, list: &Node, site: &Arc<Site>) -> Vec<Step> {
        if list.as_list().is_none() && !list.is_null() {
            let shown = list.written().map(ToString::to_string).unwrap_or_else(|| list.kind().to_owned());
            let what =
                format!("A malformed block was encountered while loading {name}: {shown} should be a list or None");
            self.error(what, &list.place, "");
            return Vec::new();
        }
        self.steps(list, site)
    }

    fn hosts(&mut self, node: &Node) -> Option<Templated> {
        let Some((key, hosts)) = node.entry("hosts") else {
            self.error("a play needs `hosts`", &node.place, "this play has none");
            return None;
        };
        let items = hosts.as_list().unwrap_or_else(|| std::slice::from_ref(hosts));
        let bad = items.iter().find(|item| item.written().is_none_or(|w| w.trim().is_empty()) || item.is_null());
        if items.is_empty() || bad.is_some() {
            let place = bad.map_or(&key.place, |item| &item.place).clone();
            self.error("Hosts list cannot be empty. Please check your playbook", &place, "");
            return None;
        }
        self.templated(hosts)
    }

    /// `vars_files:`; those that can be read now are, because names of imports may use what is in them.
    fn vars_files(&mut self, node: &Node, site: &mut Site) -> Vec<Templated> {
        let Some(list) = node.get("vars_files").filter(|n| !n.is_null()) else {
            return Vec::new();
        };
        let items = list.as_list().unwrap_or_else(|| std::slice::from_ref(list));
        let mut out = Vec::new();
        for item in items {
            let Some(value) = self.templated(item) else { continue };
            let choices: Vec<String> = match &value {
                Templated::Value(Value::Str(name)) => vec![name.to_string()],
                Templated::Value(Value::List(names)) => names.iter().map(Value::to_string).collect(),
                // Names with templates are found when hosts are known.
                _ => Vec::new(),
            };
            if !choices.is_empty() {
                let folders = [site.playbook_dir.join("vars"), site.playbook_dir.clone()];
                let found = choices.iter().find_map(|name| super::find::first_file(&folders, name).ok());
                match found {
                    Some(path) => {
                        let vars = self.variables_file(&path);
                        site.play_vars = layered([&site.play_vars, &vars]);
                    }
                    None => {
                        let tried: Vec<PathBuf> = folders.iter().map(|f| f.join(&choices[0])).collect();
                        let error = Diagnostic::error(format!(
                            "could not find the file of variables `{}`",
                            choices.join("`, `")
                        ))
                        .at(&item.place, "")
                        .note(format!("looked for {}", super::find::listed(&tried)));
                        self.errors.push(error);
                    }
                }
            }
            out.push(value);
        }
        out
    }
}

//! `import_tasks` and `import_role`: resolved while loading; what they bring inherits everything the import says.

use super::action::{Static, Written, short};
use super::find::listed;
use super::include::FromFiles;
use super::reading::Reading;
use super::role::{For, RoleCall};
use super::vocabulary::Object;
use crate::diagnostic::Diagnostic;
use crate::playbook::{OwnKeywords, Site, Step};
use crate::template::Templated;
use crate::yaml::Node;
use hostler_sdk::FromValue;
use std::sync::Arc;

/// Keywords of tasks that an import cannot have a use for.
const WITHOUT_EFFECT: [&str; 9] =
    ["register", "until", "retries", "delay", "changed_when", "failed_when", "async", "poll", "loop_control"];

impl Reading<'_> {
    /// The steps an import stands for.
    pub fn import(
        &mut self,
        what: Static,
        node: &Node,
        entries: &[(Node, Node)],
        written: &Written<'_>,
        site: &Arc<Site>,
    ) -> Vec<Step> {
        let name = short(&written.name);
        let own = self.own(entries, Object::Handler, |name| Self::is_action_key(written, name));
        for (key, _) in entries {
            let Some(word) = key.as_str() else { continue };
            if word == "loop" || word.starts_with("with_") {
                let error = Diagnostic::error(format!("you cannot use loops on `{name}`"))
                    .at(&key.place, "")
                    .hint(format!("use `{}` instead", name.replace("import", "include")));
                self.errors.push(error);
            } else if WITHOUT_EFFECT.contains(&word) {
                self.loader
                    .warn([Diagnostic::warning(format!("`{word}` has no effect on `{name}`")).at(&key.place, "")]);
            }
        }
        let args_node = entries.iter().find(|(key, _)| key.as_str() == Some("args")).map(|(_, value)| value);
        let Some(args) = self.arguments(written, args_node) else {
            return Vec::new();
        };
        let given = |wanted: &str| args.get(wanted).cloned();
        let place = written.value.place.clone();
        match what {
            Static::Tasks => {
                self.known(name, &["file", "_raw_params"], &args.places);
                let Some(file) = args.free.clone().or_else(|| given("_raw_params")).or_else(|| given("file")) else {
                    self.error(format!("No file specified for {}", written.name), &written.key.place, "");
                    return Vec::new();
                };
                let what = "the name of an imported file";
                let Some(file) = self.early(&file, &place, site, own.vars.as_ref(), what) else {
                    return Vec::new();
                };
                self.import_file(&file, node, written, &own, site)
            }
            Static::Role => {
                if site.handlers {
                    self.error(format!("Using '{name}' as a handler is not supported."), &written.key.place, "");
                    return Vec::new();
                }
                let names = ["name", "role", "public", "allow_duplicates", "rolespec_validate"];
                self.known(name, &[&names[..], &FromFiles::NAMES[..]].concat(), &args.places);
                self.check_from(&args, &written.key.place);
                let mut text = |argument: &str| -> Option<String> {
                    let value = given(argument)?;
                    self.early(&value, &place, site, own.vars.as_ref(), &format!("`{argument}` of an imported role"))
                };
                let Some(role) = text("name").or_else(|| text("role")) else {
                    self.error(format!("`name` is a required field for `{name}`"), &written.key.place, "");
                    return Vec::new();
                };
                let from = FromFiles {
                    tasks: text("tasks_from"),
                    vars: text("vars_from"),
                    defaults: text("defaults_from"),
                    handlers: text("handlers_from"),
                };
                let shown = self.loader.options.private.is_none_or(|private| !private);
                let mut flag = |argument: &str, default: bool| match given(argument) {
                    Some(Templated::Value(value)) => bool::from_value(&value).unwrap_or_else(|_| {
                        self.error(format!("`{argument}` must be a boolean"), &place, "");
                        default
                    }),
                    Some(other) => self
                        .early(&other, &place, site, own.vars.as_ref(), &format!("`{argument}` of an imported role"))
                        .and_then(|text| bool::from_value(&text.into()).ok())
                        .unwrap_or(default),
                    None => default,
                };
                let call = RoleCall {
                    name: role,
                    place: place.clone(),
                    own: OwnKeywords { vars: own.vars.clone(), ..OwnKeywords::default() },
                    params: Arc::default(),
                    from,
                    allow_duplicates: Some(flag("allow_duplicates", true)),
                    public: flag("public", shown),
                    validate: flag("rolespec_validate", true),
                    beside: None,
                };
                let around = Arc::new(site.inside(&own));
                let Some(loaded) = self.role(&call, &around, For::Task(site.role.as_ref())) else {
                    return Vec::new();
                };
                self.imported_roles.push(loaded.role);
                self.imported_handlers.extend(loaded.handlers);
                loaded.steps
            }
        }
    }

    fn import_file(
        &mut self,
        file: &str,
        node: &Node,
        written: &Written<'_>,
        own: &OwnKeywords,
        site: &Arc<Site>,
    ) -> Vec<Step> {
        let path = match self.tasks_file(file, site) {
            Ok(path) => path,
            Err(tried) => {
                let error = Diagnostic::error(format!("Could not find or access '{file}' on the Ansible Controller."))
                    .at(&written.value.place, "")
                    .note(format!("looked for {}", listed(&tried)));
                self.errors.push(error);
                return Vec::new();
            }
        };
        let inner = site.inside(own);
        let read = |reading: &mut Self| Some(reading.steps_file(&path, &inner));
        self.within(path.clone(), &node.place, read).unwrap_or_default()
    }

    /// Arguments an import or include does not have are errors.
    fn known(&mut self, name: &str, words: &[&str], places: &[(String, crate::diagnostic::Place)]) {
        for (word, place) in places.iter().filter(|(word, _)| !words.contains(&word.as_str())) {
            let error = Diagnostic::error(format!("Invalid options for {name}: {word}")).at(place, "");
            self.errors.push(error.nearest(word, words.iter().copied()));
        }
    }
}

//! A role's argument specification: the role begins with a task that checks its variables against it.

use super::reading::Reading;
use crate::diagnostic::Place;
use crate::playbook::{ActionCall, Keywords, Role, Site, Step, Task};
use crate::template::{Templated, TemplatedKey};
use crate::yaml::Node;
use hostler_sdk::{Key, Map, Value};
use std::sync::Arc;

const MODULE: &str = "ansible.builtin.validate_argument_spec";

impl Reading<'_> {
    /// The task that checks the arguments of a role's entry point; `None` when nothing is specified for it. `meta` is what the
    /// role's `meta/main.yml` has under `argument_specs`, which a file of their own stands above.
    pub fn validation(
        &mut self,
        role: &Arc<Role>,
        entry: &str,
        meta: Option<&Node>,
        inner: &Site,
        place: &Place,
    ) -> Option<Step> {
        let files = ["yml", "yaml", "json"].map(|ending| role.path.join(format!("meta/argument_specs.{ending}")));
        let separate = match files.iter().find(|path| path.is_file()) {
            Some(path) => self.file(path),
            None => None,
        };
        let specs = separate.as_ref().map_or(meta, |file| file.get("argument_specs"))?;
        let spec = specs.get(entry).filter(|node| !node.is_null())?;
        let module = self.loader.catalogue.find(MODULE)?;
        let options = match spec.get("options") {
            Some(options) => self.templated(options)?,
            None => Templated::Value(Map::new().into()),
        };
        let params = role.params.0.iter();
        let params = params.map(|(name, v)| (TemplatedKey::Key(Key::from(&**name)), v.value.clone())).collect();
        let context = Map::from_iter([
            ("type", Value::from("role")),
            ("name", role.name.as_str().into()),
            ("argument_spec_name", entry.into()),
            ("path", role.path.display().to_string().into()),
        ]);
        let key = |name: &str| TemplatedKey::Key(Key::from(name));
        let args = vec![
            (key("argument_spec"), options),
            (key("provided_arguments"), Templated::Map(Arc::new(params))),
            (key("validate_args_context"), Templated::Value(context.into())),
        ];
        let mut name = format!("Validating arguments against arg spec '{entry}'");
        if let Some(short) = spec.get("short_description").and_then(Node::as_str) {
            name = format!("{name} - {short}");
        }
        let action = ActionCall::plain(MODULE, module, place.clone(), Templated::Map(Arc::new(args)));
        Some(Step::Task(Arc::new(Task {
            name: Some(name.into()),
            keywords: inner.keywords.with(Keywords { tags: vec!["always".into()], ..Keywords::default() }),
            vars: inner.vars.clone(),
            include_params: inner.include_params.clone(),
            delegate_to: inner.delegate_to.clone(),
            delegate_facts: inner.delegate_facts.clone(),
            role: Some(role.clone()),
            site: Arc::new(inner.clone()),
            ..Task::bare(self.loader.id(), spec.place.clone(), action)
        })))
    }
}

//! Tasks that plays have without anybody writing them: fact gathering, the flushing of handlers, the ends of roles.

use super::meta::Meta;
use super::steps::Work;
use crate::actions;
use crate::diagnostic::{Diagnostic, Result};
use crate::playbook::{ActionCall, Keywords, Play, Role, Task};
use crate::template::{Templated, TemplatedKey};
use crate::vars::is_fact;
use hostler_sdk::{Key, Map, ModuleSpec, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ids of implicit tasks, far from those of written ones.
static NEXT: AtomicU64 = AtomicU64::new(1 << 63);

fn task(play: &Play, spec: &'static ModuleSpec, args: Templated, keywords: Keywords, role: Option<Arc<Role>>) -> Task {
    let action = ActionCall {
        written: spec.name.to_owned(),
        spec,
        place: play.place.clone(),
        args,
        base: None,
        arg_places: Vec::new(),
        apply: None,
        expressions: Vec::new(),
    };
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    Task { keywords, role, implicit: true, ..Task::bare(id, play.place.clone(), action) }
}

fn spec(name: &str) -> Result<&'static ModuleSpec> {
    let found = actions::find(name).map(|action| action.spec);
    found.or_else(|| hostler_sdk::find(name).map(|module| module.spec)).ok_or_else(|| {
        Diagnostic::error(format!("couldn't resolve module/action '{name}'"))
            .cause("it is not part of this program")
            .boxed()
    })
}

/// What `setup` says of itself among the facts.
const OWN: [&str; 2] = ["gather_subset", "module_setup"];

/// A `meta` task.
pub(super) fn meta(play: &Play, what: Meta, role: Option<Arc<Role>>) -> Result<Work> {
    let spec = spec("meta")?;
    let args = Map::from_iter(spec.free_form.map(|name| (name, what.word())));
    Ok(Arc::new(task(play, spec, Templated::Value(args.into()), Keywords::default(), role)))
}

/// The gathering of facts at the start of a play: of all facts, or of some by their names without the prefix.
pub(super) fn gather(play: &Play, asked: Option<&BTreeSet<String>>) -> Result<Work> {
    let given = [
        ("gather_subset", &play.gather_subset),
        ("gather_timeout", &play.gather_timeout),
        ("fact_path", &play.fact_path),
    ];
    let filter = asked.map(|names| {
        let facts = names.iter().map(|name| format!("ansible_{name}")).filter(|name| is_fact(name));
        Value::from_iter(facts.chain(OWN.map(str::to_owned)))
    });
    let pairs: Vec<(TemplatedKey, Templated)> = given
        .iter()
        .filter_map(|(name, value)| Option::clone(value).map(|value| (TemplatedKey::Key(Key::from(*name)), value)))
        .chain(filter.map(|filter| (TemplatedKey::Key("filter".into()), filter.into())))
        .collect();
    let args = if pairs.is_empty() { Templated::Value(Map::new().into()) } else { Templated::Map(Arc::new(pairs)) };
    let mut keywords = play.keywords.clone();
    // Gathering facts once would give all hosts the facts of one.
    keywords.run_once = None;
    if keywords.tags.is_empty() {
        keywords.tags.push("always".into());
    }
    let gather = task(play, spec("gather_facts")?, args, keywords, None);
    Ok(Arc::new(Task { name: Some("Gathering Facts".into()), ..gather }))
}

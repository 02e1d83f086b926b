//! Lists of tasks, and blocks.

use super::lateness::Mistakes;
use super::reading::Reading;
use super::vocabulary::Object;
use crate::diagnostic::Diagnostic;
use crate::playbook::{Block, Site, Step};
use crate::yaml::Node;
use std::path::Path;
use std::sync::Arc;

/// The keywords that make an entry a block.
const PARTS: [&str; 3] = ["block", "rescue", "always"];

impl Reading<'_> {
    /// The steps of a list of tasks and blocks.
    pub fn steps(&mut self, node: &Node, site: &Arc<Site>) -> Vec<Step> {
        let items = self.list(node, "tasks");
        items.iter().flat_map(|item| self.step(item, site)).collect()
    }

    /// The steps of a file of tasks. What it imports is looked for beside it first.
    pub fn steps_file(&mut self, path: &Path, site: &Site) -> Vec<Step> {
        let Some(node) = self.file(path) else {
            return Vec::new();
        };
        let mut site = site.clone();
        site.task_dirs.insert(0, path.parent().unwrap_or(Path::new(".")).to_owned());
        self.steps(&node, &Arc::new(site))
    }

    fn step(&mut self, node: &Node, site: &Arc<Site>) -> Vec<Step> {
        let Some(entries) = self.entries(node, Object::Task) else {
            return Vec::new();
        };
        self.taking(Mistakes::of(entries, site), |reading| {
            if entries.iter().any(|(key, _)| key.as_str().is_some_and(|name| PARTS.contains(&name))) {
                return reading.block(node, entries, site).into_iter().collect();
            }
            reading.task_steps(node, entries, site)
        })
    }

    fn block(&mut self, node: &Node, entries: &[(Node, Node)], site: &Arc<Site>) -> Option<Step> {
        if site.handlers && site.in_block {
            self.error("Using a block as a handler is not supported.", &node.place, "a block in a block of handlers");
            return None;
        }
        let own = self.own(entries, Object::Block, |_| false);
        let inner = Arc::new(Site { in_block: true, ..site.inside(&own) });
        let rescued = inner.rescued || node.get("rescue").is_some_and(|n| n.as_list().is_some_and(|l| !l.is_empty()));
        let main = Arc::new(Site { rescued, ..(*inner).clone() });
        let mut part = |name: &str, site| node.get(name).map(|list| self.steps(list, site)).unwrap_or_default();
        let (block, rescue, always) = (part("block", &main), part("rescue", &inner), part("always", &inner));
        if node.get("block").is_none() {
            let name = if node.get("rescue").is_some() { "rescue" } else { "always" };
            let error =
                Diagnostic::error(format!("`{name}` cannot be used without `block`")).at(node.key_place(name), "");
            self.errors.push(error);
        }
        // Of a block among handlers only the tasks are handlers, as in ansible-core; it is never run as a block.
        let (rescue, always) = if site.handlers { self.unused_parts(node) } else { (rescue, always) };
        let name = node.get("name").and_then(Node::written).map(|name| name.to_string());
        Some(Step::Block(Arc::new(Block { name, place: node.place.clone(), block, rescue, always })))
    }
    /// Says that `rescue` and `always` of a block among handlers are never run.
    fn unused_parts(&self, node: &Node) -> (Vec<Step>, Vec<Step>) {
        for part in ["rescue", "always"].into_iter().filter(|part| node.get(part).is_some()) {
            let told = Diagnostic::warning(format!("`{part}` of a block of handlers is never run"));
            self.loader.warn([told.at(node.key_place(part), "").hint("handlers are run one by one")]);
        }
        (Vec::new(), Vec::new())
    }
}

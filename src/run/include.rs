//! Includes: files and roles that tasks ask for when their turn comes.

use super::executed::{Executed, IncludeRequest};
use super::lane::{Lane, Node};
use super::play_run::{PlayRun, Stop};
use super::rendering::phrase;
use super::steps::{Work, flat, nodes, tasks};
use super::world::{Host, World};
use crate::diagnostic::Diagnostic;
use crate::report::{Event, Status};
use std::collections::HashMap;

/// What includes brought.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// The ids of the new tasks, in order.
    pub added: Vec<u64>,
    /// Hosts for which something could not be included.
    pub failed: Vec<Host>,
}

impl<W: World> PlayRun<'_, W> {
    /// Loads what outcomes ask to include, each file once for all hosts that want the same, and puts it in front of what comes next
    /// on those hosts.
    pub(super) fn bring_in(&mut self, results: &[Executed]) -> Result<Brought, Stop> {
        let mut groups: Vec<(IncludeRequest, Vec<&Executed>)> = Vec::new();
        for done in results {
            for request in done.items.iter().filter_map(|item| item.include.as_ref()) {
                // The same file for the same host twice is two includes.
                let known = groups
                    .iter_mut()
                    .find(|(known, by)| known.same(request) && !by.iter().any(|other| other.host == done.host));
                match known {
                    Some((_, by)) => by.push(done),
                    None => groups.push((request.clone(), vec![done])),
                }
            }
        }
        let mut added = Vec::new();
        let mut per_host: HashMap<Host, Vec<Node<Work>>> = HashMap::new();
        let mut handlers_of: HashMap<Host, Vec<Work>> = HashMap::new();
        let mut failed: Vec<Host> = Vec::new();
        for (request, by) in groups {
            let Some(first) = by.first().map(|done| done.host.clone()) else { continue };
            match self.world.include(&request, &first) {
                Ok(included) => {
                    self.handlers.add(included.handlers);
                    let nodes = nodes(&included.steps, &*self.plan.chosen, &*self.plan.role_end);
                    let handlers = tasks(&included.steps);
                    if by.first().is_some_and(|done| self.is_handler(&done.host)) {
                        added.extend(handlers.iter().map(|task| task.id));
                    } else {
                        added.extend(flat(&nodes));
                    }
                    for done in &by {
                        if self.is_handler(&done.host) {
                            for handler in &handlers {
                                self.handlers.notify(handler, &done.host);
                            }
                            handlers_of.entry(done.host.clone()).or_default().extend(handlers.clone());
                        } else {
                            per_host.entry(done.host.clone()).or_default().extend(nodes.clone());
                        }
                        self.fleet.tally.of(&done.host).ok += 1;
                    }
                    self.world.emit(Event::Included {
                        path: included.path,
                        hosts: by.iter().map(|done| done.host.to_string()).collect(),
                        label: request.label,
                    });
                }
                Err(diagnostic) => {
                    for done in by {
                        self.include_failed(done, &diagnostic);
                        if !failed.contains(&done.host) {
                            failed.push(done.host.clone());
                        }
                    }
                }
            }
        }
        for host in &failed {
            if !self.lanes.get(host).is_some_and(Lane::would_be_rescued) {
                self.fleet.failed.insert(host.clone());
            }
            self.fail_host(host);
        }
        for (host, nodes) in per_host {
            if let Some(lane) = self.lanes.get_mut(&host) {
                lane.insert(nodes);
            }
        }
        for (host, handlers) in handlers_of {
            if let Some(lane) = self.lanes.get_mut(&host) {
                lane.insert_handlers(handlers);
            }
        }
        Ok(Brought { added, failed })
    }

    fn include_failed(&mut self, done: &Executed, diagnostic: &Diagnostic) {
        let mut result = done.result.clone();
        result.set("failed", true);
        result.set("reason", phrase(diagnostic));
        self.fleet.tally.of(&done.host).failed += 1;
        self.world.emit(Event::HostDone {
            task: done.task.id,
            host: done.host.to_string(),
            status: Status::Failed,
            result,
            looped: false,
            ignored: false,
            delegated_to: None,
            verbose: false,
            error: Some(diagnostic.clone().boxed()),
            seconds: done.took.as_secs_f64(),
        });
    }
}

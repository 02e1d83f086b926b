//! `meta` tasks: what they do to lanes, hosts and handlers.

use super::play_run::{PlayRun, Stop};
use super::steps::Work;
use super::world::{Host, Housekeeping, World};
use crate::diagnostic::Diagnostic;
use crate::playbook::Task;
use crate::report::{Event, Status};
use hostler_sdk::Map;

/// What a `meta` task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meta {
    /// Nothing.
    Noop,
    /// Runs the handlers notified so far.
    FlushHandlers,
    /// Reads the inventory again.
    RefreshInventory,
    /// Forgets the facts of the play's hosts.
    ClearFacts,
    /// Brings failed and unreachable hosts back.
    ClearHostErrors,
    /// Ends the batch.
    EndBatch,
    /// Ends the play for all batches.
    EndPlay,
    /// Ends the play for this host.
    EndHost,
    /// Goes to the end of the role.
    EndRole,
    /// The end of a role (made by Hostler, never written).
    RoleComplete,
    /// Closes the connection to the host.
    ResetConnection,
}

const WORDS: [(&str, Meta); 11] = [
    ("noop", Meta::Noop),
    ("flush_handlers", Meta::FlushHandlers),
    ("refresh_inventory", Meta::RefreshInventory),
    ("clear_facts", Meta::ClearFacts),
    ("clear_host_errors", Meta::ClearHostErrors),
    ("end_batch", Meta::EndBatch),
    ("end_play", Meta::EndPlay),
    ("end_host", Meta::EndHost),
    ("end_role", Meta::EndRole),
    ("role_complete", Meta::RoleComplete),
    ("reset_connection", Meta::ResetConnection),
];

impl Meta {
    /// What a task does, when it is a `meta` task with a known word.
    pub fn of(task: &Task) -> Option<Meta> {
        if task.action.spec.name != "meta" {
            return None;
        }
        let args = task.action.args.as_value()?.as_map()?;
        let word = task.action.spec.free_form.and_then(|name| args.str(name))?;
        WORDS.iter().find(|(name, _)| *name == word).map(|(_, meta)| *meta)
    }

    /// The word.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(_, meta)| *meta == self).map_or("noop", |(word, _)| word)
    }

    /// Whether it is done for each host, rather than once for the batch.
    pub fn per_host(self) -> bool {
        !matches!(
            self,
            Meta::RefreshInventory | Meta::ClearFacts | Meta::ClearHostErrors | Meta::EndBatch | Meta::EndPlay
        )
    }
}

impl<W: World> PlayRun<'_, W> {
    /// Does a `meta` task for a host (or, once, for the batch). Its lane has been moved past the task.
    pub(super) async fn meta(&mut self, host: &Host, task: &Work) -> Result<(), Stop> {
        let Some(meta) = Meta::of(task) else {
            return Err(Diagnostic::error("invalid meta action requested")
                .at(&task.place, "this is not known")
                .boxed()
                .into());
        };
        let handler = self.is_handler(host);
        if !task.implicit && self.announced.insert(task.id) {
            self.announce(host, task, handler);
        }
        if handler {
            self.handlers.started(task, host, !meta.per_host());
        }
        let unconditional = matches!(meta, Meta::Noop | Meta::RefreshInventory | Meta::ResetConnection);
        if unconditional && !task.keywords.when.is_empty() {
            self.world.emit(Event::Warning { text: format!("{} task does not support when conditional", meta.word()) });
        } else if !unconditional && !task.keywords.when.is_empty() && !self.world.holds(host, task)? {
            self.skipped(host, task, meta);
            return Ok(());
        }
        match meta {
            Meta::Noop => {}
            Meta::FlushHandlers => self.flush(host, task)?,
            Meta::RefreshInventory => {
                self.world.housekeeping(Housekeeping::RefreshInventory, host, task).await?;
            }
            Meta::ClearFacts => {
                for host in self.plan.hosts.clone() {
                    self.world.housekeeping(Housekeeping::ClearFacts, &host, task).await?;
                }
            }
            Meta::ResetConnection => self.world.housekeeping(Housekeeping::ResetConnection, host, task).await?,
            Meta::ClearHostErrors => {
                for host in &self.plan.hosts {
                    self.fleet.failed.shift_remove(host);
                    self.fleet.unreachable.shift_remove(host);
                    if let Some(lane) = self.lanes.get_mut(host) {
                        lane.clear_errors();
                    }
                }
            }
            Meta::EndBatch | Meta::EndPlay => {
                for host in self.hosts_left() {
                    self.end_host(&host);
                    self.ended |= meta == Meta::EndPlay;
                }
            }
            Meta::EndHost => self.end_host(host),
            Meta::RoleComplete => self.roles.ended(task, host),
            Meta::EndRole => self.end_role(host, task),
        }
        if !task.implicit {
            self.world.emit(Event::Meta { text: told(meta, host, task) });
        }
        Ok(())
    }

    fn skipped(&self, host: &Host, task: &Work, meta: Meta) {
        let what = match meta {
            Meta::FlushHandlers => format!(", not running handlers for {host}"),
            Meta::ClearFacts => format!(", not clearing facts and fact cache for {host}"),
            Meta::ClearHostErrors => format!(", not clearing host error state for {host}"),
            Meta::EndBatch => ", continuing current batch".to_owned(),
            Meta::EndPlay => ", continuing play".to_owned(),
            Meta::EndHost => format!(", continuing execution for {host}"),
            Meta::EndRole => format!(", continuing role for {host}"),
            _ => String::new(),
        };
        let reason = format!("{} conditional evaluated to False{what}", meta.word());
        let result = Map::from_iter([
            ("msg", meta.word().into()),
            ("skipped", true.into()),
            ("skip_reason", reason.as_str().into()),
        ] as [(&str, hostler_sdk::Value); 3]);
        self.world.emit(Event::Meta { text: reason });
        self.world.emit(Event::done(task.id, host, Status::Skipped, result));
    }

    fn flush(&mut self, host: &Host, task: &Work) -> Result<(), Stop> {
        let Some(lane) = self.lanes.get_mut(host) else { return Ok(()) };
        if lane.is_flushing() {
            return Err(Diagnostic::error("flush_handlers cannot be used as a handler")
                .at(&task.place, "this handler flushes handlers")
                .boxed()
                .into());
        }
        for topic in std::mem::take(&mut lane.notifications) {
            for handler in self.handlers.find(&topic, &*self.world) {
                self.notify(&handler, host);
            }
        }
        let handlers = self.handlers.all();
        if let Some(lane) = self.lanes.get_mut(host).filter(|_| !self.fleet.unreachable.contains(host)) {
            lane.flush(handlers);
        }
        Ok(())
    }

    /// Makes a handler due and says so.
    pub(super) fn notify(&mut self, handler: &Work, host: &Host) {
        if self.handlers.notify(handler, host) {
            let name = self.world.title(host, handler);
            self.world.emit(Event::Notified { handler: name, host: host.to_string() });
        }
    }

    fn end_host(&mut self, host: &Host) {
        if let Some(lane) = self.lanes.get_mut(host) {
            lane.end();
        }
        self.leave(host);
    }

    fn end_role(&mut self, host: &Host, task: &Work) {
        let role = task.role.as_ref().map(|role| role.id);
        while let Some((ahead, next)) = self.peek(host) {
            if Meta::of(&next) == Some(Meta::RoleComplete) && next.role.as_ref().map(|r| r.id) == role {
                break;
            }
            self.lanes.insert(host.clone(), ahead);
        }
    }
}

/// What was done, in Ansible's words.
fn told(meta: Meta, host: &Host, task: &Work) -> String {
    match meta {
        Meta::FlushHandlers => format!("triggered running handlers for {host}"),
        Meta::RefreshInventory => "inventory successfully refreshed".to_owned(),
        Meta::ClearFacts => "facts cleared".to_owned(),
        Meta::ClearHostErrors => "cleared host errors".to_owned(),
        Meta::EndBatch => "ending batch".to_owned(),
        Meta::EndPlay => "ending play".to_owned(),
        Meta::EndHost => format!("ending play for {host}"),
        Meta::EndRole => {
            let role = task.role.as_ref().map(|role| role.name.as_str()).unwrap_or_default();
            format!("ending role {role} for {host}")
        }
        Meta::ResetConnection => "reset connection".to_owned(),
        Meta::Noop | Meta::RoleComplete => meta.word().to_owned(),
    }
}

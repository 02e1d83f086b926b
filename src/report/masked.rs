//! Events without secrets: whatever a reporter could print of one is masked before a reporter sees it. Names of hosts stay.

use super::Event;
use crate::diagnostic::Diagnostic;
use crate::secrets::{Mask, Secrets};

/// The event as it may be shown.
pub fn masked(mut event: Event, secrets: &Secrets) -> Event {
    if secrets.is_empty() {
        return event;
    }
    let mask = secrets.mask();
    match &mut event {
        Event::RunStart { .. }
        | Event::PlaybookStart { .. }
        | Event::NoHostsRemaining
        | Event::HostStart { .. }
        | Event::Job { .. }
        | Event::Asking { .. } => {}
        Event::PlayStart { name, .. } | Event::NoHostsMatched { name } => mask.own(name),
        Event::TaskStart { task } => mask.own(&mut task.name),
        Event::ItemDone { label, result, error, .. } => {
            mask.own(label);
            mask.map(result);
            told(error.as_deref_mut(), &mask);
        }
        Event::Retry { result, .. } => mask.map(result),
        Event::HostDone { result, error, .. } => {
            mask.map(result);
            told(error.as_deref_mut(), &mask);
        }
        Event::Notified { handler, .. } => mask.own(handler),
        Event::Included { path, label, .. } => {
            mask.own(path);
            label.iter_mut().for_each(|label| mask.own(label));
        }
        Event::Meta { text } | Event::Warning { text } | Event::Error { text } => mask.own(text),
        Event::Recap { custom, .. } => mask.map(custom),
    }
    event
}

fn told(error: Option<&mut Diagnostic>, mask: &Mask) {
    let Some(error) = error else { return };
    mask.own(&mut error.what);
    error.cause.iter_mut().chain(&mut error.notes).chain(&mut error.hint).for_each(|text| mask.own(text));
    error.places.iter_mut().for_each(|place| mask.own(&mut place.label));
}

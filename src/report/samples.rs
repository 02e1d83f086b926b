//! Events for the tests of reporters.

use super::{Event, Status, TaskRef};
use hostler_sdk::Value;

/// A task begins.
pub fn task(id: u64, name: &str, action: &str) -> Event {
    Event::TaskStart {
        task: TaskRef { id, name: name.into(), action: action.into(), path: "a.yml:1".into(), handler: false },
    }
}

/// A task is done on `web1`, with a result in JSON.
pub fn done(task: u64, status: Status, result: &str) -> Event {
    let Ok(Value::Map(map)) = Value::from_json(result) else { panic!("a mapping") };
    Event::done(task, "web1", status, (*map).clone())
}

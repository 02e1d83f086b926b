//! A stop of the report while the operator is asked something: what happened before is shown first, and nothing is written over the
//! question. The asker waits for the report to come to the stop, the report for the answer.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// The report's end of a stop.
#[derive(Clone, Debug)]
pub struct Hold {
    reached: Sender<()>,
    over: Arc<Mutex<Receiver<()>>>,
}

/// The asker's end of a stop; the report goes on when it is dropped.
#[derive(Debug)]
pub struct Held {
    reached: Receiver<()>,
    _over: Sender<()>,
}

impl Hold {
    /// Both ends.
    pub fn new() -> (Hold, Held) {
        let (reached, reached_by) = channel();
        let (over, over_by) = channel();
        (Hold { reached, over: Arc::new(Mutex::new(over_by)) }, Held { reached: reached_by, _over: over })
    }

    /// Tells that everything before is shown, and waits for the asker.
    pub fn wait(&self) {
        // An asker that has gone away is no reason to wait.
        if self.reached.send(()).is_ok() {
            let _ = self.over.lock().unwrap_or_else(PoisonError::into_inner).recv();
        }
    }
}

impl Held {
    /// Waits until everything before is shown. When nobody reports, there is nothing to wait for.
    pub fn wait(&self) {
        let _ = self.reached.recv();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_wait_for_each_other() {
        let (hold, held) = Hold::new();
        let report = std::thread::spawn(move || hold.wait());
        held.wait();
        drop(held);
        report.join().unwrap();
    }

    #[test]
    fn nobody_waits_for_one_who_is_gone() {
        let (hold, held) = Hold::new();
        drop(hold);
        held.wait();
        let (hold, held) = Hold::new();
        drop(held);
        hold.wait();
    }
}

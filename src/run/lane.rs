//! One host's way through a play: which task is next, and where a failure leads. A lane is plain data: it can be copied to look
//! ahead and put back, and it knows nothing of tasks but their order.
//!
//! The rules are those of ansible-core's play iterator: a failure goes to the `rescue` of the nearest block that has one,
//! `always` parts are gone through on the way, and a failure in a handler counts where the handlers were flushed.

use std::sync::Arc;

/// One thing in a list.
#[derive(Debug)]
pub enum Node<T> {
    /// A task.
    Task(T),
    /// A block.
    Group(Arc<Group<T>>),
}

impl<T: Clone> Clone for Node<T> {
    fn clone(&self) -> Self {
        match self {
            Node::Task(task) => Node::Task(task.clone()),
            Node::Group(group) => Node::Group(group.clone()),
        }
    }
}

/// A block. A play as a whole is one too, without `rescue` and `always`.
#[derive(Debug)]
pub struct Group<T> {
    /// What is run.
    pub main: Vec<Node<T>>,
    /// What is run when something in `main` failed.
    pub rescue: Vec<Node<T>>,
    /// What is run in any case.
    pub always: Vec<Node<T>>,
}

impl<T> Group<T> {
    /// A list without `rescue` and `always`.
    pub fn plain(main: Vec<Node<T>>) -> Self {
        Group { main, rescue: Vec::new(), always: Vec::new() }
    }
}

/// What a lane asks about the tasks it comes to.
pub trait Gate<T> {
    /// Whether the task is to be run at all (a role that was run already is not).
    fn admits(&self, task: &T) -> bool;
    /// Whether the handler was notified for this lane's host.
    fn due(&self, handler: &T) -> bool;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Main,
    Rescue,
    Always,
}

/// A block that was entered and not left.
#[derive(Debug)]
struct Frame<T> {
    group: Arc<Group<T>>,
    part: Part,
    /// The nodes of the current part when includes added to them.
    grown: Option<Arc<Vec<Node<T>>>>,
    next: usize,
    /// A failure that was not rescued (yet).
    failed: bool,
}

impl<T: Clone> Frame<T> {
    fn enter(group: Arc<Group<T>>) -> Self {
        Frame { group, part: Part::Main, grown: None, next: 0, failed: false }
    }
    fn nodes(&self) -> &[Node<T>] {
        match (&self.grown, self.part) {
            (Some(grown), _) => grown,
            (None, Part::Main) => &self.group.main,
            (None, Part::Rescue) => &self.group.rescue,
            (None, Part::Always) => &self.group.always,
        }
    }
    fn go(&mut self, part: Part) {
        self.part = part;
        self.grown = None;
        self.next = 0;
    }
    fn rescues(&self) -> bool {
        self.part == Part::Main && !self.group.rescue.is_empty()
    }
}

impl<T> Clone for Frame<T> {
    fn clone(&self) -> Self {
        Frame {
            group: self.group.clone(),
            part: self.part,
            grown: self.grown.clone(),
            next: self.next,
            failed: self.failed,
        }
    }
}

/// Handlers being gone through.
#[derive(Debug)]
struct Flush<T> {
    handlers: Arc<Vec<T>>,
    next: usize,
}

impl<T> Clone for Flush<T> {
    fn clone(&self) -> Self {
        Flush { handlers: self.handlers.clone(), next: self.next }
    }
}

/// A host's way through a play.
#[derive(Debug)]
pub struct Lane<T> {
    /// Fact gathering, before anything else.
    first: Option<T>,
    /// Entered blocks, outermost first; the play itself is the first. Empty when the lane is at its end.
    stack: Vec<Frame<T>>,
    flush: Option<Flush<T>>,
    failed: bool,
    /// Names notified and not yet turned into handlers that run, in order, each once.
    pub notifications: Vec<Arc<str>>,
}

impl<T: Clone> Clone for Lane<T> {
    fn clone(&self) -> Self {
        Lane {
            first: self.first.clone(),
            stack: self.stack.clone(),
            flush: self.flush.clone(),
            failed: self.failed,
            notifications: self.notifications.clone(),
        }
    }
}

impl<T: Clone> Lane<T> {
    /// At the start of a play; `first` is run before it (fact gathering).
    pub fn new(play: Arc<Group<T>>, first: Option<T>) -> Self {
        Lane { first, stack: vec![Frame::enter(play)], flush: None, failed: false, notifications: Vec::new() }
    }

    /// The next task, the lane moved past it; `None` at the end.
    pub fn advance(&mut self, gate: &dyn Gate<T>) -> Option<T> {
        loop {
            if self.stack.is_empty() {
                return None;
            }
            if let Some(task) = self.first.take() {
                return Some(task);
            }
            if let Some(flush) = &mut self.flush {
                let Some(handler) = flush.handlers.get(flush.next).cloned() else {
                    self.flush = None;
                    continue;
                };
                flush.next += 1;
                if gate.due(&handler) {
                    return Some(handler);
                }
                continue;
            }
            let frame = self.stack.last_mut()?;
            match frame.nodes().get(frame.next).cloned() {
                Some(Node::Task(task)) => {
                    frame.next += 1;
                    if gate.admits(&task) {
                        return Some(task);
                    }
                }
                Some(Node::Group(group)) => {
                    frame.next += 1;
                    self.stack.push(Frame::enter(group));
                }
                None => self.leave_part(),
            }
        }
    }

    /// The next task, the lane not moved, and the lane as it would be after it.
    pub fn peek(&self, gate: &dyn Gate<T>) -> Option<(Lane<T>, T)> {
        let mut ahead = self.clone();
        ahead.advance(gate).map(|task| (ahead, task))
    }

    /// Moves to the first task that `wanted` picks, fact gathering kept in front of it; `false`, and the lane at its end, when
    /// there is none.
    pub fn start_at(&mut self, gate: &dyn Gate<T>, wanted: &dyn Fn(&T) -> bool) -> bool {
        let first = self.first.take();
        while let Some((ahead, task)) = self.peek(gate) {
            if wanted(&task) {
                self.first = first;
                return true;
            }
            *self = ahead;
        }
        self.stack.clear();
        false
    }

    /// The part at the top of the stack is done.
    fn leave_part(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        match frame.part {
            Part::Main => frame.go(Part::Always),
            Part::Rescue => {
                frame.failed = false;
                frame.go(Part::Always);
            }
            Part::Always => {
                let failed = frame.failed;
                self.stack.pop();
                if failed {
                    self.fail();
                }
            }
        }
    }

    /// The task that was last taken failed (or the host is to fail for another reason).
    pub fn fail(&mut self) {
        self.flush = None;
        self.first = None;
        while let Some(frame) = self.stack.last_mut() {
            let part = frame.part;
            frame.failed = true;
            if part == Part::Main && !frame.group.rescue.is_empty() {
                return frame.go(Part::Rescue);
            }
            if part != Part::Always && !frame.group.always.is_empty() {
                return frame.go(Part::Always);
            }
            self.stack.pop();
        }
        self.failed = true;
    }

    /// Fails whatever could still rescue it (a host that failed in an earlier play).
    pub fn fail_for_good(&mut self) {
        self.stack.clear();
        self.flush = None;
        self.first = None;
        self.failed = true;
    }

    /// Whether the host has failed in this play, or will have when the `always` parts are done.
    pub fn is_failed(&self) -> bool {
        let within =
            self.stack.iter().rev().fold(false, |failed, frame| {
                (frame.failed && frame.part == Part::Always) || (failed && !frame.rescues())
            });
        self.failed || within
    }

    /// Whether nothing is left to run.
    #[cfg(test)]
    pub fn is_done(&self) -> bool {
        self.stack.is_empty()
    }

    /// Whether a failure now would be rescued by some block.
    pub fn would_be_rescued(&self) -> bool {
        self.stack.iter().any(Frame::rescues)
    }

    /// Puts tasks in front of what comes next (what an include brought).
    pub fn insert(&mut self, nodes: Vec<Node<T>>) {
        if nodes.is_empty() {
            return;
        }
        if let Some(frame) = self.stack.last_mut() {
            let mut grown = frame.nodes().to_vec();
            grown.splice(frame.next..frame.next, nodes);
            frame.grown = Some(Arc::new(grown));
        }
    }

    /// Puts handlers in front of the handlers that come next (what an include among handlers brought).
    pub fn insert_handlers(&mut self, handlers: Vec<T>) {
        if let Some(flush) = &mut self.flush {
            let mut grown = flush.handlers.to_vec();
            grown.splice(flush.next..flush.next, handlers);
            flush.handlers = Arc::new(grown);
        }
    }

    /// Goes through the handlers before anything else.
    pub fn flush(&mut self, handlers: Arc<Vec<T>>) {
        self.flush = Some(Flush { handlers, next: 0 });
    }

    /// Whether handlers are being gone through.
    pub fn is_flushing(&self) -> bool {
        self.flush.is_some()
    }

    /// Ends the lane here. A block whose `rescue` is under way counts as rescued.
    pub fn end(&mut self) {
        if let Some(frame) = self.stack.last_mut().filter(|f| f.part == Part::Rescue) {
            frame.failed = false;
        }
        self.failed = self.is_failed();
        self.stack.clear();
        self.flush = None;
        self.first = None;
    }

    /// Forgets failures (`meta: clear_host_errors`); a lane that has ended stays at its end.
    pub fn clear_errors(&mut self) {
        self.failed = false;
        self.stack.iter_mut().for_each(|frame| frame.failed = false);
    }
}

#[cfg(test)]
mod tests;

//! Files that stream in beside a call: asked for when the module opens them, taken piece by piece, never more in memory
//! than the window allows.

use super::Answers;
use crate::body::{Bodies, BodyInfo};
use crate::frame::{FromHost, WINDOW};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When something was last heard of the other side, whatever it was.
pub struct Heard {
    start: Instant,
    /// Milliseconds after the start.
    last: AtomicU64,
    /// A file is not awaited for longer than this without a word: the connection was cut in a way that nobody here is told of,
    /// and what was written so far would lie there for as long as the system keeps the connection.
    limit: Duration,
}

impl Heard {
    pub fn new(limit: Duration) -> Self {
        Heard { start: Instant::now(), last: AtomicU64::new(0), limit }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// How much longer there may be silence; `None`: not at all.
    fn patience(&self) -> Option<Duration> {
        let silence = Duration::from_millis(self.now().saturating_sub(self.last.load(Ordering::Relaxed)));
        self.limit.checked_sub(silence).filter(|left| !left.is_zero())
    }
}

/// A stream that takes note when something comes.
pub struct Noting<R> {
    pub from: R,
    pub heard: Arc<Heard>,
}

impl<R: Read> Read for Noting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.from.read(buffer)?;
        self.heard.last.store(self.heard.now(), Ordering::Relaxed);
        Ok(length)
    }
}

/// Pieces that arrived for a call and were not yet read.
pub struct Incoming {
    state: Mutex<Pieces>,
    arrived: Condvar,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Pieces {
    queue: VecDeque<(Vec<u8>, bool)>,
    closed: bool,
}

impl Incoming {
    pub fn new(heard: Arc<Heard>) -> Self {
        Incoming { state: Mutex::default(), arrived: Condvar::new(), heard }
    }

    /// Takes a piece in; false when the other side sends more than it may.
    pub fn push(&self, bytes: Vec<u8>, last: bool) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.queue.len() >= WINDOW {
            return false;
        }
        state.queue.push_back((bytes, last));
        self.arrived.notify_all();
        true
    }

    /// Lets whoever waits for a piece know that none will come.
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.arrived.notify_all();
    }

    fn pop(&self) -> io::Result<(Vec<u8>, bool)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.closed {
                return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the transfer was cut off"));
            }
            if let Some(piece) = state.queue.pop_front() {
                return Ok(piece);
            }
            let Some(patience) = self.heard.patience() else {
                let silence = format!("nothing was heard for {} seconds", self.heard.limit.as_secs_f64());
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("the transfer was cut off: {silence}")));
            };
            state = self.arrived.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The bodies of a call, those that ride along and those that stream.
pub struct Streamed<'a> {
    id: u64,
    infos: &'a [BodyInfo],
    incoming: &'a Arc<Incoming>,
    answers: Answers,
    /// Whether pieces of a body are still to come, and how many were taken without saying so.
    open: Mutex<(bool, u32)>,
}

impl<'a> Streamed<'a> {
    pub fn new(id: u64, infos: &'a [BodyInfo], incoming: &'a Arc<Incoming>, answers: Answers) -> Self {
        Streamed { id, infos, incoming, answers, open: Mutex::default() }
    }

    /// The next piece and whether it is the last; tells the other side now and then what was taken.
    fn next(&self) -> io::Result<(Vec<u8>, bool)> {
        let (bytes, last) = self.incoming.pop()?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.0 = !last;
        open.1 += 1;
        if !last && open.1 >= (WINDOW / 2) as u32 {
            let chunks = std::mem::take(&mut open.1);
            self.send(&FromHost::Took { id: self.id, chunks })?;
        }
        Ok((bytes, last))
    }

    fn send(&self, message: &FromHost) -> io::Result<()> {
        self.answers.send(message).map_err(|e| io::Error::new(io::ErrorKind::BrokenPipe, e.to_string()))
    }

    fn is_open(&self) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Bodies for Streamed<'_> {
    fn open(&self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the call carries no such file");
        let info = self.infos.get(index).ok_or_else(missing)?;
        if let Some(bytes) = &info.inline {
            return Ok(Box::new(bytes.as_slice()));
        }
        // A module that stopped reading the one before: its pieces are still coming.
        while self.is_open() {
            self.next()?;
        }
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = (true, 0);
        self.send(&FromHost::Need { id: self.id, body: u32::try_from(index).map_err(|_| missing())? })?;
        Ok(Box::new(BodyReader { from: self, piece: Vec::new(), at: 0, last: false, left: info.size }))
    }
}

struct BodyReader<'a> {
    from: &'a Streamed<'a>,
    piece: Vec<u8>,
    at: usize,
    last: bool,
    /// Bytes of the announced size that have not come yet.
    left: u64,
}

impl Read for BodyReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            if self.last {
                let short = "the file could not be read to its end, or changed while it was sent";
                return if self.left == 0 { Ok(0) } else { Err(io::Error::new(io::ErrorKind::UnexpectedEof, short)) };
            }
            (self.piece, self.last) = self.from.next()?;
            self.at = 0;
            let more = || io::Error::new(io::ErrorKind::InvalidData, "the file is longer than was announced");
            self.left = self.left.checked_sub(self.piece.len() as u64).ok_or_else(more)?;
        }
        let length = buffer.len().min(self.piece.len() - self.at);
        buffer[..length].copy_from_slice(&self.piece[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

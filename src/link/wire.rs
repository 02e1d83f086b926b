//! The engine's end of the frames: several calls under way on one runner, files streamed when they are asked for and only
//! as fast as they are taken, calls cancelled when nobody waits for them, and a lost connection told to everyone who does.

use super::frames::Frames;
use super::process::{Process, Said};
use super::tail::Tail;
use super::{Body, LinkError};
use hostler_sdk::frame::{self, FromHost, ToHost};
use hostler_sdk::{Call, Outcome};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

/// Frames that wait to be written.
const QUEUE: usize = 32;
/// What a call may take beyond its own deadline before the host counts as silent.
const GRACE: Duration = Duration::from_secs(15);

/// A runner at the other end.
pub struct Wire {
    queue: mpsc::Sender<Vec<u8>>,
    state: Arc<Mutex<State>>,
    next: AtomicU64,
    to: String,
    /// Ends with the process.
    reading: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    waiting: HashMap<u64, Waiting>,
    /// Why no call can be made any more.
    dead: Option<String>,
}

/// A call under way.
struct Waiting {
    answer: oneshot::Sender<Result<Outcome, LinkError>>,
    bodies: Arc<Vec<Body>>,
    /// Chunks that may be sent before more are taken.
    window: Arc<Semaphore>,
    /// Why a file could not be sent.
    trouble: Option<String>,
}

impl Wire {
    /// Over a runner whose greeting was read; `frames` holds what came after it.
    pub fn new(process: Process, frames: Frames, to: String, patience: Patience) -> Self {
        let (queue, outgoing) = mpsc::channel(QUEUE);
        let state = Arc::new(Mutex::new(State::default()));
        let Process { stdin, said, _end: end } = process;
        let writer = tokio::spawn(write(stdin, outgoing));
        let reader = Reader { state: state.clone(), queue: queue.downgrade(), to: to.clone(), patience };
        let reading = tokio::spawn(async move {
            reader.run(said, frames).await;
            // The process lives as long as it is read.
            drop(end);
            writer.abort();
        });
        Wire { queue, state, next: AtomicU64::new(1), to, reading }
    }

    /// Ends the runner and waits until it has ended, for [`GRACE`] at most.
    pub async fn end(self) {
        let Wire { queue, reading, .. } = self;
        // The runner ends with its input.
        drop(queue);
        let _ = tokio::time::timeout(GRACE, reading).await;
    }

    /// Whether calls can still be made.
    pub fn alive(&self) -> bool {
        lock(&self.state).dead.is_none()
    }

    /// Makes a call. Dropping the future cancels it on the host.
    pub async fn call(&self, call: Call, bodies: Vec<Body>) -> Result<Outcome, LinkError> {
        self.send(Turn::default(), call, bodies).await?.answer().await
    }

    /// Sends a call that the host begins in its turn.
    pub async fn send(&self, turn: Turn, call: Call, bodies: Vec<Body>) -> Result<Sent<'_>, LinkError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let limit = (call.timeout_ms > 0).then(|| Duration::from_millis(call.timeout_ms) + GRACE);
        let module = call.module.clone();
        let bytes = frame::encode(&ToHost::Call { id, after: turn.after, if_good: turn.if_good, call: Box::new(call) })
            .map_err(|e| LinkError::Call(format!("the call of `{module}` cannot be sent: {e}")))?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            answer,
            bodies: Arc::new(bodies),
            window: Arc::new(Semaphore::new(frame::WINDOW)),
            trouble: None,
        };
        {
            let mut state = lock(&self.state);
            if let Some(why) = &state.dead {
                return Err(self.lost(why.clone(), false));
            }
            state.waiting.insert(id, waiting);
        }
        let mut cancel = Cancel { wire: self, id, done: false };
        if self.queue.send(bytes).await.is_err() {
            cancel.done = true;
            let mut state = lock(&self.state);
            state.waiting.remove(&id);
            let why = state.dead.clone().unwrap_or_else(|| "the runner has ended".into());
            drop(state);
            return Err(self.lost(why, false));
        }
        Ok(Sent { cancel, answered, module, limit })
    }

    fn lost(&self, why: String, in_flight: bool) -> LinkError {
        LinkError::Lost { to: self.to.clone(), why, in_flight }
    }
}

/// When the host begins a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn {
    /// When this one is answered; 0: at once.
    pub after: u64,
    /// Only when that one's outcome lets work go on; otherwise the call ends with [`LinkError::NotBegun`].
    pub if_good: bool,
}

/// A call that was sent. Dropping it cancels the call on the host.
pub struct Sent<'a> {
    cancel: Cancel<'a>,
    answered: oneshot::Receiver<Result<Outcome, LinkError>>,
    module: String,
    /// How long the answer is waited for.
    limit: Option<Duration>,
}

impl Sent<'_> {
    /// Its number, for the call that is to come after it.
    pub fn id(&self) -> u64 {
        self.cancel.id
    }

    /// Waits for its outcome.
    pub async fn answer(mut self) -> Result<Outcome, LinkError> {
        let wire = self.cancel.wire;
        let result = match self.limit {
            None => self.answered.await,
            Some(limit) => match tokio::time::timeout(limit, self.answered).await {
                Ok(result) => result,
                Err(_) => {
                    let what = format!("`{}` on {}", self.module, wire.to);
                    return Err(LinkError::Timeout { what, seconds: limit.as_secs() });
                }
            },
        };
        self.cancel.done = true;
        result.unwrap_or_else(|_| Err(wire.lost("the connection was closed".into(), true)))
    }
}

/// Tells the host when nobody waits for a call any more.
struct Cancel<'a> {
    wire: &'a Wire,
    id: u64,
    done: bool,
}

impl Drop for Cancel<'_> {
    fn drop(&mut self) {
        if self.done || lock(&self.wire.state).waiting.remove(&self.id).is_none() {
            return;
        }
        let Ok(bytes) = frame::encode(&ToHost::Cancel { id: self.id }) else { return };
        let queue = self.wire.queue.clone();
        if let Err(mpsc::error::TrySendError::Full(bytes)) = queue.try_send(bytes)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                let _ = queue.send(bytes).await;
            });
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // The state is whole at every moment, so a panic elsewhere spoils nothing.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes frames until there are no more, then closes the runner's input, which ends it.
async fn write(mut stdin: Pin<Box<dyn AsyncWrite + Send>>, mut outgoing: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = outgoing.recv().await {
        if stdin.write_all(&bytes).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
    let _ = stdin.shutdown().await;
}

struct Reader {
    state: Arc<Mutex<State>>,
    /// Weak: the queue closes when the wire is dropped, not when the runner ends.
    queue: mpsc::WeakSender<Vec<u8>>,
    to: String,
    patience: Patience,
}

/// When a runner that says nothing while calls are under way counts as gone, though its connection stands: its process is frozen, or
/// its host gives it no time.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Silence after which a sign of life is asked for; zero: never.
    pub interval: Duration,
    /// How many of them may stay away.
    pub times: usize,
}

impl Reader {
    async fn run(&self, mut said: mpsc::Receiver<Said>, mut frames: Frames) {
        let mut tail = Tail::default();
        let mut silent = 0;
        let why = loop {
            match self.answers(&mut frames) {
                Ok(()) => {}
                Err(why) => break format!("the runner does not make sense: {why}"),
            }
            let heard = match self.patience.interval {
                Duration::ZERO => said.recv().await,
                interval => match tokio::time::timeout(interval, said.recv()).await {
                    Ok(heard) => heard,
                    Err(_) if lock(&self.state).waiting.is_empty() => {
                        silent = 0;
                        continue;
                    }
                    Err(_) if silent >= self.patience.times => {
                        let seconds = interval.as_secs() * (silent as u64 + 1);
                        break tail.after(format!("the runner has not given a sign of life for {seconds} seconds"));
                    }
                    Err(_) => {
                        silent += 1;
                        self.ask();
                        continue;
                    }
                },
            };
            silent = 0;
            match heard {
                Some(Said::Out(bytes)) => frames.push(&bytes),
                Some(Said::Err(bytes)) => tail.push(&bytes),
                Some(Said::Exit(status)) => break tail.after(format!("the runner ended with status {status}")),
                None => break tail.after("the connection was closed".into()),
            }
        };
        let mut state = lock(&self.state);
        state.dead = Some(why.clone());
        for (_, waiting) in state.waiting.drain() {
            let lost = LinkError::Lost { to: self.to.clone(), why: why.clone(), in_flight: true };
            let _ = waiting.answer.send(Err(lost));
        }
    }

    /// Asks for a sign of life. Where frames wait to be written the runner has enough to answer already.
    fn ask(&self) {
        if let (Ok(bytes), Some(queue)) = (frame::encode(&ToHost::Ping), self.queue.upgrade()) {
            let _ = queue.try_send(bytes);
        }
    }

    /// Deals with all messages that are there. Never waits: what takes time is done by other tasks.
    fn answers(&self, frames: &mut Frames) -> Result<(), String> {
        while let Some(message) = frames.next()? {
            match message {
                FromHost::Hello { .. } => return Err("it greeted twice".into()),
                FromHost::Took { id, chunks } => {
                    if let Some(waiting) = lock(&self.state).waiting.get(&id) {
                        // More than the window cannot have been taken.
                        let room = frame::WINDOW.saturating_sub(waiting.window.available_permits());
                        waiting.window.add_permits(room.min(chunks as usize));
                    }
                }
                FromHost::NotBegun { id } => {
                    if let Some(waiting) = lock(&self.state).waiting.remove(&id) {
                        let _ = waiting.answer.send(Err(LinkError::NotBegun));
                    }
                }
                FromHost::Pong => {}
                FromHost::Need { id, body } => self.send_body(id, body),
                FromHost::Done { id, outcome } => {
                    let Some(waiting) = lock(&self.state).waiting.remove(&id) else { continue };
                    let result = match waiting.trouble {
                        Some(trouble) => Err(LinkError::Call(trouble)),
                        None => serde_json::from_str(&outcome)
                            .map_err(|e| LinkError::Call(format!("the outcome of the module cannot be read: {e}"))),
                    };
                    let _ = waiting.answer.send(result);
                }
            }
        }
        Ok(())
    }

    fn send_body(&self, id: u64, index: u32) {
        let (body, window) = match lock(&self.state).waiting.get(&id) {
            Some(waiting) => (waiting.bodies.get(index as usize).cloned(), waiting.window.clone()),
            // Cancelled in the meantime.
            None => return,
        };
        let (state, queue) = (self.state.clone(), self.queue.clone());
        tokio::spawn(async move {
            let result = match body {
                Some(body) => stream(id, body, &window, &queue).await,
                None => Err(format!("the module asked for file {index}, and the call has no such file")),
            };
            let Err(trouble) = result else { return };
            if let Some(waiting) = lock(&state).waiting.get_mut(&id) {
                waiting.trouble = Some(trouble);
            }
            // An empty end tells the module that the content is not whole.
            let _ = send(&queue, &ToHost::Chunk { id, bytes: Vec::new(), last: true }).await;
        });
    }
}

async fn send(queue: &mpsc::WeakSender<Vec<u8>>, message: &ToHost) -> Result<(), String> {
    let bytes = frame::encode(message).map_err(|e| e.to_string())?;
    // Without a receiver the connection is gone, and the reader tells whoever waits.
    if let Some(queue) = queue.upgrade() {
        let _ = queue.send(bytes).await;
    }
    Ok(())
}

/// Sends a file in chunks, as many ahead as the window lets through.
async fn stream(id: u64, body: Body, window: &Semaphore, queue: &mpsc::WeakSender<Vec<u8>>) -> Result<(), String> {
    let (mut from, name): (Pin<Box<dyn AsyncRead + Send>>, String) = match body {
        Body::Bytes(bytes) => (Box::pin(std::io::Cursor::new(bytes)), "the content".into()),
        Body::File(path) => {
            let name = format!("`{}`", path.display());
            let file = tokio::fs::File::open(&path).await.map_err(|e| format!("could not read {name}: {e}"))?;
            (Box::pin(file), name)
        }
    };
    let mut ahead = chunk(&mut from, &name).await?;
    loop {
        // One chunk is read ahead, so that the last one is known when it is sent.
        let next = if ahead.is_empty() { Vec::new() } else { chunk(&mut from, &name).await? };
        let last = next.is_empty();
        match window.acquire().await {
            Ok(permit) => permit.forget(),
            Err(_) => return Ok(()),
        }
        send(queue, &ToHost::Chunk { id, bytes: ahead, last }).await?;
        if last {
            return Ok(());
        }
        ahead = next;
    }
}

async fn chunk(from: &mut Pin<Box<dyn AsyncRead + Send>>, name: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(frame::CHUNK);
    let read = from.take(frame::CHUNK as u64).read_to_end(&mut bytes).await;
    read.map_err(|e| format!("could not read {name}: {e}"))?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;

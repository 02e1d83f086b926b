//! The far side of the frames: reads calls from one stream, runs them, answers on the other. The runner is nothing but
//! this and the modules that are linked in; so is a plugin's executable (`plugin_main!`).

mod bodies;
mod calls;
pub mod job;
mod panics;
mod program;
#[cfg(test)]
mod tests;

pub use program::main;

use crate::backend::native::Native;
use crate::frame::{self, FrameError, FromHost, ToHost};
use bodies::{Heard, Noting};
use calls::{Calls, Turn};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long running calls may take to come to an end when the other side has gone: commands get a moment between
/// being asked to stop and being killed.
const FAREWELL: Duration = Duration::from_secs(4);

/// How long a file may stay away without any word of the other side. Slow as it may be, it says something more often than that.
const SILENCE: Duration = Duration::from_secs(600);

/// Serves until `input` ends. Then running commands are stopped and, once they are, this returns.
pub fn serve(input: impl Read, output: impl Write + Send + 'static) -> Result<(), FrameError> {
    serve_with(input, output, SILENCE)
}

fn serve_with(from: impl Read, output: impl Write + Send + 'static, silence: Duration) -> Result<(), FrameError> {
    let heard = Arc::new(Heard::new(silence));
    let mut input = Noting { from, heard: heard.clone() };
    let answers = Answers(Arc::new(Mutex::new(output)));
    answers.send(&FromHost::Hello { version: frame::VERSION, uid: crate::Backend::euid(&Native::new()) })?;
    let pongs = answers.clone();
    let calls = Calls::new(answers, heard);
    let end = loop {
        match frame::read::<ToHost>(&mut input) {
            Ok(Some(ToHost::Call { id, after, if_good, call })) => calls.start(id, Turn { after, if_good }, call),
            Ok(Some(ToHost::Chunk { id, bytes, last })) => calls.chunk(id, bytes, last),
            Ok(Some(ToHost::Cancel { id })) => calls.cancel(id, "the call was cancelled"),
            Ok(Some(ToHost::Ping)) => {
                if let Err(e) = pongs.send(&FromHost::Pong) {
                    break Err(e);
                }
            }
            Ok(None) => break Ok(()),
            Err(e) => break Err(e),
        }
    };
    calls.end(FAREWELL);
    end
}

/// Where answers go; frames of several calls do not mix.
#[derive(Clone)]
struct Answers(Arc<Mutex<dyn Write + Send>>);

impl Answers {
    fn send(&self, message: &FromHost) -> Result<(), FrameError> {
        // Encoded before the lock, so that a large outcome holds up nobody.
        let bytes = frame::encode(message)?;
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(&bytes)?;
        Ok(output.flush()?)
    }
}

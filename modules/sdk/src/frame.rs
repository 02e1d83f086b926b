//! What travels between the engine and the runner: length-prefixed, typed messages in postcard's encoding. Every
//! length is checked before anything is allocated for it.

pub mod stuffing;

use crate::call::Call;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Version of the protocol; both sides must say the same.
pub const VERSION: u16 = 2;
/// Largest frame in bytes. Larger bodies come in chunks.
pub const MAX_FRAME: usize = 80 << 20;
/// Bytes that the length of a frame takes before it.
const LENGTH: usize = 4;
/// Size of the chunks of a streamed body.
pub const CHUNK: usize = 64 << 10;
/// Chunks the engine sends before it waits for [`FromHost::Took`].
pub const WINDOW: usize = 16;

/// From the engine to the runner.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToHost {
    /// Run a module; the answer is [`FromHost::Done`] with the same `id`.
    Call {
        /// Number of the request, unique within the connection; never 0.
        id: u64,
        /// An earlier request that must be answered before this one is begun; 0 for none. One that is unknown counts as answered.
        after: u64,
        /// Begin only when what came of that request lets work go on ([`crate::Outcome::lets_go_on`]); otherwise the answer is
        /// [`FromHost::NotBegun`].
        if_good: bool,
        /// The call.
        call: Box<Call>,
    },
    /// A piece of a body that [`FromHost::Need`] asked for.
    Chunk {
        /// The request it belongs to.
        id: u64,
        /// The content; empty when it could not be read to the end. Taken as a whole: serde's own way goes byte by byte.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        /// Whether this was the last piece.
        last: bool,
    },
    /// Stop a request: its command is killed, its answer is a failure.
    Cancel {
        /// The request.
        id: u64,
    },
    /// Is anybody there? The answer is [`FromHost::Pong`], whatever else is being done.
    Ping,
}

/// From the runner to the engine.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromHost {
    /// First of all: who is there.
    Hello {
        /// The runner's protocol version.
        version: u16,
        /// Effective user.
        uid: u32,
    },
    /// The module needs the content of a body of its call.
    Need {
        /// The request.
        id: u64,
        /// Which body.
        body: u32,
    },
    /// That many chunks were consumed: send as many more.
    Took {
        /// The request.
        id: u64,
        /// How many.
        chunks: u32,
    },
    /// The request was not begun, and will not be.
    NotBegun {
        /// The request.
        id: u64,
    },
    /// The outcome as JSON of [`crate::Outcome`].
    Done {
        /// The request.
        id: u64,
        /// JSON text.
        outcome: String,
    },
    /// The answer to [`ToHost::Ping`].
    Pong,
}

/// Why a stream of frames broke.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The stream failed or ended in the middle of a frame.
    #[error("the stream of frames broke: {0}")]
    Io(#[from] io::Error),
    /// A frame longer than [`MAX_FRAME`].
    #[error("a frame of {0} bytes is longer than allowed")]
    TooLong(usize),
    /// Bytes that are no message.
    #[error("a frame cannot be read: {0}")]
    Garbled(#[from] postcard::Error),
}

/// A message as bytes, length first (32 bits, little endian).
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let mut out = postcard::to_extend(message, vec![0; LENGTH])?;
    let length = out.len() - LENGTH;
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    // MAX_FRAME fits in 32 bits.
    out[..LENGTH].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(out)
}

/// Writes one message and flushes.
pub fn write<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), FrameError> {
    to.write_all(&encode(message)?)?;
    Ok(to.flush()?)
}

/// Reads one message; `None` at a clean end. Memory grows only with the bytes that really arrive.
pub fn read<T: for<'de> Deserialize<'de>>(from: &mut impl Read) -> Result<Option<T>, FrameError> {
    let mut length = [0; LENGTH];
    let mut got = 0;
    while got < LENGTH {
        match from.read(&mut length[got..]) {
            Ok(0) if got == 0 => return Ok(None),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    let mut body = Vec::with_capacity(length.min(2 * CHUNK));
    from.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Some(postcard::from_bytes(&body)?))
}

/// The message in a frame's body (after its length), for readers that do their own waiting.
pub fn decode<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, FrameError> {
    Ok(postcard::from_bytes(body)?)
}

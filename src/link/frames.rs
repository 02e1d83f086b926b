//! What a runner says, put together: messages out of the pieces in which they arrive, none larger than a frame may be.

use hostler_sdk::frame::{self, FromHost};

/// Frames out of pieces.
#[derive(Default)]
pub struct Frames {
    buffer: Vec<u8>,
    start: usize,
}

impl Frames {
    /// Begins with bytes that are there already.
    pub fn new(buffer: Vec<u8>) -> Self {
        Frames { buffer, start: 0 }
    }

    /// Adds what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message; `None` while it is not there as a whole.
    pub fn next(&mut self) -> Result<Option<FromHost>, String> {
        let rest = &self.buffer[self.start..];
        let Some((length, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*length) as usize;
        if length > frame::MAX_FRAME {
            return Err(format!("it sent a frame of {length} bytes"));
        }
        let Some(body) = body.get(..length) else { return Ok(None) };
        let message = frame::decode(body).map_err(|e| e.to_string())?;
        self.start += 4 + length;
        Ok(Some(message))
    }
}

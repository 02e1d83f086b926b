//! How bytes go to a runner behind a terminal: without the one that programs which hand a terminal on take for themselves (three
//! times `^]` ends the session of `machinectl shell`), and with an end, which the input of a terminal does not have.

use std::io::{self, Read};

/// The argument that tells a runner that its input is written so.
pub const ARGUMENT: &str = "--hostler-stuffed-input";
/// Nothing follows.
pub const END: [u8; 2] = [MARK, b'.'];

/// Stands before each of the letters below.
const MARK: u8 = 0x10;
/// Never goes on its way.
const BANNED: u8 = 0x1d;
const FOR_MARK: u8 = b'm';
const FOR_BANNED: u8 = b'b';

/// `bytes` as they go on their way.
pub fn stuff(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 64);
    for byte in bytes {
        match *byte {
            MARK => out.extend([MARK, FOR_MARK]),
            BANNED => out.extend([MARK, FOR_BANNED]),
            byte => out.push(byte),
        }
    }
    out
}

/// Reads what was written so. What comes after [`END`] is not looked at.
pub struct Stuffed<R> {
    from: R,
    /// The last byte that was read was a mark.
    marked: bool,
    ended: bool,
}

impl<R: Read> Stuffed<R> {
    /// Reads from `from`.
    pub fn new(from: R) -> Self {
        Stuffed { from, marked: false, ended: false }
    }

    /// Turns the bytes at hand into what they stand for; how many these are.
    fn take_out(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut kept = 0;
        for at in 0..bytes.len() {
            let byte = match (std::mem::take(&mut self.marked), bytes[at]) {
                (false, MARK) => {
                    self.marked = true;
                    continue;
                }
                (false, byte) => byte,
                (true, FOR_MARK) => MARK,
                (true, FOR_BANNED) => BANNED,
                (true, byte) if byte == END[1] => {
                    self.ended = true;
                    break;
                }
                (true, byte) => {
                    let why = format!("the byte {byte:#04x} after a mark means nothing");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
            };
            bytes[kept] = byte;
            kept += 1;
        }
        Ok(kept)
    }
}

impl<R: Read> Read for Stuffed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let read = self.from.read(buffer)?;
            if read == 0 {
                break;
            }
            match self.take_out(&mut buffer[..read])? {
                // A mark alone: what it marks comes next.
                0 => {}
                kept => return Ok(kept),
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Gives what it has in pieces of some size.
    struct Pieces(Vec<u8>, usize);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.0.len().min(self.1).min(buffer.len());
            buffer[..size].copy_from_slice(&self.0[..size]);
            self.0.drain(..size);
            Ok(size)
        }
    }

    fn out_of(bytes: &[u8], piece: usize) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Stuffed::new(Pieces(bytes.to_vec(), piece)).read_to_end(&mut out).map(|_| out)
    }

    proptest! {
        #[test]
        fn every_byte_arrives_and_the_banned_one_never_goes(
            bytes in vec(prop_oneof![any::<u8>(), Just(MARK), Just(BANNED), Just(FOR_BANNED), Just(END[1])], 0..300),
            piece in 1usize..9,
        ) {
            let sent = stuff(&bytes);
            prop_assert!(!sent.contains(&BANNED));
            prop_assert!(!sent.windows(2).any(|pair| pair == END));
            prop_assert_eq!(&out_of(&sent, piece).unwrap(), &bytes);
            let ended = [&sent[..], &END, b"what the terminal says later", &[MARK, 0]].concat();
            prop_assert_eq!(&out_of(&ended, piece).unwrap(), &bytes);
        }
    }

    #[test]
    fn what_nobody_wrote_is_refused() {
        let error = out_of(b"ab\x10c", 2).unwrap_err();
        assert_eq!(error.to_string(), "the byte 0x63 after a mark means nothing");
    }
}

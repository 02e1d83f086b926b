//! Content that is checked while it is read: what ends otherwise than it was announced ends in an error, before anybody takes
//! it for the file.

use sha1::{Digest, Sha1};
use std::io::{self, Read};

/// A reader that fails at its end when the content was not the one announced.
pub(super) struct Verified<R> {
    inner: R,
    hash: Option<Sha1>,
    sha1: String,
}

impl<R: Read> Verified<R> {
    /// Content that must have this SHA-1, in lower-case hex.
    pub(super) fn new(inner: R, sha1: &str) -> Self {
        Verified { inner, hash: Some(Sha1::new()), sha1: sha1.to_owned() }
    }
}

impl<R: Read> Read for Verified<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count > 0 {
            if let Some(hash) = &mut self.hash {
                hash.update(&buffer[..count]);
            }
        } else if !buffer.is_empty()
            && let Some(hash) = self.hash.take()
            && hex::encode(hash.finalize()) != self.sha1
        {
            return Err(io::Error::other("the content changed while it was copied"));
        }
        Ok(count)
    }
}

/// The SHA-1 of bytes, in lower-case hex.
pub(super) fn sha1(bytes: &[u8]) -> String {
    hex::encode(Sha1::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_content_is_an_error() {
        let sha1 = "3f786850e387550fdab836ed7e6dc881de23001b";
        let mut out = String::new();
        assert_eq!(Verified::new(b"a\n".as_slice(), sha1).read_to_string(&mut out).unwrap(), 2);
        assert!(Verified::new(b"b\n".as_slice(), sha1).read_to_string(&mut out).is_err());
    }
}

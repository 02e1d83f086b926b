//! The input of a runner behind a terminal: written so that every byte gets there, and that its end does.

use hostler_sdk::frame::stuffing::{END, stuff};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// Bytes that are taken at a time.
const PIECE: usize = 64 << 10;

/// Where a process takes its input.
type Stdin = Pin<Box<dyn AsyncWrite + Send>>;

/// Writes on in the way that such a runner reads.
pub struct Stuffing {
    to: Stdin,
    /// What is taken and not yet written, from `at` on.
    left: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Stuffing {
    /// Writes to `to`.
    pub fn new(to: Stdin) -> Self {
        Stuffing { to, left: Vec::new(), at: 0, ended: false }
    }

    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.at < self.left.len() {
            match ready!(self.to.as_mut().poll_write(cx, &self.left[self.at..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.at += written,
            }
        }
        self.left.clear();
        self.at = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stuffing {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_left(cx))?;
        let piece = &buffer[..buffer.len().min(PIECE)];
        self.left = stuff(piece);
        match self.poll_left(cx) {
            Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
            // What is left goes with the next piece, or when all is to be written.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(piece.len())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_left(cx))?;
        self.to.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.ended {
            self.ended = true;
            self.left.extend(END);
        }
        ready!(self.poll_left(cx))?;
        ready!(self.to.as_mut().poll_flush(cx))?;
        self.to.as_mut().poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hostler_sdk::frame::stuffing::Stuffed;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn all_bytes_and_the_end_get_through_a_narrow_way() {
        let (near, mut far) = tokio::io::duplex(7);
        let bytes: Vec<u8> = (0..=255).cycle().take(200_000).chain([0x1d; 9]).chain([0x10; 9]).collect();
        let writing = async {
            let mut to = Stuffing::new(Box::pin(near));
            to.write_all(&bytes).await.unwrap();
            to.shutdown().await.unwrap();
        };
        let mut sent = Vec::new();
        let (_, read) = tokio::join!(writing, far.read_to_end(&mut sent));
        read.unwrap();
        assert!(sent.ends_with(&END) && !sent.contains(&0x1d));
        let mut arrived = Vec::new();
        sent.extend(b"echo of something");
        io::Read::read_to_end(&mut Stuffed::new(&sent[..]), &mut arrived).unwrap();
        assert!(arrived == bytes);
    }
}

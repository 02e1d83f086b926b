//! Input of programs at the pace of the connection. The SSH library takes in as much as the server's window allows, two megabytes,
//! and keeps the room for as long as the connection lasts; a thousand hosts that are sent the runner would fill the memory.
//! So the bytes that went out are counted, and a program's input waits for those it handed over before.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that may be on their way from a program's input to the wire.
const AHEAD: usize = 64 << 10;

/// What went out over a connection.
#[derive(Debug, Default)]
pub struct Wire(Mutex<Out>);

#[derive(Debug, Default)]
struct Out {
    bytes: u64,
    ended: bool,
    waiting: Vec<Waker>,
}

impl Wire {
    fn out(&self) -> MutexGuard<'_, Out> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what happened, and lets all that wait look again.
    fn note(&self, happened: impl FnOnce(&mut Out)) {
        let waiting = {
            let mut out = self.out();
            happened(&mut out);
            std::mem::take(&mut out.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Ready when this many bytes went out, or no more will.
    fn reached(&self, bytes: u64, cx: &Context<'_>) -> Poll<()> {
        let mut out = self.out();
        if out.bytes >= bytes || out.ended {
            return Poll::Ready(());
        }
        out.waiting.push(cx.waker().clone());
        Poll::Pending
    }
}

/// A stream under SSH whose outgoing bytes are counted.
pub struct Counted<S> {
    stream: S,
    wire: Arc<Wire>,
}

impl<S> Counted<S> {
    pub fn new(stream: S, wire: Arc<Wire>) -> Self {
        Counted { stream, wire }
    }
}

impl<S> Drop for Counted<S> {
    fn drop(&mut self) {
        self.wire.note(|out| out.ended = true);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.wire.note(|out| out.bytes += written as u64);
        Poll::Ready(Ok(written))
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Dropped when a program takes no more input: what was handed over for it may never go out.
pub struct Open {
    wire: Arc<Wire>,
    closed: Arc<AtomicBool>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        self.wire.note(|_| {});
    }
}

/// The input of a program, which is handed over no faster than the connection takes it.
pub struct Paced<W> {
    input: W,
    wire: Arc<Wire>,
    closed: Arc<AtomicBool>,
    /// Bytes on the wire when the first of `handed` was handed over.
    from: u64,
    handed: usize,
}

impl<W> Paced<W> {
    /// The input, and what is dropped when the program takes no more.
    pub fn new(input: W, wire: Arc<Wire>) -> (Self, Open) {
        let closed = Arc::new(AtomicBool::new(false));
        let open = Open { wire: wire.clone(), closed: closed.clone() };
        (Paced { input, wire, closed, from: 0, handed: 0 }, open)
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Paced<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.handed >= AHEAD {
            // Looked at after the place in the row is taken, so that no end goes unseen.
            let reached = self.wire.reached(self.from + self.handed as u64, cx);
            if reached.is_pending() && !self.closed.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            self.handed = 0;
        }
        if self.handed == 0 {
            let from = self.wire.out().bytes;
            self.from = from;
        }
        let room = bytes.len().min(AHEAD - self.handed);
        let written = ready!(Pin::new(&mut self.input).poll_write(cx, &bytes[..room]))?;
        self.handed += written;
        Poll::Ready(Ok(written))
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn input_waits_for_what_went_out() {
        let wire = Arc::new(Wire::default());
        let (mut input, open) = Paced::new(Vec::new(), wire.clone());
        let mut stream = Counted::new(tokio::io::sink(), wire.clone());
        let bytes = vec![7; AHEAD + 1];
        assert_eq!(input.write(&bytes).await.unwrap(), AHEAD);
        assert!(input.write(&bytes).now_or_never().is_none());
        // All but one byte: not yet.
        stream.write_all(&bytes[..AHEAD - 1]).await.unwrap();
        assert!(input.write(&bytes).now_or_never().is_none());
        let waiting = tokio::spawn(async move { (input.write(&bytes).await.unwrap(), input) });
        stream.write_all(b"x").await.unwrap();
        let (written, mut input) = waiting.await.unwrap();
        assert_eq!(written, AHEAD);
        // A program that takes no more, and a connection that ended, hold up nobody.
        let waiting = tokio::spawn(async move { (input.write(b"abc").await.unwrap(), input) });
        drop(open);
        let (written, mut input) = waiting.await.unwrap();
        assert_eq!(written, 3);
        assert_eq!(input.write(&vec![7; AHEAD]).await.unwrap(), AHEAD - 3);
        let (mut other, _open) = Paced::new(Vec::new(), wire);
        assert_eq!(other.write(&vec![7; AHEAD]).await.unwrap(), AHEAD);
        let waiting = tokio::spawn(async move { other.write(b"abc").await.unwrap() });
        drop(stream);
        assert_eq!(waiting.await.unwrap(), 3);
    }
}

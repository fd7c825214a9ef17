//! Streams whose bytes are counted, and the script's side of a pair.

use super::refusal::Refusal;
use super::run::{Listing, Run};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

/// What bytes go over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection to a server. Its bytes count for the run; past a limit it fails, and says why where that is asked.
pub(super) struct Counted {
    stream: Box<dyn Stream>,
    run: Arc<Run>,
    why: Arc<OnceLock<Refusal>>,
    listing: Option<Arc<Listing>>,
}

impl Counted {
    pub(super) fn new(stream: Box<dyn Stream>, run: Arc<Run>, why: Arc<OnceLock<Refusal>>) -> Self {
        Self {
            stream,
            run,
            why,
            listing: None,
        }
    }

    /// The same where what comes is the whole of what is listed.
    pub(super) fn listed(self, listing: Arc<Listing>) -> Self {
        Self {
            listing: Some(listing),
            ..self
        }
    }

    fn stop(&self, refusal: Refusal) -> io::Error {
        io::Error::other(self.why.get_or_init(|| refusal).clone())
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let counted = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut counted.stream).poll_read(context, buffer))?;
        let received = buffer.filled().len() - before;
        if let Some(listing) = &counted.listing {
            listing.note(|exchange| exchange.bytes += received as u64);
        }
        Poll::Ready(
            counted
                .run
                .receive(received)
                .map_err(|refusal| counted.stop(refusal)),
        )
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let counted = self.get_mut();
        let sent = ready!(Pin::new(&mut counted.stream).poll_write(context, bytes))?;
        Poll::Ready(
            counted
                .run
                .send(sent)
                .map(|()| sent)
                .map_err(|refusal| counted.stop(refusal)),
        )
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

/// The script's side of a pair. What came with the first line is read first.
///
/// With a [`Turn`] it is what HTTP needs: a script that has said its request and closed its sending half still gets the
/// answer, and what the HTTP library would answer by itself to what it cannot read is not written.
pub(super) struct Script {
    pair: UnixStream,
    early: Vec<u8>,
    turn: Option<Arc<Turn>>,
}

impl Script {
    pub(super) fn new(pair: UnixStream, early: Vec<u8>) -> Self {
        Self {
            pair,
            early,
            turn: None,
        }
    }

    pub(super) fn into_pair(self) -> UnixStream {
        self.pair
    }

    /// The same for HTTP.
    pub(super) fn in_turns(self, turn: Arc<Turn>) -> Self {
        Self {
            turn: Some(turn),
            ..self
        }
    }

    /// Whether the script's side is closed whole, not its sending half alone.
    fn is_hung_up(&self) -> bool {
        let mut polled = [PollFd::new(&self.pair, PollFlags::empty())];
        rustix::event::poll(&mut polled, Some(&Timespec::default())).is_err()
            || polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}

impl AsyncRead for Script {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let script = self.get_mut();
        if script.early.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut script.pair).poll_read(context, buffer))?;
            if buffer.filled().len() == before
                && let Some(turn) = &script.turn
                && !script.is_hung_up()
                && turn.waits_for_answer(context.waker())
            {
                return Poll::Pending;
            }
        } else {
            let length = script.early.len().min(buffer.remaining());
            buffer.put_slice(&script.early[..length]);
            script.early.drain(..length);
        }
        if let Some(turn) = &script.turn {
            turn.hears(buffer.filled().first().copied());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Script {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let script = self.get_mut();
        match &script.turn {
            Some(turn) if !turn.may_answer() => Poll::Ready(Ok(bytes.len())),
            _ => Pin::new(&mut script.pair).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().pair).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let script = self.get_mut();
        match script.turn {
            // The pair closes when it is dropped: by then it is known why.
            Some(_) => Poll::Ready(Ok(())),
            None => Pin::new(&mut script.pair).poll_shutdown(context),
        }
    }
}

/// Whose turn it is to speak on a pair with HTTP.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// A request was read whole up to its body, and its answer is not done.
    busy: AtomicBool,
    /// The last thing that was read became a request.
    understood: AtomicBool,
    /// The first byte that was heard.
    first: OnceLock<u8>,
    /// Who reads again when the answer is done.
    reader: Mutex<Option<Waker>>,
}

impl Turn {
    /// The head of a request was read.
    pub(super) fn asked(&self) {
        self.busy.store(true, Ordering::Relaxed);
        self.understood.store(true, Ordering::Relaxed);
    }

    /// Its answer is done, or given up.
    pub(super) fn answered(&self) {
        self.busy.store(false, Ordering::Relaxed);
        if let Some(reader) = self.reader().take() {
            reader.wake();
        }
    }

    /// Whether the script began with what TLS begins with.
    pub(super) fn began_with_tls(&self) -> bool {
        self.first.get() == Some(&TLS_HANDSHAKE)
    }

    fn hears(&self, first: Option<u8>) {
        if let Some(first) = first {
            self.first.get_or_init(|| first);
            if !self.busy.load(Ordering::Relaxed) {
                self.understood.store(false, Ordering::Relaxed);
            }
        }
    }

    fn may_answer(&self) -> bool {
        self.understood.load(Ordering::Relaxed)
    }

    /// Whether an answer is being made; the reader is woken when it is done.
    fn waits_for_answer(&self, reader: &Waker) -> bool {
        *self.reader() = Some(reader.clone());
        self.busy.load(Ordering::Relaxed)
    }

    fn reader(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The type of a record with which TLS begins (RFC 8446 section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

//! A connection on which nobody can be waited for without end: the head of a request, the time between two requests, and
//! an answer that is not taken have limits.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// How long is waited for a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// While it sends the head of a request.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// While it takes nothing of what is sent to it.
    pub write: Duration,
    /// While it still sends though it was answered: closing at once would take the answer from it.
    pub linger: Duration,
}

/// Proxies keep idle connections for a minute, and must not send a request into one that closes.
pub(super) const PATIENCE: Patience = Patience {
    head: Duration::from_secs(10),
    idle: Duration::from_secs(75),
    write: Duration::from_secs(30),
    linger: Duration::from_secs(1),
};

/// How many bytes are read of a client that was answered.
const LINGER_BYTES: usize = 4 << 20;

/// Whose turn it is on a connection.
#[derive(Clone, Debug)]
pub(super) struct Turn(Arc<AtomicU8>);

/// The client sends the head of a request.
const HEAD: u8 = 0;
/// A request is being answered.
const ANSWER: u8 = 1;
/// The client may send another request.
const BETWEEN: u8 = 2;

impl Turn {
    /// A request has begun.
    pub fn begin(&self) {
        self.0.store(ANSWER, Ordering::Relaxed);
    }

    /// A request is answered.
    pub fn end(&self) {
        self.0.store(BETWEEN, Ordering::Relaxed);
    }

    fn now(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream with these limits.
#[derive(Debug)]
pub(super) struct Paced<S> {
    stream: S,
    turn: Turn,
    patience: Patience,
    /// The turn for which `reading` is set.
    known: u8,
    /// When reading has to have come to something.
    reading: Pin<Box<Sleep>>,
    /// When writing has to have come to something; none while nothing waits to be written.
    writing: Option<Pin<Box<Sleep>>>,
    /// How long the client is still listened to, and for how many bytes, once the connection closes.
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Paced<S> {
    /// A connection that has just begun, and whose turn it is.
    pub fn new(stream: S, patience: Patience) -> (Self, Turn) {
        let turn = Turn(Arc::new(AtomicU8::new(HEAD)));
        let paced = Self {
            stream,
            patience,
            turn: turn.clone(),
            known: HEAD,
            reading: Box::pin(sleep(patience.head)),
            writing: None,
            lingering: None,
        };
        (paced, turn)
    }

    fn read_within(&mut self, turn: u8, limit: Duration) {
        self.known = turn;
        self.reading.as_mut().reset(Instant::now() + limit);
    }

    /// What a write comes to; an error where the client takes nothing.
    fn written<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.writing = None;
            return outcome;
        }
        let until = Instant::now() + self.patience.write;
        let limit = self.writing.get_or_insert_with(|| Box::pin(sleep_until(until)));
        ready!(limit.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let turn = self.turn.now();
        if turn == BETWEEN && self.known != BETWEEN {
            let idle = self.patience.idle;
            self.read_within(BETWEEN, idle);
        }
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match outcome {
            Poll::Ready(Ok(())) if turn == BETWEEN && buffer.filled().len() > before => {
                self.turn.0.store(HEAD, Ordering::Relaxed);
                let head = self.patience.head;
                self.read_within(HEAD, head);
            }
            // The time that an answer takes has its own limits.
            Poll::Pending if turn != ANSWER => {
                ready!(self.reading.as_mut().poll(cx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Poll::Ready(_) | Poll::Pending => {}
        }
        if turn == ANSWER {
            self.known = ANSWER;
        }
        outcome
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            let outcome = Pin::new(&mut this.stream).poll_shutdown(cx);
            ready!(this.written(cx, outcome))?;
        }
        let (limit, bytes) = this
            .lingering
            .get_or_insert_with(|| (Box::pin(sleep(this.patience.linger)), LINGER_BYTES));
        let mut thrown_away = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match Pin::new(&mut this.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() && *bytes > 0 => {
                    *bytes = bytes.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(limit.as_mut().poll(cx));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    const SHORT: Patience = Patience {
        head: Duration::from_millis(200),
        idle: Duration::from_millis(700),
        write: Duration::from_millis(100),
        linger: Duration::from_millis(300),
    };

    fn connected() -> (Paced<DuplexStream>, Turn, DuplexStream) {
        let (server, client) = duplex(1 << 10);
        let (paced, turn) = Paced::new(server, SHORT);
        (paced, turn, client)
    }

    async fn read_one(paced: &mut Paced<DuplexStream>) -> Result<u8, io::ErrorKind> {
        paced.read_u8().await.map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn a_head_that_comes_byte_by_byte_ends_at_its_limit() {
        let (mut paced, _turn, mut client) = connected();
        let began = Instant::now();
        tokio::spawn(async move {
            while client.write_u8(b'x').await.is_ok() {
                sleep(SHORT.head / 10).await;
            }
        });
        let mut ended = Ok(0);
        while ended.is_ok() {
            ended = read_one(&mut paced).await;
        }
        assert_eq!(ended, Err(io::ErrorKind::TimedOut));
        assert!(began.elapsed() >= SHORT.head);
    }

    #[tokio::test]
    async fn between_requests_a_connection_is_kept_longer_and_a_head_that_began_no_longer_than_another() {
        let (mut paced, turn, mut client) = connected();
        client.write_u8(b'x').await.unwrap();
        assert_eq!(read_one(&mut paced).await, Ok(b'x'));
        turn.begin();
        turn.end();
        let writes = tokio::spawn(async move {
            sleep(2 * SHORT.head).await;
            client.write_u8(b'y').await.unwrap();
            client
        });
        assert_eq!(read_one(&mut paced).await, Ok(b'y'));
        let _client = writes.await.unwrap();
        let began = Instant::now();
        assert_eq!(read_one(&mut paced).await, Err(io::ErrorKind::TimedOut));
        assert!(began.elapsed() < SHORT.idle);
    }

    #[tokio::test]
    async fn an_answer_may_take_its_time_and_idleness_may_not() {
        let (mut paced, turn, _client) = connected();
        turn.begin();
        let waited = tokio::time::timeout(2 * SHORT.idle, read_one(&mut paced)).await;
        assert!(waited.is_err());
        turn.end();
        assert_eq!(read_one(&mut paced).await, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_let_go() {
        let (mut paced, _turn, _client) = connected();
        let answer = [0; 4 << 10];
        let written = paced.write_all(&answer).await.map_err(|error| error.kind());
        assert_eq!(written, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn who_still_sends_is_listened_to_for_a_moment() {
        let (mut paced, _turn, mut client) = connected();
        let client = tokio::spawn(async move {
            let body = [0; 4 << 10];
            client.write_all(&body).await.unwrap();
            let mut rest = Vec::new();
            client.read_to_end(&mut rest).await.unwrap();
            rest
        });
        paced.write_all(b"no").await.unwrap();
        paced.shutdown().await.unwrap();
        drop(paced);
        assert_eq!(client.await.unwrap(), b"no");
    }
}

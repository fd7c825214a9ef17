//! Bodies on their way: counted for the list, kept where they are kept, cut when the time is over.

use super::head;
use crate::egress::connection::Connection;
use crate::egress::refusal::Refusal;
use crate::egress::run::Listing;
use crate::egress::wire::Turn;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::{Instant, Sleep, sleep_until};

/// A body that goes either way.
pub(super) type Body = UnsyncBoxBody<Bytes, Refusal>;

/// Where an answer's body comes from: only what comes from a server can fail.
pub(super) type Source = UnsyncBoxBody<Bytes, hyper::Error>;

/// The body of a request.
pub(super) struct Going {
    body: Incoming,
    connection: Connection,
    listing: Arc<Listing>,
}

impl Going {
    pub(super) fn new(body: Incoming, connection: Connection, listing: Arc<Listing>) -> Self {
        Self {
            body,
            connection,
            listing,
        }
    }
}

impl HttpBody for Going {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let going = self.get_mut();
        Pin::new(&mut going.body).poll_frame(context).map(|frame| {
            frame.map(|frame| match frame {
                Ok(frame) => {
                    if let Some(data) = frame.data_ref() {
                        going
                            .listing
                            .keep(|kept| kept.request_body.extend_from_slice(data));
                    }
                    Ok(frame)
                }
                Err(error) => Err(going.connection.stop(head::unread(&going.connection, &error))),
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer.
pub(super) struct Coming {
    body: Source,
    connection: Connection,
    listing: Arc<Listing>,
    turn: Arc<Turn>,
    limit: Pin<Box<Sleep>>,
}

impl Coming {
    pub(super) fn new(
        body: Source,
        connection: Connection,
        listing: Arc<Listing>,
        turn: Arc<Turn>,
        limit: Instant,
    ) -> Self {
        Self {
            body,
            connection,
            listing,
            turn,
            limit: Box::pin(sleep_until(limit)),
        }
    }

    fn fail(&self, refusal: Refusal) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let refusal = self.connection.stop(refusal);
        self.listing.failed(&refusal);
        Poll::Ready(Some(Err(refusal)))
    }
}

impl HttpBody for Coming {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let coming = self.get_mut();
        match Pin::new(&mut coming.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    coming
                        .listing
                        .note(|exchange| exchange.bytes += data.len() as u64);
                    coming.listing.keep(|kept| kept.body.extend_from_slice(data));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => coming.fail(head::unanswered(&coming.connection, &error)),
            Poll::Ready(None) => {
                coming.listing.done();
                Poll::Ready(None)
            }
            Poll::Pending if coming.limit.as_mut().poll(context).is_ready() => {
                coming.fail(coming.connection.late("a request"))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        // A body of a known length is not asked again behind its last byte.
        if self.body.is_end_stream() {
            self.listing.done();
        }
        self.turn.answered();
    }
}

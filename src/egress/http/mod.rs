//! HTTP/1.1 on a pair: each request is judged, listed, answered or sent on.
//!
//! What goes out is written anew from what was understood, so a message that two readers read in two ways goes out in one.

mod body;
mod head;

use super::answers::{Answer, Asked as Question, Reply};
use super::connection::Connection;
use super::limits::{LONGEST_HEAD, Reached};
use super::refusal::Refusal;
use super::run::{CONNECT, Listing};
use super::terms::Keeping;
use super::wire::{Script, Turn};
use crate::command::AnsweredBy;
use body::{Body, Coming, Going};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder as Client, SendRequest};
use hyper::header::{ACCEPT_ENCODING, HeaderValue};
use hyper::server::conn::http1::Builder as Server;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// A server that is connected to.
#[derive(Debug)]
pub(super) struct Upstream {
    sender: SendRequest<Body>,
    /// What drives the connection; it ends with this value.
    _tasks: JoinSet<()>,
}

impl Upstream {
    pub(super) async fn connect(connection: &Connection) -> Result<Self, Refusal> {
        let server = connection.connect(connection.asked.layer).await?;
        let (sender, driven) = Client::new()
            .preserve_header_case(true)
            .max_headers(connection.run.terms.limits.headers)
            .max_buf_size(LONGEST_HEAD)
            .handshake(TokioIo::new(server))
            .await
            .map_err(|error| head::unanswered(connection, &error))?;
        let connection = connection.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // An error comes out here only where no request is there to be told.
            if let Err(error) = driven.await {
                connection.stop(head::unanswered(&connection, &error));
            }
            connection.left.notify_one();
        });
        Ok(Self {
            sender,
            _tasks: tasks,
        })
    }
}

/// Serves a pair until either side closes it. The script's side comes back.
pub(super) async fn serve(script: Script, connection: Connection, upstream: Option<Upstream>) -> Script {
    let began = Instant::now();
    let turn = Arc::new(Turn::default());
    let speaker = Arc::new(Speaker {
        connection: connection.clone(),
        turn: Arc::clone(&turn),
        upstream: Mutex::new(upstream),
    });
    let mut served = Server::new()
        .auto_date_header(false)
        .max_headers(connection.run.terms.limits.headers)
        .max_buf_size(LONGEST_HEAD)
        .preserve_header_case(true)
        .serve_connection(
            TokioIo::new(script.in_turns(Arc::clone(&turn))),
            service_fn(move |request| {
                speaker.turn.asked();
                Arc::clone(&speaker).answer(request)
            }),
        );
    let ended = tokio::select! {
        outcome = &mut served => Some(outcome),
        () = connection.left.notified() => None,
    };
    let outcome = if let Some(outcome) = ended {
        outcome
    } else {
        Pin::new(&mut served).graceful_shutdown();
        (&mut served).await
    };
    // A request that failed has said why, and is listed; here is what never became one.
    if let Err(error) = outcome
        && connection.why.get().is_none()
        && let Some(refusal) = head::misspoken(&connection, &turn, &error)
    {
        let refusal = connection.stop(refusal);
        if let Ok(listing) = connection.run.list(CONNECT, connection.asked.url("/"), began) {
            listing.failed(&refusal);
        }
    }
    served.into_parts().io.into_inner()
}

/// What answers the requests of one pair, one after the other.
struct Speaker {
    connection: Connection,
    turn: Arc<Turn>,
    upstream: Mutex<Option<Upstream>>,
}

impl Speaker {
    /// Answers a request. What fails closes the pair: an error is no answer.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let connection = &self.connection;
        let limit = connection.run.time_limit();
        let url = connection.asked.url(head::path(request.uri()));
        let listing = connection
            .run
            .list(request.method().as_str(), url, Instant::now())
            .map(Arc::new)
            .map_err(|refusal| connection.stop(refusal))?;
        let outcome = timeout_at(limit, self.exchange(request, &listing, limit)).await;
        outcome
            .unwrap_or_else(|_| Err(connection.late("a request")))
            .map_err(|refusal| {
                let refusal = connection.stop(refusal);
                listing.failed(&refusal);
                self.turn.answered();
                refusal
            })
    }

    async fn exchange(
        &self,
        request: Request<Incoming>,
        listing: &Arc<Listing>,
        limit: Instant,
    ) -> Result<Response<Body>, Refusal> {
        head::judge(&request, &self.connection.asked).map_err(Refusal::Protocol)?;
        listing.keep(|kept| kept.request_headers = head::words(request.headers()));
        let (mut head, body) = request.into_parts();
        if self.connection.run.terms.keeping == Keeping::Messages
            && head.headers.contains_key(ACCEPT_ENCODING)
        {
            // Secrets are looked for in what is kept, so an answer comes in a coding that can be read.
            let readable = HeaderValue::from_static("gzip, deflate");
            head.headers.insert(ACCEPT_ENCODING, readable);
        }
        let body = Going::new(body, self.connection.clone(), Arc::clone(listing));
        let Some(answers) = &self.connection.run.terms.answers else {
            let request = Request::from_parts(head, body.boxed_unsync());
            return self.forward(request, listing, limit).await;
        };
        let most = self.connection.run.terms.limits.bytes_out;
        let whole = Limited::new(body, usize::try_from(most).unwrap_or(usize::MAX))
            .collect()
            .await
            .map_err(|error| match error.downcast::<Refusal>() {
                Ok(refusal) => *refusal,
                Err(_) => Refusal::Limit(Reached::BytesOut(most)),
            })?
            .to_bytes();
        let (method, url) = (
            head.method.as_str(),
            self.connection.asked.url(head::path(&head.uri)),
        );
        let reply = answers.reply(&Question {
            method,
            url: &url,
            headers: &head::words(&head.headers),
            body: &whole,
        });
        if reply != Reply::Network {
            listing.note(|exchange| exchange.by = AnsweredBy::Recorded);
        }
        match reply {
            Reply::Network => {
                let whole = Full::new(whole).map_err(|never| match never {}).boxed_unsync();
                self.forward(Request::from_parts(head, whole), listing, limit)
                    .await
            }
            Reply::Answer(answer) => self.recorded(answer, listing, limit),
            Reply::Broken { error } => Err(Refusal::from_record(&error)),
            Reply::Unanswered { nearest } => Err(Refusal::Unanswered {
                method: method.to_owned(),
                url,
                nearest,
            }),
        }
    }

    /// Sends a request on and hands its answer back as it comes.
    async fn forward(
        &self,
        request: Request<Body>,
        listing: &Arc<Listing>,
        limit: Instant,
    ) -> Result<Response<Body>, Refusal> {
        let mut upstream = self.upstream.lock().await;
        let upstream = match &mut *upstream {
            Some(upstream) => upstream,
            missing => missing.insert(Upstream::connect(&self.connection).await?),
        };
        let unanswered = |error| head::unanswered(&self.connection, &error);
        upstream.sender.ready().await.map_err(unanswered)?;
        let answer = upstream.sender.send_request(request).await.map_err(unanswered)?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Refusal::Protocol(head::no_upgrade(&self.connection.asked)));
        }
        let (mut head, body) = answer.into_parts();
        // The script's side is told in its own version where the body ends.
        head.version = Version::HTTP_11;
        listing.note(|exchange| exchange.status = Some(head.status.as_u16()));
        listing.keep(|kept| kept.headers = head::words(&head.headers));
        let body = self.coming(body.boxed_unsync(), listing, limit);
        Ok(Response::from_parts(head, body))
    }

    fn recorded(
        &self,
        answer: Answer,
        listing: &Arc<Listing>,
        limit: Instant,
    ) -> Result<Response<Body>, Refusal> {
        let unusable = |what: &dyn std::fmt::Display| {
            Refusal::Protocol(format!(
                "the answer that is there for {} cannot be given: {what}",
                self.connection.asked.destination
            ))
        };
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|error| unusable(&error))?;
        for (name, value) in &answer.headers {
            let (name, value) = head::header(name, value).map_err(|error| unusable(&error))?;
            response.headers_mut().append(name, value);
        }
        listing.note(|exchange| exchange.status = Some(answer.status));
        listing.keep(|kept| kept.headers.clone_from(&answer.headers));
        let body = Full::new(Bytes::from(answer.body)).map_err(|never| match never {});
        Ok(response.map(|()| self.coming(body.boxed_unsync(), listing, limit)))
    }

    fn coming(&self, body: body::Source, listing: &Arc<Listing>, limit: Instant) -> Body {
        Coming::new(
            body,
            self.connection.clone(),
            Arc::clone(listing),
            Arc::clone(&self.turn),
            limit,
        )
        .boxed_unsync()
    }
}

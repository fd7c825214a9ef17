//! What every request goes through before and after its endpoint: whose host it is for, how long it may be, whether there
//! is room for it, what it is called, and how long it took.

use super::answer::Answer;
use super::cors;
use super::demo;
use super::forwarded;
use super::log;
use super::metrics::Metrics;
use super::pages::{self, What};
use super::readiness::Readiness;
use super::received::Received;
use super::site::Site;
use super::switch::Switch;
use super::views::{Reader, View, nonce};
use crate::oauth::Caller;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request};
use axum::middleware::Next;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub IpAddr);

/// How far the server has come with its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// It goes on.
    No,
    /// It takes no new connections; what runs may end.
    Draining,
    /// What still runs is cut off.
    CutOff,
    /// Nothing runs any more.
    Over,
}

/// Where an endpoint runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// At once: it waits for nothing.
    AtOnce,
    /// Where waiting for the store and for Actions holds up nobody, once there is a place.
    Apart,
}

/// What all requests of a server share.
pub(super) struct Front {
    pub switch: Arc<Switch>,
    pub metrics: Arc<Metrics>,
    pub readiness: Readiness,
    places: Arc<Semaphore>,
    /// Room for those who wait for a place.
    waiting: Semaphore,
    ending: watch::Receiver<Ending>,
}

/// Longest body of a request, in bytes.
const MAX_BODY: usize = 64 << 10;
/// Longest path and query of a request, in bytes.
const MAX_TARGET: usize = 32 << 10;
/// Longest header of a request, in bytes.
const MAX_FIELDS: usize = 32 << 10;
/// How long a client may take to send the body of a request.
const BODY_LIMIT: Duration = Duration::from_secs(10);
/// How long a request waits for a place before it is told to come again. About as many wait as get one in that time; whoever
/// comes after them is told at once.
const PLACE_LIMIT: Duration = Duration::from_millis(40);

/// How many requests are worked on at the same time. Most of their time is a processor's, so more would only make each of
/// them slower; the rest waits for an Action's network, a password's hash or the disk.
pub(super) fn places() -> usize {
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (64 * processors).clamp(64, 256)
}

impl Front {
    pub fn new(switch: Arc<Switch>, ending: watch::Receiver<Ending>) -> Self {
        Self {
            metrics: switch.site().metrics.clone(),
            switch,
            readiness: Readiness::default(),
            places: Arc::new(Semaphore::new(places())),
            waiting: Semaphore::new(places() / 2),
            ending,
        }
    }

    pub fn ending(&self) -> Ending {
        *self.ending.borrow()
    }

    /// Has a request answered by the site of the moment.
    #[expect(clippy::disallowed_methods, reason = "the edge: here durations are measured")]
    pub async fn answered(
        &self,
        request: Request,
        runs: Runs,
        endpoint: impl FnOnce(&Site, &Received) -> Answer + Send + 'static,
    ) -> Response<Body> {
        let began = Instant::now();
        let id = request_id(request.headers());
        let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
        let route = request.extensions().get::<MatchedPath>().cloned();
        let asker = Asker::of(&request);
        let header = HeaderValue::from_str(&id);
        let site = self.switch.site();
        let answer = match read(&site, request, id, began).await {
            Ok(received) => match runs {
                Runs::AtOnce => answer_of(&site, &received, endpoint),
                Runs::Apart => self.apart(site, Arc::new(received), asker, endpoint).await,
            },
            Err(answer) => asker.told(&site, answer),
        };
        let mut response = answer.into_response();
        response
            .headers_mut()
            .extend(header.ok().map(|id| (REQUEST_ID, id)));
        if is_chunked {
            // It may have had a length, too, by which a proxy took the rest for another request (RFC 9112 section 6.1).
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
        self.metrics.answered(route, response.status(), began.elapsed());
        response
    }

    /// Passes a request on that is for the host of the URL, and refuses another one.
    pub async fn for_us(State(front): State<Arc<Self>>, request: Request, next: Next) -> Response<Body> {
        let (parts, body) = request.into_parts();
        match head_is_fit(&parts, &front.switch.site()) {
            Ok(()) => next.run(Request::from_parts(parts, body)).await,
            Err(answer) => answer.into_response(),
        }
    }

    /// A place; none where too many wait for one, or where there is none in time.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let _waiting = self.waiting.try_acquire().ok()?;
        let place = Arc::clone(&self.places).acquire_owned();
        timeout(PLACE_LIMIT, place).await.ok()?.ok()
    }

    async fn apart(
        &self,
        site: Arc<Site>,
        received: Arc<Received>,
        asker: Asker,
        endpoint: impl FnOnce(&Site, &Received) -> Answer + Send + 'static,
    ) -> Answer {
        let Some(place) = self.place().await else {
            let busy = |site: &Site, _: &Received| asker.come_again(site, What::Unavailable);
            return answer_of(&site, &received, busy);
        };
        let work = {
            let (site, received) = (Arc::clone(&site), Arc::clone(&received));
            tokio::task::spawn_blocking(move || {
                let answer = answer_of(&site, &received, endpoint);
                drop(place);
                answer
            })
        };
        let mut ending = self.ending.clone();
        tokio::select! {
            answer = work => answer.unwrap_or_else(|_| {
                Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "the request cannot be answered\n")
            }),
            _ = ending.wait_for(|ending| *ending >= Ending::CutOff) => {
                answer_of(&site, &received, |site, _| asker.come_again(site, What::CutOff))
            }
        }
    }
}

/// Gives the answer the id of its request.
pub(super) async fn named(request: Request, next: Next) -> Response<Body> {
    let id = HeaderValue::from_str(&request_id(request.headers()));
    let mut response = next.run(request).await;
    response.headers_mut().extend(id.ok().map(|id| (REQUEST_ID, id)));
    response
}

/// The answer of an endpoint, with its page for whoever reads it.
fn answer_of(site: &Site, received: &Received, endpoint: impl FnOnce(&Site, &Received) -> Answer) -> Answer {
    let page = |view: &View, locales: &[String]| {
        let reader = Reader {
            received,
            tenant: site.tenant.settings.friendly_name.as_deref().unwrap_or_default(),
            locales,
        };
        view.page(&site.templates, reader)
    };
    let answer = endpoint(site, received);
    if let Some((word, detail)) = answer.refusal() {
        let entry = log::request_refused(site, received).with("outcome", word);
        match detail {
            Some(detail) => entry.with("reason", detail),
            None => entry,
        }
        .write();
    }
    if site.demo.is_none() {
        return answer.rendered(page);
    }
    answer
        .rendered(|view, locales| demo::offered(site, view, page(view, locales)))
        .with_page(demo::with_banner)
}

/// Reads a request whole.
///
/// # Errors
/// The answer to one that is not read.
async fn read(site: &Site, request: Request, request_id: String, began: Instant) -> Result<Received, Answer> {
    let Some(Peer(peer)) = request.extensions().get().copied() else {
        return Err(refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the connection has no address\n",
        ));
    };
    let (parts, body) = request.into_parts();
    head_is_fit(&parts, site)?;
    let body = timeout(BODY_LIMIT, Limited::new(body, MAX_BODY).collect()).await;
    let body = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_long()),
        Ok(Err(_)) => return Err(refused(StatusCode::BAD_REQUEST, "the body cannot be read\n")),
        Err(_) => {
            return Err(refused(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not come within 10 seconds\n",
            ));
        }
    };
    let path = parts.uri.path().to_owned();
    let segment = path.rsplit('/').next().unwrap_or_default();
    let segment = percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let forwarded_for = parts.headers.get_all(FORWARDED_FOR).iter();
    let ip = forwarded::client(
        peer,
        // What is no text is no address either.
        forwarded_for.map(|field| field.to_str().unwrap_or_default()),
        &site.trusted_proxies,
    );
    Ok(Received {
        segment,
        path,
        method: parts.method,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.into(),
        ip,
        request_id,
        began,
    })
}

/// Whether the body is to be read.
fn head_is_fit(parts: &request::Parts, site: &Site) -> Result<(), Answer> {
    if !site.authority.is_asked_by(parts) {
        let text = format!(
            "this server is at {} and the Host of the request is another one; a proxy in front hands Host on as the browser \
             sends it (nginx: proxy_set_header Host $http_host)\n",
            site.url
        );
        return Err(refused(StatusCode::MISDIRECTED_REQUEST, &text));
    }
    let target = parts
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target > MAX_TARGET {
        return Err(refused(
            StatusCode::URI_TOO_LONG,
            "path and query are longer than 32 KiB\n",
        ));
    }
    let of_fields = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    if of_fields.sum::<usize>() > MAX_FIELDS {
        return Err(refused(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "the header is longer than 32 KiB\n",
        ));
    }
    let encoding = parts.headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a body is taken only as it is, without Content-Encoding\n",
        ));
    }
    let mut proofs = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (proofs.next(), proofs.next());
    if second.is_some() || first.is_some_and(|proof| proof.to_str().is_err()) {
        return Err(refused(
            StatusCode::BAD_REQUEST,
            "the header Authorization is given twice, or is no text\n",
        ));
    }
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(too_long());
    }
    Ok(())
}

/// The answer to a request whose rest is not read: the connection closes after it.
fn refused(status: StatusCode, text: &str) -> Answer {
    Answer::text(status, text).with(header::CONNECTION, "close".to_owned())
}

fn too_long() -> Answer {
    refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 64 KiB\n")
}

/// Who asks, and so reads the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asker {
    Person,
    Program,
    /// A program that may be a script of this origin.
    Script(Option<String>),
}

impl Asker {
    fn of(request: &Request) -> Self {
        let path = request.uri().path();
        let of_programs = ["/api/", "/oauth/"];
        if cors::is_for_scripts(path) {
            let origin = request.headers().get(header::ORIGIN);
            Self::Script(origin.and_then(|origin| Some(origin.to_str().ok()?.to_owned())))
        } else if of_programs.iter().any(|prefix| path.starts_with(prefix)) {
            Self::Program
        } else {
            Self::Person
        }
    }

    /// The server cannot answer now.
    fn come_again(&self, site: &Site, what: What) -> Answer {
        let answer = match self {
            Self::Person => pages::told(what),
            Self::Program | Self::Script(_) => pages::come_again("busy"),
        };
        self.told(site, answer)
    }

    /// An answer of the server's own, before or instead of that of the endpoint, which nobody has read the request for.
    fn told(&self, site: &Site, answer: Answer) -> Answer {
        match self {
            Self::Person | Self::Program => answer,
            Self::Script(origin) => cors::shared(answer, site, origin.as_deref(), Caller::Unsaid),
        }
    }
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the request brings, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let is_id = |text: &&str| {
        let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (1..=64).contains(&text.len()) && text.bytes().all(is_of_id)
    };
    let given = headers.get(REQUEST_ID);
    let given = given.and_then(|given| given.to_str().ok()).filter(is_id);
    given.map_or_else(nonce, str::to_owned)
}

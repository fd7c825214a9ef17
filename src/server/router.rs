//! From a path to its endpoint.

use super::answer::Answer;
use super::endpoints;
use super::forwarded;
use super::posted;
use super::received::Received;
use super::sheets::{Reader, nonce};
use super::site::Site;
use super::switch::Switch;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::any;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub IpAddr);

pub(super) type Endpoint = fn(&Site, &Received) -> Answer;

/// The paths of a site and their endpoints (server 2).
pub(super) fn router(switch: Arc<Switch>) -> Router {
    let route = |endpoint: Endpoint| any(move |State(switch), request| answered(switch, request, endpoint));
    // What other sites post to.
    let posted = |endpoint: Endpoint| {
        any(move |State(switch), request| {
            answered(switch, request, move |site, received| {
                posted::answered(site, received, endpoint)
            })
        })
    };
    Router::new()
        .route("/.well-known/openid-configuration", route(endpoints::provider))
        .route(
            "/.well-known/oauth-authorization-server",
            route(endpoints::provider),
        )
        .route("/.well-known/jwks.json", route(endpoints::jwks))
        .route("/api/issue", route(endpoints::issue))
        .route("/api/logins/{id}", route(endpoints::api_login))
        .route("/api/refresh-tokens", route(endpoints::refresh_tokens))
        .route("/api/refresh-tokens/{id}", route(endpoints::refresh_token))
        .route("/api/sessions", route(endpoints::sessions))
        .route("/api/sessions/{id}", route(endpoints::session))
        .route("/authorize", posted(endpoints::authorize))
        .route("/continue", posted(endpoints::come_back))
        .route("/oauth/token", route(endpoints::token))
        .route("/samlp/metadata/{client_id}", route(endpoints::saml_metadata))
        .route("/samlp/{client_id}", posted(endpoints::samlp))
        .route("/dbconnections/change_password", route(endpoints::no_reset))
        .route("/dbconnections/signup", route(endpoints::no_sign_up))
        .route("/u/consent", route(endpoints::consent))
        .route("/u/login", route(endpoints::login))
        .route("/u/reset-password", route(endpoints::no_reset))
        .route("/u/reset-password/{*rest}", route(endpoints::no_reset))
        .route("/u/signup", route(endpoints::no_sign_up))
        .route("/u/signup/{*rest}", route(endpoints::no_sign_up))
        .route("/userinfo", route(endpoints::userinfo))
        .fallback(route(nothing))
        .with_state(switch)
}

/// The paths for whoever runs the server.
pub(super) fn admin_router() -> Router {
    Router::new()
        .route("/healthz", any(|| async { "ok\n" }))
        .route("/readyz", any(|| async { "ok\n" }))
}

fn nothing(_: &Site, _: &Received) -> Answer {
    Answer::text(StatusCode::NOT_FOUND, "there is nothing at this path\n")
}

/// Longest body of a request, in bytes.
const MAX_BODY: usize = 64 << 10;

/// Reads a request whole, and has it answered where waiting for the store and for Actions holds up nobody.
async fn answered(
    switch: Arc<Switch>,
    request: Request,
    endpoint: impl FnOnce(&Site, &Received) -> Answer + Send + 'static,
) -> Response<Body> {
    let id = request_id(&request);
    let header = HeaderValue::from_str(&id);
    let answer = answer_to(switch.site(), request, id, endpoint).await;
    let mut response = answer.into_response();
    response
        .headers_mut()
        .extend(header.ok().map(|id| (REQUEST_ID, id)));
    response
}

async fn answer_to(
    site: Arc<Site>,
    request: Request,
    request_id: String,
    endpoint: impl FnOnce(&Site, &Received) -> Answer + Send + 'static,
) -> Answer {
    #[expect(clippy::disallowed_methods, reason = "the edge: here durations begin")]
    let began = Instant::now();
    let Some(Peer(peer)) = request.extensions().get().copied() else {
        return Answer::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the connection has no address\n",
        );
    };
    let (parts, body) = request.into_parts();
    if !is_of_host(&parts, &site.url) {
        return Answer::text(
            StatusCode::MISDIRECTED_REQUEST,
            "this server is not for that host\n",
        );
    }
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return Answer::text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body cannot be read, or is longer than 64 KiB\n",
        );
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
    let received = Received {
        segment,
        path,
        method: parts.method,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.into(),
        ip,
        request_id,
        began,
    };
    let answer = tokio::task::spawn_blocking(move || page_of(&site, &received, endpoint)).await;
    answer.unwrap_or_else(|_| {
        Answer::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the request cannot be answered\n",
        )
    })
}

/// The answer of an endpoint, with its page for whoever reads it.
fn page_of(site: &Site, received: &Received, endpoint: impl FnOnce(&Site, &Received) -> Answer) -> Answer {
    let reader = Reader {
        received,
        tenant: site.tenant.settings.friendly_name.as_deref().unwrap_or_default(),
    };
    endpoint(site, received).rendered(|sheet| sheet.page(&site.templates, reader))
}

/// Whether the request is for the host of the public URL.
fn is_of_host(parts: &axum::http::request::Parts, url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let authority = rest.trim_end_matches('/');
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    // Of two hosts nobody knows which one counts (RFC 9112 section 3.2).
    let is_one = host.is_some_and(|host| host.eq_ignore_ascii_case(authority)) && hosts.next().is_none();
    let target = parts.uri.authority();
    is_one && target.is_none_or(|target| target.as_str().eq_ignore_ascii_case(authority))
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The id that the request brings, or a new one.
fn request_id(request: &Request) -> String {
    let is_id = |text: &&str| {
        let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (1..=64).contains(&text.len()) && text.bytes().all(is_of_id)
    };
    let given = request.headers().get(REQUEST_ID);
    let given = given.and_then(|given| given.to_str().ok()).filter(is_id);
    given.map_or_else(nonce, str::to_owned)
}

//! From a path to its endpoint.

use super::answer::Answer;
use super::demo;
use super::endpoints;
use super::front::{Ending, Front, Runs, named};
use super::metrics::Gauges;
use super::posted;
use super::received::Received;
use super::site::Site;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::routing::{any, get};
use std::sync::Arc;

pub(super) type Endpoint = fn(&Site, &Received) -> Answer;

/// The paths of a site and their endpoints (server 2).
pub(super) fn router(front: Arc<Front>) -> Router {
    let runs = |runs: Runs, endpoint: Endpoint| {
        any(async move |State(front): State<Arc<Front>>, request| {
            front.answered(request, runs, endpoint).await
        })
    };
    // What waits for nothing but the processor.
    let at_once = |endpoint: Endpoint| runs(Runs::AtOnce, endpoint);
    let route = |endpoint: Endpoint| runs(Runs::Apart, endpoint);
    // What other sites post to.
    let posted = |endpoint: Endpoint| {
        any(async move |State(front): State<Arc<Front>>, request| {
            let endpoint = move |site: &Site, received: &Received| posted::answered(site, received, endpoint);
            front.answered(request, Runs::Apart, endpoint).await
        })
    };
    let mut router = Router::new()
        .route("/api/issue", route(endpoints::issue))
        .route("/api/logins/{id}", route(endpoints::api_login))
        .route("/api/refresh-tokens", route(endpoints::refresh_tokens))
        .route("/api/refresh-tokens/{id}", route(endpoints::refresh_token))
        .route("/api/sessions", route(endpoints::sessions))
        .route("/api/sessions/{id}", route(endpoints::session))
        .route("/authorize", posted(endpoints::authorize))
        .route("/continue", posted(endpoints::come_back))
        .route("/oauth/introspect", route(endpoints::introspect))
        .route("/oauth/revoke", route(endpoints::revoke))
        .route("/oauth/token", route(endpoints::token))
        .route("/oidc/logout", posted(endpoints::oidc_logout))
        .route("/samlp/metadata/{client_id}", route(endpoints::saml_metadata))
        .route("/samlp/{client_id}", posted(endpoints::samlp))
        .route("/samlp/{client_id}/logout", posted(endpoints::saml_logout))
        .route("/dbconnections/change_password", route(endpoints::no_reset))
        .route("/dbconnections/signup", route(endpoints::no_sign_up))
        .route("/u/consent", route(endpoints::consent))
        .route("/u/error", at_once(endpoints::error_page))
        .route("/u/login", route(endpoints::login))
        .route("/u/logout", route(endpoints::logout_page))
        .route("/u/reset-password", route(endpoints::no_reset))
        .route("/u/reset-password/{*rest}", route(endpoints::no_reset))
        .route("/u/signup", route(endpoints::no_sign_up))
        .route("/u/signup/{*rest}", route(endpoints::no_sign_up))
        .route("/v2/logout", posted(endpoints::v2_logout))
        .route("/userinfo", route(endpoints::userinfo));
    for (path, endpoint) in DOCUMENTS {
        router = router.route(path, at_once(endpoint));
        // The issuer ends with a slash, and there are clients that put another one between it and the path.
        router = router.route(&format!("/{path}"), at_once(endpoint));
    }
    let is_demo = front.switch.site().demo.is_some();
    if is_demo {
        for (path, endpoint) in demo::ROUTES {
            router = router.route(path, route(*endpoint));
        }
    }
    let router = router.fallback(at_once(nothing)).with_state(Arc::clone(&front));
    if is_demo {
        let for_us = middleware::from_fn_with_state(Arc::clone(&front), Front::for_us);
        router.merge(admin_router(front).layer(for_us))
    } else {
        router
    }
}

/// What clients find the issuer by.
const DOCUMENTS: [(&str, Endpoint); 3] = [
    ("/.well-known/jwks.json", endpoints::jwks),
    ("/.well-known/oauth-authorization-server", endpoints::provider),
    ("/.well-known/openid-configuration", endpoints::provider),
];

/// The paths for whoever runs the server.
pub(super) fn admin_router(front: Arc<Front>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route(
            "/readyz",
            get(async |State(front): State<Arc<Front>>| ready(&front).await.into_response()),
        )
        .route(
            "/metrics",
            get(async |State(front): State<Arc<Front>>| measured(&front).into_response()),
        )
        .layer(middleware::from_fn(named))
        .with_state(front)
}

/// Whether new requests should be sent here: whether people can log in.
async fn ready(front: &Front) -> Answer {
    let ready = if front.ending() == Ending::No {
        front.readiness.of(&front.switch.site()).await
    } else {
        Err("this server is being stopped".to_owned())
    };
    match ready {
        Ok(()) => Answer::text(StatusCode::OK, "ok\n"),
        Err(why) => Answer::text(StatusCode::SERVICE_UNAVAILABLE, &format!("{why}\n"))
            .with(header::RETRY_AFTER, "1".to_owned()),
    }
}

fn measured(front: &Front) -> Answer {
    let site = front.switch.site();
    let workers = site.load();
    let text = front.metrics.text(&Gauges {
        busy_workers: workers.busy,
        idle_workers: workers.idle,
        waiting_runs: workers.waiting,
        hash_queue: site.hash_queue(),
    });
    Answer::document("text/plain; version=0.0.4; charset=utf-8", text)
}

fn nothing(_: &Site, _: &Received) -> Answer {
    Answer::text(StatusCode::NOT_FOUND, "there is nothing at this path\n")
}

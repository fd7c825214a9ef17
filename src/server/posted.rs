//! A POST that another site began. Browsers send no cookies with it, or not all of them, so it is kept for a moment under a
//! random id, and the browser comes back for its answer with GET (server 3). Only there it counts.

use super::answer::Answer;
use super::pages::{self, What};
use super::received::Received;
use super::router::Endpoint;
use super::site::Site;
use crate::flow::Unavailable;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::store::{Bound, Hashed, NewLogin, Taken};
use crate::time::later;
use axum::http::{HeaderValue, Method, header};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// A POST as it is kept. It is kept encrypted.
#[derive(Serialize, Deserialize)]
struct Posted {
    path: String,
    query: String,
    content_type: Option<String>,
    body: Vec<u8>,
}

const POSTED: &[u8] = b"posted from another site";
const KEPT_FOR: TimeDelta = TimeDelta::minutes(1);
const PARAMETER: &str = "posted=";

/// Keeps a POST and sends the browser back for it; has everything else, and the POST that was kept, answered by `endpoint`.
pub(super) fn answered(site: &Site, received: &Received, endpoint: Endpoint) -> Answer {
    let answer = match (&received.method, received.query.strip_prefix(PARAMETER)) {
        (&Method::POST, _) => keep(site, received),
        (&Method::GET, Some(id)) => come_back(site, received, id, endpoint),
        _ => return endpoint(site, received),
    };
    answer.unwrap_or_else(|error| pages::failed(&error))
}

fn keep(site: &Site, received: &Received) -> Result<Answer, Unavailable> {
    // Whoever is logged in has proved something.
    let is_known = site.session_of(received)?.is_some();
    if !is_known && !site.admission.admits(received.ip, site.now()) {
        return Ok(pages::told(What::TooMany));
    }
    let id = SystemRandom.text(ALPHANUMERIC, 43);
    let posted = Posted {
        path: received.path.clone(),
        query: received.query.clone(),
        content_type: received.header(&header::CONTENT_TYPE).map(str::to_owned),
        body: received.body.clone(),
    };
    let content = serde_json::to_vec(&posted).expect("texts and bytes are JSON");
    site.store.add_login(NewLogin {
        id: Hashed::of(&id),
        // The browser is not known yet: whoever has the id comes back.
        bound_to: Bound::Browser(Hashed::of(&id)),
        content: site.hide(POSTED, &content),
        expires_at: later(site.now(), KEPT_FOR),
    })?;
    let path = received.path.trim_start_matches('/');
    Ok(Answer::redirect(&format!("{}{path}?{PARAMETER}{id}", site.url)))
}

fn come_back(site: &Site, received: &Received, id: &str, endpoint: Endpoint) -> Result<Answer, Unavailable> {
    let hash = Hashed::of(id);
    let found = site.store.login(&hash, site.now())?;
    let content = found.and_then(|found| site.seals.server_keys.show(POSTED, &found.content));
    let posted: Option<Posted> = content.and_then(|content| serde_json::from_slice(content.reveal()).ok());
    let posted = posted.filter(|posted| posted.path == received.path);
    let (Some(posted), Taken::Now) = (posted, site.store.take_login(&hash, site.now())?) else {
        return Ok(pages::told(What::Strange));
    };
    let mut headers = received.headers.clone();
    headers.remove(header::CONTENT_TYPE);
    let content_type = posted
        .content_type
        .and_then(|text| HeaderValue::from_str(&text).ok());
    headers.extend(content_type.map(|value| (header::CONTENT_TYPE, value)));
    let received = Received {
        method: Method::POST,
        path: posted.path,
        segment: received.segment.clone(),
        query: posted.query,
        headers,
        body: posted.body,
        ip: received.ip,
        request_id: received.request_id.clone(),
        began: received.began,
    };
    Ok(endpoint(site, &received))
}

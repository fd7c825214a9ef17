//! What an application does with its tokens once somebody is logged in: it asks for the profile of the user, and exchanges the
//! refresh token. The story goes on with what came of it.

use super::app::token_answer;
use super::memory::Demo;
use super::story::{Afterwards, End};
use super::{pages, visitor};
use crate::server::answer::Answer;
use crate::server::endpoints;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::tenant::Client;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value};

/// Asks the userinfo endpoint with the access token.
pub(super) fn userinfo(demo: &Demo, site: &Site, received: &Received) -> Answer {
    gone_on(demo, site, received, |_, tokens| {
        let mut headers = HeaderMap::new();
        let token = text(tokens, "access_token")?;
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).ok();
        headers.extend(bearer.map(|bearer| (header::AUTHORIZATION, bearer)));
        let asked = Received {
            method: Method::GET,
            headers,
            ..asked_of(received, "userinfo")
        };
        let answer = endpoints::userinfo(site, &asked);
        let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        Some(Afterwards {
            at: site.now(),
            what: "Userinfo",
            why: if said.get("sub").is_some() {
                "What the scopes of the access token let the application know of the user."
            } else {
                "The access token does not count there: it is for an API alone, or it was ended."
            },
            said,
            tokens: None,
        })
    })
}

/// Exchanges the refresh token. The Actions run again.
pub(super) fn refresh(demo: &Demo, site: &Site, received: &Received) -> Answer {
    gone_on(demo, site, received, |client, tokens| {
        let token = text(tokens, "refresh_token")?;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let mut answer = token_answer(site, received, client, &fields);
        let why = match (text(&answer, "error"), text(&answer, "refresh_token")) {
            (Some(_), _) => "Nothing was issued, and the tokens are as they were.",
            (None, Some(_)) => {
                "The Actions ran again. New tokens came in the place of those before, a refresh token among them."
            }
            (None, None) => {
                "The Actions ran again. New tokens came in the place of those before; the refresh token stays."
            }
        };
        let tokens = text(&answer, "error").is_none().then(|| {
            let mut all = tokens.clone();
            all.extend(answer.clone());
            all
        });
        for name in ["access_token", "id_token", "refresh_token"] {
            if let Some(value) = answer.get_mut(name) {
                *value = "(below)".into();
            }
        }
        Some(Afterwards {
            at: site.now(),
            what: "Refresh",
            why,
            said: Value::Object(answer),
            tokens,
        })
    })
}

/// Goes on with the story that the form names, whose application has these tokens.
fn gone_on(
    demo: &Demo,
    site: &Site,
    received: &Received,
    go_on: impl FnOnce(&Client, &Map<String, Value>) -> Option<Afterwards>,
) -> Answer {
    if received.method != Method::POST {
        return Answer::wrong_method("POST");
    }
    let form = received.form().unwrap_or_default();
    let id = form.get("story").ok().flatten().unwrap_or_default();
    // The memory is let go while the server is asked, which notes in it what happens.
    let held = demo.memory().find(|story| story.id == id).and_then(|story| {
        let End::Tokens(tokens) = &story.end else {
            return None;
        };
        Some((story.client_id.clone(), tokens.clone()))
    });
    let mut clients = site.tenant.clients.iter();
    let came = held.and_then(|(client_id, tokens)| {
        let client = clients.find(|client| client.client_id == client_id)?;
        go_on(client, &tokens)
    });
    let mut memory = demo.memory();
    match (came, memory.find(|story| story.id == id)) {
        (Some(mut came), Some(story)) => {
            if let Some(tokens) = came.tokens.take() {
                story.end = End::Tokens(tokens);
            }
            story.afterwards.push(came);
            Answer::redirect(&format!("{}#afterwards", visitor::address(site, story)))
        }
        _ => pages::message(
            "There is no such token",
            "The demo remembers the last logins until the server ends. Log in again.",
        ),
    }
}

fn text<'a>(answer: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    answer.get(name).and_then(Value::as_str)
}

/// A request of the application's server in the name of this one.
pub(super) fn asked_of(received: &Received, endpoint: &str) -> Received {
    Received {
        method: Method::POST,
        path: format!("/{endpoint}"),
        segment: endpoint.rsplit('/').next().unwrap_or_default().to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        body: Vec::new(),
        ip: received.ip,
        request_id: received.request_id.clone(),
        began: received.began,
    }
}

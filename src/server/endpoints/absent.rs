//! Paths of the platform for what this server does not do: signing up and resetting a password; and its page of errors,
//! which whoever comes back to it finds without one.

use crate::server::answer::Answer;
use crate::server::pages::{self, What};
use crate::server::received::Received;
use crate::server::site::Site;
use axum::http::{Method, StatusCode};
use serde_json::json;

/// Nobody signs up here.
pub(in crate::server) fn no_sign_up(_: &Site, received: &Received) -> Answer {
    answer(
        received,
        What::NoSignUp,
        "nobody signs up at this server; users are loaded from users.json or with postlogin users import",
    )
}

/// Nobody resets a password here.
pub(in crate::server) fn no_reset(_: &Site, received: &Received) -> Answer {
    answer(
        received,
        What::NoReset,
        "no password is reset at this server; load the user anew with postlogin users import --upsert",
    )
}

/// What went wrong stood on the page that said so.
pub(in crate::server) fn error_page(_: &Site, received: &Received) -> Answer {
    match received.method {
        Method::GET | Method::POST => pages::told(What::Strange),
        _ => Answer::wrong_method("GET, POST"),
    }
}

/// People get a page, programs JSON.
fn answer(received: &Received, what: What, description: &str) -> Answer {
    if received.path.starts_with("/u/") {
        return pages::told(what);
    }
    let body = json!({"error": "not_found", "error_description": description});
    Answer::json(StatusCode::NOT_FOUND, &body)
}

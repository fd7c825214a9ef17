//! Answers that are pages.

use super::answer::Answer;
use super::log;
use super::views::View;
pub(super) use super::views::What;
use crate::flow::Unavailable;
use crate::oauth::Delivered;
use axum::http::{StatusCode, header};

/// A page that says what happened.
pub(super) fn told(what: What) -> Answer {
    let (status, retry_after) = (what.status(), what.retry_after());
    let answer = Answer::view(status, View::Told(what));
    match retry_after {
        Some(seconds) => answer.with(header::RETRY_AFTER, seconds.to_owned()),
        None => answer,
    }
}

/// A page about a request of an application that cannot be answered.
pub(super) fn error(status: StatusCode, message: &str) -> Answer {
    Answer::view(status, View::Told(What::BrokenRequest(message.to_owned())))
}

/// The server cannot answer now.
pub(super) fn failed(unavailable: &Unavailable) -> Answer {
    log::unavailable(unavailable);
    told(What::Unavailable).unavailable(unavailable)
}

/// As [`failed`], for a program that asks.
pub(super) fn unavailable(unavailable: &Unavailable) -> Answer {
    log::unavailable(unavailable);
    come_again(unavailable.code).unavailable(unavailable)
}

/// The server cannot answer now, for a program that asks. `code` is the stable name of the reason.
pub(super) fn come_again(code: &str) -> Answer {
    let body = serde_json::json!({
        "error": "temporarily_unavailable", "error_description": "the server cannot answer now; try again in a moment",
        "code": code,
    });
    Answer::json(StatusCode::SERVICE_UNAVAILABLE, &body).with(header::RETRY_AFTER, "2".to_owned())
}

/// An answer to an application, on the way that its request asked for.
pub(super) fn delivered(delivered: Delivered) -> Answer {
    match delivered {
        Delivered::Redirect(url) => Answer::redirect(&url),
        Delivered::FormPost { action, fields } => {
            Answer::view(StatusCode::OK, View::FormPost { action, fields })
        }
        Delivered::WebMessage { origin, fields } => {
            Answer::view(StatusCode::OK, View::WebMessage { origin, fields })
        }
    }
}

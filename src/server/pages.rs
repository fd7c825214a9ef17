//! Pages for people. They work without scripts and load nothing from anywhere.

use super::answer::{Answer, Page, nonce};
use super::log;
use crate::flow::Unavailable;
use crate::oauth::Delivered;
use axum::http::StatusCode;
use minijinja::{Environment, context};
use std::sync::LazyLock;

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    for (name, source) in [
        ("page.html", include_str!("pages/page.html")),
        ("error.html", include_str!("pages/error.html")),
        ("form_post.html", include_str!("pages/form_post.html")),
        ("login.html", include_str!("pages/login.html")),
        ("web_message.html", include_str!("pages/web_message.html")),
    ] {
        pages
            .add_template(name, source)
            .expect("the templates of this program are right");
    }
    pages
});

/// The form with which somebody logs in.
pub(super) struct LoginForm<'a> {
    pub application: &'a str,
    pub state: &'a str,
    /// The token that binds the form to the browser.
    pub token: &'a str,
    pub username: &'a str,
    /// What was wrong with the last attempt.
    pub alert: Option<&'a str>,
}

impl LoginForm<'_> {
    pub fn page(&self, status: StatusCode) -> Answer {
        let form = context! {
            application => self.application, state => self.state, token => self.token, username => self.username,
            alert => self.alert,
        };
        page(status, "login.html", form)
    }
}

/// What is said of a login that this browser cannot go on with.
pub(super) const STRANGE: &str =
    "This login is not known, is over, or was begun in another browser. Begin again at the application.";

/// A page that says what happened.
pub(super) fn error(status: StatusCode, message: &str) -> Answer {
    page(status, "error.html", context! { message })
}

/// The server cannot answer now.
pub(super) fn failed(unavailable: &Unavailable) -> Answer {
    log::unavailable(unavailable);
    error(
        StatusCode::SERVICE_UNAVAILABLE,
        "The server cannot answer now. Try again in a moment.",
    )
    .with(axum::http::header::RETRY_AFTER, "2".to_owned())
}

/// As [`failed`], for a program that asks.
pub(super) fn unavailable(unavailable: &Unavailable) -> Answer {
    log::unavailable(unavailable);
    let body = serde_json::json!({
        "error": "temporarily_unavailable", "error_description": "the server cannot answer now; try again in a moment",
    });
    Answer::json(StatusCode::SERVICE_UNAVAILABLE, &body).with(axum::http::header::RETRY_AFTER, "2".to_owned())
}

/// An answer to an application, on the way that its request asked for.
pub(super) fn delivered(delivered: Delivered) -> Answer {
    match delivered {
        Delivered::Redirect(url) => Answer::redirect(&url),
        Delivered::FormPost { action, fields } => {
            page(StatusCode::OK, "form_post.html", context! { action, fields })
        }
        Delivered::WebMessage { origin, fields } => {
            let nonce = nonce();
            let message: serde_json::Map<String, serde_json::Value> = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            // Nothing in a script ends it or begins a comment.
            let message = serde_json::to_string(&message)
                .unwrap_or_default()
                .replace('<', "\\u003c");
            let target = serde_json::to_string(&origin)
                .unwrap_or_default()
                .replace('<', "\\u003c");
            let html = rendered("web_message.html", context! { nonce, message, target });
            let page = Page {
                html,
                nonce,
                framed_by: Some(origin),
            };
            Answer::page(StatusCode::OK, page)
        }
    }
}

fn page(status: StatusCode, name: &str, values: minijinja::Value) -> Answer {
    let nonce = nonce();
    let html = rendered(name, context! { nonce, ..values });
    let page = Page {
        html,
        nonce,
        framed_by: None,
    };
    Answer::page(status, page)
}

fn rendered(name: &str, values: minijinja::Value) -> String {
    PAGES
        .get_template(name)
        .and_then(|template| template.render(values))
        .expect("the templates of this program are right")
}

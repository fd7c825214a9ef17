//! The pages of the demo. They run no script and load nothing from anywhere.

use crate::flow::Unavailable;
use crate::server::answer::Answer;
use crate::server::log;
use crate::server::views::{Page, nonce};
use axum::http::StatusCode;
use minijinja::{Environment, Value, context};
use std::sync::LazyLock;

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_trim_blocks(true);
    pages.set_lstrip_blocks(true);
    for (name, source) in [
        ("app.html", include_str!("templates/app.html")),
        ("elsewhere.html", include_str!("templates/elsewhere.html")),
        ("frame.html", include_str!("templates/frame.html")),
        ("message.html", include_str!("templates/message.html")),
        ("overview.html", include_str!("templates/overview.html")),
        ("people.html", include_str!("templates/people.html")),
        ("rows.html", include_str!("templates/rows.html")),
        (
            "service_provider.html",
            include_str!("templates/service_provider.html"),
        ),
        ("story.html", include_str!("templates/story.html")),
        ("style.css", include_str!("templates/style.css")),
        ("xml.html", include_str!("templates/xml.html")),
    ] {
        pages
            .add_template(name, source)
            .expect("the templates of this program are right");
    }
    pages
});

/// A page of the demo.
pub(super) fn shown(name: &str, values: Value) -> Answer {
    let nonce = nonce();
    let html = rendered(name, context! { nonce, ..values });
    let page = Page {
        html,
        nonce,
        framed_by: None,
    };
    Answer::page(StatusCode::OK, page)
}

/// A piece of a page.
pub(super) fn rendered(name: &str, values: Value) -> String {
    PAGES
        .get_template(name)
        .and_then(|template| template.render(values))
        .expect("the templates of this program are right")
}

/// The server cannot answer now.
pub(super) fn failed(unavailable: &Unavailable) -> Answer {
    log::unavailable(unavailable);
    message("The server cannot answer now", "Try again in a moment.")
}

/// A page that says why there is nothing else to see.
pub(super) fn message(heading: &str, text: &str) -> Answer {
    shown("message.html", context! { heading, text })
}

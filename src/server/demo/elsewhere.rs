//! `/demo/elsewhere`: stands for the other site to which an Action sends its user, and sends the user back to `/continue`.

use super::pages;
use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;
use axum::http::Method;
use minijinja::context;

/// Shows what came along, and a form with which the user goes back.
pub(super) fn page(site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let came: Vec<(String, String)> = url::form_urlencoded::parse(received.query.as_bytes())
        .into_owned()
        .collect();
    let state = came
        .iter()
        .find(|(name, _)| name == "state")
        .map(|(_, value)| value.clone());
    let came: Vec<_> = came.iter().filter(|(name, _)| name != "state").collect();
    pages::shown("elsewhere.html", context! { url => site.url, state, came })
}

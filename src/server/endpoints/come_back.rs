//! `/continue`: a user comes back from another site.

use crate::flow;
use crate::oauth::Came;
use crate::server::answer::Answer;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::session;
use crate::server::sign_in;
use crate::server::site::Site;
use axum::http::{Method, StatusCode};

/// Goes on with the login of the `state` that comes back.
pub(in crate::server) fn come_back(site: &Site, received: &Received) -> Answer {
    let (parameters, came) = match received.method {
        Method::GET => (received.query(), Came::InQuery),
        Method::POST => (received.form(), Came::InBody),
        _ => return Answer::wrong_method("GET, POST"),
    };
    let state = parameters.and_then(|parameters| {
        let state = match parameters.get("state")? {
            Some(state) => Some(state.to_owned()),
            // A form may bring the state in the URL to which it was posted.
            None => received.query()?.get("state")?.map(str::to_owned),
        };
        Ok((state, parameters))
    });
    match state {
        Ok((Some(state), parameters)) => {
            let request = session::request(site, received, &parameters.shown_to_actions(), came);
            sign_in::come_back(site, received, &state, flow::Answer::Continue(Box::new(request)))
        }
        Ok((None, _)) => pages::error(StatusCode::BAD_REQUEST, "The parameter 'state' is missing."),
        Err(error) => pages::error(StatusCode::BAD_REQUEST, &error.description),
    }
}

//! `/continue`: a user comes back from another site.

use crate::event::{Dict, EventRequest};
use crate::flow;
use crate::oauth::{Came, ErrorCode, OAuthError, Parameters};
use crate::server::answer::Answer;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::session;
use crate::server::sign_in;
use crate::server::site::Site;
use axum::http::{Method, StatusCode};

/// Goes on with the login of the `state` that comes back.
pub(in crate::server) fn come_back(site: &Site, received: &Received) -> Answer {
    let form = match received.method {
        Method::GET => Ok(Parameters::default()),
        // Whoever has nothing to say posts nothing.
        Method::POST if received.body.is_empty() => Ok(Parameters::default()),
        Method::POST => received.form(),
        _ => return Answer::wrong_method("GET, POST"),
    };
    let sent = form.and_then(|form| {
        let query = received.query()?;
        Ok((state(&query, &form)?.to_owned(), query, form))
    });
    match sent {
        Ok((state, query, form)) => {
            let came = if received.method == Method::POST {
                Came::InBody
            } else {
                Came::InQuery
            };
            // A form may come to a URL that has a query, too.
            let request = EventRequest {
                query: query.shown_as_sent(),
                body: form.shown_as_sent(),
                ..session::request(site, received, &Dict::new(), came)
            };
            sign_in::come_back(site, received, &state, flow::Answer::Continue(Box::new(request)))
        }
        Err(error) => pages::error(StatusCode::BAD_REQUEST, &error.description),
    }
}

/// The `state` of query or form; of both, where they agree.
fn state<'a>(query: &'a Parameters, form: &'a Parameters) -> Result<&'a str, OAuthError> {
    let refused = |what| Err(OAuthError::new(ErrorCode::InvalidRequest, what));
    match (query.get("state")?, form.get("state")?) {
        (Some(one), Some(other)) if one != other => refused("the URL and the form have a 'state' each"),
        (Some(state), _) | (None, Some(state)) => Ok(state),
        (None, None) => refused("The parameter 'state' is missing."),
    }
}

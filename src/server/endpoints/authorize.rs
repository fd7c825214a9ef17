//! `/authorize`: where a login of an application begins.

use super::login;
use crate::flow::Unavailable;
use crate::oauth::{AuthorizeFault, AuthorizeRequest, Came, ErrorCode, OAuthError, Prompt};
use crate::server::answer::Answer;
use crate::server::log::request_refused;
use crate::server::login::login_refused;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::sign_in::sign_in;
use crate::server::site::Site;
use crate::server::wish::Wish;
use crate::store::Session;
use crate::time::{Moment, later};
use crate::token::Issuer;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;

/// Answers the application, or asks the user to log in first.
pub(in crate::server) fn authorize(site: &Site, received: &Received) -> Answer {
    let (parameters, came) = match received.method {
        Method::GET => (received.query(), Came::InQuery),
        Method::POST => (received.form(), Came::InBody),
        _ => return Answer::wrong_method("GET, POST"),
    };
    let issuer = Issuer {
        endpoints: site.tenant.config.endpoints(),
        keys: &site.keys,
        jti: None,
    };
    let locales = parameters.as_ref().ok();
    let locales = locales.and_then(|parameters| parameters.words("ui_locales").ok());
    let accepted = parameters
        .map_err(AuthorizeFault::Page)
        .and_then(|parameters| AuthorizeRequest::accept(&parameters, came, &site.tenant, &issuer));
    let answer = match accepted {
        Ok(request) => begun(site, received, request).unwrap_or_else(|error| pages::failed(&error)),
        Err(AuthorizeFault::Answer(delivery, error)) => {
            request_refused(site, received)
                .with("error", error.code.as_str())
                .with("outcome", &*error.description)
                .write();
            pages::delivered(delivery.refuse(&error))
        }
        Err(AuthorizeFault::Page(error)) => pages::error(StatusCode::BAD_REQUEST, &error.description),
    };
    answer.in_languages(&locales.unwrap_or_default())
}

fn begun(site: &Site, received: &Received, request: AuthorizeRequest) -> Result<Answer, Unavailable> {
    let session = site.session_of(received)?;
    let session = session.filter(|session| {
        !request.prompt.asks_for_login()
            && site.takes(session, &request.client_id, request.organization.as_deref())
            && fits(session, &request)
            && is_fresh(session, &request, site.now())
    });
    match session {
        Some(session) => {
            let wish = Wish::Oidc(Box::new(request));
            Ok(sign_in(site, received, &wish, &session, None))
        }
        None if request.prompt == Prompt::None => {
            login_refused(
                site,
                received,
                request.protocol(),
                &request.client_id,
                "login_required",
            )
            .write();
            let error = OAuthError::new(ErrorCode::LoginRequired, "nobody is logged in");
            Ok(pages::delivered(request.delivery.refuse(&error)))
        }
        None => login::ask(site, received, &Wish::Oidc(Box::new(request))),
    }
}

/// Whether the session is one that the application wants: of the user whom it expects, over the connection that it names.
fn fits(session: &Session, request: &AuthorizeRequest) -> bool {
    let is_expected = request
        .expected_user
        .as_ref()
        .is_none_or(|user_id| *user_id == session.user_id);
    let connection = request.connection.as_ref();
    is_expected && connection.is_none_or(|name| session.connection.as_ref() == Some(name))
}

/// Whether the user logged in as lately as `max_age` asks.
fn is_fresh(session: &Session, request: &AuthorizeRequest, now: Moment) -> bool {
    request.max_age.is_none_or(|seconds| {
        seconds > 0 && now <= later(session.authenticated_at, TimeDelta::seconds(seconds.into()))
    })
}

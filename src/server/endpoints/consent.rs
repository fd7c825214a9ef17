//! `/u/consent`: may the application have what it asks for?

use crate::flow::Unavailable;
use crate::oauth::Parameters;
use crate::server::answer::Answer;
use crate::server::consent::Unconsented;
use crate::server::form_token::{Form, FormOf};
use crate::server::pages::{self, What};
use crate::server::received::Received;
use crate::server::sign_in::{consented, unwilling};
use crate::server::site::Site;
use crate::server::views::{ConsentPage, View};
use crate::store::{Hashed, Taken};
use axum::http::{Method, StatusCode};

/// Asks, and takes the answer.
pub(in crate::server) fn consent(site: &Site, received: &Received) -> Answer {
    let answer = match received.method {
        Method::GET => shown(site, received),
        Method::POST => taken(site, received),
        _ => return Answer::wrong_method("GET, POST"),
    };
    answer.unwrap_or_else(|error| pages::failed(&error))
}

fn shown(site: &Site, received: &Received) -> Result<Answer, Unavailable> {
    let state = received.query().ok();
    let state = state.as_ref().and_then(|query| query.get("state").ok().flatten());
    let Some((browser, unconsented)) = found(site, received, state)? else {
        return Ok(pages::told(What::Strange));
    };
    let state = state.unwrap_or_default();
    let Some(client) = unconsented.wish.client(site) else {
        return Ok(pages::told(What::ApplicationGone));
    };
    let page = ConsentPage {
        application: client.name.clone(),
        client_id: client.client_id.clone(),
        user: unconsented.user().to_owned(),
        asks: unconsented.asks(),
        scopes: unconsented.asked(site),
        state: state.to_owned(),
        token: form(browser, state).token(site),
    };
    let answer = Answer::view(StatusCode::OK, View::Consent(Box::new(page)));
    Ok(answer.in_languages(unconsented.wish.locales()))
}

fn taken(site: &Site, received: &Received) -> Result<Answer, Unavailable> {
    let fields = received.form().unwrap_or_default();
    let state = fields.get("state").ok().flatten();
    let Some((browser, unconsented)) = found(site, received, state)? else {
        return Ok(pages::told(What::Strange));
    };
    let locales = unconsented.wish.locales().to_vec();
    Ok(answered(site, received, &fields, browser, unconsented)?.in_languages(&locales))
}

fn answered(
    site: &Site,
    received: &Received,
    fields: &Parameters,
    browser: Hashed,
    unconsented: Unconsented,
) -> Result<Answer, Unavailable> {
    let field = |name: &str| fields.get(name).ok().flatten();
    let state = field("state").unwrap_or_default();
    if !form(browser, state).is_of(site, field("token")) {
        return Ok(pages::told(What::ForeignForm));
    }
    let is_accepted = match field("action") {
        Some("accept") => true,
        Some("deny") => false,
        _ => {
            let detail = "the field 'action' must be accept or deny".to_owned();
            return Ok(pages::told(What::BrokenRequest(detail)));
        }
    };
    let Some(client) = unconsented.wish.client(site) else {
        return Ok(pages::told(What::ApplicationGone));
    };
    let session = site
        .session_of(received)?
        .filter(|session| session.id.to_string() == unconsented.session);
    let Some(session) = session else {
        return Ok(pages::told(What::Strange));
    };
    if site.store.take_login(&Hashed::of(state), site.now())? == Taken::Before {
        return Ok(pages::told(What::Strange));
    }
    if is_accepted {
        unconsented.consent(site, client)?;
        return Ok(consented(site, received, unconsented, &session, browser));
    }
    Ok(unwilling(site, received, &unconsented, &session, browser))
}

/// The login that waits under `state`, where this browser began it.
fn found(
    site: &Site,
    received: &Received,
    state: Option<&str>,
) -> Result<Option<(Hashed, Unconsented)>, Unavailable> {
    let (Some(browser), Some(state)) = (site.cookies.browser(received), state) else {
        return Ok(None);
    };
    let found = Unconsented::find(site, browser, state)?;
    Ok(found.map(|unconsented| (browser, unconsented)))
}

const fn form(browser: Hashed, state: &str) -> FormOf<'_> {
    FormOf {
        form: Form::Consent,
        browser,
        state,
    }
}

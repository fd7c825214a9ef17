//! `/samlp/{client_id}`: a service provider asks for a login, or the login begins here; and the metadata for service
//! providers.

use super::login;
use crate::event::{AuthnBinding, Dict, Protocol};
use crate::flow::{RefusedLogin, Unavailable, Use};
use crate::login::Refusal;
use crate::oauth::{OAuthError, Parameters, Place, Prompt};
use crate::random::SystemRandom;
use crate::saml::inbound::Carrier;
use crate::saml::metadata::{Publisher, Terms, identity_provider};
use crate::server::answer::Answer;
use crate::server::log;
use crate::server::login::login_refused;
use crate::server::pages::{self, What};
use crate::server::received::Received;
use crate::server::sign_in::{refused_response, sign_in};
use crate::server::site::Site;
use crate::server::wish::{SamlMessage, SamlWish, Wish};
use crate::store::IdUse;
use crate::tenant::Client;
use crate::trace::Trace;
use axum::http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use std::sync::OnceLock;

/// Answers a service provider, or asks the user to log in first.
pub(in crate::server) fn samlp(site: &Site, received: &Received) -> Answer {
    let Some(client) = service_provider(site, received) else {
        return pages::told(What::NoServiceProvider);
    };
    let brought = match received.method {
        Method::GET => in_query(received),
        Method::POST => in_form(received),
        _ => return Answer::wrong_method("GET, POST"),
    };
    match brought.and_then(|brought| wish(site, received, client, brought)) {
        Ok(wish) => begun(site, received, wish, client).unwrap_or_else(|error| pages::failed(&error)),
        Err(error) => pages::error(StatusCode::BAD_REQUEST, &error.description),
    }
}

/// What the browser came for, and where the URL says that the login is to happen.
fn wish(site: &Site, received: &Received, client: &Client, brought: Brought) -> Result<SamlWish, OAuthError> {
    let (message, relay_state) = match brought {
        Brought::Message(text, binding) => {
            let message = SamlMessage {
                text,
                binding,
                at: site.now(),
                read: OnceLock::new(),
            };
            (Some(message), None)
        }
        Brought::Nothing { relay_state } => (None, relay_state),
    };
    let is_in_url = received.method == Method::GET && message.is_some();
    let query = match received.query() {
        // What cannot be decoded there is told where the request is read.
        Err(_) if is_in_url => Parameters::default(),
        query => query?,
    };
    Ok(SamlWish {
        client_id: client.client_id.clone(),
        message,
        relay_state,
        place: Place::of(&query, client, &site.tenant)?,
        query: if is_in_url {
            Dict::new()
        } else {
            query.shown_to_actions()
        },
    })
}

/// What a browser brings.
enum Brought {
    /// A query or form with a message of the service provider.
    Message(String, AuthnBinding),
    /// No message: the login begins here.
    Nothing { relay_state: Option<String> },
}

/// A query without a message, however its name would be escaped, begins a login here.
fn in_query(received: &Received) -> Result<Brought, OAuthError> {
    let text = &received.query;
    let is_message = |parameter: &str| {
        let name = parameter.split('=').next().unwrap_or_default();
        percent_decode_str(name).decode_utf8_lossy() == Carrier::Request.name()
    };
    if text.split('&').any(is_message) {
        return Ok(Brought::Message(text.clone(), AuthnBinding::Redirect));
    }
    let query = received.query()?;
    Ok(Brought::Nothing {
        relay_state: query.get("RelayState")?.map(str::to_owned),
    })
}

/// A form has a message: nobody begins a login with a form (SR-01).
fn in_form(received: &Received) -> Result<Brought, OAuthError> {
    let text = received.form_text()?;
    Ok(Brought::Message(text.to_owned(), AuthnBinding::Post))
}

fn begun(site: &Site, received: &Received, wish: SamlWish, client: &Client) -> Result<Answer, Unavailable> {
    let incoming = wish.incoming(site);
    let tell = |refusal: &Refusal| {
        login_refused(site, received, Protocol::Samlp, &client.client_id, refusal.code())
            .with("reason", refusal.description())
            .write();
    };
    if let Some(refused) = incoming.and_then(|incoming| incoming.refusal.as_ref()) {
        tell(&refused.refusal);
        return Ok(refused_response(site, client, refused));
    }
    if let Some(once) = incoming.and_then(|incoming| incoming.once.as_ref()) {
        let used = site.store.use_id(
            IdUse::SamlRequest,
            &client.client_id,
            &once.id,
            once.until,
            site.now(),
        )?;
        if used == Use::Again {
            return Ok(pages::told(What::RequestUsed));
        }
    }
    if let Some(id) = incoming.and_then(|incoming| incoming.origin.id.as_deref())
        && site
            .store
            .id_use(IdUse::SamlAnswer, &client.client_id, id, site.now())?
            == Use::Again
    {
        return Ok(pages::told(What::RequestUsed));
    }
    let prompt = SamlWish::prompt(incoming);
    let session = site.session_of(received)?;
    let organization = wish.place.organization.as_deref();
    let session = session
        .filter(|session| !prompt.asks_for_login() && site.takes(session, &client.client_id, organization));
    match session {
        Some(session) => Ok(sign_in(
            site,
            received,
            &Wish::Saml(Box::new(wish)),
            &session,
            None,
        )),
        None if prompt == Prompt::None => {
            let refused = RefusedLogin {
                refusal: Refusal::LoginRequired,
                answered: wish.answered(site, client),
            };
            tell(&refused.refusal);
            Ok(refused_response(site, client, &refused))
        }
        None => login::ask(site, received, &Wish::Saml(Box::new(wish))),
    }
}

/// The metadata of the identity provider for one service provider.
pub(in crate::server) fn saml_metadata(site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let Some(client) = service_provider(site, received) else {
        return Answer::text(
            StatusCode::NOT_FOUND,
            "there is no service provider with this client id\n",
        );
    };
    let config = &site.tenant.config;
    let publisher = Publisher {
        domain: config.domain(),
        endpoints: config.endpoints(),
        keys: &site.keys,
        config: &config.saml,
    };
    let made = Terms::of(&config.saml.metadata)
        .map_err(|error| error.what)
        .and_then(|terms| {
            let trace = &mut Trace::default();
            identity_provider(client, &publisher, &terms, site.now(), &mut SystemRandom, trace)
                .map_err(|error| error.to_string())
        });
    match made {
        Ok(document) => Answer::document("application/xml; charset=utf-8", document),
        Err(why) => {
            log::line(&format!("the metadata for {} cannot be made: {why}", client.name));
            Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "the metadata cannot be made\n")
        }
    }
}

/// The application whose client id the path ends with, where it is a service provider.
fn service_provider<'a>(site: &'a Site, received: &Received) -> Option<&'a Client> {
    let mut clients = site.tenant.clients.iter();
    clients.find(|client| client.client_id == received.segment && client.addons.samlp.is_some())
}

//! `/samlp/{client_id}`: a service provider asks for a login, or the login begins here; and the metadata for service
//! providers.

use super::login;
use crate::event::{AuthnBinding, SamlRequest};
use crate::flow::{Incoming, RefusedLogin, Unavailable, Use};
use crate::login::Refusal;
use crate::oauth::Prompt;
use crate::random::SystemRandom;
use crate::saml::metadata::{Publisher, Terms, identity_provider};
use crate::saml::{self, IdentityProvider};
use crate::server::answer::Answer;
use crate::server::log;
use crate::server::pages::{self, What};
use crate::server::received::Received;
use crate::server::sign_in::{posted, sign_in};
use crate::server::site::Site;
use crate::server::wish::{SamlMessage, SamlWish, Wish};
use crate::store::IdUse;
use crate::tenant::Client;
use crate::trace::Trace;
use axum::http::{Method, StatusCode};
use std::sync::OnceLock;

/// Answers a service provider, or asks the user to log in first.
pub(in crate::server) fn samlp(site: &Site, received: &Received) -> Answer {
    let Some(client) = service_provider(site, received) else {
        return pages::told(What::NoServiceProvider);
    };
    let text = match received.method {
        Method::GET => received.query.clone(),
        Method::POST => match String::from_utf8(received.body.clone()) {
            Ok(text) => text,
            Err(_) => return pages::error(StatusCode::BAD_REQUEST, "The request is not UTF-8."),
        },
        _ => return Answer::wrong_method("GET, POST"),
    };
    let binding = if received.method == Method::POST {
        AuthnBinding::Post
    } else {
        AuthnBinding::Redirect
    };
    let has_message = text
        .split('&')
        .any(|parameter| parameter.starts_with("SAMLRequest="));
    let relay_state = received
        .query()
        .ok()
        .filter(|_| !has_message)
        .and_then(|query| query.get("RelayState").ok()?.map(str::to_owned));
    let wish = SamlWish {
        client_id: client.client_id.clone(),
        message: has_message.then(|| SamlMessage {
            text,
            binding,
            at: site.now(),
            read: OnceLock::new(),
        }),
        relay_state,
    };
    begun(site, received, wish, client).unwrap_or_else(|error| pages::failed(&error))
}

fn begun(site: &Site, received: &Received, wish: SamlWish, client: &Client) -> Result<Answer, Unavailable> {
    let incoming = wish.incoming(site);
    if let Some(refused) = incoming.and_then(|incoming| incoming.refusal.as_ref()) {
        return Ok(answer_refused(site, client, refused));
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
    let prompt = SamlWish::prompt(incoming);
    let session = site.session_of(received)?.filter(|_| !prompt.asks_for_login());
    match session {
        Some(session) => Ok(sign_in(site, received, &Wish::Saml(wish), &session, None)),
        None if prompt == Prompt::None => {
            let refused = RefusedLogin {
                refusal: Refusal::LoginRequired,
                answered: incoming
                    .map(|incoming| answered(incoming, client))
                    .unwrap_or_default(),
            };
            Ok(answer_refused(site, client, &refused))
        }
        None => login::ask(site, received, &Wish::Saml(wish)),
    }
}

/// What an accepted request says of the response that it wants.
fn answered(incoming: &Incoming, client: &Client) -> SamlRequest {
    let origin = &incoming.origin;
    SamlRequest {
        id: origin.id.clone(),
        issuer: origin.issuer.clone(),
        acs_url: origin
            .acs_url
            .clone()
            .or_else(|| client.callbacks.first().cloned())
            .unwrap_or_default(),
        relay_state: incoming.relay_state.clone(),
        ..SamlRequest::default()
    }
}

/// Tells the service provider that its request is refused, or the user where the service provider cannot be told.
fn answer_refused(site: &Site, client: &Client, refused: &RefusedLogin) -> Answer {
    let RefusedLogin { refusal, answered } = refused;
    if answered.acs_url.is_empty() {
        return pages::told(What::BrokenRequest(refusal.description().into_owned()));
    }
    let config = &site.tenant.config;
    let idp = IdentityProvider {
        domain: config.domain(),
        pair: &site.keys.current,
        config: &config.saml,
    };
    match saml::refuse(refusal, answered, client, &idp, site.now(), &mut SystemRandom) {
        Ok(answer) => posted(&answer),
        Err(error) => {
            log::line(&format!(
                "the refusal for {} cannot be made: {error}",
                client.name
            ));
            pages::told(What::BrokenRequest(refusal.description().into_owned()))
        }
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
        Ok(document) => Answer::document("application/samlmetadata+xml; charset=utf-8", document),
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

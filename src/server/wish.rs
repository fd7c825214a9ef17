//! What a browser came for: the answer to an authorization request, or a SAML response.

use super::site::Site;
use crate::event::{AuthnBinding, AuthnOrigin, Circumstances, Dict, Protocol, SamlRequest, Transaction};
use crate::flow::{GivenRequest, Incoming};
use crate::login::RequestFault;
use crate::oauth::{AuthorizeRequest, Parameters, Place, Prompt};
use crate::saml::inbound::{Answer, Carrier, Occurrence, Recipient, RefusedRequest, binding};
use crate::tenant::Client;
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// What a browser came for. It is kept while the user logs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Wish {
    Oidc(Box<AuthorizeRequest>),
    Saml(Box<SamlWish>),
}

/// A login of a service provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SamlWish {
    pub client_id: String,
    /// The query or form that brought the request; none where the login begins here.
    pub message: Option<SamlMessage>,
    /// What goes back with the answer, where the login begins here.
    pub relay_state: Option<String>,
    /// What the URL says beside the request, where the request itself is not in it.
    #[serde(default)]
    pub query: Dict,
    /// Where the login is to happen.
    #[serde(default)]
    pub place: Place,
}

/// A SAML request as it came. It is read again whenever it is needed, by the rules of the moment at which it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SamlMessage {
    pub text: String,
    pub binding: AuthnBinding,
    pub at: Moment,
    /// What it was read as, while one HTTP request is answered.
    #[serde(skip)]
    pub read: OnceLock<Box<Incoming>>,
}

impl Wish {
    pub fn client_id(&self) -> &str {
        match self {
            Self::Oidc(request) => &request.client_id,
            Self::Saml(wish) => &wish.client_id,
        }
    }

    /// The application, if it is still there.
    pub fn client<'a>(&self, site: &'a Site) -> Option<&'a Client> {
        site.tenant
            .clients
            .iter()
            .find(|client| client.client_id == self.client_id())
    }

    /// How the login came in (semantics 5.4).
    pub fn protocol(&self) -> Protocol {
        match self {
            Self::Oidc(request) => request.protocol(),
            Self::Saml(_) => Protocol::Samlp,
        }
    }

    /// The languages that the application wishes for its user, the best one first.
    pub fn locales(&self) -> &[String] {
        match self {
            Self::Oidc(request) => &request.ui_locales,
            Self::Saml(_) => &[],
        }
    }

    /// Whether and how the user is asked.
    pub fn prompt(&self, site: &Site) -> Prompt {
        match self {
            Self::Oidc(request) => request.prompt,
            Self::Saml(wish) => SamlWish::prompt(wish.incoming(site)),
        }
    }

    /// The connection that the login is to use.
    pub fn connection(&self) -> Option<&str> {
        match self {
            Self::Oidc(request) => request.connection.as_deref(),
            Self::Saml(wish) => wish.place.connection.as_deref(),
        }
    }

    /// The organization that the login is for.
    pub fn organization(&self) -> Option<&str> {
        match self {
            Self::Oidc(request) => request.organization.as_deref(),
            Self::Saml(wish) => wish.place.organization.as_deref(),
        }
    }

    /// What the application says of the user.
    pub fn login_hint(&self, site: &Site) -> Option<String> {
        match self {
            Self::Oidc(request) => request.login_hint.clone(),
            Self::Saml(wish) => wish.incoming(site)?.origin.login_hint.clone(),
        }
    }
}

impl AuthorizeRequest {
    pub(super) fn circumstances(&self) -> Circumstances {
        let words = self.response_type.words().iter();
        Circumstances {
            transaction: Transaction {
                acr_values: self.acr_values.clone(),
                login_hint: self.login_hint.clone(),
                prompt: self
                    .parameters
                    .get("prompt")
                    .and_then(|prompt| prompt.as_str())
                    .map(|prompt| {
                        prompt
                            .split(' ')
                            .filter(|word| !word.is_empty())
                            .map(str::to_owned)
                            .collect()
                    }),
                protocol: Some(self.protocol()),
                redirect_uri: Some(self.delivery.redirect_uri.clone()),
                requested_scopes: self.scopes.clone(),
                response_mode: Some(self.delivery.mode.as_str().to_owned()),
                response_type: Some(words.map(|word| (*word).to_owned()).collect()),
                state: self.delivery.state.clone(),
                ui_locales: self.ui_locales.clone(),
                ..Transaction::default()
            },
            organization: self.organization.clone(),
            audience: self.audience.clone(),
            nonce: self.nonce.clone(),
            ..Circumstances::default()
        }
    }
}

impl SamlWish {
    /// The request, accepted or not; nothing where the login begins here. That it came once was seen to when it came.
    pub fn incoming(&self, site: &Site) -> Option<&Incoming> {
        let message = self.message.as_ref()?;
        let client = site
            .tenant
            .clients
            .iter()
            .find(|client| client.client_id == self.client_id)?;
        Some(message.read.get_or_init(|| {
            let parameters = Parameters::of_form(message.text.as_bytes())
                .unwrap_or_default()
                .shown_to_actions();
            Box::new(Incoming::received(
                message.given(parameters),
                Occurrence::First,
                &site.recipient(client),
                message.at,
            ))
        }))
    }

    /// What the request says of the response that it wants; where the login begins here the response goes to the first
    /// callback.
    pub fn answered(&self, site: &Site, client: &Client) -> SamlRequest {
        let incoming = self.incoming(site);
        let origin = incoming
            .map(|incoming| incoming.origin.clone())
            .unwrap_or_default();
        let first = client.callbacks.first().cloned();
        SamlRequest {
            id: origin.id,
            issuer: origin.issuer,
            acs_url: origin.acs_url.or(first).unwrap_or_default(),
            relay_state: incoming
                .and_then(|incoming| incoming.relay_state.clone())
                .or_else(|| self.relay_state.clone()),
            ..SamlRequest::default()
        }
    }

    /// Whether the request came in a form.
    pub fn is_posted(&self) -> bool {
        self.message
            .as_ref()
            .is_some_and(|message| message.binding == AuthnBinding::Post)
    }

    pub fn circumstances(&self, site: &Site, incoming: Option<&Incoming>) -> Circumstances {
        let mut clients = site.tenant.clients.iter();
        let client = clients.find(|client| client.client_id == self.client_id);
        Circumstances {
            organization: self.place.organization.clone(),
            ..of_service_provider(client, self.relay_state.as_deref(), incoming)
        }
    }

    /// Whether and how the user is asked, as far as the request says.
    pub fn prompt(incoming: Option<&Incoming>) -> Prompt {
        match incoming.and_then(|incoming| incoming.origin.prompt.as_deref()) {
            Some("none") => Prompt::None,
            Some("login") => Prompt::Login,
            _ => Prompt::AsNeeded,
        }
    }
}

/// What a service provider asked for; `relay_state` counts where the login begins here.
pub(super) fn of_service_provider(
    client: Option<&Client>,
    relay_state: Option<&str>,
    incoming: Option<&Incoming>,
) -> Circumstances {
    let origin = incoming.map(|incoming| incoming.origin.clone());
    let relay_state = incoming
        .and_then(|incoming| incoming.relay_state.clone())
        .or_else(|| relay_state.map(str::to_owned));
    let AuthnOrigin {
        acs_url,
        acr_values,
        login_hint,
        prompt,
        ..
    } = origin.clone().unwrap_or_default();
    let first = client.and_then(|client| client.callbacks.first().cloned());
    Circumstances {
        transaction: Transaction {
            acr_values,
            locale: "en".to_owned(),
            login_hint,
            prompt: prompt.map(|prompt| vec![prompt]),
            protocol: Some(Protocol::Samlp),
            redirect_uri: acs_url.or(first),
            state: relay_state,
            ..Transaction::default()
        },
        authn_request: origin,
        ..Circumstances::default()
    }
}

impl SamlMessage {
    fn given(&self, parameters: Dict) -> GivenRequest {
        let received = binding::read(&self.text, Carrier::Request).map_err(|error| RefusedRequest {
            fault: RequestFault::Encoding,
            description: error.to_string(),
            answer: Answer::Page,
        });
        GivenRequest {
            received,
            binding: self.binding,
            parameters,
        }
    }
}

impl Site {
    /// Who is asked by SAML requests of this application.
    pub(super) fn recipient<'a>(&'a self, client: &'a Client) -> Recipient<'a> {
        Recipient {
            client,
            endpoints: self.tenant.config.endpoints(),
            config: &self.tenant.config.saml,
        }
    }
}

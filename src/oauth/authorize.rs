//! An authorization request (RFC 6749 section 4.1.1, OIDC Core 3.1.2.1): accepted, refused on its way back, or refused on
//! a page, because nobody knows where an answer could safely go.

use super::delivery::Delivery;
use super::error::{ErrorCode, OAuthError};
use super::id_token_hint::IdTokenHint;
use super::parameters::{Came, Parameters};
use super::pkce::CodeChallenge;
use super::place;
use super::response::{ResponseMode, ResponseType};
use crate::event::{Dict, Protocol};
use crate::tenant::{Client, Tenant};
use crate::token::Issuer;
use crate::web_url::{UrlUse, web_url};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// An authorization request that was accepted. It is kept while its user logs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    /// The application.
    pub client_id: String,
    /// Where the answer goes.
    pub delivery: Delivery,
    /// What the answer holds.
    pub response_type: ResponseType,
    /// The redirect URI as the request gives it; the token request must give the same (RFC 6749 section 4.1.3).
    pub given_redirect_uri: Option<String>,
    /// In the order of the request, each once.
    pub scopes: Vec<String>,
    /// Identifier of an API.
    pub audience: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// Whether and how the user is asked.
    pub prompt: Prompt,
    /// Seconds since the user logged in, at most.
    pub max_age: Option<u32>,
    /// Whom the application expects, in words for the login page.
    pub login_hint: Option<String>,
    /// The id of the user whom the application expects: the subject of `id_token_hint`.
    pub expected_user: Option<String>,
    /// Authentication context classes, the best one first.
    pub acr_values: Vec<String>,
    /// Languages, the best one first.
    pub ui_locales: Vec<String>,
    /// Name of a connection.
    pub connection: Option<String>,
    /// Name or id of an organization.
    pub organization: Option<String>,
    /// What the code is bound to.
    pub code_challenge: Option<CodeChallenge>,
    /// All parameters, for `event.request`.
    pub parameters: Dict,
    /// Where they came.
    pub came: Came,
}

/// `prompt` of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// The user is asked what is missing.
    #[default]
    AsNeeded,
    /// The user agrees again.
    Consent,
    /// The user logs in again.
    Login,
    /// The user logs in again, and agrees again.
    LoginAndConsent,
    /// Nobody is asked anything.
    None,
}

/// Why an authorization request is refused, and where that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizeFault {
    /// To the user alone: client or redirect URI are not to be trusted.
    Page(OAuthError),
    /// To the application.
    Answer(Box<Delivery>, OAuthError),
}

/// Parameters that mean something here; each may be given once.
const KNOWN: &[&str] = &[
    "acr_values",
    "audience",
    "claims",
    "claims_locales",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "connection",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "organization",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "screen_hint",
    "state",
    "ui_locales",
];

/// Most scopes of a request.
const MAX_SCOPES: usize = 100;

impl AuthorizeRequest {
    /// Accepts or refuses a request to `issuer`, the one of `tenant`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn accept(
        parameters: &Parameters,
        came: Came,
        tenant: &Tenant,
        issuer: &Issuer<'_>,
    ) -> Result<Self, AuthorizeFault> {
        let (client, given) = client_and_redirect_uri(parameters, tenant).map_err(AuthorizeFault::Page)?;
        // The answer travels as the request says, as far as that can be read.
        let response_type = ResponseType::of(parameters);
        let mode = match &response_type {
            Ok(response_type) => ResponseMode::of(parameters, *response_type)
                .unwrap_or_else(|_| ResponseMode::default_of(*response_type)),
            Err(_) => ResponseMode::named(parameters)
                .ok()
                .flatten()
                .unwrap_or(ResponseMode::Query),
        };
        let redirect_uri = given.or(client.callbacks.first().map(String::as_str));
        let mut delivery = Delivery {
            redirect_uri: redirect_uri.unwrap_or_default().to_owned(),
            mode,
            state: parameters.get("state").ok().flatten().map(str::to_owned),
            issuer: issuer.url(),
        };
        if mode == ResponseMode::WebMessage && !delivery.has_origin() {
            delivery.mode = ResponseMode::Fragment;
            let error = invalid("response_mode web_message is for redirect URIs of web pages");
            return Err(AuthorizeFault::Answer(Box::new(delivery), error));
        }
        let request = Request {
            parameters,
            came,
            client,
            tenant,
            issuer,
        };
        request
            .checked(response_type, given, delivery.clone())
            .map_err(|error| AuthorizeFault::Answer(Box::new(delivery), error))
    }

    /// How the login came in (semantics 5.4).
    pub fn protocol(&self) -> Protocol {
        match (self.response_type.has_code(), self.response_type.has_token()) {
            (true, false) => Protocol::OidcBasicProfile,
            (true, true) => Protocol::OidcHybridProfile,
            (false, _) => Protocol::OidcImplicitProfile,
        }
    }
}

/// The client and the redirect URI that the request gives. Without both, no answer may leave.
fn client_and_redirect_uri<'a>(
    parameters: &'a Parameters,
    tenant: &'a Tenant,
) -> Result<(&'a Client, Option<&'a str>), OAuthError> {
    let Some(client_id) = parameters.get("client_id")? else {
        return Err(invalid("client_id is missing"));
    };
    let client = tenant.clients.iter().find(|client| client.client_id == client_id);
    let client = client.ok_or_else(|| invalid("there is no client with this client_id"))?;
    let given = parameters.get("redirect_uri")?;
    let url = match (given, client.callbacks.as_slice()) {
        (Some(given), _) => given,
        (None, [only]) if !only.contains('*') => only,
        (None, []) => return Err(invalid("the client has no callback, so it cannot be answered")),
        (None, _) => {
            return Err(invalid(
                "redirect_uri is missing, and the client has several callbacks",
            ));
        }
    };
    let parsed = web_url(url, UrlUse::Return).ok();
    let Some(parsed) = parsed.filter(|_| client.has_callback(url)) else {
        return Err(invalid("redirect_uri is not a callback of the client"));
    };
    if parsed.scheme() == "http" && !is_loopback(&parsed) && !tenant.config.server.http_callbacks {
        return Err(invalid(
            "redirect_uri is http, so the answer would travel in the open; register an https URL, or set http_callbacks in \
             [server] of postlogin.toml (RFC 9700 section 2.6)",
        ));
    }
    Ok((client, given))
}

/// Whether a URL leads to the device itself.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

struct Request<'a> {
    parameters: &'a Parameters,
    came: Came,
    client: &'a Client,
    tenant: &'a Tenant,
    issuer: &'a Issuer<'a>,
}

impl Request<'_> {
    fn checked(
        &self,
        response_type: Result<ResponseType, OAuthError>,
        given_redirect_uri: Option<&str>,
        delivery: Delivery,
    ) -> Result<AuthorizeRequest, OAuthError> {
        let Self {
            parameters,
            client,
            tenant,
            issuer,
            ..
        } = self;
        parameters.each_once(KNOWN)?;
        for (name, code) in [
            ("request", ErrorCode::RequestNotSupported),
            ("request_uri", ErrorCode::RequestUriNotSupported),
        ] {
            if parameters.get(name)?.is_some() {
                let description = format!("'{name}' is not taken; give the parameters themselves");
                return Err(OAuthError::new(code, description));
            }
        }
        let response_type = response_type?;
        ResponseMode::of(parameters, response_type)?;
        self.may_have(response_type)?;
        let code_challenge = CodeChallenge::of(parameters)?;
        if response_type.has_code() && client.is_public() && code_challenge.is_none() {
            return Err(invalid(
                "code_challenge is missing: a client without a secret proves itself by PKCE (RFC 7636)",
            ));
        }
        let scopes = parameters.words("scope")?;
        if scopes.len() > MAX_SCOPES {
            return Err(invalid("there are more than 100 scopes"));
        }
        let nonce = self.text("nonce")?;
        if response_type.has_id_token() && nonce.is_none() {
            return Err(invalid(
                "nonce is missing; an ID token in the answer itself needs one",
            ));
        }
        if response_type.has_id_token() && !scopes.iter().any(|scope| scope == "openid") {
            return Err(invalid(
                "the scope openid is missing; there is no ID token without it",
            ));
        }
        let organization = place::organization(parameters, client, tenant)?;
        Ok(AuthorizeRequest {
            client_id: client.client_id.clone(),
            delivery,
            response_type,
            given_redirect_uri: given_redirect_uri.map(str::to_owned),
            scopes,
            audience: place::audience(parameters, tenant)?,
            nonce,
            prompt: Prompt::of(&parameters.words("prompt")?)?,
            max_age: self.max_age()?,
            login_hint: self.text("login_hint")?,
            expected_user: match parameters.get("id_token_hint")? {
                Some(hint) => Some(IdTokenHint::accept(hint, tenant, issuer.keys, &issuer.url())?.subject),
                None => None,
            },
            acr_values: parameters.words("acr_values")?,
            ui_locales: parameters.words("ui_locales")?,
            connection: place::connection(parameters, client, organization.as_deref(), tenant)?,
            organization,
            code_challenge,
            parameters: parameters.shown_to_actions(),
            came: self.came,
        })
    }

    fn text(&self, name: &str) -> Result<Option<String>, OAuthError> {
        Ok(self.parameters.get(name)?.map(str::to_owned))
    }

    /// Whether the client is registered for what such an answer holds.
    fn may_have(&self, response_type: ResponseType) -> Result<(), OAuthError> {
        for (is_asked, grant) in [
            (response_type.has_code(), "authorization_code"),
            (response_type.has_token(), "implicit"),
        ] {
            if is_asked && !self.client.has_grant(grant) {
                return Err(OAuthError::new(
                    ErrorCode::UnauthorizedClient,
                    format!(
                        "the client is not registered for this response_type; add {grant} to its grant_types"
                    ),
                ));
            }
        }
        Ok(())
    }

    fn max_age(&self) -> Result<Option<u32>, OAuthError> {
        let Some(text) = self.parameters.get("max_age")? else {
            return Ok(None);
        };
        let seconds = text
            .parse()
            .ok()
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        seconds
            .map(Some)
            .ok_or_else(|| invalid("max_age must be a whole number of seconds"))
    }
}

impl Prompt {
    /// What the words of `prompt` come to; unknown ones mean nothing (OIDC Core 3.1.2.1).
    fn of(words: &[String]) -> Result<Self, OAuthError> {
        let has = |word: &str| words.iter().any(|known| known == word);
        if has("none") {
            return match words {
                [_] => Ok(Self::None),
                _ => Err(invalid("prompt 'none' stands alone")),
            };
        }
        Ok(match (has("login") || has("select_account"), has("consent")) {
            (true, true) => Self::LoginAndConsent,
            (true, false) => Self::Login,
            (false, true) => Self::Consent,
            (false, false) => Self::AsNeeded,
        })
    }

    /// The user agrees whether or not they have agreed before.
    pub fn asks_for_consent(self) -> bool {
        matches!(self, Self::Consent | Self::LoginAndConsent)
    }

    /// The user logs in whether or not there is a session.
    pub fn asks_for_login(self) -> bool {
        matches!(self, Self::Login | Self::LoginAndConsent)
    }
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests;

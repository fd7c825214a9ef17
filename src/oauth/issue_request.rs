//! The body of `POST /api/issue` (server 5): a login that happened elsewhere.

use super::brought_profile::BroughtProfile;
use super::issue_body::{BodyFault, or_default, read, short};
use crate::event::{AuthenticationMethod, Device, Dict, EventRequest};
use crate::time::{Moment, iso};
use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::net::IpAddr;

/// A login that happened elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueRequest {
    /// The application.
    pub client_id: String,
    /// The user, as the store has them.
    pub user_id: Option<String>,
    /// The user's profile, which is brought along.
    pub user: Option<Map<String, Value>>,
    /// The connection that the user came over.
    pub connection: Option<String>,
    /// How the user proved who they are.
    pub authentication: Option<GivenAuthentication>,
    /// The request of the user's browser.
    #[serde(default, deserialize_with = "or_default")]
    pub request: GivenRequest,
    /// Scopes, separated by spaces.
    pub scope: Option<String>,
    /// Identifier of the API.
    pub audience: Option<String>,
    /// OIDC `nonce`.
    pub nonce: Option<String>,
    /// One of the application's callbacks.
    pub redirect_uri: Option<String>,
    /// Name or id of the organization.
    pub organization: Option<String>,
    /// The service provider's request as it came.
    pub saml_request: Option<String>,
    /// What goes back to the service provider with the answer.
    pub relay_state: Option<String>,
    /// The session of an earlier call.
    pub session_id: Option<String>,
    /// Whether the answer says what the Actions asked for, and what became of that.
    #[serde(default, deserialize_with = "or_default")]
    pub explain: bool,
}

/// How the user proved who they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenAuthentication {
    /// Each with its name; without a time it happened now.
    pub methods: Vec<GivenMethod>,
}

/// One way in which the user proved who they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenMethod {
    /// `pwd`, `federated`, `mfa` ...
    pub name: String,
    /// RFC 3339.
    pub timestamp: Option<String>,
    /// The factor of an `mfa`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// The request of the user's browser, as the caller had it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GivenRequest {
    /// Address of the browser; without one it is that of the caller.
    pub ip: Option<IpAddr>,
    /// Its user agent.
    pub user_agent: Option<String>,
    /// Its preferred language.
    pub language: Option<String>,
    /// The host that it asked.
    pub hostname: Option<String>,
    /// Autonomous system number.
    pub asn: Option<String>,
    /// Where the address is.
    #[serde(deserialize_with = "or_default")]
    pub geoip: Dict,
    /// HTTP method.
    #[serde(deserialize_with = "or_default")]
    pub method: GivenHttpMethod,
    /// Query parameters.
    #[serde(deserialize_with = "or_default")]
    pub query: Dict,
    /// Parameters of the body.
    #[serde(deserialize_with = "or_default")]
    pub body: Dict,
}

/// The methods with which browsers come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GivenHttpMethod {
    /// Without a body.
    #[default]
    Get,
    /// With a form.
    Post,
}

impl IssueRequest {
    /// Reads the body.
    ///
    /// # Errors
    /// It is no JSON object, has an unknown or wrong member, or members that do not go together.
    pub fn read(body: &[u8]) -> Result<Self, BodyFault> {
        let request: Self = read(body)?;
        match (&request.user_id, &request.user) {
            (Some(_), Some(_)) => {
                return Err(BodyFault::of(
                    "user",
                    "it is given beside user_id; give one of the two",
                ));
            }
            (None, None) => {
                return Err(BodyFault::of(
                    "user_id",
                    "it is missing; give user_id, or user with a profile",
                ));
            }
            _ => {}
        }
        if request.saml_request.is_some() && request.redirect_uri.is_some() {
            return Err(BodyFault::of(
                "redirect_uri",
                "it is given beside saml_request, which says where the response goes; leave redirect_uri out",
            ));
        }
        for (member, text) in [
            ("client_id", Some(&request.client_id)),
            ("user_id", request.user_id.as_ref()),
            ("connection", request.connection.as_ref()),
            ("scope", request.scope.as_ref()),
            ("audience", request.audience.as_ref()),
            ("nonce", request.nonce.as_ref()),
            ("redirect_uri", request.redirect_uri.as_ref()),
            ("organization", request.organization.as_ref()),
            ("session_id", request.session_id.as_ref()),
            ("request.user_agent", request.request.user_agent.as_ref()),
            ("request.language", request.request.language.as_ref()),
            ("request.hostname", request.request.hostname.as_ref()),
            ("request.asn", request.request.asn.as_ref()),
        ] {
            short(member, text.map_or("", String::as_str))?;
        }
        Ok(request)
    }

    /// Whether the application gets a SAML response: it is a service provider, and nothing of OpenID Connect is asked for.
    pub fn is_saml(&self, is_service_provider: bool) -> bool {
        let wants_tokens = self.scope.is_some() || self.audience.is_some() || self.nonce.is_some();
        self.saml_request.is_some() || (is_service_provider && !wants_tokens)
    }

    /// The methods of the login; none where the body says nothing of them.
    ///
    /// # Errors
    /// A method has no name, or a time that is none or lies ahead.
    pub fn methods(&self, now: Moment) -> Result<Vec<AuthenticationMethod>, BodyFault> {
        let methods = self
            .authentication
            .as_ref()
            .map(|given| given.methods.as_slice())
            .unwrap_or_default();
        if methods.len() > MOST_METHODS {
            return Err(BodyFault::of(
                "authentication.methods",
                format!("there are more than {MOST_METHODS}"),
            ));
        }
        let methods = methods.iter().enumerate().map(|(at, method)| {
            let member = |name: &str| format!("authentication.methods[{at}].{name}");
            if method.name.is_empty() || method.name.len() > 256 || method.name.contains(char::is_control) {
                return Err(BodyFault::of(
                    &member("name"),
                    "it must be a name of up to 256 bytes",
                ));
            }
            let timestamp = match &method.timestamp {
                None => iso(now),
                Some(text) => match DateTime::parse_from_rfc3339(text) {
                    Ok(time) if time <= now => iso(time.to_utc()),
                    Ok(_) => return Err(BodyFault::of(&member("timestamp"), "it lies ahead")),
                    Err(_) => {
                        return Err(BodyFault::of(
                            &member("timestamp"),
                            "it is no time; write it like 2026-01-31T12:00:00Z",
                        ));
                    }
                },
            };
            Ok(AuthenticationMethod {
                name: method.name.clone(),
                timestamp,
                kind: method.kind.clone(),
                ..AuthenticationMethod::default()
            })
        });
        methods.collect()
    }

    /// The profile that is brought along.
    ///
    /// # Errors
    /// It has no `user_id`, or a member that a login system may not set.
    pub fn brought(&self) -> Result<Option<BroughtProfile<'_>>, BodyFault> {
        self.user.as_ref().map(BroughtProfile::read).transpose()
    }
}

impl GivenRequest {
    /// The request as Actions see it. `caller` is the address of whoever passes it on, `host` the server's.
    pub fn shown(&self, caller: IpAddr, host: Option<String>) -> EventRequest {
        let Self {
            ip,
            user_agent,
            language,
            hostname,
            asn,
            geoip,
            method,
            query,
            body,
        } = self.clone();
        EventRequest {
            asn,
            body,
            geoip,
            hostname: hostname.or(host),
            ip: ip.unwrap_or(caller).to_string(),
            language,
            method: method.as_str().to_owned(),
            query,
            user_agent,
            ..EventRequest::default()
        }
    }
}

impl GivenHttpMethod {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// The device behind a request that an Action sees.
pub fn device_of(request: &EventRequest) -> Device {
    Device {
        initial_ip: Some(request.ip.clone()),
        initial_asn: request.asn.clone(),
        initial_user_agent: request.user_agent.clone(),
        last_ip: Some(request.ip.clone()),
        last_asn: request.asn.clone(),
        last_user_agent: request.user_agent.clone(),
        ..Device::default()
    }
}

const MOST_METHODS: usize = 32;

#[cfg(test)]
mod tests;

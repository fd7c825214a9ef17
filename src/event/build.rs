//! Making the event of a login from tenant, client, user and request, with a given event laid over it.

use super::draft::Draft;
use super::grant;
use super::overlay::overlay;
use super::user::{hide_tokens, restore_tokens};
use super::{Event, EventError, EventOptions, LoginRequest, Protocol, SamlRequest};
use crate::command::Facts;
use crate::json::JsonPath;
use crate::random::Random;
use crate::tenant::{Client, Profile, SamlAddon, Tenant, stable_id};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Everything that a login starts with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What Actions see.
    pub event: Event,
    /// The profile behind `event.user`, with what identities hold beyond it.
    pub profile: Profile,
    /// What the application asked for.
    pub request: LoginRequest,
    /// What queries are answered from.
    pub facts: Facts,
    /// Whether the user is blocked, so that no Action may run and nothing be issued.
    pub blocked: bool,
}

/// Makes the event of a login that starts `now`.
///
/// `given`, the content of an event file, wins member by member; alone, with a client made by
/// [`client_of`], it is enough.
///
/// # Errors
/// Nobody logs in, the request is one that the platform refuses before any Action runs, or `given` has
/// a member of the wrong type, or secrets.
pub fn build(
    tenant: &Tenant,
    client: &Client,
    options: &EventOptions,
    given: Option<&Value>,
    now: DateTime<Utc>,
    random: &mut dyn Random,
) -> Result<Opening, EventError> {
    if given.is_some_and(|given| !given.is_object()) {
        return Err(EventError::NotAnObject);
    }
    if given.is_some_and(|given| given.get("secrets").is_some()) {
        return Err(EventError::Secrets);
    }
    let profile = merged_profile(options, given)?;
    let draft = Draft {
        tenant,
        client,
        options,
        given,
        profile: &profile,
        now,
    };
    let event = merged_event(&draft.event(random)?, given)?;
    let request = request(&event, tenant, client, options)?;
    let facts = Facts {
        hostname: event.request.hostname.clone().unwrap_or_default(),
        ip: event.request.ip.clone(),
        user_id: event.user.user_id.clone(),
        query: event.request.query.clone(),
        body: event.request.body.clone(),
        state: None,
        can_redirect: event.has_browser() && !event.is_silent(),
        rules_executed: options.rules_executed.clone(),
        groups: grant::groups(&profile),
        roles: grant::roles(role_names(&event), tenant),
    };
    Ok(Opening {
        blocked: profile.is_blocked(),
        event,
        profile,
        request,
        facts,
    })
}

/// A client that fits a given event, for an event without a tenant.
pub fn client_of(given: &Value) -> Client {
    let text = |pointer: &str| {
        let value = given.pointer(pointer).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let name = text("/client/name").or_else(|| text("/client/client_id"));
    let name = name.unwrap_or_else(|| "client".to_owned());
    let mut client = Client {
        client_id: text("/client/client_id").unwrap_or_else(|| stable_id("", &name, 32)),
        name,
        callbacks: text("/transaction/redirect_uri").into_iter().collect(),
        ..Client::default()
    };
    if text("/transaction/protocol").as_deref() == Some("samlp") {
        client.addons.samlp = Some(SamlAddon::default());
    }
    client
}

/// The user's profile with the given user laid over it.
fn merged_profile(options: &EventOptions, given: Option<&Value>) -> Result<Profile, EventError> {
    let known = options.user.cloned().unwrap_or_default();
    let mut merged = Value::Object(known.0.clone());
    if let Some(user) = given.and_then(|given| given.get("user")) {
        overlay(&mut merged, user);
    }
    let Value::Object(merged) = merged else {
        return Err(EventError::Shape {
            path: "user".to_owned(),
            message: "expected an object".to_owned(),
        });
    };
    let mut profile = Profile(merged);
    restore_tokens(&mut profile, &known);
    if profile.user_id().is_empty() {
        return Err(EventError::NoUser);
    }
    Ok(profile)
}

/// The made event with the given one laid over it.
fn merged_event(made: &Event, given: Option<&Value>) -> Result<Event, EventError> {
    let mut merged =
        serde_json::to_value(made).map_err(|error| EventError::shape(&JsonPath::default(), &error))?;
    if let Some(given) = given {
        overlay(&mut merged, given);
    }
    if let Some(Value::Object(user)) = merged.get_mut("user") {
        hide_tokens(user);
    }
    serde_path_to_error::deserialize(merged)
        .map_err(|error| EventError::shape(&JsonPath::from(error.path()), error.inner()))
}

fn role_names(event: &Event) -> &[String] {
    event
        .authorization
        .as_ref()
        .map_or(&[], |authorization| &authorization.roles)
}

/// What the application asked for, once the given event has had its say.
fn request(
    event: &Event,
    tenant: &Tenant,
    client: &Client,
    options: &EventOptions,
) -> Result<LoginRequest, EventError> {
    let transaction = &event.transaction;
    let is_saml = transaction.protocol == Some(Protocol::Samlp);
    if let Some(url) = &transaction.redirect_uri
        && (is_saml || !client.callbacks.is_empty())
    {
        grant::check_callback(client, url)?;
    }
    let audience = event
        .resource_server
        .as_ref()
        .map(|server| server.identifier.clone());
    let saml = if is_saml {
        let origin = options.authn_request.clone().unwrap_or_default();
        let acs_url = transaction.redirect_uri.clone();
        Some(SamlRequest {
            id: origin.id,
            issuer: origin.issuer,
            acs_url: acs_url.ok_or_else(|| EventError::NoAcsUrl {
                client: client.name.clone(),
            })?,
            relay_state: transaction.state.clone(),
            name_id_policy: origin.name_id_policy,
            message: origin.message,
        })
    } else {
        None
    };
    let nonce = event.request.query.get("nonce").and_then(Value::as_str);
    let authenticated_at = event
        .session
        .as_ref()
        .and_then(|session| DateTime::parse_from_rfc3339(session.authenticated_at.as_deref()?).ok());
    Ok(LoginRequest {
        granted_scopes: grant::granted(
            &transaction.requested_scopes,
            audience.as_deref(),
            role_names(event),
            tenant,
        ),
        permissions: audience
            .as_deref()
            .map(|audience| grant::permissions(audience, role_names(event), tenant))
            .unwrap_or_default(),
        audience,
        code: None,
        nonce: nonce.map(str::to_owned),
        authenticated_at: authenticated_at.map(|time| time.timestamp()),
        saml,
    })
}

#[cfg(test)]
mod tests;

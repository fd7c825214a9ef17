//! Making the event of a login from tenant, application, user and circumstances.

use super::connection::{connection, organization};
use super::grant;
use super::user::user_of;
use super::whole::Event;
use super::{
    Authorization, Circumstances, EventClient, EventError, EventResourceServer, EventTenant, LoginRequest,
    Protocol, SamlRequest, Stats,
};
use crate::command::Facts;
use crate::tenant::{Client, Profile, Tenant};
use crate::web_url::{UrlUse, web_url};
use chrono::DateTime;
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

/// Makes the event of a login of `user`, and all else that the login starts with.
///
/// # Errors
/// The request is one that the platform refuses before any Action runs: a callback, API, connection or organization
/// that the application may not have.
pub fn build(
    tenant: &Tenant,
    client: &Client,
    user: &Profile,
    circumstances: &Circumstances,
) -> Result<Opening, EventError> {
    let event = event(tenant, client, user, circumstances, None)?;
    let nonce = circumstances.nonce.clone();
    opening(event, user.clone(), nonce, tenant, client, circumstances)
}

/// The API that the access token is for: the one that is asked for, or else the tenant's default one. Whether the
/// default one is there shows when the token is issued.
///
/// # Errors
/// The one that is asked for is none of the tenant's.
pub(super) fn api(tenant: &Tenant, asked: Option<&str>) -> Result<Option<String>, EventError> {
    let Some(asked) = asked else {
        let default = tenant.settings.default_audience.clone();
        return Ok(default.filter(|audience| !audience.is_empty()));
    };
    if asked == tenant.config.endpoints().userinfo() {
        return Ok(None);
    }
    match tenant.resource_server(asked) {
        Some(server) => Ok(Some(server.identifier.clone())),
        None => Err(EventError::UnknownAudience {
            audience: asked.to_owned(),
            known: tenant
                .resource_servers
                .iter()
                .map(|server| server.identifier.clone())
                .collect(),
        }),
    }
}

/// The event. `given_api` is the API of a given event, which need not be one of the tenant's.
pub(super) fn event(
    tenant: &Tenant,
    client: &Client,
    user: &Profile,
    circumstances: &Circumstances,
    given_api: Option<&str>,
) -> Result<Event, EventError> {
    if user.user_id().is_empty() {
        return Err(EventError::NoUser);
    }
    let domain = tenant.config.domain();
    let is_saml = circumstances.transaction.protocol == Some(Protocol::Samlp);
    let connection = connection(tenant, user, circumstances.connection.as_deref())?;
    let organization = organization(tenant, client, circumstances.organization.as_deref())?;
    let api = match given_api {
        Some(given) => Some(given.to_owned()),
        None => api(tenant, circumstances.audience.as_deref())?,
    };
    // An exchange of a refresh token is no login.
    let is_exchange = circumstances.transaction.protocol == Some(Protocol::Oauth2RefreshToken);
    let before = user.0.get("logins_count").and_then(Value::as_u64).unwrap_or(0);
    Ok(Event {
        authentication: Some(circumstances.authentication.clone()),
        authorization: Some(Authorization {
            roles: grant::role_names(user, tenant),
            ..Authorization::default()
        }),
        client: EventClient {
            client_id: client.client_id.clone(),
            name: client.name.clone(),
            metadata: client.client_metadata.clone(),
            ..EventClient::default()
        },
        connection,
        organization,
        refresh_token: circumstances.refresh_token.clone(),
        request: circumstances.request.clone(),
        resource_server: api.filter(|_| !is_saml).map(|identifier| EventResourceServer {
            identifier,
            ..EventResourceServer::default()
        }),
        session: circumstances.session.clone(),
        stats: Stats {
            logins_count: before + u64::from(!is_exchange),
            ..Stats::default()
        },
        tenant: EventTenant {
            id: domain.split('.').next().unwrap_or(domain).to_owned(),
            ..EventTenant::default()
        },
        transaction: circumstances.transaction.clone(),
        user: user_of(user),
        ..Event::default()
    })
}

/// What a login with this event starts with.
pub(super) fn opening(
    event: Event,
    profile: Profile,
    nonce: Option<String>,
    tenant: &Tenant,
    client: &Client,
    circumstances: &Circumstances,
) -> Result<Opening, EventError> {
    let request = request(&event, nonce, tenant, client, circumstances)?;
    let facts = Facts {
        hostname: event.request.hostname.clone().unwrap_or_default(),
        ip: event.request.ip.clone(),
        user_id: event.user.user_id.clone(),
        query: event.request.query.clone(),
        body: event.request.body.clone(),
        state: None,
        can_redirect: event.has_browser() && !event.is_silent(),
        rules_executed: circumstances.rules_executed.clone(),
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

fn role_names(event: &Event) -> &[String] {
    event
        .authorization
        .as_ref()
        .map_or(&[], |authorization| &authorization.roles)
}

/// What the application asked for, as the event says it.
fn request(
    event: &Event,
    nonce: Option<String>,
    tenant: &Tenant,
    client: &Client,
    circumstances: &Circumstances,
) -> Result<LoginRequest, EventError> {
    let transaction = &event.transaction;
    let is_saml = transaction.protocol == Some(Protocol::Samlp);
    if let Some(url) = &transaction.redirect_uri
        && (is_saml || !client.callbacks.is_empty())
    {
        grant::check_callback(client, url)?;
    }
    if let Some(url) = &transaction.redirect_uri {
        let purpose = if is_saml { UrlUse::Endpoint } else { UrlUse::Return };
        web_url(url, purpose).map_err(|fault| EventError::CallbackUnsafe {
            client: client.name.clone(),
            url: url.clone(),
            fault,
        })?;
    }
    let audience = event
        .resource_server
        .as_ref()
        .map(|server| server.identifier.clone());
    let saml = if is_saml {
        let origin = circumstances.authn_request.clone().unwrap_or_default();
        let acs_url = transaction.redirect_uri.clone();
        Some(SamlRequest {
            id: origin.id,
            issuer: origin.issuer,
            acs_url: acs_url.ok_or_else(|| EventError::NoAcsUrl {
                client: client.name.clone(),
            })?,
            relay_state: transaction.state.clone(),
            name_id_policy: origin.name_id_policy,
            wishes: origin.wishes,
            message: origin.message,
        })
    } else {
        None
    };
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
        nonce,
        authenticated_at: authenticated_at.map(|time| time.timestamp()),
        saml,
    })
}

#[cfg(test)]
mod tests;

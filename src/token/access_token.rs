//! The access token: a JWT for an API, a reference for the user profile (semantics 3.6, 3.7).

use super::claims::{self, Kind, Missing, Reader};
use super::context::{Context, Flow};
use super::error::TokenError;
use super::issuer::Issuer;
use super::jwe;
use super::jws::{JwsKey, Owner};
use super::tokens::{AccessToken, SignedToken, opaque};
use crate::event::Protocol;
use crate::random::Random;
use crate::tenant::{
    API_TOKEN_SECONDS, API_WEB_TOKEN_SECONDS, Dialect, MAX_TOKEN_LIFETIME, ResourceServer, Setting,
    TokenEncryption, USERINFO_IMPLICIT_TOKEN_SECONDS, USERINFO_TOKEN_SECONDS,
};
use crate::trace::{Origin, Trace};
use serde_json::{Map, Value, json};

/// An access token with its lifetime in seconds.
pub(super) struct Issued {
    pub(super) token: AccessToken,
    pub(super) expires_in: u32,
}

/// The access token, unless the response type asks for none.
pub(super) fn issue(
    context: &Context,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<Option<Issued>, TokenError> {
    let grant = context.grant;
    if !context.flow.wants_access_token(grant) {
        claims::drop_custom(grant, Kind::AccessToken, Missing::AccessToken, trace);
        claims::trace_scopes(grant, Some(Missing::AccessToken), trace);
        return Ok(None);
    }
    let Some(api) = api(context)? else {
        claims::drop_custom(grant, Kind::AccessToken, Missing::Opaque, trace);
        claims::trace_scopes(grant, None, trace);
        return Ok(Some(Issued {
            token: AccessToken::Opaque(opaque(random)),
            expires_in: match context.flow {
                Flow::Implicit => USERINFO_IMPLICIT_TOKEN_SECONDS,
                Flow::Code | Flow::Hybrid => USERINFO_TOKEN_SECONDS,
            },
        }));
    };
    let issued = for_api(context, api, random, trace)?;
    claims::trace_scopes(grant, None, trace);
    Ok(Some(issued))
}

/// The API that the token is for; none for the user profile.
fn api<'a>(context: &Context<'a>) -> Result<Option<&'a ResourceServer>, TokenError> {
    let userinfo = context.issuer.userinfo();
    match (context.resource_server, &context.grant.request.audience) {
        (Some(api), _) => Ok(Some(api).filter(|api| api.identifier != userinfo)),
        (None, Some(audience)) if *audience != userinfo && !audience.is_empty() => {
            Err(TokenError::UnknownAudience {
                audience: audience.chars().take(200).collect(),
            })
        }
        (None, _) => Ok(None),
    }
}

/// How the claims of an API's token are named (semantics 3.7).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// The platform's own.
    Platform,
    /// RFC 9068.
    Rfc9068,
}

/// Whether the user's permissions are in the token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Permissions {
    Included,
    Omitted,
}

pub(super) fn dialect(api: &ResourceServer) -> Result<(Profile, Permissions), TokenError> {
    let dialect = api.dialect().map_err(|unknown| TokenError::UnknownDialect {
        found: unknown.written().chars().take(40).collect(),
        api: api.identifier.clone(),
    })?;
    Ok(match dialect {
        Dialect::AccessToken => (Profile::Platform, Permissions::Omitted),
        Dialect::AccessTokenAuthz => (Profile::Platform, Permissions::Included),
        Dialect::Rfc9068Profile => (Profile::Rfc9068, Permissions::Omitted),
        Dialect::Rfc9068ProfileAuthz => (Profile::Rfc9068, Permissions::Included),
    })
}

/// How the API wants its tokens encrypted; not at all where it does not say.
pub(super) fn encryption(api: &ResourceServer) -> Result<Option<&TokenEncryption>, TokenError> {
    let setting = api
        .token_encryption
        .as_ref()
        .filter(|setting| !setting.written().is_null());
    let encryption = setting.map(Setting::value).transpose();
    encryption.map_err(|error| TokenError::Encryption {
        api: api.identifier.clone(),
        problem: error.to_string(),
    })
}

fn for_api(
    context: &Context,
    api: &ResourceServer,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<Issued, TokenError> {
    let (profile, permissions) = dialect(api)?;
    let encryption = encryption(api)?;
    let key = key(api, &context.issuer, trace)?;
    let expires_in = lifetime(context.flow, api, trace);
    let mut claims = registered(context, api, profile, key.alg(), expires_in, random);
    if permissions == Permissions::Included {
        claims.insert("permissions".to_owned(), json!(context.grant.request.permissions));
    }
    let count = claims.len();
    let reader = if api.is_system == Some(true) || context.issuer.is_system_api(&api.identifier) {
        Reader::System
    } else {
        Reader::Customer
    };
    claims::add_custom(
        &mut claims,
        count,
        context.grant,
        Kind::AccessToken,
        reader,
        trace,
    );
    let token = sealed(&key, claims, profile, encryption, random)?;
    Ok(Issued { token, expires_in })
}

/// The token with these claims as `api` wants its tokens signed and encrypted.
pub(super) fn signed(
    api: &ResourceServer,
    issuer: &Issuer<'_>,
    claims: Map<String, Value>,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<AccessToken, TokenError> {
    let (profile, _) = dialect(api)?;
    let encryption = encryption(api)?;
    let key = key(api, issuer, trace)?;
    sealed(&key, claims, profile, encryption, random)
}

fn key<'a>(
    api: &'a ResourceServer,
    issuer: &Issuer<'a>,
    trace: &mut Trace,
) -> Result<JwsKey<'a>, TokenError> {
    JwsKey::choose(
        api.signing_alg.as_ref(),
        api.hmac_secret().map(str::as_bytes),
        Owner::Api(&api.identifier),
        issuer.keys,
        trace,
    )
}

fn sealed(
    key: &JwsKey<'_>,
    claims: Map<String, Value>,
    profile: Profile,
    encryption: Option<&TokenEncryption>,
    random: &mut dyn Random,
) -> Result<AccessToken, TokenError> {
    let typ = match profile {
        Profile::Platform => "JWT",
        Profile::Rfc9068 => "at+jwt",
    };
    let jwt = key.sign(&claims, typ, random)?;
    let signed = SignedToken { jwt, claims };
    Ok(match encryption {
        None => AccessToken::Jwt(signed),
        Some(encryption) => AccessToken::Encrypted {
            jwe: jwe::encrypt(encryption, &signed.jwt, typ, random)?,
            inside: signed,
        },
    })
}

fn registered(
    context: &Context,
    api: &ResourceServer,
    profile: Profile,
    alg: &str,
    expires_in: u32,
    random: &mut dyn Random,
) -> Map<String, Value> {
    let Context { grant, now, .. } = context;
    let client_id = Value::from(context.client.client_id.as_str());
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    put("iss", Value::from(context.issuer.url()));
    put("sub", Value::from(grant.event.user.user_id.as_str()));
    let with_userinfo = alg == "RS256" && claims::is_granted(grant, "openid");
    put(
        "aud",
        if with_userinfo {
            json!([api.identifier, context.issuer.userinfo()])
        } else {
            Value::from(api.identifier.as_str())
        },
    );
    put("iat", Value::from(now.timestamp()));
    put("exp", Value::from(now.timestamp() + i64::from(expires_in)));
    if !grant.scopes.is_empty() {
        put("scope", Value::from(grant.scopes.join(" ")));
    }
    match profile {
        Profile::Platform => {
            put("azp", client_id);
            if let Some(gty) = grant.event.transaction.protocol.and_then(gty) {
                put("gty", Value::from(gty));
            }
        }
        Profile::Rfc9068 => {
            put("client_id", client_id);
            put(
                "jti",
                context
                    .issuer
                    .jti
                    .map_or_else(|| opaque(random), str::to_owned)
                    .into(),
            );
        }
    }
    let details = &grant.event.transaction.requested_authorization_details;
    if let Some(details) = details.as_ref().filter(|details| !details.is_empty()) {
        put("authorization_details", Value::from(details.clone()));
    }
    context.put_organization(&mut claims);
    claims
}

/// The grants that the platform's profile names in the token.
fn gty(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::Oauth2Password | Protocol::Oauth2ResourceOwner => Some("password"),
        Protocol::Oauth2RefreshToken => Some("refresh_token"),
        _ => None,
    }
}

/// Seconds from issue to expiry.
pub(super) fn lifetime(flow: Flow, api: &ResourceServer, trace: &mut Trace) -> u32 {
    let (member, setting, default) = match flow {
        Flow::Code => ("token_lifetime", &api.token_lifetime, API_TOKEN_SECONDS),
        Flow::Hybrid | Flow::Implicit => (
            "token_lifetime_for_web",
            &api.token_lifetime_for_web,
            API_WEB_TOKEN_SECONDS,
        ),
    };
    let Some(setting) = setting else { return default };
    let wanted = *setting.written();
    if setting.value().is_ok() {
        return wanted;
    }
    let allowed = wanted.clamp(1, MAX_TOKEN_LIFETIME);
    let message = format!(
        "'{member}' of the API '{}' is {wanted} seconds; {allowed} is used, the range is 1 to {MAX_TOKEN_LIFETIME}",
        api.identifier
    );
    trace.warn("token_lifetime", message, &Origin::default());
    allowed
}

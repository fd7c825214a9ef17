//! The ID token (semantics 3.5, OIDC Core 2).

use super::claims::{self, Kind, Missing, Reader};
use super::context::{Context, Flow};
use super::error::TokenError;
use super::jws::{JwsKey, Owner};
use super::names::STANDARD;
use super::tokens::SignedToken;
use crate::event::{Event, User};
use crate::keys::KeyRing;
use crate::login::Grant;
use crate::random::Random;
use crate::tenant::{Client, ID_TOKEN_SECONDS, MAX_TOKEN_LIFETIME, Profile};
use crate::trace::{Origin, Trace};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The authentication context class of a login with MFA, as the platform names it.
const ACR_MFA: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

/// The ID token, unless `openid` was not granted or the response type asks for none. `access_token` is
/// what is issued beside it.
pub(super) fn issue(
    context: &Context,
    access_token: Option<&str>,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<Option<SignedToken>, TokenError> {
    let Context { grant, client, .. } = context;
    if !context.flow.wants_id_token(grant) {
        claims::drop_custom(grant, Kind::IdToken, Missing::IdToken, trace);
        return Ok(None);
    }
    let configuration = &client.jwt_configuration;
    let secret = secret(client)?;
    let key = JwsKey::choose(
        configuration.alg.as_ref(),
        secret.as_deref(),
        Owner::Client(&client.name),
        context.issuer.keys,
        trace,
    )?;
    let mut claims = registered(context, &key, access_token)?;
    let count = claims.len();
    add_profile(&mut claims, grant);
    claims::add_custom(&mut claims, count, grant, Kind::IdToken, Reader::Customer, trace);
    check_lifetime(client, trace);
    let jwt = key.sign(&claims, "JWT", random)?;
    Ok(Some(SignedToken { jwt, claims }))
}

/// Ties an ID token to the access token that is issued beside it in the place of another one: its `at_hash` is made anew, and
/// the token is signed again (OIDC Core 3.2.2.9). One without `at_hash` stays as it is.
///
/// # Errors
/// As those of [`issue`](super::issue).
pub fn tie(
    id_token: &mut SignedToken,
    access_token: &str,
    client: &Client,
    keys: &KeyRing,
    random: &mut dyn Random,
) -> Result<(), TokenError> {
    let Some(hash) = id_token.claims.get_mut("at_hash") else {
        return Ok(());
    };
    let secret = secret(client)?;
    let key = JwsKey::choose(
        client.jwt_configuration.alg.as_ref(),
        secret.as_deref(),
        Owner::Client(&client.name),
        keys,
        &mut Trace::default(),
    )?;
    *hash = key.half_hash(access_token)?.into();
    id_token.jwt = key.sign(&id_token.claims, "JWT", random)?;
    Ok(())
}

/// The client secret as HMAC key: its text, or the bytes it stands for where old clients have
/// `jwt_configuration.secret_encoded`; none where the client has no secret.
///
/// # Errors
/// The client says that the secret is base64, and it is not.
pub fn secret(client: &Client) -> Result<Option<Cow<'_, [u8]>>, TokenError> {
    let Some(secret) = client.hmac_secret() else {
        return Ok(None);
    };
    if client.jwt_configuration.secret_encoded != Some(true) {
        return Ok(Some(Cow::Borrowed(secret.as_bytes())));
    }
    let alphabet = secret.replace('+', "-").replace('/', "_");
    let bytes = URL_SAFE_NO_PAD.decode(alphabet.trim_end_matches('='));
    bytes
        .map(|bytes| (!bytes.is_empty()).then_some(Cow::Owned(bytes)))
        .map_err(|_| TokenError::SecretEncoding {
            client: client.name.clone(),
        })
}

/// Warns of a lifetime that the platform would not take. A longer one is issued as it is configured.
pub(super) fn check_lifetime(client: &Client, trace: &mut Trace) {
    let Some(setting) = &client.jwt_configuration.lifetime_in_seconds else {
        return;
    };
    if setting.value().is_err() {
        let configured = *setting.written();
        let message = format!(
            "'jwt_configuration.lifetime_in_seconds' of the client '{}' is {configured} seconds; {} is used, the \
             platform's range is 1 to {MAX_TOKEN_LIFETIME}",
            client.name,
            configured.max(1)
        );
        trace.warn("token_lifetime", message, &Origin::default());
    }
}

/// Seconds from issue to expiry.
pub(super) fn lifetime(context: &Context) -> u32 {
    let configured = context.client.jwt_configuration.lifetime_in_seconds.as_ref();
    configured.map_or(ID_TOKEN_SECONDS, |seconds| (*seconds.written()).max(1))
}

/// Room for the claims that most tokens have.
const CLAIMS: usize = 16;

fn registered(
    context: &Context,
    key: &JwsKey,
    access_token: Option<&str>,
) -> Result<Map<String, Value>, TokenError> {
    let Context { grant, now, .. } = context;
    let mut claims = Map::with_capacity(CLAIMS);
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    put("iss", Value::from(context.issuer.url()));
    put("sub", Value::from(grant.event.user.user_id.as_str()));
    put("aud", Value::from(context.client.client_id.as_str()));
    put("iat", Value::from(now.timestamp()));
    put("exp", Value::from(now.timestamp() + i64::from(lifetime(context))));
    if let Some(session) = session_id(&grant.event) {
        put("sid", Value::from(session));
    }
    if let Some(nonce) = &grant.request.nonce {
        put("nonce", Value::from(nonce.as_str()));
    }
    if let Some(time) = auth_time(context) {
        put("auth_time", Value::from(time));
    }
    if grant.mfa {
        put("acr", Value::from(ACR_MFA));
        put("amr", json!(["mfa"]));
    }
    if context.flow != Flow::Code
        && let Some(access_token) = access_token
    {
        put("at_hash", Value::from(key.half_hash(access_token)?));
    }
    if context.flow == Flow::Hybrid
        && let Some(code) = &grant.request.code
    {
        put("c_hash", Value::from(key.half_hash(code.reveal())?));
    }
    context.put_organization(&mut claims);
    Ok(claims)
}

/// The session of the login, or the one that the refresh token was given in: an exchange has none of its own.
fn session_id(event: &Event) -> Option<&str> {
    let of_token = || event.refresh_token.as_ref()?.session_id.as_deref();
    let session = event.session.as_ref().map(|session| session.id.as_str());
    session.or_else(of_token).filter(|id| !id.is_empty())
}

/// When the user authenticated: a claim when a session exists, or when the application sent `max_age`.
fn auth_time(context: &Context) -> Option<i64> {
    let event = &context.grant.event;
    let parts = [&event.request.query, &event.request.body];
    let asked = parts.into_iter().any(|part| part.contains_key("max_age"));
    let session = event.session.as_ref();
    if session.is_none() && !asked && event.refresh_token.is_none() {
        return None;
    }
    let of_session = || {
        let text = session?.authenticated_at.as_deref()?;
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.timestamp())
    };
    let known = context.grant.request.authenticated_at.or_else(of_session);
    // With `max_age` the claim is required; a login that no session precedes happens now.
    known.or_else(|| asked.then(|| context.now.timestamp()))
}

/// The standard claims that the granted scopes select, as far as the profile has them.
fn add_profile(claims: &mut Map<String, Value>, grant: &Grant) {
    for (name, scope) in STANDARD {
        if claims::is_granted(grant, scope)
            && let Some(value) = profile_value(name, &grant.event.user, &grant.profile)
        {
            claims.insert(name.to_owned(), value);
        }
    }
}

fn profile_value(name: &str, user: &User, profile: &Profile) -> Option<Value> {
    let text = |field: &Option<String>| field.as_deref().map(Value::from);
    let value = match name {
        "email" => text(&user.email),
        "email_verified" => user.email.as_ref().map(|_| Value::from(user.email_verified)),
        "family_name" => text(&user.family_name),
        "given_name" => text(&user.given_name),
        "name" => text(&user.name),
        "nickname" => text(&user.nickname),
        "phone_number" => text(&user.phone_number),
        "phone_number_verified" => user.phone_verified.map(Value::from),
        "picture" => text(&user.picture),
        "updated_at" => text(&user.updated_at),
        _ => None,
    };
    value
        .or_else(|| user.extra.get(name).cloned())
        .or_else(|| profile.0.get(name).cloned())
        .filter(|value| !value.is_null())
}

//! The grant `authorization_code` (RFC 6749 section 4.1.3, RFC 9700 section 2.1.1).

use super::{Fault, refused};
use crate::issue::{Artefact, Ended, Issuing, OnWarning, issue};
use crate::login::{Decision, Effects, Finished, RefreshTokenLifetimes, issues_refresh_token};
use crate::oauth::{ErrorCode, OAuthError, Parameters, is_verified_by};
use crate::random::SystemRandom;
use crate::server::endpoints::TokenHolder;
use crate::server::log;
use crate::server::sign_in::{CODE, CodeContent};
use crate::server::site::Site;
use crate::store::{
    Bucket, Code, FamilyGrant, FamilyId, Generation, Hashed, NewFamily, Redeemed, Redemption, RefreshToken,
    Rotation,
};
use crate::tenant::{Client, RefreshTokenPolicy, USERINFO_TOKEN_SECONDS};
use crate::time::{Moment, later};
use crate::trace::Trace;
use chrono::TimeDelta;
use serde_json::{Map, Value};

/// Exchanges a code for tokens.
pub(super) fn exchange(
    site: &Site,
    client: &Client,
    parameters: &Parameters,
) -> Result<Map<String, Value>, Fault> {
    let Some(presented) = parameters.get("code")? else {
        return Err(refused(ErrorCode::InvalidRequest, "code is missing"));
    };
    let now = site.now();
    let hash = Hashed::of(presented);
    let code = site.store.code(&hash, now)?;
    // A code that somebody else presents stays whole for its client.
    let code = code.filter(|code| code.client_id == client.client_id && now < code.expires_at);
    let Some(code) = code else {
        return Err(worthless());
    };
    let content = site.server_keys.show(CODE, &code.content).ok_or_else(worthless)?;
    let content: CodeContent = serde_json::from_slice(content.reveal()).map_err(|_| worthless())?;
    let redirect_uri = parameters.get("redirect_uri")?;
    let fits = match content.redirect_uri.as_deref() {
        Some(given) => redirect_uri == Some(given),
        None => redirect_uri.is_none_or(|url| client.has_callback(url)),
    };
    if !fits {
        return Err(refused(
            ErrorCode::InvalidGrant,
            "redirect_uri is not that of the authorization request",
        ));
    }
    is_verified_by(content.challenge.as_ref(), parameters.get("code_verifier")?)?;

    let holder = TokenHolder {
        id: TokenHolder::id_until(later(now, LONGEST)),
        user_id: code.user_id.clone(),
        client_id: client.client_id.clone(),
        session: code.session,
        scopes: content.grant.scopes.clone(),
    };
    let born = Born {
        site,
        client,
        code: &code,
        content: &content,
        now,
    };
    let family = born.family();
    let refresh_token = family.as_ref().and_then(|family| born.token(family));
    let redemption = Redemption {
        family,
        token: Some((holder.id, later(now, LONGEST))),
    };
    match site.store.redeem(&hash, redemption, now)? {
        Redeemed::First => {}
        Redeemed::Again { .. } | Redeemed::Unknown => return Err(worthless()),
    }
    let finished = Finished {
        recorded: content.grant.recorded.clone(),
        decision: Decision::Issue(Box::new(content.grant)),
        effects: Effects::default(),
        trace: Trace::default(),
        saml: None,
    };
    let issuing = Issuing {
        tenant: &site.tenant,
        client,
        keys: &site.keys,
        now,
        on_warning: OnWarning::Issue,
    };
    match issue(finished, &issuing, &mut SystemRandom).ended {
        Ended::Issued(Artefact::Tokens(tokens)) => {
            let mut answer = site.token_answer(*tokens, &holder);
            answer.extend(refresh_token.map(|token| ("refresh_token".to_owned(), token.into())));
            Ok(answer)
        }
        Ended::Issued(Artefact::Saml(_)) => Err(worthless()),
        Ended::Refused(refusal, _) => {
            log::line(&format!("tokens cannot be issued: {}", refusal.description()));
            Err(OAuthError::new(ErrorCode::ServerError, "the tokens cannot be issued").into())
        }
    }
}

/// No access token for the user profile lives longer.
const LONGEST: TimeDelta = TimeDelta::seconds(USERINFO_TOKEN_SECONDS as i64);

fn worthless() -> Fault {
    refused(
        ErrorCode::InvalidGrant,
        "the code is unknown, expired, used before, or given to another client",
    )
}

/// The refresh family that a code gives birth to.
struct Born<'a> {
    site: &'a Site,
    client: &'a Client,
    code: &'a Code,
    content: &'a CodeContent,
    now: Moment,
}

impl Born<'_> {
    /// None where the login gives no refresh token.
    fn family(&self) -> Option<NewFamily> {
        let Self {
            site,
            client,
            code,
            content,
            now,
        } = self;
        let grant = &content.grant;
        let audience = grant.request.audience.as_deref();
        let api = audience.and_then(|audience| site.tenant.resource_server(audience));
        if issues_refresh_token(&grant.event, &grant.request, client, api) != Ok(true) {
            return None;
        }
        let policy = client.refresh_token.clone().unwrap_or_default();
        let lifetimes = RefreshTokenLifetimes::of(client);
        let until =
            |span: TimeDelta, infinite: Option<bool>| (infinite != Some(true)).then(|| later(*now, span));
        let ends_at = until(lifetimes.absolute, policy.infinite_token_lifetime);
        Some(NewFamily {
            id: FamilyId::new(Bucket::of(ends_at), &mut SystemRandom),
            key: site.server_keys.current(),
            idle_until: until(lifetimes.idle, policy.infinite_idle_token_lifetime),
            ends_at,
            rotation: if RefreshTokenPolicy::rotates(&policy) {
                Rotation::Rotating
            } else {
                Rotation::Fixed
            },
            client_id: client.client_id.clone(),
            user_id: code.user_id.clone(),
            session: code.session,
            grant: FamilyGrant {
                scopes: grant.request.granted_scopes.clone(),
                audience: audience.map(str::to_owned),
                organization: grant
                    .event
                    .organization
                    .as_ref()
                    .map(|organization| organization.id.clone()),
                connection: Some(grant.event.connection.name.clone()),
            },
            metadata: Map::new(),
            device: grant
                .event
                .session
                .as_ref()
                .and_then(|session| session.device.clone())
                .unwrap_or_default(),
        })
    }

    fn token(&self, family: &NewFamily) -> Option<String> {
        let token = RefreshToken {
            family: family.id,
            generation: Generation(0),
            key: family.key,
        };
        Some(token.issue(&self.site.server_keys)?.reveal().clone())
    }
}

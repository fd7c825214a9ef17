//! The refresh family that a login gives birth to.

use crate::login::{Grant, RefreshTokenLifetimes, issues_refresh_token};
use crate::random::SystemRandom;
use crate::secret::Secret;
use crate::server::site::Site;
use crate::store::{Bucket, FamilyGrant, FamilyId, Generation, NewFamily, RefreshToken, Rotation, SessionId};
use crate::tenant::{Client, RefreshTokenPolicy};
use crate::time::{Moment, later};
use chrono::TimeDelta;
use serde_json::Map;

/// A login that may give a refresh token.
pub(in crate::server) struct Born<'a> {
    pub site: &'a Site,
    pub client: &'a Client,
    pub grant: &'a Grant,
    pub session: Option<SessionId>,
    pub now: Moment,
}

impl Born<'_> {
    /// The family and its first token; none where the login gives no refresh token.
    pub fn family(&self) -> Option<(NewFamily, Secret<String>)> {
        let Self {
            site,
            client,
            grant,
            session,
            now,
        } = self;
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
        let family = NewFamily {
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
            user_id: grant.event.user.user_id.clone(),
            session: *session,
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
        };
        let token = RefreshToken {
            family: family.id,
            generation: Generation(0),
            key: family.key,
        };
        let token = token.issue(&site.server_keys)?;
        Some((family, token))
    }
}

//! The refresh family that a login gives birth to.

use crate::event::Device;
use crate::login::{Grant, RefreshTokenEffects, issues_refresh_token};
use crate::oauth::RefreshTokenEnds;
use crate::random::SystemRandom;
use crate::secret::Secret;
use crate::server::site::Site;
use crate::store::{Bucket, FamilyGrant, FamilyId, Generation, NewFamily, RefreshToken, Rotation, SessionId};
use crate::tenant::{Client, RefreshTokenPolicy};
use crate::time::Moment;
use serde_json::{Map, Value, json};

/// A login that may give a refresh token.
pub(in crate::server) struct Born<'a> {
    pub site: &'a Site,
    pub client: &'a Client,
    pub grant: &'a Grant,
    /// What its Actions asked for the token.
    pub effects: &'a RefreshTokenEffects,
    pub session: Option<SessionId>,
    /// Where the login happened.
    pub device: &'a Device,
    pub now: Moment,
}

impl Born<'_> {
    /// The family and its first token; none where the login gives no refresh token.
    pub fn family(&self) -> Option<(NewFamily, Secret<String>)> {
        let Self {
            site,
            client,
            grant,
            effects,
            session,
            device,
            now,
        } = self;
        let audience = grant.request.audience.as_deref();
        let api = audience.and_then(|audience| site.tenant.resource_server(audience));
        if issues_refresh_token(&grant.event, &grant.request, client, api) != Ok(true) {
            return None;
        }
        let policy = client.refresh_token.clone().unwrap_or_default();
        let RefreshTokenEnds { idle_until, ends_at } = RefreshTokenEnds::at_birth(client, effects, *now);
        let authentication = grant.event.authentication.iter();
        let methods = authentication.map(|authentication| &authentication.methods);
        let family = NewFamily {
            id: FamilyId::new(Bucket::of(ends_at), &mut SystemRandom),
            key: site.seals.server_keys.current(),
            idle_until,
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
                methods: methods.flatten().map(|method| json!(method)).collect(),
                authenticated_at: grant.request.authenticated_at,
            },
            metadata: set(&effects.metadata),
            device: (*device).clone(),
        };
        let token = RefreshToken {
            family: family.id,
            generation: Generation(0),
            key: family.key,
        };
        let token = token.issue(&site.seals.server_keys)?;
        Some((family, token))
    }
}

/// What is set; a deletion has nothing to delete.
fn set(metadata: &Map<String, Value>) -> Map<String, Value> {
    let set = metadata.iter().filter(|(_, value)| !value.is_null());
    set.map(|(key, value)| (key.clone(), value.clone())).collect()
}

//! A token that a client presents: which one it is, and whether it still counts.

use crate::flow::Unavailable;
use crate::oauth::AccessTokenClaims;
use crate::server::site::Site;
use crate::server::token_answer::TokenHolder;
use crate::store::{Family, RefreshToken, Refreshing, Standing, TokenId};

/// A token of ours.
pub(super) enum Presented {
    /// For the user profile.
    Opaque(Box<TokenHolder>),
    /// For an API, and the id by which it is ended before its time.
    Api(Box<AccessTokenClaims>, TokenId),
    /// Of a refresh family.
    Refresh(RefreshToken),
}

impl Presented {
    /// What `token` is; nothing where this server did not give it, or its time is over.
    pub fn of(site: &Site, token: &str) -> Option<Self> {
        if let Some(token) = RefreshToken::read(token, &site.seals.server_keys) {
            return Some(Self::Refresh(token));
        }
        if let Some(holder) = site.holder_of(token) {
            return Some(Self::Opaque(Box::new(holder)));
        }
        let claims = AccessTokenClaims::of(token, &site.tenant, &site.keys, &site.url, site.now())?;
        if site.is_over(claims.issued_at, claims.expires_at) {
            return None;
        }
        let id = TokenId::of_jwt(token, claims.expires_at);
        Some(Self::Api(Box::new(claims), id))
    }
}

impl Site {
    /// Whether an opaque access token still counts: neither it nor the refresh family that it came with was ended, and its
    /// session has not ended (RFC 7009 section 2.1).
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn counts(&self, holder: &TokenHolder) -> Result<bool, Unavailable> {
        if self.store.is_ended(&holder.id)? {
            return Ok(false);
        }
        if let Some(family) = &holder.family
            && self.store.family_end(family)?.is_some()
        {
            return Ok(false);
        }
        Ok(match &holder.session {
            Some(session) => self.store.session(session, self.now())?.is_some(),
            None => true,
        })
    }

    /// Whether a user is there, and not blocked.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn lets_in(&self, user_id: &str) -> Result<bool, Unavailable> {
        let user = self.store.stored_user(user_id)?;
        Ok(user.is_some_and(|user| !user.profile.is_blocked()))
    }

    /// The family of a refresh token that would be exchanged now.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn living_family(&self, token: &RefreshToken) -> Result<Option<Family>, Unavailable> {
        let now = self.now();
        let found = self.store.refreshing(&token.family, now)?;
        Ok(found.and_then(|Refreshing { family, user, .. }| {
            let client = self
                .tenant
                .clients
                .iter()
                .find(|client| client.client_id == family.client_id)?;
            let standing = family.standing(token.generation, crate::oauth::leeway(client), now);
            let counts = matches!(standing, Standing::Counts | Standing::JustBefore(_));
            let is_let_in = user.is_some_and(|user| !user.is_blocked());
            (counts && is_let_in).then_some(family)
        }))
    }
}

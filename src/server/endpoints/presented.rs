//! A token that a client presents: which one it is, and whether it still counts.

use crate::flow::Unavailable;
use crate::oauth::AccessTokenClaims;
use crate::server::site::Site;
use crate::server::token_answer::TokenHolder;
use crate::store::{Family, GivenWith, RefreshToken, Refreshing, SessionId, Standing, StoredUser, TokenId};
use crate::time::Moment;
use serde_json::{Map, Value};

/// A token of ours.
pub(super) enum Presented {
    Access(Box<AccessToken>),
    /// Of a refresh family.
    Refresh(RefreshToken),
}

/// An access token whose time is not over.
pub(super) struct AccessToken {
    /// By which it is ended before its time.
    pub id: TokenId,
    pub client_id: String,
    /// A user, or a machine.
    pub subject: String,
    pub scopes: Vec<String>,
    pub expires_at: Moment,
    pub form: Form,
    given_with: GivenWith,
    /// The session that has to be there, of a token of a server that did not remember the ends of sessions.
    bound_to: Option<SessionId>,
}

/// For whom an access token is.
pub(super) enum Form {
    /// For an API.
    Jwt {
        audiences: Vec<String>,
        /// All that it says.
        claims: Map<String, Value>,
    },
    /// For the user profile, with what Actions set on the ID token.
    Opaque { claims: Map<String, Value> },
}

/// Whether an access token counts.
pub(super) enum Worth {
    /// Of nobody's login: its client got it by client credentials.
    OfMachine,
    /// Of a user, as the store has the user now.
    OfUser(Box<StoredUser>),
    /// Its user is no longer there, or is blocked.
    UserGone,
    /// It was ended, or what it was given with.
    Ended,
}

impl Presented {
    /// What `token` is; nothing where this server did not give it, or its time is over.
    pub fn of(site: &Site, token: &str) -> Option<Self> {
        if let Some(token) = RefreshToken::read(token, &site.seals.server_keys) {
            return Some(Self::Refresh(token));
        }
        let token = match site.holder_of(token) {
            Some(holder) => AccessToken::opaque(holder),
            None => AccessToken::jwt(site, token)?,
        };
        Some(Self::Access(Box::new(token)))
    }
}

impl AccessToken {
    fn opaque(holder: TokenHolder) -> Self {
        Self {
            id: holder.id,
            client_id: holder.client_id,
            subject: holder.user_id,
            scopes: holder.scopes,
            expires_at: holder.expires_at,
            form: Form::Opaque {
                claims: holder.claims,
            },
            given_with: holder.given_with,
            bound_to: holder.bound_to,
        }
    }

    fn jwt(site: &Site, token: &str) -> Option<Self> {
        let claims = AccessTokenClaims::of(token, &site.tenant, &site.keys, &site.url, site.now())?;
        if site.is_over(claims.issued_at, claims.expires_at) {
            return None;
        }
        let given_with = match claims.all.get("jti").and_then(Value::as_str) {
            Some(jti) => site.given_with(jti)?,
            None => GivenWith::default(),
        };
        Some(Self {
            id: TokenId::of_jwt(token, claims.expires_at),
            client_id: claims.client_id,
            subject: claims.subject,
            scopes: claims.scopes,
            expires_at: claims.expires_at,
            form: Form::Jwt {
                audiences: claims.audiences,
                claims: claims.all,
            },
            given_with,
            bound_to: None,
        })
    }

    fn is_of_machine(&self) -> bool {
        self.subject.strip_suffix("@clients") == Some(&self.client_id)
    }
}

impl Site {
    /// Whether an access token still counts: neither it nor what it was given with was ended (RFC 7009 section 2.1), and its
    /// user may log in.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn worth(&self, token: &AccessToken) -> Result<Worth, Unavailable> {
        if self.store.is_ended(&token.id, &token.given_with)? {
            return Ok(Worth::Ended);
        }
        if let Some(session) = &token.bound_to
            && self.store.session(session, self.now())?.is_none()
        {
            return Ok(Worth::Ended);
        }
        if token.is_of_machine() {
            return Ok(Worth::OfMachine);
        }
        let user = self.store.stored_user(&token.subject)?;
        Ok(match user.filter(|user| !user.profile.is_blocked()) {
            Some(user) => Worth::OfUser(Box::new(user)),
            None => Worth::UserGone,
        })
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

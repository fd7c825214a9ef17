//! Tokens as they are sent, and access tokens that only this server reads.

use super::log;
use super::site::Site;
use crate::json;
use crate::random::SystemRandom;
use crate::secret::Secret;
use crate::store::{Bucket, GivenWith, Hidden, SessionId, TokenId};
use crate::tenant::USERINFO_TOKEN_SECONDS;
use crate::time::{Moment, at_ms, later};
use crate::token::{AccessToken, Tokens, set_by_actions, tie};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// For whom an access token is.
#[derive(Clone, Debug)]
pub(super) struct TokenHolder {
    /// Its id, by which it can be ended before its time.
    pub id: TokenId,
    pub user_id: String,
    pub client_id: String,
    /// What it ends with.
    pub given_with: GivenWith,
    /// The session that has to be there, of a token of a server that did not remember the ends of sessions.
    pub bound_to: Option<SessionId>,
    pub scopes: Vec<String>,
    /// What Actions set on the ID token, for the userinfo endpoint.
    pub claims: Map<String, Value>,
    pub issued_at: Moment,
    /// When its time is over; of a token that is yet to be made, at the latest.
    pub expires_at: Moment,
}

/// What an opaque access token holds. The token is this, encrypted: no row is kept of it.
#[derive(Serialize, Deserialize)]
struct Content {
    /// Who gave it: another issuer may have the same secret. An older server did not say.
    #[serde(default)]
    iss: Option<String>,
    jti: String,
    sub: String,
    client_id: String,
    /// The session, as a server wrote it that did not remember the ends of sessions.
    #[serde(default, skip_serializing)]
    sid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// The refresh family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Value>,
    /// Epoch milliseconds.
    #[serde(default)]
    iat: i64,
    /// Epoch milliseconds.
    exp: i64,
}

const ACCESS_TOKEN: &[u8] = b"access token";
const GIVEN_WITH: &[u8] = b"what an access token was given with";
/// How a `jti` begins that says what the token was given with; one of chance has no dot.
const GIVEN_WITH_SOMETHING: &str = "g.";
/// Most bytes of claims in a token: it travels in a header, which many servers bound by 8 KiB.
const MOST_CLAIMS: usize = 4 << 10;

/// Whose token it is to be, and for which application.
pub(super) struct Holds<'a> {
    pub user_id: &'a str,
    pub client_id: &'a str,
    pub given_with: GivenWith,
    pub scopes: Vec<String>,
}

impl TokenHolder {
    /// Of a token that is made now, and lives as long as such tokens live at most.
    pub fn of(holds: Holds<'_>, now: Moment) -> Self {
        let expires_at = later(now, TimeDelta::seconds(USERINFO_TOKEN_SECONDS.into()));
        Self {
            id: TokenId::new(Bucket::of(Some(expires_at)), &mut SystemRandom),
            user_id: holds.user_id.to_owned(),
            client_id: holds.client_id.to_owned(),
            given_with: holds.given_with,
            bound_to: None,
            scopes: holds.scopes,
            claims: Map::new(),
            issued_at: now,
            expires_at,
        }
    }

    /// The id by which the access token that this holder gets can be ended before its time, and when its time is over.
    pub fn ended_by(&self, tokens: &Tokens) -> Option<(TokenId, Moment)> {
        match tokens.access_token.as_ref()? {
            AccessToken::Opaque(_) => Some((self.id, self.expires_at)),
            AccessToken::Jwt(token) | AccessToken::Encrypted { inside: token, .. } => {
                let until = at_ms(token.claims.get("exp")?.as_i64()?.checked_mul(1_000)?);
                Some((TokenId::of_jwt(&token.jwt, until), until))
            }
        }
    }
}

impl Site {
    /// Makes an opaque access token one that this server reads again.
    pub(super) fn seal(&self, tokens: &mut Tokens, holder: &TokenHolder) {
        if let Some(AccessToken::Opaque(token)) = &mut tokens.access_token {
            let id_token = tokens.id_token.as_ref();
            let mut claims = id_token
                .map(|token| set_by_actions(&token.claims))
                .unwrap_or_default();
            if json::size(&Value::Object(claims.clone())) > MOST_CLAIMS {
                log::line(&format!(
                    "the userinfo endpoint will not say the claims that Actions set on the ID token for {}: they are longer \
                     than {MOST_CLAIMS} bytes",
                    holder.client_id
                ));
                claims.clear();
            }
            *token = self.sealed(holder, claims, tokens.expires_in);
            let mut clients = self.tenant.clients.iter();
            if let Some(id_token) = &mut tokens.id_token
                && let Some(client) = clients.find(|client| client.client_id == holder.client_id)
            {
                let tied = || tie(id_token, token, client, &self.keys, &mut SystemRandom);
                if let Err(error) = self.signing(tied, |_| None) {
                    log::line(&format!("an ID token is not tied to its access token: {error}"));
                }
            }
        }
    }

    /// The members of the answer that carries tokens (RFC 6749 section 5.1).
    pub(super) fn token_answer(&self, mut tokens: Tokens, holder: &TokenHolder) -> Map<String, Value> {
        self.seal(&mut tokens, holder);
        let mut answer = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                answer.insert(name.to_owned(), value);
            }
        };
        let expires_in = tokens.expires_in;
        set(
            "access_token",
            tokens.access_token.map(|token| token.as_str().into()),
        );
        set("id_token", tokens.id_token.map(|token| token.jwt.into()));
        set("token_type", Some(tokens.token_type.into()));
        set("expires_in", Some(expires_in.into()));
        set("scope", tokens.scope.map(Value::from));
        answer
    }

    fn sealed(&self, holder: &TokenHolder, claims: Map<String, Value>, expires_in: u32) -> String {
        let content = Content {
            iss: Some(self.url.clone()),
            jti: holder.id.to_string(),
            sub: holder.user_id.clone(),
            client_id: holder.client_id.clone(),
            sid: None,
            session: holder.given_with.session.map(|session| session.to_string()),
            family: holder.given_with.family.map(|family| family.to_string()),
            scopes: holder.scopes.clone(),
            claims,
            iat: holder.issued_at.timestamp_millis(),
            exp: self.now().timestamp_millis() + i64::from(expires_in) * 1_000,
        };
        let content = Secret::new(serde_json::to_vec(&content).expect("texts and numbers are JSON"));
        URL_SAFE_NO_PAD.encode(self.hide(ACCESS_TOKEN, content.reveal()).as_bytes())
    }

    /// The `jti` of a token that is given with something. It says so to this server alone, and of two tokens nobody sees that
    /// they were given with the same.
    pub(super) fn jti(&self, given_with: &GivenWith) -> Option<String> {
        if given_with.is_nothing() {
            return None;
        }
        let hidden = self.hide(GIVEN_WITH, &given_with.to_bytes());
        Some(GIVEN_WITH_SOMETHING.to_owned() + &URL_SAFE_NO_PAD.encode(hidden.as_bytes()))
    }

    /// What [`Self::jti`] was made of, and nothing of another `jti`; none where this server, with the secret that it has now,
    /// did not make it.
    pub(super) fn given_with(&self, jti: &str) -> Option<GivenWith> {
        let Some(hidden) = jti.strip_prefix(GIVEN_WITH_SOMETHING) else {
            return Some(GivenWith::default());
        };
        let hidden = Hidden::from_bytes(URL_SAFE_NO_PAD.decode(hidden).ok()?);
        let content = self.seals.server_keys.show(GIVEN_WITH, &hidden)?;
        GivenWith::from_bytes(content.reveal())
    }

    /// For whom an opaque access token is; nothing where this server did not give it, or its time is over.
    pub(super) fn holder_of(&self, token: &str) -> Option<TokenHolder> {
        let hidden = Hidden::from_bytes(URL_SAFE_NO_PAD.decode(token).ok()?);
        let content = self.seals.server_keys.show(ACCESS_TOKEN, &hidden)?;
        let content: Content = serde_json::from_slice(content.reveal()).ok()?;
        let (issued_at, expires_at) = (at_ms(content.iat), at_ms(content.exp));
        let is_ours = content.iss.is_none_or(|issuer| issuer == self.url);
        if !is_ours || self.is_over(issued_at, expires_at) {
            return None;
        }
        Some(TokenHolder {
            id: content.jti.parse().ok()?,
            user_id: content.sub,
            client_id: content.client_id,
            given_with: GivenWith {
                family: content.family.map(|family| family.parse()).transpose().ok()?,
                session: content.session.map(|session| session.parse()).transpose().ok()?,
            },
            bound_to: content.sid.map(|sid| sid.parse()).transpose().ok()?,
            scopes: content.scopes,
            claims: content.claims,
            issued_at,
            expires_at,
        })
    }
}

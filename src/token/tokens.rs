//! What is issued.

use crate::random::Random;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// What a login issues: the token response (RFC 6749 section 5.1, OIDC Core 3.1.3.3).
#[derive(Clone)]
pub struct Tokens {
    /// When `openid` was granted.
    pub id_token: Option<SignedToken>,
    /// Unless the response type asks for an ID token alone.
    pub access_token: Option<AccessToken>,
    /// When `offline_access` was granted and API and client allow it.
    pub refresh_token: Option<String>,
    /// Always `Bearer` (RFC 6750).
    pub token_type: &'static str,
    /// Seconds until the access token expires; of the ID token where there is no access token.
    pub expires_in: u32,
    /// Scopes of the access token; only when they differ from what was requested.
    pub scope: Option<String>,
}

/// A token with its claims in the clear, for people and tests.
#[derive(Clone)]
pub struct SignedToken {
    /// Compact form.
    pub jwt: String,
    /// The payload.
    pub claims: Map<String, Value>,
}

/// An access token in one of its forms.
#[derive(Clone)]
pub enum AccessToken {
    /// For an API.
    Jwt(SignedToken),
    /// For the user profile: a random reference of 256 bits.
    Opaque(String),
    /// For an API that wants its tokens encrypted.
    Encrypted {
        /// Compact form.
        jwe: String,
        /// The JWT inside, as the API has it once it is opened.
        inside: SignedToken,
    },
}

impl AccessToken {
    /// The token as it is sent.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Jwt(token) => &token.jwt,
            Self::Opaque(token) => token,
            Self::Encrypted { jwe, .. } => jwe,
        }
    }

    /// The payload, where there is one.
    pub fn claims(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Jwt(token) => Some(&token.claims),
            Self::Opaque(_) => None,
            Self::Encrypted { inside, .. } => Some(&inside.claims),
        }
    }
}

/// A reference of 256 random bits.
pub(super) fn opaque(random: &mut dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

//! An API: whom access tokens are for.

use super::exported::exported;
use serde::Deserialize;
use serde_json::{Map, Value};

exported! {
    /// `resource-servers/*.json`: an API.
    ResourceServer {
        /// Name for people.
        name: String,
        /// The audience.
        identifier: String,
        /// Known scopes.
        scopes: Vec<ScopeDefinition>,
        /// `RS256 HS256 PS256` and ours `RS384 RS512 ES256 EdDSA`.
        signing_alg: Option<String>,
        /// For HS256.
        signing_secret: Option<String>,
        /// Seconds; 86400 when absent.
        token_lifetime: Option<u32>,
        /// Seconds, implicit and hybrid; 7200 when absent.
        token_lifetime_for_web: Option<u32>,
        /// Whether refresh tokens are given.
        allow_offline_access: Option<bool>,
        /// `access_token access_token_authz rfc9068_profile rfc9068_profile_authz`.
        token_dialect: Option<String>,
        /// Role-based access control: granted scopes are the user's permissions.
        enforce_policies: Option<bool>,
        /// `{format, encryption_key{name, alg, kid, pem}}`.
        token_encryption: Option<Value>,
        /// Whether this is the platform's own API.
        is_system: Option<bool>,
    }
}

exported! {
    /// One scope of an API.
    ScopeDefinition {
        /// The scope.
        value: String,
        /// For people.
        description: Option<String>,
    }
}

//! An API: whom access tokens are for.

use super::application::filled;
use super::exported::exported;
use super::lifetime::TokenLifetime;
use super::setting::Setting;
use super::token_encryption::TokenEncryption;
use super::walk::Fault;
use super::words::words;
use crate::algorithm::JwsAlgorithm;
use crate::json::JsonPath;
use crate::secret::Secret;
use serde::Deserialize;

exported! {
    /// `resource-servers/*.json`: an API.
    ResourceServer, together: missing_secret {
        /// Name for people.
        name: String,
        /// The audience.
        identifier: String,
        /// Known scopes.
        scopes: Vec<ScopeDefinition>,
        /// What access tokens are signed with; RS256 when absent.
        signing_alg: Option<Setting<JwsAlgorithm>>,
        /// For HS256.
        signing_secret: Option<Secret<String>>,
        /// Seconds; [`API_TOKEN_SECONDS`](super::API_TOKEN_SECONDS) when absent.
        token_lifetime: Option<Setting<TokenLifetime>>,
        /// Seconds, implicit and hybrid; [`API_WEB_TOKEN_SECONDS`](super::API_WEB_TOKEN_SECONDS) when absent.
        token_lifetime_for_web: Option<Setting<TokenLifetime>>,
        /// Whether refresh tokens are given.
        allow_offline_access: Option<bool>,
        /// What access tokens hold; [`Dialect::AccessToken`] when absent or empty.
        token_dialect: Option<Setting<Dialect>>,
        /// Role-based access control: granted scopes are the user's permissions.
        enforce_policies: Option<bool>,
        /// `{format, encryption_key{name, alg, kid, pem}}`.
        token_encryption: Option<Setting<TokenEncryption>>,
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

words! {
    /// What an access token holds (`token_dialect`, semantics 3.7).
    Dialect, reported: true {
        /// The platform's claims.
        AccessToken = "access_token",
        /// The same and the user's permissions.
        AccessTokenAuthz = "access_token_authz",
        /// The claims of RFC 9068.
        Rfc9068Profile = "rfc9068_profile",
        /// The same and the user's permissions.
        Rfc9068ProfileAuthz = "rfc9068_profile_authz",
    }
}

/// The identifier of the server's own API, which needs no file: logging people in, and their sessions (`/api/*`).
pub const OWN_API: &str = "urn:postlogin:api";

/// HS256 without a secret.
fn missing_secret(api: &ResourceServer, path: &JsonPath, found: &mut Vec<Fault>) {
    if api.is_signed_with_secret() && api.hmac_secret().is_none() {
        found.push(Fault::new(
            path.key("signing_alg"),
            "missing_secret",
            "HS256 signs access tokens with the API's secret, which is not set",
            "add \"signing_secret\", or use RS256",
        ));
    }
}

impl ResourceServer {
    /// The server's own API. Its tokens have the claims of RFC 9068.
    pub fn own() -> Self {
        Self {
            name: "postlogin".to_owned(),
            identifier: OWN_API.to_owned(),
            token_dialect: Some(Dialect::Rfc9068Profile.name().into()),
            ..Self::default()
        }
    }

    /// The secret that HS256 signs access tokens with; an empty one counts as none.
    pub fn hmac_secret(&self) -> Option<&str> {
        self.signing_secret.as_ref().and_then(filled)
    }

    /// Whether access tokens are signed with the API's secret.
    pub fn is_signed_with_secret(&self) -> bool {
        self.signing_alg
            .as_ref()
            .is_some_and(|alg| alg.value() == Ok(&JwsAlgorithm::Hs256))
    }

    /// What access tokens hold.
    ///
    /// # Errors
    /// The setting, where it is no dialect.
    pub fn dialect(&self) -> Result<Dialect, &Setting<Dialect>> {
        match &self.token_dialect {
            Some(setting) if !setting.written().is_empty() => setting.value().copied().map_err(|_| setting),
            _ => Ok(Dialect::AccessToken),
        }
    }
}

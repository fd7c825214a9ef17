//! An application: who asks for logins, and with which settings.

use super::exported::exported;
use super::saml_addon::SamlAddon;
use serde::Deserialize;
use serde_json::{Map, Value};

exported! {
    /// `clients/*.json`.
    Client {
        /// Display name, unique in a tenant.
        name: String,
        /// Client id; made from the name where the export leaves it out.
        client_id: String,
        /// Shared secret.
        client_secret: Option<String>,
        /// `regular_web native spa non_interactive` ...
        app_type: Option<String>,
        /// Allowed redirect URIs and ACS URLs.
        callbacks: Vec<String>,
        /// Allowed URLs after logout.
        allowed_logout_urls: Vec<String>,
        /// Allowed origins.
        allowed_origins: Vec<String>,
        /// Allowed grants.
        grant_types: Vec<String>,
        /// How the client authenticates.
        token_endpoint_auth_method: Option<String>,
        /// ID-token settings.
        jwt_configuration: JwtConfiguration,
        /// `event.client.metadata`.
        client_metadata: Map<String, Value>,
        /// Refresh-token policy.
        refresh_token: Option<RefreshTokenPolicy>,
        /// Add-ons by name; `samlp` is the one that is read.
        addons: Addons,
        /// Back-channel logout.
        oidc_logout: Option<Value>,
        /// Whether consent is skipped.
        is_first_party: Option<bool>,
        /// `deny allow require`.
        organization_usage: Option<String>,
    }
}

exported! {
    /// `jwt_configuration` of a client.
    JwtConfiguration {
        /// `RS256 HS256 PS256` and ours `RS384 RS512 ES256 EdDSA`.
        alg: Option<String>,
        /// ID-token lifetime; 36000 when absent.
        lifetime_in_seconds: Option<u32>,
    }
}

exported! {
    /// `refresh_token` of a client; lifetimes in seconds.
    RefreshTokenPolicy {
        /// `rotating` or `non-rotating`.
        rotation_type: Option<String>,
        /// `expiring` or `non-expiring`.
        expiration_type: Option<String>,
        /// Grace window in seconds.
        leeway: Option<u64>,
        /// Absolute lifetime.
        token_lifetime: Option<u64>,
        /// Idle lifetime.
        idle_token_lifetime: Option<u64>,
        /// No absolute lifetime.
        infinite_token_lifetime: Option<bool>,
        /// No idle lifetime.
        infinite_idle_token_lifetime: Option<bool>,
    }
}

exported! {
    /// Add-ons of a client.
    Addons {
        /// SAML 2.0 web app; present when the client is a service provider.
        samlp: Option<SamlAddon>,
    }
}

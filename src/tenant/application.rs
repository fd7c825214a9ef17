//! An application: who asks for logins, and with which settings.

use super::client_authentication::{ClientAuthentication, ClientAuthenticationMethods};
use super::exported::exported;
use super::lifetime::{RefreshLifetime, TokenLifetime};
use super::limits::MAX_REFRESH_LIFETIME;
use super::saml_addon::SamlAddon;
use super::setting::Setting;
use super::walk::Fault;
use super::words::words;
use crate::algorithm::JwsAlgorithm;
use crate::json::JsonPath;
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;

exported! {
    /// `clients/*.json`.
    Client, together: of_several_members {
        /// Display name, unique in a tenant.
        name: String,
        /// Client id; made from the name where the export leaves it out.
        client_id: String,
        /// Shared secret.
        client_secret: Option<Secret<String>>,
        /// What it runs on.
        app_type: Option<Setting<AppType>>,
        /// Allowed redirect URIs and ACS URLs.
        callbacks: Vec<String>,
        /// Allowed URLs after logout.
        allowed_logout_urls: Vec<String>,
        /// Origins that scripts may call the token endpoint from.
        allowed_origins: Vec<String>,
        /// Origins that answers may be sent to as messages; scripts there may call the token endpoint, too.
        web_origins: Vec<String>,
        /// Allowed grants.
        grant_types: Vec<String>,
        /// How the client authenticates.
        token_endpoint_auth_method: Option<Setting<ClientAuthentication>>,
        /// Keys with which the client proves who it is.
        client_authentication_methods: Option<ClientAuthenticationMethods>,
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
        /// Whether users log in to organizations.
        organization_usage: Option<Setting<OrganizationUsage>>,
    }
}

exported! {
    /// `jwt_configuration` of a client.
    JwtConfiguration {
        /// What ID tokens are signed with; RS256 when absent.
        alg: Option<Setting<JwsAlgorithm>>,
        /// ID-token lifetime in seconds; [`ID_TOKEN_SECONDS`](super::ID_TOKEN_SECONDS) when absent.
        lifetime_in_seconds: Option<Setting<TokenLifetime>>,
        /// Whether the client's secret is base64 of the bytes that sign; of old clients.
        secret_encoded: Option<bool>,
    }
}

exported! {
    /// `refresh_token` of a client; lifetimes in seconds.
    RefreshTokenPolicy {
        /// Whether each exchange gives a new token.
        rotation_type: Option<Setting<Rotation>>,
        /// Whether the tokens end.
        expiration_type: Option<Setting<Expiration>>,
        /// Grace window in seconds.
        leeway: Option<u64>,
        /// Absolute lifetime.
        token_lifetime: Option<Setting<RefreshLifetime>>,
        /// Idle lifetime.
        idle_token_lifetime: Option<Setting<RefreshLifetime>>,
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

words! {
    /// What an application runs on (`app_type`); the platform has more for its integrations.
    AppType, reported: false {
        /// A server.
        RegularWeb = "regular_web",
        /// A device.
        Native = "native",
        /// A browser.
        Spa = "spa",
        /// A machine, without users.
        NonInteractive = "non_interactive",
    }
}

words! {
    /// Whether users log in to organizations (`organization_usage`).
    OrganizationUsage, reported: true {
        /// Never.
        Deny = "deny",
        /// With or without one.
        Allow = "allow",
        /// Always.
        Require = "require",
    }
}

words! {
    /// Whether each exchange of a refresh token gives a new one (`rotation_type`).
    Rotation, reported: true {
        /// It does, and the old one ends.
        Rotating = "rotating",
        /// It does not.
        NonRotating = "non-rotating",
    }
}

words! {
    /// Whether refresh tokens end (`expiration_type`).
    Expiration, reported: true {
        /// They do.
        Expiring = "expiring",
        /// They do not.
        NonExpiring = "non-expiring",
    }
}

/// HS256 without a secret, and a SAML add-on without an ACS URL.
fn of_several_members(client: &Client, path: &JsonPath, found: &mut Vec<Fault>) {
    if client.jwt_configuration.is_signed_with_secret() && client.hmac_secret().is_none() {
        found.push(Fault::new(
            path.key("jwt_configuration").key("alg"),
            "missing_secret",
            "HS256 signs ID tokens with the client's secret, which is not set",
            "add \"client_secret\", or use RS256",
        ));
    }
    if client.addons.samlp.is_some() && client.callbacks.is_empty() {
        found.push(Fault::new(
            path.key("addons").key("samlp"),
            "no_callback",
            "the client has no callback, so there is no ACS URL to post responses to",
            "add the service provider's ACS URL to \"callbacks\"",
        ));
    }
}

impl Client {
    /// The secret that HS256 signs ID tokens with, as it is written; an empty one counts as none.
    pub fn hmac_secret(&self) -> Option<&str> {
        self.client_secret.as_ref().and_then(filled)
    }

    /// Whether the client may use this grant. One that lists none has those of a web application: codes and refresh
    /// tokens.
    pub fn has_grant(&self, grant: &str) -> bool {
        if self.grant_types.is_empty() {
            return matches!(grant, "authorization_code" | "refresh_token");
        }
        self.grant_types.iter().any(|listed| listed == grant)
    }

    /// Whether users log in to organizations: with or without one where that is not set, or cannot be had.
    pub fn organization_usage(&self) -> OrganizationUsage {
        let usage = self.organization_usage.as_ref();
        let usage = usage.and_then(|usage| usage.value().ok());
        usage.copied().unwrap_or(OrganizationUsage::Allow)
    }

    /// The lifetimes of refresh tokens that the platform would not take, in words.
    pub fn refresh_lifetimes_beyond(&self) -> Vec<String> {
        let policy = self.refresh_token.iter();
        let lifetimes = policy.flat_map(|policy| {
            [
                ("token_lifetime", &policy.token_lifetime),
                ("idle_token_lifetime", &policy.idle_token_lifetime),
            ]
        });
        let settings = lifetimes.filter_map(|(member, lifetime)| Some((member, lifetime.as_ref()?)));
        let beyond = settings.filter(|(_, lifetime)| lifetime.value().is_err());
        let words = beyond.map(|(member, lifetime)| {
            format!(
                "'refresh_token.{member}' of the client '{}' is {} seconds; the platform's range is 1 to {MAX_REFRESH_LIFETIME}",
                self.name,
                lifetime.written()
            )
        });
        words.collect()
    }
}

impl JwtConfiguration {
    /// Whether ID tokens are signed with the client's secret.
    pub fn is_signed_with_secret(&self) -> bool {
        self.alg
            .as_ref()
            .is_some_and(|alg| alg.value() == Ok(&JwsAlgorithm::Hs256))
    }
}

impl RefreshTokenPolicy {
    /// Whether each exchange gives a new token; not where that is not set, or cannot be had.
    pub fn rotates(&self) -> bool {
        let rotation = self.rotation_type.as_ref().map(Setting::value);
        matches!(rotation, Some(Ok(Rotation::Rotating)))
    }

    /// Whether the tokens end at all; they do where that is not set, or cannot be had.
    pub fn expires(&self) -> bool {
        let expiration = self.expiration_type.as_ref().map(Setting::value);
        !matches!(expiration, Some(Ok(Expiration::NonExpiring)))
    }

    /// The absolute lifetime that is set. One that the platform would not take counts as it is written.
    pub fn absolute(&self) -> Option<Duration> {
        self.token_lifetime.as_ref().map(seconds)
    }

    /// The idle lifetime that is set. One that the platform would not take counts as it is written.
    pub fn idle(&self) -> Option<Duration> {
        self.idle_token_lifetime.as_ref().map(seconds)
    }
}

/// A secret that is not empty.
pub(super) fn filled(secret: &Secret<String>) -> Option<&str> {
    Some(secret.reveal().as_str()).filter(|secret| !secret.is_empty())
}

fn seconds(lifetime: &Setting<RefreshLifetime>) -> Duration {
    Duration::from_secs(*lifetime.written())
}

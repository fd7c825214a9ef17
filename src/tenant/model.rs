//! What a tenant consists of, as the exported files spell it (interface 1).

use super::config::Config;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Declares an exported object: defaults for what is absent, unknown members kept in `extra`.
macro_rules! exported {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Members that postlogin does not read; named by `--strict`.
            #[serde(flatten)]
            pub extra: Map<String, Value>,
        }
    };
}
pub(crate) use exported;

/// Everything that was read from one tenant folder.
#[derive(Clone, Debug, Default)]
pub struct Tenant {
    /// The folder.
    pub root: PathBuf,
    /// `tenant.json`.
    pub settings: TenantSettings,
    /// `clients/*.json`.
    pub clients: Vec<Client>,
    /// `resource-servers/*.json`.
    pub resource_servers: Vec<ResourceServer>,
    /// `actions/*`.
    pub actions: Vec<Action>,
    /// `action-modules/*`.
    pub modules: Vec<ActionModule>,
    /// Names of the Actions bound to post-login, in order.
    pub post_login: Vec<String>,
    /// `connections/*.json` and `database-connections/*.json`.
    pub connections: Vec<Connection>,
    /// `organizations/*.json`.
    pub organizations: Vec<Organization>,
    /// `roles/*.json`.
    pub roles: Vec<RoleDefinition>,
    /// Names of the enabled factors of `guardian-factors/*.json`; `None` when the folder is absent.
    pub factors: Option<Vec<String>>,
    /// `users.json`, as profiles.
    pub users: Vec<Profile>,
    /// What proves who a user is, by user id.
    pub credentials: BTreeMap<String, Credentials>,
    /// `postlogin.toml`.
    pub config: Config,
}

/// A user's profile as the import/export form holds it: every root property, identities with what the
/// provider gave. Passwords and the secrets of factors are kept apart, in [`Credentials`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Profile(pub Map<String, Value>);

impl Profile {
    /// `user_id`; empty where there is none.
    pub fn user_id(&self) -> &str {
        self.text("user_id").unwrap_or_default()
    }

    /// Whether the user is blocked, so that nothing may be issued for them.
    pub fn is_blocked(&self) -> bool {
        self.0.get("blocked") == Some(&Value::Bool(true))
    }

    /// The identity past the first that logs in as `user_id` (semantics 2.4): the accounts are linked.
    pub fn secondary_identity(&self, user_id: &str) -> Option<&Value> {
        let identities = self.0.get("identities").and_then(Value::as_array);
        identities.into_iter().flatten().skip(1).find(|identity| {
            let provider = identity
                .get("provider")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let id = match identity.get("user_id") {
                Some(Value::String(id)) => id.clone(),
                Some(Value::Number(id)) => id.to_string(),
                _ => return false,
            };
            user_id == format!("{provider}|{id}")
        })
    }

    /// A root property that is text.
    pub fn text(&self, property: &str) -> Option<&str> {
        self.0.get(property)?.as_str()
    }

    /// The strings of a root property that is an array.
    pub fn list(&self, property: &str) -> impl Iterator<Item = &str> {
        let items = self.0.get(property).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// What proves who a user is. Never shown: `Debug` prints the members' names only.
#[derive(Clone, Default, PartialEq)]
pub struct Credentials(pub Map<String, Value>);

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl TenantSettings {
    /// Hours until a session ends; [`SESSION_HOURS`] unless set.
    pub fn session_hours(&self) -> f64 {
        self.session_lifetime.unwrap_or(SESSION_HOURS.into())
    }

    /// Hours until an unused session ends; [`IDLE_SESSION_HOURS`] unless set.
    pub fn idle_session_hours(&self) -> f64 {
        self.idle_session_lifetime.unwrap_or(IDLE_SESSION_HOURS.into())
    }
}

/// Hours until a session ends where the tenant does not say.
pub const SESSION_HOURS: u32 = 168;

/// Hours until an unused session ends where the tenant does not say.
pub const IDLE_SESSION_HOURS: u32 = 72;

exported! {
    /// `tenant.json`.
    TenantSettings {
        /// Name for people.
        friendly_name: Option<String>,
        /// Absolute session lifetime in hours.
        session_lifetime: Option<f64>,
        /// Idle session lifetime in hours.
        idle_session_lifetime: Option<f64>,
        /// Audience of requests that name none.
        default_audience: Option<String>,
        /// Feature flags.
        flags: Map<String, Value>,
        /// Whether Actions may choose MFA factors.
        customize_mfa_in_postlogin_action: Option<bool>,
        /// Whether `org_name` goes into tokens.
        allow_organization_name_in_authentication_api: Option<bool>,
    }
}

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

exported! {
    /// `addons.samlp` (semantics 4.2). Absent members take the platform's defaults.
    #[serde(rename_all = "camelCase")]
    SamlAddon {
        /// One audience or several.
        audience: Option<OneOrMany>,
        /// Issuer of responses.
        issuer: Option<String>,
        /// `Recipient` of the subject confirmation.
        recipient: Option<String>,
        /// `Destination` of the response.
        destination: Option<String>,
        /// Profile property to claim name, or names.
        mappings: Option<indexmap::IndexMap<String, OneOrMany>>,
        /// Default true.
        create_upn_claim: Option<bool>,
        /// Default true.
        passthrough_claims_with_no_mapping: Option<bool>,
        /// Default false.
        map_unknown_claims_as_is: Option<bool>,
        /// Default true.
        map_identities: Option<bool>,
        /// `rsa-sha256` or `rsa-sha1`; ours: `rsa-sha384 rsa-sha512 ecdsa-sha256 ecdsa-sha384 ecdsa-sha512`.
        signature_algorithm: Option<String>,
        /// `sha256` or `sha1`; ours: `sha384 sha512`.
        digest_algorithm: Option<String>,
        /// Default 3600.
        lifetime_in_seconds: Option<f64>,
        /// Sign the response instead of the assertion.
        sign_response: Option<bool>,
        /// Ours: beside `signResponse`, sign the assertion too.
        sign_assertion: Option<bool>,
        /// NameID format.
        name_identifier_format: Option<String>,
        /// Claim names to try for the NameID.
        name_identifier_probes: Option<Vec<String>>,
        /// Authentication context class.
        authn_context_class_ref: Option<String>,
        /// Default true.
        typed_attributes: Option<bool>,
        /// Default true.
        include_attribute_name_format: Option<bool>,
        /// Certificate that requests must be signed with, or several, any of which may have signed: a service
        /// provider that rolls its key publishes both.
        signing_cert: Option<OneOrMany>,
        /// Certificate to encrypt for.
        encryption_cert: Option<String>,
        /// Public key to encrypt for.
        encryption_public_key: Option<String>,
        /// `aes256-cbc` or `aes256-gcm`; ours: `aes128-cbc aes128-gcm`.
        encryption_algorithm: Option<String>,
        /// Ours: `rsa-oaep-mgf1p` (default) or `rsa-oaep`, which is with SHA-256.
        key_encryption_algorithm: Option<String>,
        /// Ours: how many seconds NotBefore lies before the login, for service providers whose clock is slow.
        not_before_skew_seconds: Option<f64>,
        /// Ours: seconds after which the service provider's session ends, or `true` for the end of the user's
        /// session here.
        session_not_on_or_after: Option<SessionEnd>,
        /// Ours: `probes` (default), `pairwise` or `transient`.
        name_identifier_source: Option<String>,
        /// Ours: whether the request's NameIDPolicy chooses the format.
        honor_name_id_policy: Option<bool>,
        /// Ours: `NameQualifier` of the NameID.
        name_qualifier: Option<String>,
        /// Ours: `SPNameQualifier` of the NameID.
        #[serde(rename = "spNameQualifier")]
        sp_name_qualifier: Option<String>,
        /// Ours: `FriendlyName` by attribute name.
        friendly_names: Option<indexmap::IndexMap<String, String>>,
        /// Ours: type of the values by attribute name, such as `xs:integer`.
        attribute_types: Option<indexmap::IndexMap<String, String>>,
        /// Signing certificate instead of the tenant's.
        cert: Option<String>,
        /// Signing key instead of the tenant's.
        key: Option<String>,
        /// RelayState instead of the request's.
        relay_state: Option<String>,
        /// Single logout.
        logout: Option<Value>,
        /// Binding of logout responses.
        binding: Option<String>,
        /// Ours: the service provider's name, the Issuer of its requests (SAML metadata 2.3.2).
        entity_id: Option<String>,
        /// Ours: where responses may be posted, by index (SAML metadata 2.4.4).
        assertion_consumer_services: Option<Vec<AssertionConsumerService>>,
    }
}

/// One endpoint that takes responses by HTTP-POST (SAML metadata 2.2.3). Its URL is among the client's
/// callbacks too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionConsumerService {
    /// What `AssertionConsumerServiceIndex` of a request names.
    pub index: u16,
    /// Where the response is posted.
    pub url: String,
    /// Whether it is the one for requests that name none.
    #[serde(default)]
    pub is_default: bool,
}

/// When the service provider's session ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of seconds, or true")]
pub enum SessionEnd {
    /// Seconds after the login.
    Seconds(f64),
    /// With the user's session; `false` is as if absent.
    WithSession(bool),
}

/// A string, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a string or an array of strings")]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them, in order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

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

/// An Action with its source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Action {
    /// The name that bindings use.
    pub name: String,
    /// Whole source text.
    pub source: String,
    /// The source's path relative to the tenant folder, as errors show it.
    pub file: PathBuf,
    /// The path of the file that describes the Action, relative to the tenant folder.
    pub definition: PathBuf,
    /// Name to value; a value that was not exported is `None` until it is found elsewhere.
    pub secrets: BTreeMap<String, Option<String>>,
    /// `node18`, `node22` ...
    pub runtime: Option<String>,
    /// Declared npm packages.
    pub dependencies: Vec<Dependency>,
    /// First-party modules it asks for, by name; it can require no others. An empty list, which is also what
    /// exports of older tools come to, allows all of the tenant's.
    pub modules: Vec<String>,
    /// Triggers it may be bound to.
    pub supported_triggers: Vec<String>,
}

exported! {
    /// A declared npm package.
    Dependency {
        /// Package name.
        name: String,
        /// Version.
        version: Option<String>,
    }
}

/// A shared first-party module, required as `actions:<name>`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionModule {
    /// The name after `actions:`.
    pub name: String,
    /// Whole source text.
    pub source: String,
    /// Path relative to the tenant folder.
    pub file: PathBuf,
}

exported! {
    /// A connection.
    Connection {
        /// Connection id.
        id: Option<String>,
        /// Connection name.
        name: String,
        /// Social: the name; database: `auth0`.
        strategy: Option<String>,
        /// Connection metadata.
        metadata: Option<Map<String, Value>>,
    }
}

exported! {
    /// An organization.
    Organization {
        /// Organization id.
        id: Option<String>,
        /// Name.
        name: String,
        /// Name for people.
        display_name: Option<String>,
        /// Organization metadata.
        metadata: Option<Map<String, Value>>,
    }
}

exported! {
    /// A role.
    RoleDefinition {
        /// Role id.
        id: Option<String>,
        /// Role name.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// `[{permission_name, resource_server_identifier}]`.
        permissions: Vec<Permission>,
    }
}

exported! {
    /// One permission of a role.
    Permission {
        /// The scope.
        permission_name: String,
        /// The API's audience.
        resource_server_identifier: String,
    }
}

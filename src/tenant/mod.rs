//! The words of a tenant: what an exported folder and `postlogin.toml` mean (interface 1). Reading the files is
//! the work of [`crate::folder`]; here nothing is read.
//!
//! A [`Tenant`] is all of it. Each kind of object has a file of its own, declared by a macro (`exported`, and
//! `configured` for `postlogin.toml`): one line for each setting. A [`Setting`] is read once into what it means; one
//! that cannot be had is an error in its place, so a login fails only where it needs the setting, and a [`Walk`] finds
//! all of them for `check`. What may be written is one table for each setting (`words`, `measures`, `lifetime`); what
//! holds where nothing is written, and the platform's longest and most, stand in `limits`.

mod action;
mod actions_config;
mod api;
mod application;
mod attack_protection;
mod callback;
mod client_authentication;
mod client_grant;
mod client_urls;
mod config;
mod connection;
mod demand;
mod egress_rules;
mod engine_choice;
mod exported;
mod finding;
mod host_name;
mod id;
mod key_paths;
mod known_secrets;
mod lifetime;
mod limits;
mod login_config;
mod lookup;
mod measures;
mod nearest;
mod organization;
mod package;
mod part;
mod password_kind;
mod problem;
mod profile;
mod requested;
mod role;
mod saml_addon;
mod saml_addon_faults;
mod server_config;
mod setting;
mod settings;
mod token_encryption;
mod units;
mod unread;
mod users;
mod walk;
mod whole;
mod words;

pub use action::{Action, ActionModule, Dependency, MissingSecret, SecretOwner, Secrets};
pub use actions_config::{ActionConfig, ActionsConfig, CertificateFile, EgressConfig};
pub use api::{Dialect, OWN_API, ResourceServer, ScopeDefinition};
pub use application::{
    Addons, AppType, Client, Expiration, JwtConfiguration, OrganizationUsage, RefreshTokenPolicy, Rotation,
};
pub use attack_protection::{
    ATTEMPT_MILLISECONDS, AddressLimit, AttackProtection, BruteForceProtection, IpThrottling, MAX_ATTEMPTS,
    MAX_ATTEMPTS_OF_ADDRESS, ThrottlingStage, ThrottlingStages,
};
pub use callback::is_registered;
pub use client_authentication::{
    AssertionKey, ClientAuthentication, ClientAuthenticationMethods, ClientCredential, PrivateKeyJwt,
};
pub use client_grant::ClientGrant;
pub use config::{
    ApiClientConfig, AuthnContextChoice, BROUGHT_OVER, Config, EnrollExhausted, MetadataConfig, MfaConfig,
    NoAudience, PairwiseSecret, SamlConfig, SubjectMismatch,
};
pub use connection::{Connection, ConnectionOptions};
pub use demand::Demand;
pub use egress_rules::{Reachable, TunnelEnd};
pub use engine_choice::{EngineChoice, NodeProcess};
pub use finding::{Effect, Finding};
pub use host_name::{HostName, PublicUrl};
pub use known_secrets::known_secrets;
pub use lifetime::{RefreshLifetime, SessionHours, TokenLifetime};
pub use limits::*;
pub use login_config::LoginConfig;
pub use lookup::{LookupError, SharedAddress, UserError};
pub use measures::{
    ByteLimit, MAX_TIME_LIMIT, MIN_MEMORY_LIMIT, MemoryLimit, MetadataSpan, OutputLimit, RequestTimeout,
    TimeLimit, WaitLimit, memory_limit, metadata_span, time_limit,
};
pub use organization::{LetsIn, Organization, OrganizationConnection};
pub use package::Package;
pub use part::{Found, Part, PartKind};
pub use password_kind::{PasswordHashing, PasswordKind};
pub use problem::{Problem, Severity};
pub use profile::{Credentials, Identity, Profile};
pub use requested::{AccessCategory, AttributeConsumingService, RequestedAttribute, SubjectIdRequirement};
pub use role::{Permission, RoleDefinition};
pub use saml_addon::{AssertionConsumerService, SamlAddon};
pub use server_config::{
    ListenAddress, LogFormat, ProxyRange, ServerConfig, ServerSecret, StorageConfig, StoreUrl, TlsConfig,
};
pub use setting::{Setting, SettingError, SettingKind};
pub use settings::{SessionCookieMode, SessionCookieSettings, TenantSettings};
pub use token_encryption::{KeyManagement, TokenEncryption};
pub use units::{duration, size};
pub use unread::Unread;
pub use users::Users;
pub use walk::{Fault, Walk};
pub use whole::Tenant;

pub(crate) use exported::exported;
pub(crate) use id::stable_id;
pub(crate) use nearest::nearest;

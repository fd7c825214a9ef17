//! The words of a tenant: what an exported folder and `postlogin.toml` mean (interface 1). Reading them is
//! the work of [`crate::folder`].

mod action;
mod api;
mod application;
mod config;
mod connection;
mod exported;
mod finding;
mod id;
mod limits;
mod lookup;
mod organization;
mod profile;
mod role;
mod saml_addon;
mod settings;
mod units;
mod whole;

pub use action::{Action, ActionModule, Dependency, MissingSecret};
pub use api::{ResourceServer, ScopeDefinition};
pub use application::{Addons, Client, JwtConfiguration, RefreshTokenPolicy};
pub use config::{
    ActionsConfig, Config, EnrollExhausted, MAX_TIME_LIMIT, MIN_MEMORY_LIMIT, MetadataConfig, MfaConfig,
    PairwiseSecret, SamlConfig, memory_limit, metadata_span, time_limit,
};
pub use connection::Connection;
pub use finding::{Effect, Finding};
pub use limits::{
    MAX_BOUND_ACTIONS, MAX_REFRESH_LIFETIME, MAX_SECRET_NAME, MAX_SECRET_VALUE, MAX_SOURCE,
    MAX_TOKEN_LIFETIME, MIN_HIDDEN_SECRET, RefreshLifetime, TooManyActions, secret_fits,
};
pub use lookup::LookupError;
pub use organization::Organization;
pub use profile::{Credentials, Identity, Profile};
pub use role::{Permission, RoleDefinition};
pub use saml_addon::{AssertionConsumerService, SamlAddon};
pub use settings::{IDLE_SESSION_HOURS, SESSION_HOURS, TenantSettings};
pub use units::{UnitError, duration, size};
pub use whole::Tenant;

pub(crate) use exported::exported;
pub(crate) use id::stable_id;
pub(crate) use lookup::nearest;

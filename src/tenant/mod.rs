//! The words of a tenant: what an exported folder and `postlogin.toml` mean (interface 1). Reading them is
//! [`crate::folder`]'s.

mod config;
mod finding;
mod id;
mod lookup;
mod model;
mod platform;
mod secrets;
mod units;

pub use config::{
    ActionsConfig, Config, EnrollExhausted, KeysConfig, MAX_TIME_LIMIT, MIN_MEMORY_LIMIT, MetadataConfig,
    MfaConfig, PairwiseSecret, SamlConfig, memory_limit, metadata_span, time_limit,
};
pub use finding::{Effect, Finding};
pub use lookup::LookupError;
pub use model::*;
pub use platform::{
    MAX_BOUND_ACTIONS, MAX_REFRESH_LIFETIME, MAX_SAML_LIFETIME, MAX_SECRET_NAME, MAX_SECRET_VALUE,
    MAX_TOKEN_LIFETIME, MIN_HIDDEN_SECRET, RefreshLifetime, TooManyActions, secret_fits,
};
pub use secrets::MissingSecret;
pub use units::{UnitError, duration, size};

pub(crate) use id::stable_id;
pub(crate) use lookup::nearest;
pub(crate) use model::exported;

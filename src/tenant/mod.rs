//! A tenant: the folder that the deploy CLI exports, with `users.json`, `secrets.env` and
//! `postlogin.toml` (interface 1).
//!
//! [`read`] takes both layouts, the folder and the one file `tenant.yaml`: each becomes a list of
//! entries (`layout`), and the readers of each kind turn entries into the [`Tenant`]. Nothing stops at
//! the first mistake: what does not fit is left out, named with file, line and JSON path, and the rest
//! is read on.

mod actions;
mod config;
mod document;
mod files;
mod layout;
mod lookup;
mod model;
mod objects;
mod path;
mod placeholder;
mod places;
mod platform;
mod problem;
mod read;
mod secrets;
mod settings;
mod typed;
mod units;
mod users;
mod values;

pub use actions::{MAX_SECRET_NAME, MAX_SECRET_VALUE, MIN_HIDDEN_SECRET, secret_fits};
pub use config::{
    ActionsConfig, Config, EnrollExhausted, KeysConfig, MAX_TIME_LIMIT, MIN_MEMORY_LIMIT, MetadataConfig,
    MfaConfig, PairwiseSecret, SamlConfig, memory_limit, metadata_span, time_limit,
};
pub use lookup::LookupError;
pub use model::*;
pub use path::{JsonPath, Step};
pub use places::Places;
pub use platform::{
    MAX_BOUND_ACTIONS, MAX_REFRESH_LIFETIME, MAX_SAML_LIFETIME, MAX_TOKEN_LIFETIME, RefreshLifetime,
    TooManyActions,
};
pub use problem::{Effect, Finding, Problem, Severity};
pub use read::{Reading, Sources, read};
pub use secrets::MissingSecret;
pub use settings::{SettingLine, SettingSource};
pub use units::{UnitError, duration, size};

pub(crate) use objects::stable_id;
pub(crate) use typed::{discreet, lenient, plain_words};

//! Reads a tenant: the folder that the deploy CLI exports, with `users.json`, `secrets.env` and
//! `postlogin.toml` (interface 1).
//!
//! [`read`] takes both layouts, the folder and the one file `tenant.yaml`: each becomes a list of
//! entries (`layout`), and the readers of each kind turn entries into the [`Tenant`](crate::tenant::Tenant).
//! Nothing stops at the first mistake: what does not fit is left out, named with file, line and JSON path, and
//! the rest is read on.

mod actions;
mod config;
mod document;
mod entry;
mod env_file;
mod faults;
mod files;
mod hidden;
mod keywords;
mod layout;
mod names;
mod objects;
mod open;
mod placeholder;
mod places;
mod read;
mod secrets;
mod settings;
mod sources;
mod typed;
mod users;
mod values;
mod written;

pub use crate::tenant::{Problem, Severity};
pub use open::{UnusableTenant, open};
pub use places::Places;
pub use read::{Reading, read};
pub use settings::{SettingLine, SettingSource};
pub use sources::Sources;

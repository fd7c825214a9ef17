//! Reads a tenant: the folder that the deploy CLI exports, with `users.json`, `secrets.env` and
//! `postlogin.toml` (interface 1).
//!
//! [`read`] takes both forms of an export, the folder and the one file `tenant.yaml`: what is given decides (`form`).
//! Each becomes a list of entries (`layout`; `shelf` knows what lies in the folders), and the readers of each kind turn
//! entries into the [`Tenant`](crate::tenant::Tenant). Nothing stops at the first mistake: what does not fit is left
//! out, named with file, line and JSON path, and the rest is read on. An error says which parts of the tenant it
//! concerns, so that only logins that need these parts are refused (`needs` knows it of placeholders).

mod actions;
mod client_secrets;
mod config;
mod document;
mod entry;
mod env_file;
mod faults;
mod files;
mod form;
mod hidden;
mod keywords;
mod layout;
mod loose_ends;
mod names;
mod needs;
mod objects;
mod open;
mod pages;
mod placeholder;
mod places;
mod read;
mod secrets;
mod settings;
mod shelf;
mod sources;
mod typed;
mod unrun;
mod users;
mod written;

pub use crate::tenant::{Problem, Severity};
#[cfg(feature = "cli")]
pub(crate) use document::is_yaml;
pub use form::Form;
pub use open::{UnusableTenant, open};
pub use places::{Places, Protection};
pub use read::{Reading, read};
pub use settings::{SettingLine, SettingSource};
pub use sources::Sources;
pub use users::{ReadUsers, read_users};

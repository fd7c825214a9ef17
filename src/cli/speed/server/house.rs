//! A tenant made for the measurement, in a temporary folder.

use crate::cli::trouble::Trouble;
use crate::disk::Staged;
use crate::tenant::OWN_API;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Client id of the machine.
pub(super) const MACHINE: &str = "machine";
/// Client id of the application.
pub(super) const APP: &str = "app";
/// Client id of the service provider.
pub(super) const SERVICE_PROVIDER: &str = "sp";
/// Secret of machine and application.
pub(super) const SECRET: &str = "a-secret-that-is-good-for-measuring-only";
/// The API that tokens are for.
pub(super) const API: &str = "https://api.example/";
/// Where the application gets its codes.
pub(super) const CALLBACK: &str = "https://app.example/callback";
/// Where the service provider gets its responses.
pub(super) const ACS: &str = "https://sp.example/acs";
/// Entity id of the service provider.
pub(super) const ENTITY: &str = "https://sp.example";
/// The one user.
pub(super) const USER: &str = "auth0|1";
/// The connection of the user.
pub(super) const CONNECTION: &str = "db";

/// Whether an Action is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Nothing,
    OneAction,
}

/// The folder of a tenant; gone when this is dropped.
pub(super) struct House(TempDir);

impl House {
    /// A tenant with a machine, an application, a service provider and one user.
    ///
    /// # Errors
    /// No folder can be written.
    #[expect(clippy::disallowed_methods, reason = "an edge: folders are made here")]
    pub fn build(bound: Bound) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new()
            .prefix("postlogin-speed-")
            .tempdir()
            .map_err(|error| unwritten(&error))?;
        let write = |name: &str, content: &str| {
            let path = folder.path().join(name);
            let parent = path.parent().unwrap_or(folder.path());
            std::fs::create_dir_all(parent)
                .and_then(|()| Staged::new(&path, content.as_bytes(), 0o600)?.add())
                .map_err(|error| unwritten(&error))
        };
        for (name, value) in parts(bound) {
            write(name, &value.to_string())?;
        }
        let settings = format!("[server]\nsecret = \"{}\"\n", Self::SERVER_SECRET);
        write("postlogin.toml", &settings)?;
        write("actions/speed/code.js", include_str!("action.js"))?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The secret that its server's keys are made of.
    pub const SERVER_SECRET: &str = "a-secret-of-a-server-that-is-good-for-measuring-only";

    /// The file of its store.
    pub fn store(&self) -> PathBuf {
        self.0.path().join(".postlogin").join("postlogin.db")
    }

    /// Bytes of its store, as far as they are in the file itself.
    ///
    /// # Errors
    /// There is none.
    #[expect(
        clippy::disallowed_methods,
        reason = "an edge: what was measured is weighed here"
    )]
    pub fn store_bytes(&self) -> Result<u64, Trouble> {
        std::fs::metadata(self.store())
            .map(|file| file.len())
            .map_err(|error| unwritten(&error))
    }
}

fn parts(bound: Bound) -> Vec<(&'static str, Value)> {
    let bindings = match bound {
        Bound::Nothing => json!([]),
        Bound::OneAction => json!([{"action_name": "speed", "display_name": "speed"}]),
    };
    vec![
        (
            "clients/machine.json",
            json!({
                "name": MACHINE, "client_id": MACHINE, "client_secret": SECRET, "app_type": "non_interactive",
                "token_endpoint_auth_method": "client_secret_post", "grant_types": ["client_credentials"],
            }),
        ),
        (
            "clients/app.json",
            json!({
                "name": APP, "client_id": APP, "client_secret": SECRET, "app_type": "regular_web",
                "token_endpoint_auth_method": "client_secret_post", "callbacks": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0},
            }),
        ),
        (
            "clients/sp.json",
            json!({
                "name": SERVICE_PROVIDER, "client_id": SERVICE_PROVIDER, "callbacks": [ACS],
                "addons": {"samlp": {"audience": ENTITY}},
            }),
        ),
        (
            "resource-servers/api.json",
            json!({
                "name": "api", "identifier": API, "allow_offline_access": true, "scopes": [{"value": "read"}],
            }),
        ),
        (
            "grants/machine.json",
            json!({"client_id": MACHINE, "audience": API, "scope": ["read"]}),
        ),
        (
            "grants/own.json",
            json!({"client_id": MACHINE, "audience": OWN_API, "scope": ["issue:login"]}),
        ),
        (
            "actions/speed.json",
            json!({
                "name": "speed", "code": "./actions/speed/code.js", "supported_triggers": [{"id": "post-login"}],
            }),
        ),
        ("triggers/triggers.json", json!({"post-login": bindings})),
        (
            "users.json",
            json!([{
                "user_id": USER, "email": "ada@example.org", "email_verified": true, "name": "Ada Lovelace",
                "given_name": "Ada", "family_name": "Lovelace", "nickname": "ada",
                "identities": [{"connection": CONNECTION, "provider": "auth0", "user_id": "1"}],
                "app_metadata": {"plan": "gold", "roles": ["admin", "editor"]},
            }]),
        ),
    ]
}

fn unwritten(error: &std::io::Error) -> Trouble {
    Trouble::new(
        format!("the folder of a tenant to measure with cannot be written: {error}"),
        "see that the folder for temporary files can be written",
    )
}

//! A login that is kept while its user is away, and taken up by a tenant that has changed since.

mod actions;
mod file;
mod once;
mod sealed;
mod tenant;
mod user;

use crate::terminal::{Done, postlogin};
use serde_json::{Value, json};
use std::fs;

/// A tenant in a folder of its own, and beside it what a login leaves there.
struct Lake(tempfile::TempDir);

const BEGIN: &str = "run tenant --client web --user mia@lake.example --save-state away.json";
const RESUME: &str = "run tenant --resume away.json --continue back.json";

/// Sends the user away, and says afterwards what it sees.
const STEP: &str = "exports.onExecutePostLogin = async (event, api) => {
    api.user.setAppMetadata('seen', true);
    api.redirect.sendUserTo('https://survey.lake.example/');
};
exports.onContinuePostLogin = async (event, api) => {
    const show = (name, value) => api.idToken.setCustomClaim('https://x.example/' + name, value);
    show('user', event.user);
    show('client', event.client);
    show('organization', event.organization ?? null);
    show('connection', event.connection.metadata ?? null);
    show('roles', (await api.roles.getUserEffectiveRoles()).roles.map(role => role.name));
    show('groups', (await api.groups.getUserGroups()).groups.map(group => group.name));
    if (event.user.app_metadata.role === 'reader') api.access.deny('no longer an editor');
};
";

const MFA: &str = "exports.onExecutePostLogin = async (event, api) => {
    api.authentication.challengeWith({ type: 'otp' });
};
";

/// What happens to the tenant while the user is away.
type Change = Box<dyn Fn(&Lake)>;

impl Lake {
    fn new(step: &str) -> Self {
        let lake = Self(tempfile::tempdir().unwrap());
        lake.domain("lake.example");
        lake.write("tenant/tenant.json", "{}");
        lake.write(
            "back.json",
            r#"{"method": "POST", "body": {"state": "{{state}}"}}"#,
        );
        lake.write_json("tenant/users.json", &json!([mia()]));
        lake.write_json("tenant/clients/web.json", &web());
        lake.write_json(
            "tenant/clients/other.json",
            &json!({"name": "other", "client_id": "other4lake"}),
        );
        lake.action("step", step);
        lake.bind(&["step"]);
        lake
    }

    /// The tenant's domain, and keys that need not be made.
    fn domain(&self, domain: &str) {
        let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/certs/idp");
        let keys = format!("[keys]\ncurrent = \"{keys}.key\"\ncurrent_cert = \"{keys}.crt\"\n");
        self.write("tenant/postlogin.toml", &format!("domain = \"{domain}\"\n{keys}"));
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn write_json(&self, name: &str, value: &Value) {
        self.write(name, &value.to_string());
    }

    fn action(&self, name: &str, code: &str) {
        self.write_json(
            &format!("tenant/actions/{name}.json"),
            &json!({
                "name": name, "code": format!("./actions/{name}/code.js"), "deployed": true,
                "supported_triggers": [{"id": "post-login", "version": "v3"}],
            }),
        );
        self.write(&format!("tenant/actions/{name}/code.js"), code);
    }

    fn bind(&self, names: &[&str]) {
        let bound: Vec<Value> = names
            .iter()
            .map(|name| json!({"action_name": name, "display_name": name}))
            .collect();
        self.write_json("tenant/triggers/triggers.json", &json!({"post-login": bound}));
    }

    fn run(&self, words: &str) -> Done {
        postlogin(words).from(self.0.path()).run()
    }

    /// As [`Lake::run`], as if the kept login had not been answered yet.
    fn again(&self, words: &str) -> Done {
        for used in self.used() {
            fs::remove_file(used).unwrap();
        }
        self.run(words)
    }

    /// What remembers beside the kept login that it was answered.
    fn used(&self) -> Vec<std::path::PathBuf> {
        let beside = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let is_used = |path: &std::path::PathBuf| path.to_string_lossy().contains("postlogin-used-");
        beside.filter(is_used).collect()
    }

    /// The login up to where the user leaves, in other words where that is wanted.
    fn begin(&self, more: &str) -> Value {
        self.run(&format!("{BEGIN} {more}")).exits(0).json()
    }

    /// The user comes back, after `change` has been made.
    fn after(&self, change: impl FnOnce(&Self)) -> Done {
        self.begin("");
        change(self);
        self.run(RESUME)
    }

    fn kept(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("away.json")).unwrap()).unwrap()
    }
}

fn mia() -> Value {
    json!({
        "user_id": "auth0|mia", "email": "mia@lake.example", "email_verified": true, "name": "Mia Lake",
        "identities": [{"provider": "auth0", "user_id": "mia", "connection": "Username-Password-Authentication"}],
        "app_metadata": {"role": "editor"}, "user_metadata": {}, "mfa_factors": [{"type": "otp"}],
    })
}

/// Mia with other members.
fn mia_with(members: Value) -> Value {
    with(mia(), members)
}

fn web() -> Value {
    json!({
        "name": "web", "client_id": "web4lake", "app_type": "regular_web",
        "callbacks": ["https://app.lake.example/cb"], "grant_types": ["authorization_code", "refresh_token"],
    })
}

/// The application with other members.
fn web_with(members: Value) -> Value {
    with(web(), members)
}

fn with(mut whole: Value, members: Value) -> Value {
    if let (Value::Object(whole), Value::Object(members)) = (&mut whole, members) {
        whole.extend(members);
    }
    whole
}

/// What the Action saw, as a claim of the ID token.
fn seen(done: &Done, name: &str) -> Value {
    done.json()["id_token_claims"][format!("https://x.example/{name}")].clone()
}

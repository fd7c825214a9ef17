//! A tenant with machine clients, and their access tokens.

use super::browser::{Browser, Reply};
use super::running::{Server, tenant};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const MACHINE_SECRET: &str = "a-secret-of-a-machine-for-tests-only";

/// The tenant of the other tests, with the machine clients `job` (every scope), `other` (the same) and `bound` (bounds in
/// postlogin.toml), with this Action in the place of the other one.
pub(super) fn machine_tenant(action: &str) -> TempDir {
    let folder = tenant();
    for id in ["job", "other", "bound"] {
        write(
            &folder,
            &format!("clients/{id}.json"),
            &json!({
                "name": id, "client_id": id, "client_secret": MACHINE_SECRET,
                "app_type": "non_interactive", "grant_types": ["client_credentials"],
            }),
        );
        let scope = ["issue:login", "answer:login", "read:sessions", "delete:sessions"];
        write(
            &folder,
            &format!("grants/{id}.json"),
            &json!({"client_id": id, "audience": "urn:postlogin:api", "scope": scope}),
        );
    }
    fs::write(
        folder.path().join("postlogin.toml"),
        "[api.bound]\nclients = [\"pay\"]\nconnections = [\"partner\"]\n",
    )
    .unwrap();
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    folder
}

pub(super) fn write(folder: &TempDir, file: &str, value: &Value) {
    let path = folder.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
}

/// A token that is signed with the tenant's key.
pub(super) fn signed(server: &Server, claims: &Value) -> String {
    let pem = fs::read(server.folder.path().join(".postlogin/keys/current.pem")).unwrap();
    let key = PKey::private_key_from_pem(&pem).unwrap();
    let keys = Browser::default().get(&format!("{}.well-known/jwks.json", server.url));
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": keys.json()["keys"][0]["kid"]});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(claims));
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let signature = signer.sign_oneshot_to_vec(text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of an access token of this machine client.
pub(super) fn claims(server: &Server, client: &str) -> Value {
    json!({
        "iss": server.url, "sub": format!("{client}@clients"), "aud": "urn:postlogin:api", "azp": client,
        "gty": "client-credentials", "exp": chrono::Utc::now().timestamp() + 60,
        "scope": "issue:login answer:login read:sessions delete:sessions",
    })
}

pub(super) struct Machine<'a> {
    pub server: &'a Server,
    pub token: String,
}

impl<'a> Machine<'a> {
    pub fn of(server: &'a Server, client: &str) -> Self {
        let reply = Browser::default().post(
            &format!("{}oauth/token", server.url),
            &[
                ("grant_type", "client_credentials"),
                ("client_id", client),
                ("client_secret", MACHINE_SECRET),
                ("audience", "urn:postlogin:api"),
            ],
        );
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        Self { server, token }
    }

    pub fn call(&self, method: &str, path: &str, body: &Value) -> Reply {
        let url = format!("{}api/{path}", self.server.url);
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", &*bearer), ("Content-Type", "application/json")];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Browser::default().send(method, &url, &headers, &body)
    }

    /// A login, with what is given added to the least that it needs.
    pub fn issue(&self, more: Value) -> Reply {
        let mut body = json!({"client_id": "web", "user_id": "auth0|1"});
        let members = body.as_object_mut().unwrap();
        let Value::Object(more) = more else {
            panic!("{more}")
        };
        for (name, value) in more {
            match value {
                Value::Null => members.shift_remove(&name),
                value => members.insert(name, value),
            };
        }
        self.call("POST", "issue", &body)
    }

    /// The result of a login that is carried out.
    pub fn result(&self, more: Value) -> Value {
        let reply = self.issue(more);
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }
}

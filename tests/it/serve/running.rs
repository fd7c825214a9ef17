//! A server of a tenant with an application, a service provider and two users, and an Action that can send users away.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::{NamedTempFile, TempDir};

pub(super) const PASSWORD: &str = "correct horse";
pub(super) const SECRET: &str = "a-secret-of-the-application-for-tests-only";
pub(super) const CALLBACK: &str = "https://web.example/cb";
/// bcrypt of [`PASSWORD`].
const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  if (event.user.app_metadata.suspended) return api.access.deny('suspended');
  api.idToken.setCustomClaim('https://x/logins', event.stats.logins_count);
  api.user.setAppMetadata('last_client', event.client.name);
  if (event.request.query['ext-away']) api.redirect.sendUserTo('https://other.example/ask');
};
exports.onContinuePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/answer', event.request.query.answer);
};";

/// A server that runs until this is dropped.
pub(super) struct Server {
    child: Child,
    pub url: String,
    pub admin: String,
    pub folder: TempDir,
    log: NamedTempFile,
}

impl Server {
    pub fn start() -> Self {
        Self::of(tenant())
    }

    pub fn of(folder: TempDir) -> Self {
        let log = NamedTempFile::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_postlogin"))
            .args(["serve", "--listen", "127.0.0.1:0", "--format", "json"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true);
        assert_eq!(ready["issuer"], ready["url"]);
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self {
            child,
            url: text("url"),
            admin: format!("http://{}/", text("admin")),
            folder,
            log,
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Tells the server to end, and waits for that.
    pub fn end(&mut self) -> ExitStatus {
        let id = i32::try_from(self.child.id()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn tenant() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let user = |id: &str, name: &str, suspended: bool| {
        json!({
            "user_id": id, "email": format!("{name}@example.org"), "email_verified": true, "name": name,
            "identities": [{"connection": "db", "provider": "auth0", "user_id": id}],
            "app_metadata": {"suspended": suspended}, "password_hash": HASH,
        })
    };
    for (file, value) in [
        (
            "clients/web.json",
            json!({
                "name": "web", "client_id": "web", "client_secret": SECRET, "app_type": "regular_web",
                "callbacks": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_method": "client_secret_post",
                "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0},
            }),
        ),
        (
            "clients/pay.json",
            json!({
                "name": "pay", "client_id": "pay", "callbacks": ["https://pay.example/acs"],
                "addons": {"samlp": {"audience": "https://pay.example"}},
            }),
        ),
        (
            "actions/a.json",
            json!({"name": "a", "code": "./actions/a/code.js", "supported_triggers": [{"id": "post-login"}]}),
        ),
        (
            "triggers/triggers.json",
            json!({"post-login": [{"action_name": "a", "display_name": "a"}]}),
        ),
        (
            "users.json",
            json!([user("auth0|1", "ada", false), user("auth0|2", "eve", true)]),
        ),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }
    fs::create_dir_all(folder.path().join("actions/a")).unwrap();
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    folder
}

//! A server of a tenant with an application, a service provider and two users, and an Action that can send users away.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;
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
  if (event.request.query['ext-ip']) return api.access.deny(event.request.ip);
  if (event.request.query['ext-slow']) await new Promise((done) => setTimeout(done, Number(event.request.query['ext-slow'])));
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
        Self::with(folder, &[])
    }

    /// With more options.
    pub fn with(folder: TempDir, options: &[&str]) -> Self {
        Self::at("127.0.0.1:0", folder, options)
    }

    /// Ends, has something done to the folder, and starts again with the same URL.
    pub fn again(mut self, between: impl FnOnce(&TempDir)) -> Self {
        assert!(self.end().success());
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        between(&folder);
        let port = url::Url::parse(&self.url).unwrap().port().unwrap();
        Self::at(
            &format!("127.0.0.1:{port}"),
            folder,
            &["--admin-listen", "127.0.0.1:0"],
        )
    }

    fn at(listen: &str, folder: TempDir, options: &[&str]) -> Self {
        let log = NamedTempFile::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_postlogin"))
            .args(["serve", "--listen", listen, "--format", "json"])
            .args(options)
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

    /// What the log holds by now; every line is one JSON object.
    pub fn log(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.log.path()).unwrap();
        let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
        whole
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The first line of the log with this event, which may still have to come.
    pub fn logged(&self, event: &str) -> Value {
        for _ in 0..200 {
            if let Some(line) = self.log().into_iter().find(|line| line["event"] == event) {
                return line;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("no {event} in {:?}", self.log());
    }

    /// How many workers it has.
    pub fn workers(&self) -> usize {
        let is_child = |id: &str| {
            let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            status
                .lines()
                .any(|line| *line == format!("PPid:\t{}", self.child.id()))
        };
        let processes = fs::read_dir("/proc").unwrap();
        let ids = processes.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        ids.filter(|id| is_child(id)).count()
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Tells the server to end, and waits for that.
    pub fn end(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts a file into a tenant folder.
pub(super) fn put(folder: &TempDir, file: &str, value: &Value) {
    let path = folder.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
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
        put(&folder, file, &value);
    }
    fs::create_dir_all(folder.path().join("actions/a")).unwrap();
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    folder
}

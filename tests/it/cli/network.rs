//! `test`, `run` and `replay` of Actions that ask something over the network, on the Node.js of the tests.

use super::tenant;
use crate::terminal::{Line, postlogin};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

/// A server on this machine: `POST /oauth/token` gives a token, and whatever else is asked with it is answered.
struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
    _lives: mpsc::Sender<()>,
}

const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYWNoaW5lIn0.c2lnbmF0dXJl";

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let (lives, ended) = mpsc::channel();
        let count = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                if ended.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
                    return;
                }
                let count = Arc::clone(&count);
                thread::spawn(move || serve(stream, &count));
            }
        });
        Self {
            port,
            asked,
            _lives: lives,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, count: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let length = head
            .iter()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        count.fetch_add(1, Ordering::SeqCst);
        let bears = head.iter().any(|line| line.ends_with(TOKEN)) || head[0].contains(TOKEN);
        let (status, answer) = match head[0].split(' ').nth(1)?.split('?').next()? {
            "/oauth/token" => (200, json!({"access_token": TOKEN, "token_type": "Bearer"})),
            "/users/1" if bears => (200, json!({"plan": "gold", "password": "hunter2-hunter2"})),
            _ => (401, json!({"error": "unauthorized"})),
        };
        let answer = answer.to_string();
        let cookie = "set-cookie: sid=session-of-mia; Path=/\r\n";
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n{cookie}content-length: {}\r\n\r\n",
            answer.len()
        );
        stream.write_all((head + &answer).as_bytes()).ok()?;
    }
}

/// An Action that gets a token and asks for a user with it, in a header and in the URL.
fn action(port: u16) -> String {
    format!(
        "exports.onExecutePostLogin = async (event, api) => {{
  const base = 'http://127.0.0.1:{port}';
  const got = await fetch(base + '/oauth/token', {{
    method: 'POST',
    body: new URLSearchParams({{ grant_type: 'client_credentials', client_secret: event.secrets.API_KEY }}),
  }});
  const {{ access_token }} = await got.json();
  const user = await fetch(base + '/users/1?key=' + event.secrets.API_KEY + '&t=' + access_token, {{
    headers: {{ authorization: 'Bearer ' + access_token }},
  }});
  const found = await user.json();
  api.idToken.setCustomClaim('plan', found.plan ?? 'none');
}};
"
    )
}

/// A tenant with one case, whose Action asks this server.
fn case(port: u16) -> tempfile::TempDir {
    let root = tenant();
    for (file, text) in [
        (
            "cases/one/case.toml",
            "shows = \"x\"\nclient = \"web\"\nuser = \"mia@lake.example\"\nengine = \"node\"\n\
             secrets = [\"API_KEY=sk-live-0123456789\"]\n"
                .to_owned(),
        ),
        ("cases/one/actions/enrich.js", action(port)),
        (
            "cases/one/expected.json",
            r#"{"id_token_claims": {"plan": "gold"}}"#.to_owned(),
        ),
    ] {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// A command that finds the Node.js of the tests.
fn on_node(words: &str, folder: &Path) -> Line {
    let node = std::env::var_os("POSTLOGIN_TEST_NODE")
        .expect("tests of Node.js need one: tests/install node_engine, and POSTLOGIN_TEST_NODE");
    postlogin(words).from(folder).word("--node").word(node)
}

#[test]
fn a_case_is_recorded_once_and_passes_from_its_record() {
    let server = Server::start();
    let root = case(server.port);
    let record = || on_node("test . --record", root.path());
    record()
        .run()
        .exits(1)
        .says("no http.json was written: CONNECT")
        .says("--allow HOST:PORT");
    assert_eq!(server.asked(), 0);
    let allow = format!("--allow 127.0.0.1:{}", server.port);
    record()
        .words(&allow)
        .run()
        .exits(0)
        .says("http.json was written, 2 entries\n1 passed, 0 failed");
    assert_eq!(server.asked(), 2);
    let file = root.path().join("cases/one/http.json");
    let text = fs::read_to_string(&file).unwrap();
    for secret in ["sk-live", "eyJ", "c2lnbmF0dXJl", "hunter2", "session-of-mia"] {
        assert!(!text.contains(secret), "{text}");
    }
    let base = format!("http://127.0.0.1:{}", server.port);
    let entries: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        entries[1],
        json!({
            "method": "GET", "url": format!("{base}/users/1?key=[secret API_KEY]&t=handle-access_token-1"), "status": 200,
            "headers": {"set-cookie": "sid=handle-sid-1; Path=/"},
            "answer": {"plan": "gold", "password": "handle-password-1"},
        })
    );
    record()
        .words(&allow)
        .run()
        .exits(0)
        .says("http.json is there and was kept");
    on_node("test .", root.path())
        .run()
        .exits(0)
        .says("1 passed, 0 failed");
    assert_eq!(server.asked(), 2);
}

#[test]
fn a_request_that_nothing_answers_fails_the_case_also_where_the_action_catches_the_error() {
    let root = case(9);
    let action = root.path().join("cases/one/actions/enrich.js");
    let url = "https://api.example/users/2";
    let source = format!(
        "exports.onExecutePostLogin = async (event, api) => {{
  const found = await fetch('{url}').then(answer => answer.json(), () => ({{ plan: 'gold' }}));
  api.idToken.setCustomClaim('plan', found.plan);
}};
"
    );
    fs::write(action, source).unwrap();
    let test = || on_node("test .", root.path()).run();
    test()
        .exits(1)
        .says("nothing answers GET https://api.example/users/2: the case has no http.json");
    let http = root.path().join("cases/one/http.json");
    fs::write(
        &http,
        r#"[{"method": "GET", "url": "https://api.example/users/1"}]"#,
    )
    .unwrap();
    test()
        .exits(1)
        .says("the nearest is entry 1, GET https://api.example/users/1")
        .says("no Action asked for entry 1 of http.json");
    fs::write(
        &http,
        format!(r#"[{{"method": "GET", "url": "{url}", "error": "ECONNREFUSED"}}]"#),
    )
    .unwrap();
    test().exits(0);
    fs::write(
        &http,
        format!(r#"[{{"method": "GET", "url": "{url}", "answer": {{"plan": "silver"}}}}]"#),
    )
    .unwrap();
    test().exits(1).says("got      \"silver\"");
}

#[test]
fn another_body_is_told_and_the_result_lists_what_was_answered() {
    let root = case(9);
    let action = root.path().join("cases/one/actions/enrich.js");
    fs::write(
        action,
        "exports.onExecutePostLogin = async (event, api) => {
  const url = 'https://api.example/search?key=' + event.secrets.API_KEY;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ user: event.user.user_id }) });
  api.idToken.setCustomClaim('plan', (await answer.json()).plan);
};
",
    )
    .unwrap();
    fs::write(
        root.path().join("cases/one/http.json"),
        r#"[{"method": "POST", "url": "https://api.example/search?key=[secret API_KEY]", "body": {"user": "auth0|other"},
            "answer": {"plan": "gold"}}]"#,
    )
    .unwrap();
    fs::write(
        root.path().join("cases/one/expected.json"),
        r#"{"id_token_claims": {"plan": "gold"}, "http": [{"method": "POST", "status": 200, "by": "recorded", "bytes": 15,
            "url": "https://api.example/search?key=[secret API_KEY]", "action": "enrich"}]}"#,
    )
    .unwrap();
    on_node("test .", root.path()).run().exits(0).says(
        "the body of POST https://api.example/search?key=[secret API_KEY] is not that of entry 1: expected \
         {\"user\":\"auth0|other\"}, got {\"user\":\"auth0|mia\"}",
    );
}

#[test]
fn a_run_over_the_network_is_replayed_without_it() {
    let server = Server::start();
    let root = case(server.port);
    let run = format!(
        "run . --client web --user mia@lake.example --format json --record record.json --engine node --secret \
         API_KEY=sk-live-0123456789 --action cases/one/actions/enrich.js --allow 127.0.0.1:{}",
        server.port
    );
    let result = on_node(&run, root.path()).run().exits(0).json();
    assert_eq!(result["id_token_claims"]["plan"], "gold");
    let base = format!("http://127.0.0.1:{}", server.port);
    assert_eq!(result["http"][0]["url"], format!("{base}/oauth/token"));
    let text = fs::read_to_string(root.path().join("record.json")).unwrap();
    for secret in ["sk-live", "eyJ", "c2lnbmF0dXJl", "hunter2", "session-of-mia"] {
        assert!(!text.contains(secret), "{text}");
    }
    drop(server);
    let replay = || on_node("replay record.json", root.path());
    replay().run().exits(0).says("nothing differs");
    let file = root.path().join("cases/one/actions/enrich.js");
    let source = fs::read_to_string(&file).unwrap();
    fs::write(&file, source.replace("/users/1", "/users/2")).unwrap();
    replay()
        .run()
        .exits(1)
        .says("nothing answers GET")
        .says("the nearest is entry 2");
}

use super::browser::Browser;
use super::oidc::{VERIFIER, authorize, code_of_ada, redeem, redeemed};
use super::running::{PASSWORD, SECRET, Server, put, tenant};
use serde_json::{Value, json};
use std::fs;

#[test]
fn the_log_tells_of_logins_and_of_nothing_that_could_be_presented() {
    let server = Server::start();
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let asked = browser.get(&authorize(&server, ""));
    browser.log_in(&asked, "ada@example.org", "not the password");
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let code = answer.sent("code").unwrap();
    let tokens = redeemed(application, &server, &code);
    let token = format!("{}oauth/token", server.url);
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let fields = [
        ("client_id", "web"),
        ("client_secret", SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    let refreshed = application.post(&token, &fields).json();
    assert_eq!(application.post(&token, &fields).json()["error"], "invalid_grant");

    let issued = server.logged("login_issued");
    assert_eq!(
        (&issued["client_id"], &issued["user_id"], &issued["outcome"]),
        (&"web".into(), &"auth0|1".into(), &"issued".into())
    );
    assert_eq!(issued["request_id"], answer.header("x-request-id").unwrap());
    assert!(issued["duration_ms"].as_f64().unwrap() > 0.0);
    assert!(issued["actions"][0]["ms"].as_f64().unwrap() > 0.0);
    assert_eq!(server.logged("refresh_issued")["user_id"], "auth0|1");
    assert_eq!(server.logged("refresh_reused")["client_id"], "web");

    let log = format!("{:?}", server.log());
    let mut secrets = vec![PASSWORD, "not the password", SECRET, &code];
    for answer in [&tokens, &refreshed] {
        for name in ["access_token", "id_token", "refresh_token"] {
            secrets.push(answer[name].as_str().unwrap());
        }
    }
    secrets.extend(browser.cookies());
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[test]
fn a_request_keeps_the_id_that_it_brings_and_no_other_text() {
    let server = Server::start();
    let url = format!("{}.well-known/jwks.json", server.url);
    let asked = |id: &str| {
        let reply = Browser::default().send("GET", &url, &[("X-Request-Id", id)], "");
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(asked("Of-me_1.2"), "Of-me_1.2");
    for id in ["", "a b", "ä", &"x".repeat(65)] {
        assert_ne!(asked(id), id);
        assert_eq!(asked(id).len(), 22);
    }
}

/// Server 8: what the tokens do not hold as asked is decided when the code is exchanged.
#[test]
fn the_log_tells_what_was_dropped_and_clamped_and_what_ended() {
    let folder = tenant();
    let action = "
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('roles', ['admin']);
  api.session.setExpiresAt(Date.now() + 1e12);
  if (event.request.query['ext-revoke']) api.session.revoke('bye');
};";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let old =
        json!({"name": "old", "client_id": "old", "client_secret": SECRET, "grant_types": ["password"]});
    put(&folder, "clients/old.json", &old);
    let server = Server::of(folder);
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let code = code_of_ada(browser, &server, "");
    redeemed(application, &server, &code);
    let items = |event: &str| {
        let logged = server.logged(event);
        assert_eq!(
            (&logged["client_id"], &logged["user_id"]),
            (&json!("web"), &json!("auth0|1"))
        );
        let items = logged["trace"].as_array().unwrap().iter();
        items
            .map(|item| format!("{} {} {}", item["target"], item["status"], item["line"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(items("login_issued"), ["\"session/expires_at\" \"clamped\" 4"]);
    assert_eq!(items("tokens_issued"), ["\"id_token/roles\" \"dropped\" 3"]);
    assert_eq!(redeem(application, &server, &code, VERIFIER).status, 400);
    assert_eq!(server.logged("code_reused")["user_id"], "auth0|1");
    browser.get(&authorize(&server, "&ext-revoke=1"));
    assert_eq!(server.logged("session_ended")["outcome"], "session_revoked");
    let fields = [
        ("client_id", "old"),
        ("client_secret", SECRET),
        ("grant_type", "password"),
        ("username", "ada@example.org"),
        ("password", "wrong"),
    ];
    application.post(&format!("{}oauth/token", server.url), &fields);
    assert_eq!(server.logged("login_refused")["client_id"], "web");
    assert!(
        server
            .log()
            .iter()
            .any(|line| line["outcome"] == "wrong_password" && line["client_id"] == "old")
    );
}

/// The lines that end in this word, as the log has them.
fn lines(server: &Server, event: &str) -> Vec<Value> {
    let log = server.log().into_iter();
    log.filter(|line| line["event"] == event).collect()
}

/// A tenant with a client for each grant without a browser.
fn with_machines() -> Server {
    let folder = tenant();
    let old =
        json!({"name": "old", "client_id": "old", "client_secret": SECRET, "grant_types": ["password"]});
    put(&folder, "clients/old.json", &old);
    let job = json!({
        "name": "job", "client_id": "job", "client_secret": SECRET, "grant_types": ["client_credentials"],
    });
    put(&folder, "clients/job.json", &job);
    put(
        &folder,
        "resource-servers/api.json",
        &json!({"name": "api", "identifier": "urn:api"}),
    );
    put(
        &folder,
        "grants/job.json",
        &json!({"client_id": "job", "audience": "urn:api", "scope": []}),
    );
    Server::of(folder)
}

/// The id of a call with these fields.
fn call(server: &Server, path: &str, fields: &[(&str, &str)]) -> String {
    let reply = Browser::default().post(&format!("{}{path}", server.url), fields);
    reply.header("x-request-id").unwrap().to_owned()
}

/// Server 8: whoever is refused is found in the log by request, client and address, and no secret is.
#[test]
fn what_is_refused_at_the_token_endpoint_is_in_the_log() {
    let server = with_machines();
    let long = "n".repeat(10_000);
    let right = ("client_secret", SECRET);
    let canary = ("client_secret", "canary-of-a-secret");
    for (path, fields, event, client, error) in [
        (
            "oauth/token",
            vec![("client_id", "job"), canary, ("grant_type", "client_credentials")],
            "token_refused",
            json!("job"),
            "invalid_client",
        ),
        (
            "oauth/token",
            vec![
                ("client_id", &*long),
                canary,
                ("grant_type", "client_credentials"),
            ],
            "token_refused",
            json!(null),
            "invalid_client",
        ),
        (
            "oauth/token",
            vec![("client_id", "job"), right, ("grant_type", &*long)],
            "token_refused",
            json!("job"),
            "unsupported_grant_type",
        ),
        (
            "oauth/token",
            vec![
                ("client_id", "web"),
                right,
                ("grant_type", "authorization_code"),
                ("code", "canary-of-a-code"),
            ],
            "token_refused",
            json!("web"),
            "invalid_grant",
        ),
        (
            "oauth/revoke",
            vec![("client_id", "web"), canary, ("token", "canary-of-a-token")],
            "revocation_refused",
            json!("web"),
            "invalid_client",
        ),
        (
            "oauth/introspect",
            vec![("client_id", "web"), canary, ("token", "canary-of-a-token")],
            "introspection_refused",
            json!("web"),
            "invalid_client",
        ),
    ] {
        let id = call(&server, path, &fields);
        let line = server
            .log()
            .into_iter()
            .find(|line| line["request_id"] == id)
            .unwrap();
        assert_eq!(
            (&line["event"], &line["client_id"], &line["error"], &line["ip"]),
            (&json!(event), &client, &json!(error), &json!("127.0.0.1")),
            "{line}"
        );
        assert!(line.to_string().len() < 2_000, "{line}");
    }
    let kind = [("Content-Type", "text/plain")];
    let unread = Browser::default().send("POST", &format!("{}oauth/token", server.url), &kind, "x");
    let id = unread.header("x-request-id").unwrap();
    assert!(
        lines(&server, "token_refused")
            .iter()
            .any(|line| line["request_id"] == id)
    );
    let id = call(
        &server,
        "oauth/token",
        &[
            ("client_id", "job"),
            right,
            ("grant_type", "client_credentials"),
            ("audience", "urn:api"),
        ],
    );
    let issued = lines(&server, "tokens_issued");
    assert_eq!(
        (
            &issued[0]["request_id"],
            &issued[0]["grant_type"],
            &issued[0]["audience"]
        ),
        (&json!(id), &json!("client_credentials"), &json!("urn:api"))
    );
    no_secret_is_told(&server);
    let told = format!("{:?}", server.log());
    assert!(!told.contains(&long), "{told}");
}

fn no_secret_is_told(server: &Server) {
    let told = format!("{:?}", server.log());
    assert!(!told.contains("canary") && !told.contains(SECRET), "{told}");
}

/// A password grant is a login, and counted as one; one line tells of it.
#[test]
fn a_password_grant_that_is_refused_is_in_the_log_and_counted() {
    let server = with_machines();
    for (name, user) in [("ada@example.org", json!("auth0|1")), ("nobody", json!(null))] {
        let id = call(
            &server,
            "oauth/token",
            &[
                ("client_id", "old"),
                ("client_secret", SECRET),
                ("grant_type", "password"),
                ("username", name),
                ("password", "canary-of-a-password"),
            ],
        );
        let told: Vec<Value> = server
            .log()
            .into_iter()
            .filter(|line| line["request_id"] == id)
            .collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            (&told[0]["event"], &told[0]["outcome"], &told[0]["user_id"]),
            (&json!("login_refused"), &json!("wrong_password"), &user)
        );
    }
    let metrics = Browser::default().get(&format!("{}metrics", server.admin)).body;
    let counted = "postlogin_logins_total{protocol=\"oauth2-password\",outcome=\"refused\"} 2";
    assert!(metrics.contains(counted), "{metrics}");
    no_secret_is_told(&server);
}

#[test]
fn what_is_refused_in_a_browser_is_in_the_log() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let told = |reply: &super::browser::Reply| {
        let id = reply.header("x-request-id").unwrap();
        let line = server.log().into_iter().find(|line| line["request_id"] == id);
        let line = line.unwrap_or_else(|| panic!("{reply:?}"));
        let of = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
        assert_eq!(line["ip"], "127.0.0.1");
        [of("event"), of("client_id"), of("outcome")].join(" ")
    };
    let url = |path: &str| format!("{}{path}", server.url);
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert_eq!(told(&silent), "login_refused web login_required");
    let evil = browser.get(&authorize(&server, "").replace("web.example", "evil.example"));
    assert_eq!(told(&evil), "request_refused web broken_request");
    let code = browser.get(&authorize(&server, "").replace("response_type=code", "response_type=x"));
    assert!(
        told(&code).starts_with("request_refused web response_type"),
        "{code:?}"
    );
    let unknown = browser.get(&url("samlp/pay?SAMLRequest=x"));
    assert!(told(&unknown).starts_with("login_refused pay "), "{unknown:?}");
    let passive = browser.get(&super::samlp::request(&server, "_1", "IsPassive=\"true\""));
    assert_eq!(told(&passive), "login_refused pay login_required");
    assert_eq!(
        told(&browser.get(&url("u/login?state=x"))),
        "request_refused - strange_login"
    );
    let asked = browser.get(&authorize(&server, ""));
    let wrong = browser.log_in(&asked, "ada@example.org", "wrong");
    assert_eq!(told(&wrong), "login_refused web wrong_password");
    let form = browser.login_form(&asked);
    let foreign = Browser::default().send_login(&form, "ada@example.org", PASSWORD);
    assert_eq!(told(&foreign), "request_refused - strange_login");
    let metrics = Browser::default().get(&format!("{}metrics", server.admin)).body;
    for (protocol, count) in [("oidc-basic-profile", 2), ("samlp", 2)] {
        let counted =
            format!("postlogin_logins_total{{protocol=\"{protocol}\",outcome=\"refused\"}} {count}");
        assert!(metrics.contains(&counted), "{counted} {metrics}");
    }
}

/// By whom a session ended.
#[test]
fn a_session_that_ends_says_why() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let log_in = |browser: &mut Browser, name: &str| {
        let asked = browser.get(&authorize(&server, "&prompt=login"));
        browser.log_in(&asked, name, PASSWORD)
    };
    log_in(browser, "ada@example.org");
    log_in(browser, "eve@example.org");
    browser.get(&format!("{}v2/logout?client_id=web", server.url));
    let ended: Vec<[String; 2]> = lines(&server, "session_ended")
        .iter()
        .map(|line| {
            assert!(line["session_id"].is_string(), "{line}");
            ["user_id", "outcome"].map(|name| line[name].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(ended, [["auth0|1", "another_login"], ["auth0|2", "logout"]]);
}

/// A reload names what it changed.
#[test]
fn a_reload_says_what_it_changed() {
    let server = Server::start();
    put(
        &server.folder,
        "clients/new.json",
        &json!({"name": "new", "client_id": "new"}),
    );
    fs::remove_file(server.folder.path().join("clients/pay.json")).unwrap();
    fs::write(
        server.folder.path().join("actions/a/code.js"),
        "exports.onExecutePostLogin = async () => {};",
    )
    .unwrap();
    server.signal(rustix::process::Signal::HUP);
    let reloaded = server.logged("reloaded");
    assert_eq!(
        (&reloaded["added"], &reloaded["changed"], &reloaded["removed"]),
        (
            &json!(["clients/new"]),
            &json!(["actions/a"]),
            &json!(["clients/pay"])
        ),
        "{reloaded}"
    );
    assert_eq!(reloaded.get("kids"), None);
}

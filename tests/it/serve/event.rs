//! What `event` says is what happened (semantics 5).

use super::browser::Browser;
use super::oidc::{VERIFIER, authorize, claims, code_of_ada, exchange, redeemed};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put, tenant};
use serde_json::{Value, json};
use std::fs;

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  const { request, session, stats, authentication, transaction, connection, client } = event;
  api.idToken.setCustomClaim('https://x/event', { request, session, stats, authentication, transaction, connection, client });
};";

/// The event of a login whose browser was sent back with a code.
fn event(server: &Server, client: &str, callback: &str, code: &str) -> (Value, Value) {
    let fields = [
        ("client_id", client),
        ("client_secret", SECRET),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", callback),
        ("code_verifier", VERIFIER),
    ];
    let tokens = Browser::default().post(&format!("{}oauth/token", server.url), &fields);
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let id = claims(&tokens.json()["id_token"]);
    (id["https://x/event"].clone(), id)
}

const OTHER: &str = "https://other.example/cb";

fn started() -> Server {
    let folder = tenant();
    let other = json!({
        "name": "other", "client_id": "other", "client_secret": SECRET, "callbacks": [OTHER],
        "grant_types": ["authorization_code"], "client_metadata": {"tier": "gold"},
    });
    put(&folder, "clients/other.json", &other);
    put(
        &folder,
        "connections/db.json",
        &json!({"name": "db", "id": "con_1", "strategy": "auth0"}),
    );
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    Server::of(folder)
}

/// Semantics 5.4: the language in which the pages of this login are.
#[test]
fn the_locale_of_a_login_is_that_of_its_pages() {
    let server = started();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    browser.log_in(&asked, "ada@example.org", PASSWORD);
    for (wished, accepted, locale) in [
        ("", "nl, fr-CA;q=0.8", "fr"),
        ("", "nl", "en"),
        ("", "", "en"),
        ("&ui_locales=nl+fr-CA+de", "ja", "fr"),
        ("&ui_locales=nl", "ja", "ja"),
    ] {
        let answer = browser.send(
            "GET",
            &authorize(&server, wished),
            &[("Accept-Language", accepted)],
            "",
        );
        let (seen, _) = event(&server, "web", CALLBACK, &answer.sent("code").unwrap());
        assert_eq!(seen["transaction"]["locale"], locale, "{wished} {accepted}");
    }
}

#[test]
fn event_tells_of_request_session_methods_and_counts() {
    let server = started();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(
        &server,
        "&ui_locales=de+en&acr_values=a&login_hint=ada&ext-a=1",
    ));
    let code = browser
        .log_in(&asked, "ada@example.org", PASSWORD)
        .sent("code")
        .unwrap();
    let (first, id) = event(&server, "web", CALLBACK, &code);

    let request = &first["request"];
    assert_eq!(
        (&request["method"], &request["ip"]),
        (&"GET".into(), &"127.0.0.1".into())
    );
    assert_eq!(
        (&request["hostname"], &request["geoip"]),
        (&"localhost".into(), &json!({}))
    );
    assert_eq!(
        (&request["query"]["ext-a"], &request["body"]),
        (&"1".into(), &json!({}))
    );
    let transaction = &first["transaction"];
    assert_eq!(transaction["protocol"], "oidc-basic-profile");
    assert_eq!(
        transaction["requested_scopes"],
        json!(["openid", "email", "offline_access"])
    );
    assert_eq!(
        (
            &transaction["locale"],
            &transaction["ui_locales"],
            &transaction["acr_values"]
        ),
        (&"de".into(), &json!(["de", "en"]), &json!(["a"]))
    );
    assert_eq!(
        (&transaction["state"], &transaction["login_hint"]),
        (&"s 1".into(), &"ada".into())
    );
    assert_eq!(
        (&transaction["redirect_uri"], &transaction["response_mode"]),
        (&CALLBACK.into(), &"query".into())
    );
    let session = &first["session"];
    assert_eq!(
        (&session["id"], &session["user_id"]),
        (&id["sid"], &"auth0|1".into())
    );
    assert_eq!(session["clients"], json!([{"client_id": "web"}]));
    assert_eq!(session["cookie"]["mode"], "persistent");
    assert_eq!(session["device"]["initial_ip"], "127.0.0.1");
    assert_eq!(first["authentication"]["methods"][0]["name"], "pwd");
    assert_eq!(first["stats"]["logins_count"], 1);
    assert_eq!(
        (&first["connection"]["name"], &first["connection"]["id"]),
        (&"db".into(), &"con_1".into())
    );
}

#[test]
fn a_session_tells_of_its_applications_and_of_who_uses_it() {
    let server = started();
    let browser = &mut Browser::default();
    let code = code_of_ada(browser, &server, "");
    let (first, _) = event(&server, "web", CALLBACK, &code);
    let session = &first["session"];

    // The next application, by POST, from the same session.
    let form = authorize(&server, "&ext-a=2").replace("client_id=web", "client_id=other");
    let form = form
        .split_once('?')
        .unwrap()
        .1
        .replace("web.example", "other.example");
    let kind = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("User-Agent", "Second/2"),
        ("Accept-Language", "fr-CH, en;q=0.5"),
    ];
    let kept = Browser::default().send("POST", &format!("{}authorize", server.url), &kind, &form);
    let answer = browser.send("GET", kept.header("location").unwrap(), &kind[1..], "");
    let (second, _) = event(&server, "other", OTHER, &answer.sent("code").unwrap());
    let request = &second["request"];
    assert_eq!(
        (&request["method"], &request["query"]),
        (&"POST".into(), &json!({}))
    );
    assert_eq!(
        (&request["body"]["ext-a"], &request["language"]),
        (&"2".into(), &"fr-CH".into())
    );
    assert_eq!(request["user_agent"], "Second/2");
    assert_eq!(second["session"]["id"], session["id"]);
    assert_eq!(
        second["session"]["clients"],
        json!([{"client_id": "web"}, {"client_id": "other"}])
    );
    assert_eq!(second["session"]["device"]["last_user_agent"], "Second/2");
    assert_eq!(second["session"]["created_at"], session["created_at"]);
    assert_eq!(second["authentication"], first["authentication"]);
    assert_eq!(second["stats"]["logins_count"], 2);
    assert_eq!(
        (&second["client"]["client_id"], &second["client"]["metadata"]),
        (&"other".into(), &json!({"tier": "gold"}))
    );

    // Who proves again who they are keeps the session, and its cookie is another one.
    let old = browser.cookie("postlogin").unwrap();
    let code = code_of_ada(browser, &server, "&prompt=login");
    let (third, _) = event(&server, "web", CALLBACK, &code);
    assert_eq!(
        (&third["session"]["id"], &third["session"]["created_at"]),
        (&session["id"], &session["created_at"])
    );
    assert_ne!(third["session"]["authenticated_at"], session["authenticated_at"]);
    let methods = third["authentication"]["methods"].as_array().unwrap();
    assert_eq!(methods.len(), 1);
    assert_ne!(
        methods[0]["timestamp"],
        first["authentication"]["methods"][0]["timestamp"]
    );
    assert_ne!(browser.cookie("postlogin").unwrap(), old);
    browser.set_cookie("postlogin", &old);
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert_eq!(silent.sent("error").as_deref(), Some("login_required"), "SE-11");
}

#[test]
fn a_refresh_token_says_when_it_was_exchanged_last() {
    let folder = tenant();
    let action = "exports.onExecutePostLogin = async (event, api) => {
      const { last_exchanged_at } = event.refresh_token ?? {};
      api.idToken.setCustomClaim('https://x/last', last_exchanged_at ?? 'never');
    };";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let server = Server::of(folder);
    let application = &mut Browser::default();
    let code = code_of_ada(&mut Browser::default(), &server, "");
    let mut tokens = redeemed(application, &server, &code);
    let mut last = || {
        let token = tokens["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        tokens = exchange(application, &server, &fields).json();
        claims(&tokens["id_token"])["https://x/last"].clone()
    };
    assert_eq!(last(), "never");
    assert_ne!(last(), "never");
}

#[test]
fn metadata_that_an_action_evicts_are_gone_the_next_time() {
    let folder = tenant();
    let action = "exports.onExecutePostLogin = async (event, api) => {
      const holder = event.refresh_token ?? event.session;
      api.idToken.setCustomClaim('https://x/before', { ...holder.metadata });
      const { setMetadata, evictMetadata } = event.refresh_token ? api.refreshToken : api.session;
      const what = event.request.query['ext-do'] ?? event.request.body['ext-do'];
      if (what === 'set') setMetadata('kept', 'value');
      if (what === 'evict') evictMetadata();
    };";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    let server = Server::of(folder);
    let (browser, application) = (&mut Browser::default(), &mut Browser::default());
    let code = code_of_ada(browser, &server, "");
    let mut tokens = redeemed(application, &server, &code);
    let steps = ["set", "evict", "", ""];
    let seen = [json!({}), json!({"kept": "value"}), json!({}), json!({})];
    for (step, before) in steps.iter().zip(&seen) {
        let answer = browser.get(&authorize(&server, &format!("&ext-do={step}")));
        let id = redeemed(application, &server, &answer.sent("code").unwrap());
        assert_eq!(
            claims(&id["id_token"])["https://x/before"],
            *before,
            "session, {step}"
        );

        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
            ("ext-do", step),
        ];
        tokens = exchange(application, &server, &fields).json();
        assert_eq!(
            claims(&tokens["id_token"])["https://x/before"],
            *before,
            "token, {step}"
        );
    }
}
